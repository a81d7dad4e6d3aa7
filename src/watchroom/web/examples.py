"""An incident in each of its states, told as facts: what `/patterns` shows, and what tests and screenshots are made of.

Called by `/patterns` only. The facts are folded like any others; nothing here is ever appended to a record.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from watchroom.communication.cadence import UpdateBecameOverdue
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted
from watchroom.detection.category import IncidentCategorised
from watchroom.detection.declaration import IncidentDeclared, IncidentNoticed, RoomOpened
from watchroom.detection.severity import SeverityConfirmed, SeverityProposed
from watchroom.detection.signal import ObservationNoted, SignalMoved, SignalRecorded, SignalResolved
from watchroom.detection.triage import LookAgainCameDue, SignalTriaged
from watchroom.incident.incident import CODEC, Incident, fold
from watchroom.incident.ownership import CycleOwned
from watchroom.incident.redaction import redacted
from watchroom.incident.undo import Retracted
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
from watchroom.mitigation.recruiting import ResponderJoined
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned, RoleHandedOver, RoleReleased
from watchroom.record.chain import GENESIS, SALT_BYTES, emptied, seal
from watchroom.record.event import Draft, Event, Fact
from watchroom.record.redaction import left_bytes
from watchroom.resolution.closing import IncidentClosed, ReviewDecided
from watchroom.resolution.reopening import IncidentReopened, ReopeningOffered
from watchroom.resolution.resolving import IncidentResolved

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


def _alert(signal: str, title: str, service: str, minute: float, **labels: str) -> SignalRecorded:
    return SignalRecorded(
        signal=signal,
        source="prod-alertmanager",
        key=signal,
        group="checkout",
        title=title,
        severity="critical",
        service=service,
        labels={"alertname": title.split(":")[0], "service": service, **labels},
        starts_at=BEGIN + timedelta(minutes=minute),
    )


def begun(story: Story) -> None:
    """Two alerts in a room that nobody has judged."""
    story.tell(0, "source:prod-alertmanager", RoomOpened(practice=False, title="CheckoutErrorBudgetBurn: checkout, UK"))
    story.tell(0, "source:prod-alertmanager", _alert("s1", "CheckoutErrorBudgetBurn: checkout, UK", "checkout", -1))
    story.tell(1, "source:prod-alertmanager", _alert("s2", "ProbeFailed: UK checkout probe", "checkout", 0))


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
    story.tell(
        13, ANA, MessagePosted(text="Hold until 19:04, one change at a time. Good catch though, watch its p99 for me.")
    )
    story.tell(14, RAVI, HypothesisRuledOut(hypothesis="H1", reason="p99 normal since 18:57 while UK stayed at zero"))


def mitigated(story: Story) -> None:
    """Customers hurt no longer."""
    story.tell(
        15, TOMASZ, InterventionObserved(intervention="I1", outcome="helped", text="UK success 0.97, probe passes")
    )
    story.tell(15, TOMASZ, HypothesisSupported(hypothesis="H2", reason="errors ended with the rollback"))
    story.tell(15, ANA, ImpactMitigated(by="I1"))
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
    story.tell(
        18, ANA, MessagePosted(text="Stopped, not closed. Watching to 19:09; Tomasz looks for why; the rest can go.")
    )


def resolved(story: Story) -> None:
    """Over, and mostly understood."""
    story.tell(24, "source:prod-alertmanager", SignalResolved(signal="s1", ends_at=story.at(24)))
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
        ReopeningOffered(room="m3qk-20vd", signal="s1", title="CheckoutErrorBudgetBurn: checkout, UK"),
    )


STATES = (begun, declared, worked, mitigated, resolved, closed, offered)


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
    story.tell(
        91,
        ANA,
        IncidentReopened(reason="Same errors in the UK.", joined=["m3qk-20vd"]),
        ImpactReturned(text="UK again"),
    )
    story.tell(
        92,
        ANA,
        RoleHandedOver(
            role="incident_commander", was=ANA, to=INES, brief="UK orders fail again.\nI1 is out of the game."
        ),
    )
    story.tell(93, INES, RoleReleased(role="scribe", person=RAVI), CycleOwned(cycle="resolution", person=TOMASZ))
    story.tell(
        94, TOMASZ, InterventionReverted(intervention="I1"), IncidentCategorised(categories=["deploy", "addresses"])
    )
    story.tell(
        95,
        LEILA,
        UpdateDrafted(
            id="U3", audience="leadership", impact="UK orders fail again.", need="A decision on the campaign."
        ),
        UpdateApproved(update="U3"),
    )
    story.tell(125, "system:timers", UpdateBecameOverdue(audience="customers", promised_at=story.at(32)))
    story.tell(126, "system:timers", LookAgainCameDue(signal="s2", promised_at=story.at(126)))
    story.tell(
        127,
        ANA,
        SignalMoved(signal="s2", to="m3qk-20vd"),
        MessagePosted(text="Only for you.", channel="direct", to=INES),
    )
    story.tell(128, ANA, Retracted(seq=story.events[-1].seq, reason="wrong window"))
    story.tell(129, RAVI, MessagePosted(text="The password is hunter2."))
    story.redact(129, ANA, "A password.")
    return story
