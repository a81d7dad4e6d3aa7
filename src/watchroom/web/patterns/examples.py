"""An incident in each of its states, told as facts: what `/patterns` shows, and what tests and screenshots are made of.

Called by `/patterns` only. The facts are folded like any others; nothing here is ever appended to a record.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from watchroom.base.rng import SALT_BYTES
from watchroom.communication.cadence import OverdueEscalated, UpdateBecameOverdue
from watchroom.communication.inbound import (
    InboundAdded,
    InboundAnswered,
    InboundBecameOverdue,
    InboundDeferred,
    InboundTaken,
)
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted
from watchroom.detection.category import IncidentCategorised
from watchroom.detection.declaration import (
    DeclarationWithdrawn,
    DeclaredByRule,
    IncidentCorrected,
    IncidentDeclared,
    IncidentNoticed,
    RoomOpened,
)
from watchroom.detection.hindsight import DetectionJudged
from watchroom.detection.looking import LookedAt, ProbeRun
from watchroom.detection.severity import SeverityConfirmed, SeverityProposed
from watchroom.detection.signal import ObservationNoted, SignalMoved, SignalRecorded, SignalResolved
from watchroom.detection.triage import JudgementWithdrawn, LookAgainCameDue, SignalTriaged
from watchroom.detection.unknown import UnknownBecameOverdue, UnknownStated
from watchroom.incident.entered import TimelineEntered
from watchroom.incident.incident import CODEC, Incident, fold
from watchroom.incident.ownership import CycleOwned
from watchroom.incident.redaction import RedactionExplained, redacted
from watchroom.incident.undo import Retracted
from watchroom.incident.visibility import PersonAdmitted, RoomRestricted
from watchroom.mitigation.decision import DecisionMade, HoldBegun, HoldCameDue
from watchroom.mitigation.escalation import EscalationCameDue, EscalationDeferred, HelpAsked
from watchroom.mitigation.hypothesis import (
    EvidenceAdded,
    HypothesisProposed,
    HypothesisRuledOut,
    HypothesisSupported,
    HypothesisTested,
)
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated, TrendStated
from watchroom.mitigation.intervention import (
    InterventionObserved,
    InterventionProposed,
    InterventionReverted,
    InterventionStarted,
)
from watchroom.mitigation.page import (
    PageAcknowledged,
    PageDelivered,
    PageFailed,
    PageRequested,
    PageShown,
    PageWentUnanswered,
    PageWithdrawn,
)
from watchroom.mitigation.priority import PriorityStated
from watchroom.mitigation.recruiting import ResponderJoined, ResponderReleased
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned, RoleHandedOver, RoleReleased
from watchroom.mitigation.task import TaskAcknowledged, TaskAssigned, TaskBecameOverdue, TaskReported
from watchroom.mitigation.workstream import WorkstreamClosed, WorkstreamOpened
from watchroom.record.chain import GENESIS, emptied, seal
from watchroom.record.event import Draft, Event, Fact
from watchroom.record.redaction import left_bytes
from watchroom.resolution.closing import IncidentClosed, ReviewDecided
from watchroom.resolution.reopening import IncidentReopened, ReopeningOffered
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.shim import ShimAdded
from watchroom.resolution.stability import StabilityWatchBegan, StabilityWatchPassed
from watchroom.web.patterns.examples_of_ending import tell_the_end, tell_the_guidance, tell_the_profile
from watchroom.web.patterns.examples_of_talk import tell_the_talk

BEGIN = datetime(2026, 11, 20, 18, 48, tzinfo=UTC)
PEOPLE: Mapping[str, str] = {
    "ana@example.com": "Ana Meyer",
    "tomasz@example.com": "Tomasz Kowal",
    "leila@example.com": "Leila Amiri",
    "ravi@example.com": "Ravi Varma",
    "ines@example.com": "Inès Duarte",
    "marcus@example.com": "Marcus Klein",
}
ANA, TOMASZ, LEILA, RAVI, INES, MARCUS = PEOPLE


class ExamplePeople:
    """The example's directory."""

    def name(self, ref: str) -> str:
        return PEOPLE.get(ref, ref.removeprefix("character:").removeprefix("token:"))


