"""The end of the example's incident, told as facts: what was undone, watched and kept, and what was learnt.

Called by `examples`, for the timeline's patterns. Nothing here is ever appended to a record.
"""

from datetime import datetime
from typing import Protocol

from watchroom.incident.adopting import ProfileAdopted, RolesProposed
from watchroom.incident.guidance.putting_away import GuidanceSet, QuestionPutAway
from watchroom.incident.profile import digest, reference
from watchroom.incident.shipped import shipped
from watchroom.incident.sla import SlaTargetMissed
from watchroom.incident.visibility import PersonAdmitted, RestrictionLifted, RoomRestricted, TeamAdmitted
from watchroom.record.event import Fact
from watchroom.resolution.shim import ShimAdded, ShimUndoBegan
from watchroom.resolution.silence import IncidentFellSilent
from watchroom.resolution.stability import (
    StabilityWatchBegan,
    StabilityWatchBroken,
    StabilityWatchLapsed,
    StabilityWatchPassed,
    StabilityWatchWentUnheard,
)
from watchroom.review.action_item import ActionAdded
from watchroom.review.artefact import ArtefactAgedOut, ArtefactSaved
from watchroom.review.finding import FactorAdded, FindingAdded, MysteryAdded
from watchroom.review.recovery import ResponderCheckedIn
from watchroom.review.review import ReviewBecameOverdue, ReviewDeferred
from watchroom.review.sharing import ReviewRead, ReviewShared
from watchroom.review.timeline import BeliefRecorded, TimelineMarked


class Told(Protocol):
    """A story that can be told on."""

    def tell(self, minute: float, actor: str, *facts: Fact) -> None: ...

    def at(self, minute: float) -> datetime: ...


def tell_the_end(story: Told, minute: float, lead: str, other: str) -> None:
    """Every kind of fact of resolution and review, from `minute` on, by two people."""
    story.tell(
        minute,
        lead,
        ShimAdded(id="S2", text="The rate limit of payments lifted by hand"),
        StabilityWatchBegan(minutes=10, until=story.at(minute + 10)),
        ArtefactSaved(id="A1", kind="graph", link="https://example.com/d/checkout", expires_at=story.at(minute + 20)),
    )
    story.tell(minute + 10, "system:timers", StabilityWatchPassed(until=story.at(minute + 10)))
    until = story.at(minute + 10.5)
    story.tell(
        minute + 10.5,
        "system:timers",
        StabilityWatchWentUnheard(since=story.at(minute + 7), until=until),
        StabilityWatchLapsed(until=until, firing=["s1"], unheard_s=210),
        StabilityWatchLapsed(until=until, nothing_to_hear=True),
    )
    broken_at = story.at(minute + 11)
    story.tell(
        minute + 11,
        "system:timers",
        StabilityWatchBroken(until=story.at(minute + 20), broken_at=broken_at, signal="s1"),
        StabilityWatchBroken(until=story.at(minute + 21), broken_at=broken_at),
    )
    story.tell(minute + 12, lead, ShimUndoBegan(shim="S2", intervention="I1"))
    story.tell(minute + 20, "system:timers", ArtefactAgedOut(artefact="A1", expired_at=story.at(minute + 20)))
    story.tell(
        minute + 21,
        other,
        ResponderCheckedIn(text="Slept badly; I would rather not carry the pager tonight."),
        TimelineMarked(seq=9, text="Here we thought that it was the vendor."),
        BeliefRecorded(seq=9, text="I was sure that PayPort was slow."),
        FindingAdded(id="F1", text="The canary gets no orders from the UK."),
        FactorAdded(id="F2", text="The address form has no test with an empty postcode."),
        MysteryAdded(id="F3", text="Why three orders went through at 18:52.", owner=lead, due_at=story.at(14_400)),
        ActionAdded(id="X1", text="Send UK orders through the canary.", owner=other, due_at=story.at(14_400)),
    )
    story.tell(minute + 22, other, ReviewDeferred(reason="Two of us are away.", due_at=story.at(7_200)))
    story.tell(900, "system:timers", IncidentFellSilent(since=story.at(minute + 22), owner=lead))
    story.tell(7_201, "system:timers", ReviewBecameOverdue(due_at=story.at(7_200)))
    story.tell(7_300, other, ReviewShared(to=[lead, "payments"]))
    story.tell(7_400, lead, ReviewRead())
    story.tell(
        7_500,
        lead,
        RoomRestricted(people=[other], teams=["security"], reason="A customer's account was used"),
        PersonAdmitted(person="marcus@example.com", reason="answers for the customers"),
        PersonAdmitted(person="ravi@example.com", because="called"),
        TeamAdmitted(team="legal"),
    )
    looked_in = PersonAdmitted(person="ines@example.com", because="break_glass", reason="Nobody in it answers")
    story.tell(7_510, "ines@example.com", looked_in)
    story.tell(7_600, lead, RestrictionLifted(reason="The customer was told"))


def tell_the_profile(story: Told, minute: float, lead: str) -> None:
    """The facts of the profile: adopted in the middle, what it calls for, what it promised and was missed."""
    profile = shipped("itil-50")
    story.tell(
        minute,
        lead,
        ProfileAdopted(profile=profile, version=2, digest=digest(profile), reason="the desk takes over"),
        RolesProposed(
            severity="SEV1",
            roles=list(profile.crew.called("SEV1")),
            open=["scribe", "customer_liaison"],
            profile=reference(profile),
        ),
    )
    story.tell(
        minute + 1, "system:timers", SlaTargetMissed(target="respond", due_at=story.at(minute + 1), severity="SEV1")
    )


def tell_the_guidance(story: Told, minute: float, lead: str, other: str) -> None:
    """A question put away with a reason, and how much guidance is wanted."""
    story.tell(
        minute,
        lead,
        QuestionPutAway(
            question="many_hands",
            text="Who may do what without asking?",
            basis="0123456789ab",
            for_all=True,
            reason="We are three, and sit together",
        ),
        GuidanceSet(level="questions"),
    )
    story.tell(minute, other, GuidanceSet(level="off", person=other))