class Story:
    """A room's events, told one after another."""

    def __init__(self, room: str, begin: datetime = BEGIN) -> None:
        self.room = room
        self.begin = begin
        self.events: list[Event] = []

    def tell(self, minute: float, actor: str, *facts: Fact) -> None:
        """Facts at `minute` after the beginning; `actor` is a person's e-mail or a whole actor such as `source:am`."""
        at = self.begin + timedelta(minutes=minute)
        name = actor if ":" in actor else f"person:{actor}"
        for fact in facts:
            draft = Draft(at, at, name, "web", CODEC.kinds[type(fact)], CODEC.encode(fact))
            previous = self.events[-1].digest if self.events else GENESIS
            self.events.append(seal(self.room, len(self.events) + 1, draft, bytes(SALT_BYTES), previous))

    def redact(self, minute: float, actor: str, reason: str) -> None:
        """Purge what the last event says."""
        last = self.events[-1]
        fact = redacted(last, CODEC.decode(last), reason)
        self.events[-1] = emptied(last, left_bytes(fact.left))
        self.tell(minute, actor, fact)

    def at(self, minute: float) -> datetime:
        return self.begin + timedelta(minutes=minute)

    def incident(self) -> Incident:
        """The room as it stands."""
        return fold(self.room, self.events)


FIRST = "a room of its own: the first of its sender's group"
LED = "its sender's group"


def _alert(signal: str, title: str, service: str, at: datetime, why: str, **labels: str) -> SignalRecorded:
    return SignalRecorded(
        why=why,
        signal=signal,
        source="prod-alertmanager",
        key=signal,
        group="checkout",
        title=title,
        severity="critical",
        service=service,
        labels={"alertname": title.split(":")[0], "service": service, **labels},
        starts_at=at,
    )


def begun(story: Story) -> None:
    """Two alerts in a room that nobody has judged."""
    by, burns = "source:prod-alertmanager", "CheckoutErrorBudgetBurn: checkout, UK"
    story.tell(0, by, RoomOpened(practice=False, title=burns), _alert("s1", burns, "checkout", story.at(-1), FIRST))
    story.tell(1, by, _alert("s2", "ProbeFailed: UK checkout probe", "checkout", story.at(0), LED))


def declared(story: Story) -> None:
    """Just declared: nobody has a role, nothing is rated by a person."""
    story.tell(
        3,
        ANA,
        SignalTriaged(signal="s1", verdict="incident", reason="Orders from the UK are down to a third."),
        IncidentNoticed(noticed_at=story.at(2)),
        IncidentDeclared(title="UK customers cannot check out", services=["checkout"]),
        SeverityProposed(severity="SEV1", impact="many", urgency="high"),
    )


def worked(story: Story) -> None:
    """Roles, theories, tries and updates under way."""
    story.tell(5, ANA, RoleAssigned(role="incident_commander", person=ANA))
    story.tell(5, ANA, SeverityConfirmed(severity="SEV1", impact="many", urgency="high"))
    story.tell(6, ANA, RoleAssigned(role="technical_lead", person=TOMASZ, limit="roll back, up to the database"))
    story.tell(6, TOMASZ, RoleAccepted(role="technical_lead", person=TOMASZ), ResponderJoined())
    story.tell(7, ANA, RoleAssigned(role="communications_lead", person=LEILA))
    story.tell(
        7,
        ANA,
        ImpactStated(
            text="Orders from the UK fail after the address page", share_low=0.31, share_high=0.31, regions=["UK"],
            began_at=story.at(-7),
        ),
        TrendStated(trend="stable"),
    )  # fmt: skip
    story.tell(8, LEILA, RoleAccepted(role="communications_lead", person=LEILA))
    story.tell(
        8,
        TOMASZ,
        MessagePosted(text="v412 passed canary, works for me. PayPort's been slow since quarter to, chase them."),
        HypothesisProposed(id="H1", text="PayPort is slow"),
    )
    story.tell(9, TOMASZ, HypothesisTested(hypothesis="H1"))
    story.tell(
        10,
        ANA,
        ObservationNoted(text="`NullPointer: postcode is null  version=v412 country=GB` first 18:41:07, 1,204 times"),
        HypothesisProposed(id="H2", text="v412 breaks UK addresses"),
    )
    story.tell(10, TOMASZ, MessagePosted(text="That's mine. No migration in it, rollback is safe, about four minutes."))
    story.tell(10, TOMASZ, EvidenceAdded(hypothesis="H2", direction="for", text="null postcode only in v412, GB"))
    story.tell(10, RAVI, EvidenceAdded(hypothesis="H2", direction="against", text="canary passed"))
    story.tell(
        11,
        LEILA,
        UpdatePosted(
            id="U1",
            audience="customers",
            impact="Some UK customers cannot complete an order.",
            doing="We know where it breaks and are rolling back the change.",
            next_at=story.at(31),
            state="identified",
        ),
    )
    story.tell(
        11, ANA, MessagePosted(text="Take the rollback. Go **without** me. Ask me before touching anything else.")
    )
    story.tell(
        11,
        TOMASZ,
        InterventionProposed(
            id="I1",
            text="Roll back checkout to v411",
            expected="UK success above 0.95 by 19:04",
            rollback="redeploy v412",
        ),
        InterventionStarted(intervention="I1"),
    )
    story.tell(12, RAVI, InterventionProposed(id="I2", text="Restart payments-adapter"))
    together(story)
    story.tell(
        13, ANA, MessagePosted(text="Hold until 19:04, one change at a time. Good catch though, watch its p99 for me.")
    )
    story.tell(14, RAVI, HypothesisRuledOut(hypothesis="H1", reason="p99 normal since 18:57 while UK stayed at zero"))


def together(story: Story) -> None:
    """Who was called, who does what, what was decided, what came in."""
    story.tell(
        5,
        ANA,
        PageRequested(id="P1", to=RAVI, text="Payments looks slow, can you come?", call="P1", answer_by=story.at(7)),
    )
    story.tell(5.2, RAVI, PageShown(page="P1"), PageAcknowledged(page="P1"))
    answer_by = story.at(7.3)
    story.tell(
        5.3, ANA, PageRequested(id="P9", to="dba@example.com", text="Do you know the pool?", answer_by=answer_by)
    )
    story.tell(5.35, ANA, PageAcknowledged(page="P9", to="dba@example.com"))
    story.tell(5.4, ANA, PageWithdrawn(page="P9", reason="Ravi knows it"))
    story.tell(
        7,
        MARCUS,
        PriorityStated(
            id="B1",
            text="Weekend campaign mail at 20:00, 12 % more traffic",
            owner=MARCUS,
            since=story.at(7),
            until=story.at(80),
        ),
    )
    story.tell(
        8,
        ANA,
        WorkstreamOpened(id="W1", name="Alpha: checkout", lead=TOMASZ, limit="roll back, asks before the database"),
        TaskAssigned(id="T1", person=RAVI, text="Watch the p99 of payments", due_at=story.at(20), workstream="W1"),
    )
    story.tell(8.5, RAVI, TaskAcknowledged(task="T1"))
    story.tell(
        10.5,
        ANA,
        DecisionMade(
            id="D1",
            text="Roll back to v411",
            alternatives=["turn the address form off", "wait for PayPort"],
            unknown="whether Ireland is touched",
            objections_asked=True,
            priorities=["B1"],
        ),
        UnknownStated(id="N1", text="How many orders of Ireland fail", person=INES, by=story.at(18)),
    )
    story.tell(
        11,
        LEILA,
        InboundAdded(
            id="Q1",
            kind="report",
            text="31 tickets: stuck after the address",
            sender="Ines, support",
            answer_by=story.at(21),
        ),
        InboundTaken(inbound="Q1"),
        InboundAdded(id="Q2", kind="question", text="What did it cost?", sender="Marcus", answer_by=story.at(21)),
    )
    story.tell(12.5, ANA, HoldBegun(id="D2", until=story.at(16), text="I1 settles; I2 touches what it touches"))
    story.tell(
        12.6, ANA, PageRequested(id="P2", to=INES, text="Can two customers try?", call="P2", answer_by=story.at(14.6))
    )


def mitigated(story: Story) -> None:
    """Customers hurt no longer."""
    story.tell(
        15, TOMASZ, InterventionObserved(intervention="I1", outcome="helped", text="UK success 0.97, probe passes")
    )
    story.tell(15, TOMASZ, HypothesisSupported(hypothesis="H2", reason="errors ended with the rollback"))
    story.tell(15, ANA, ImpactMitigated(by="I1"))
    story.tell(15.2, TOMASZ, ShimAdded(id="S1", text="v411 pinned, deploys of checkout frozen", intervention="I1"))
    story.tell(15.3, RAVI, ResponderJoined())
    story.tell(15.3, INES, ResponderJoined())
    story.tell(15.5, "source:prod-alertmanager", SignalResolved(signal="s2", ends_at=story.at(15)))
    story.tell(
        17,
        LEILA,
        UpdatePosted(
            id="U2",
            audience="customers",
            impact="UK customers can order again since 19:03.",
            doing="We are watching it and will write again.",
            next_at=story.at(32),
            state="monitoring",
        ),
    )
    story.tell(17, MARCUS, MessagePosted(text="Fixed then. Close it and let them go."))
    story.tell(17.5, TOMASZ, StabilityWatchBegan(minutes=20, until=story.at(37.5)))
    story.tell(
        18, ANA, MessagePosted(text="Stopped, not closed. Watching to 19:09; Tomasz looks for why; the rest can go.")
    )


def resolved(story: Story) -> None:
    """Over, and mostly understood."""
    story.tell(24, "source:prod-alertmanager", SignalResolved(signal="s1", ends_at=story.at(24)))
    story.tell(37.5, "system:timers", StabilityWatchPassed(until=story.at(37.5)))
    story.tell(
        41,
        ANA,
        IncidentResolved(
            understood="partly",
            text="v412 read the postcode from a field that UK addresses leave empty. Why the canary passed is open.",
            owner=TOMASZ,
        ),
    )


def closed(story: Story) -> None:
    """Put away, with a review decided."""
    story.tell(
        44,
        ANA,
        IncidentClosed(reason="Canary gap is worth an hour together."),
        ReviewDecided(
            review="required", reason="Canary gap is worth an hour together.", due_at=story.at(3 * 1440), owner=INES
        ),
    )


def offered(story: Story) -> None:
    """It fired again."""
    story.tell(
        90,
        "system:intake",
        ReopeningOffered(
            room="m3qk-20vd",
            signal="s1",
            title="CheckoutErrorBudgetBurn: checkout, UK",
            url="https://example.com/graph?g0.expr=checkout",
            source="prod-alertmanager",
            starts_at=story.at(89),
        ),
    )


def restricted(story: Story) -> None:
    """It turned out to be nothing for everybody's eyes."""
    story.tell(
        92,
        ANA,
        RoomRestricted(people=[INES], teams=["security"], reason="Somebody signed in as a customer"),
        PersonAdmitted(person=RAVI, because="called"),
    )


STATES = (begun, declared, worked, mitigated, resolved, closed, offered, restricted)


def story_until(last: str, room: str = "k7m2-9qxd", begin: datetime = BEGIN) -> Story:
    """The story up to and with the state of that name, one of `STATES`."""
    story = Story(room, begin)
    for state in STATES:
        state(story)
        if state.__name__ == last:
            return story
    raise ValueError(f"There is no state {last!r}.")


def every_kind() -> Story:
    """One event of nearly every kind, beyond those of the story: for the timeline's patterns."""
    story = story_until("offered")
    again = IncidentReopened(reason="Same errors in the UK.", joined=["m3qk-20vd"])
    story.tell(91, ANA, again, ImpactReturned(text="UK again"))
    brief = "UK orders fail again.\nI1 is out of the game."
    story.tell(92, ANA, RoleHandedOver(role="incident_commander", was=ANA, to=INES, brief=brief))
    story.tell(93, INES, RoleReleased(role="scribe", person=RAVI), CycleOwned(cycle="resolution", person=TOMASZ))
    named = IncidentCategorised(categories=["deploy", "addresses"])
    story.tell(94, TOMASZ, InterventionReverted(intervention="I1"), named, IncidentCorrected(title="UK cannot pay"))
    story.tell(
        95,
        LEILA,
        UpdateDrafted(
            id="U3",
            audience="leadership",
            impact="UK orders fail again.",
            need="A decision on the campaign.",
            to=ANA,
            brief="They know of the first outage, not of this one.",
        ),
        UpdateApproved(update="U3", flagged=["unsupported_cause"], reason="The vendor has said so in public."),
    )
    _more_of_working_together(story)
    story.tell(125, "system:timers", UpdateBecameOverdue(audience="customers", promised_at=story.at(32)))
    story.tell(126, "system:timers", LookAgainCameDue(signal="s2", promised_at=story.at(126)))
    withdrawn = JudgementWithdrawn(signal="s2", verdict="noise", reason="The wrong key")
    story.tell(126, ANA, withdrawn, DeclarationWithdrawn())
    story.tell(
        127,
        ANA,
        SignalMoved(signal="s2", to="m3qk-20vd"),
        DeclaredByRule(rule="pages declare", signal="s1"),
        MessagePosted(text="Can you take the next update?", channel="direct", to=INES),
    )
    story.tell(128, ANA, Retracted(seq=story.events[-1].seq, reason="wrong window"))
    story.tell(129, RAVI, MessagePosted(text="The password is hunter2."))
    story.redact(129, ANA, "")
    gone = story.events[-1]
    story.tell(130, ANA, RedactionExplained(redaction=gone.seq, seq=gone.seq - 1, reason="A password."))
    odd = "Entry 4: its time lies before that of the entry above it."
    story.tell(130, INES, TimelineEntered(digest="0" * 64, source="our wiki", entries=12, notes=[odd]))
    return story


def _more_of_working_together(story: Story) -> None:
    """Facts of working together that the story has no place for."""
    story.tell(
        96,
        TOMASZ,
        LookedAt(panel="checkout success, UK", start=story.at(60), end=story.at(96), shown="0.31, as before"),
        ProbeRun(probe="walk the UK checkout", arguments={"postcode": "empty"}),
        TaskReported(task="T1", text="Flat all the time"),
    )
    story.tell(
        97,
        ANA,
        HelpAsked(id="E1", to=RAVI, text="Can you look at the adapter?", known="p99 doubled at 20:20"),
        PageRequested(
            id="P3",
            to=RAVI,
            text="Can you look at the adapter?",
            cause="escalation",
            about="E1",
            answer_by=story.at(99),
        ),
        EscalationDeferred(id="E2", text="One more graph before we wake the DBA", look_again_at=story.at(105)),
        TaskAssigned(id="T2", person=LEILA, text="Ask support for two customers", due_at=story.at(107)),
        ResponderReleased(person=MARCUS, reason="nothing to do here for now"),
        WorkstreamClosed(workstream="W1", reason="v411 is out again"),
    )
    story.tell(
        98,
        "system:outbox",
        PageFailed(page="P3", channel="email", attempt=1, why="the mail server is busy", retry_at=story.at(98.2)),
        PageDelivered(page="P3", channel="email", attempt=2),
    )
    story.tell(
        107,
        "system:timers",
        PageWentUnanswered(page="P3", answer_by=story.at(99)),
        EscalationCameDue(escalation="E2", look_again_at=story.at(105)),
        TaskBecameOverdue(task="T2", due_at=story.at(107)),
        UnknownBecameOverdue(unknown="N1", by=story.at(18)),
        HoldCameDue(decision="D2", until=story.at(16)),
        InboundBecameOverdue(inbound="Q2", answer_by=story.at(21)),
        OverdueEscalated(audience="customers", promised_at=story.at(32), to=ANA),
    )
    story.tell(
        108,
        LEILA,
        InboundDeferred(inbound="Q2", until=story.at(128), text="A number comes with the review"),
        InboundAnswered(inbound="Q1", text="You can tell them it works since 19:03", used=True),
        DetectionJudged(timing="timely", noticed_by="monitor", reason="Two minutes after the first error"),
    )
    tell_the_end(story, 110, TOMASZ, INES)
    tell_the_profile(story, 109, ANA)
    tell_the_guidance(story, 111, ANA, TOMASZ)
    tell_the_talk(story, 112, ANA, INES)
