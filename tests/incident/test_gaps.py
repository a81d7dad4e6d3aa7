"""Each of the six gaps: found, not found, and not assessed, from histories told as facts."""

from datetime import timedelta

import msgspec
import pytest

from watchroom.communication.cadence import UpdateBecameOverdue
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, IncidentNoticed, RoomOpened
from watchroom.detection.signal import SignalRecorded
from watchroom.detection.triage import SignalTriaged
from watchroom.incident.gaps import Gap, GapName, Practised, gaps
from watchroom.incident.incident import CODEC
from watchroom.mitigation.impact import ImpactMitigated
from watchroom.mitigation.intervention import InterventionProposed, InterventionStarted
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned, RoleHandedOver, RoleReleased
from watchroom.record.event import Fact
from watchroom.resolution.closing import IncidentClosed, ReviewDecided
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.stability import StabilityWatchBegan, StabilityWatchPassed
from watchroom.review.finding import MysteryAdded
from watchroom.review.review import ReviewBecameOverdue
from watchroom.review.sharing import ReviewShared
from watchroom.web.patterns.examples import ANA, BEGIN, TOMASZ, Story

Told = tuple[float, str, Fact]
ALERT = SignalRecorded(signal="s1", source="am", key="s1", group="g", title="Checkout errors")
DECLARED = IncidentDeclared(title="Checkout fails")
COMMANDER = RoleAssigned(role="incident_commander", person=ANA)
TECHNICAL_LEAD = RoleAssigned(role="technical_lead", person=ANA)
UPDATE = UpdatePosted(id="U1", audience="customers", impact="You cannot pay.")
MITIGATED = ImpactMitigated(by="rolled back")
UNDERSTOOD = IncidentResolved(understood="yes", text="v412 read an empty field")
WATCH = StabilityWatchBegan(minutes=10, until=BEGIN + timedelta(minutes=30))
WATCHED = StabilityWatchPassed(until=WATCH.until)
REVIEW = ReviewDecided(review="required", owner=ANA, due_at=BEGIN + timedelta(days=3))
BEFORE: list[Told] = [(0, "source:am", ALERT), (3, ANA, DECLARED)]


def found(name: GapName, *told: Told, practised: Practised | None = None) -> Gap:
    """What is said of one gap after this history, which begins with a room that is opened."""
    story = Story("k7m2-9qxd")
    story.tell(0, "source:am", RoomOpened(practice=False, title="Checkout errors"))
    for minute, actor, fact in told:
        story.tell(minute, actor, fact)
    decoded = [(event, CODEC.decode(event)) for event in story.events]
    history = [(event, fact) for event, fact in decoded if fact is not None]
    (gap,) = [gap for gap in gaps(story.incident(), history, practised) if gap.gap == name]
    return gap


def verdict(name: GapName, *told: Told, practised: Practised | None = None) -> bool | None:
    return found(name, *told, practised=practised).found


def test_six_always_in_the_same_order_with_evidence_that_is_there() -> None:
    story = Story("k7m2-9qxd")
    for minute, actor, fact in [*BEFORE, (4, ANA, COMMANDER), (5, ANA, TECHNICAL_LEAD)]:
        story.tell(minute, actor, fact)
    decoded = [(event, CODEC.decode(event)) for event in story.events]
    history = [(event, said) for event, said in decoded if said is not None]
    all_six = gaps(story.incident(), history, None)
    assert [gap.gap for gap in all_six] == [
        "declaration_delay", "command_collision", "mitigation_as_resolution", "review_without_learning", "no_cadence",
        "no_preparation",
    ]  # fmt: skip
    for gap in all_six:
        assert gap.sentence
        assert gap.found is None or gap.evidence
        assert all(proof.stream == "k7m2-9qxd" and 1 <= proof.seq <= len(story.events) for proof in gap.evidence)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(0, "source:am", ALERT)], None),
        ([(0, "source:am", ALERT), (3, ANA, DECLARED)], False),
        ([(0, "source:am", ALERT), (31, ANA, DECLARED)], True),
        ([(1, ANA, IncidentNoticed(noticed_at=BEGIN - timedelta(minutes=40))), (1, ANA, DECLARED)], True),
        ([(1, ANA, DECLARED)], None),
        ([(1, ANA, IncidentNoticed(noticed_at=BEGIN + timedelta(minutes=1))), (1, ANA, DECLARED)], None),
        (
            [(1, "source:am", IncidentNoticed(noticed_at=BEGIN + timedelta(minutes=1))), (1, "source:am", DECLARED)],
            False,
        ),
        (
            [
                (0, "source:am", ALERT),
                (4, ANA, SignalTriaged(signal="s1", verdict="slow_burn", look_again_at=BEGIN + timedelta(minutes=60))),
                (65, ANA, DECLARED),
            ],
            False,
        ),
        (
            [
                (0, "source:am", ALERT),
                (30, ANA, SignalTriaged(signal="s1", verdict="slow_burn", look_again_at=BEGIN + timedelta(minutes=60))),
                (65, ANA, DECLARED),
            ],
            True,
        ),
    ],
)
def test_declaration_delay(told: list[Told], expected: bool | None) -> None:
    assert verdict("declaration_delay", *told) is expected


def test_what_says_nothing_is_no_cadence() -> None:
    name: GapName = "no_cadence"
    silent = UpdatePosted(id="U1", audience="customers", impact=" ", state="resolved")
    draft, sent = UpdateDrafted(id="U2", audience="support"), UpdateApproved(update="U2")
    over = (20, ANA, UNDERSTOOD)
    assert verdict(name, *BEFORE, (5, ANA, UPDATE), over) is False
    gap = found(name, *BEFORE, (5, ANA, silent), (6, ANA, draft), (7, ANA, sent), over)
    assert (gap.found, gap.sentence) == (True, "Nobody was told anything: what was posted says nothing.")
    # Nor does it cut a silence in two.
    late = UpdatePosted(id="U3", audience="customers", impact="We still look.")
    assert verdict(name, *BEFORE, (5, ANA, UPDATE), (60, ANA, silent), (110, ANA, late), (111, ANA, UNDERSTOOD)) is True


def test_command_collision() -> None:
    name: GapName = "command_collision"
    other = RoleAssigned(role="technical_lead", person=TOMASZ)
    assert verdict(name, *BEFORE) is None
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER)) is None
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER), (5, ANA, TECHNICAL_LEAD)) is True
    # Noticed and mended within minutes is no gap; mended late is one.
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER), (5, ANA, TECHNICAL_LEAD), (7, TOMASZ, other)) is False
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER), (5, ANA, TECHNICAL_LEAD), (20, ANA, other)) is True
    handed = RoleHandedOver(role="incident_commander", was=TOMASZ, to=ANA)
    assert verdict(name, *BEFORE, (4, ANA, TECHNICAL_LEAD), (9, TOMASZ, handed)) is True
    tried: list[Told] = [(6, ANA, InterventionProposed(id="I1", text="Roll back"))]
    started = InterventionStarted(intervention="I1")
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER), *tried, (7, ANA, started)) is True
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER), *tried, (7, TOMASZ, started)) is None


def test_a_seat_that_nobody_took_is_no_other_hand() -> None:
    def said(*told: Told) -> tuple[bool | None, str]:
        gap = found("command_collision", *BEFORE, *told)
        return gap.found, gap.sentence

    lead = RoleAssigned(role="technical_lead", person=TOMASZ)
    accepted = RoleAccepted(role="technical_lead", person=TOMASZ)
    left = RoleReleased(role="incident_commander", person=ANA)
    nobody_led = (None, "Nobody led the technical work.")
    assert said((4, TOMASZ, COMMANDER), (9, TOMASZ, left)) == (None, "Nobody commanded.")
    assert said((4, ANA, COMMANDER)) == nobody_led
    assert said((4, ANA, COMMANDER), (9, ANA, left)) == nobody_led
    assert said((4, ANA, COMMANDER), (5, ANA, lead)) == nobody_led
    apart = (False, "Command and the technical work lay in different hands.")
    assert said((4, ANA, COMMANDER), (5, ANA, lead), (6, TOMASZ, accepted)) == apart
    assert said((4, ANA, COMMANDER), (5, TOMASZ, lead), (9, ANA, left)) == apart
    assert said((4, ANA, COMMANDER), (5, ANA, left), (6, TOMASZ, lead)) == (
        None,
        "Nobody commanded while somebody else led the technical work.",
    )


def test_a_declaration_in_the_minute_of_the_first_sign_came_at_once() -> None:
    at_once = found("declaration_delay", (0, "source:am", ALERT), (0.9, ANA, DECLARED))
    assert (at_once.found, at_once.sentence) == (False, "Declared at once.")
    assert found("declaration_delay", *BEFORE).sentence == "Declared within 3 minutes."


def test_mitigation_as_resolution() -> None:
    name: GapName = "mitigation_as_resolution"
    assert verdict(name, *BEFORE, (9, ANA, MITIGATED)) is None
    assert verdict(name, *BEFORE, (9, ANA, MITIGATED), (10, ANA, UNDERSTOOD)) is True
    assert verdict(name, *BEFORE, (10, ANA, UNDERSTOOD)) is True
    assert verdict(name, *BEFORE, (9, ANA, MITIGATED), (10, ANA, IncidentClosed())) is True
    watched: list[Told] = [*BEFORE, (9, ANA, MITIGATED), (20, ANA, WATCH), (30, "system:timers", WATCHED)]
    assert verdict(name, *watched, (31, ANA, UNDERSTOOD)) is False
    assert verdict(name, *watched[:-1], (21, ANA, UNDERSTOOD)) is True
    assert verdict(name, *watched, (31, ANA, IncidentResolved(understood="yes"))) is True
    assert verdict(name, *watched, (31, ANA, IncidentResolved(understood="no", text="?"))) is True
    assert verdict(name, *watched, (31, ANA, IncidentResolved(understood="no", text="?", owner=TOMASZ))) is False
    reasoned = IncidentResolved(understood="yes", text="a typo", reason="Nobody uses it at night.")
    assert verdict(name, *BEFORE, (9, ANA, MITIGATED), (10, ANA, reasoned)) is False


def test_what_became_of_the_watch_is_said_truly() -> None:
    def said(*told: Told) -> tuple[str, list[int]]:
        gap = found("mitigation_as_resolution", *BEFORE, (9, ANA, MITIGATED), *told)
        return gap.sentence, [proof.seq for proof in gap.evidence]

    watch: Told = (20, ANA, WATCH)
    fires: Told = (22, "source:am", SignalRecorded(signal="s2", source="am", key="2", group="g", title="Again"))
    over: Told = (25, ANA, UNDERSTOOD)
    assert said(over) == ("Resolved without a watch, or a reason for less.", [4, 5])
    assert said(watch, over) == ("Resolved before its watch had ended.", [4, 5, 6])
    assert said(watch, fires, over) == ("Resolved after its watch was broken, without another.", [4, 5, 6, 7])
    assert said(watch, fires, (23, ANA, WATCH), over) == ("Resolved before its watch had ended.", [4, 7, 8])


def test_closed_after_it_was_reopened_and_never_resolved_again() -> None:
    name: GapName = "mitigation_as_resolution"
    watched: list[Told] = [*BEFORE, (9, ANA, MITIGATED), (20, ANA, WATCH), (30, "system:timers", WATCHED)]
    again: list[Told] = [*watched, (31, ANA, UNDERSTOOD), (32, ANA, IncidentClosed()), (40, ANA, IncidentReopened())]
    assert verdict(name, *again) is False
    gap = found(name, *again, (50, ANA, IncidentClosed()))
    assert (gap.found, gap.sentence) == (
        True,
        "Reopened, and closed without anybody saying again that it was resolved.",
    )
    assert verdict(name, *again, (50, ANA, UNDERSTOOD), (51, ANA, IncidentClosed())) is False


def test_review_without_learning() -> None:
    name: GapName = "review_without_learning"
    over: list[Told] = [*BEFORE, (9, ANA, MITIGATED), (31, ANA, UNDERSTOOD), (32, ANA, IncidentClosed())]
    assert REVIEW.due_at is not None
    late = ReviewBecameOverdue(due_at=REVIEW.due_at)
    assert found(name, *BEFORE).sentence == "It is not closed yet."
    # What nobody ever called an incident may be closed; nothing is said of a review then, and nothing untrue.
    assert found(name, (0, "source:am", ALERT)).sentence == "It was not declared."
    undeclared = found(name, (0, "source:am", ALERT), (31, ANA, UNDERSTOOD), (32, ANA, IncidentClosed()))
    assert (undeclared.found, undeclared.sentence) == (None, "It was never declared.")
    assert verdict(name, *BEFORE) is None
    assert verdict(name, *over) is True
    assert verdict(name, *over, (32, ANA, ReviewDecided(review="not_required"))) is True
    assert verdict(name, *over, (32, ANA, ReviewDecided(review="not_required", reason="Known."))) is False
    assert verdict(name, *over, (32, ANA, REVIEW)) is None
    assert verdict(name, *over, (32, ANA, REVIEW), (5_000, "system:timers", late)) is True
    assert verdict(name, *over, (32, ANA, REVIEW), (900, ANA, ReviewShared(to=[TOMASZ]))) is True
    honest = MysteryAdded(id="F1", text="Why the canary passed")
    assert verdict(name, *over, (32, ANA, REVIEW), (900, ANA, honest)) is False


def test_no_cadence() -> None:
    name: GapName = "no_cadence"
    assert verdict(name, (0, "source:am", ALERT)) is None
    assert verdict(name, *BEFORE, (4, ANA, COMMANDER)) is None
    assert verdict(name, *BEFORE, (40, ANA, COMMANDER)) is True
    assert verdict(name, *BEFORE, (6, ANA, UPDATE)) is False
    assert verdict(name, *BEFORE, (60, ANA, UPDATE)) is True
    overdue = UpdateBecameOverdue(audience="customers", promised_at=BEGIN + timedelta(minutes=20))
    assert verdict(name, *BEFORE, (6, ANA, UPDATE), (20, "system:timers", overdue)) is True
    asked = UpdateBecameOverdue(audience="support", promised_at=overdue.promised_at, promised=False)
    timers = "system:timers"
    assert found(name, *BEFORE, (20, timers, overdue)).sentence == "A promised update came late once."
    assert found(name, *BEFORE, (20, timers, asked), (20, timers, asked), (20, timers, overdue)).sentence == (
        "A promised update came late once. An update that the profile asks for came late 2 times."
    )
    assert verdict(name, *BEFORE, (6, ANA, UPDATE), (100, ANA, UPDATE), (101, ANA, UNDERSTOOD)) is True
    assert verdict(name, *BEFORE, (6, ANA, UPDATE), (50, ANA, UPDATE), (80, ANA, UNDERSTOOD)) is False
    # What comes after it was resolved is another matter.
    assert verdict(name, *BEFORE, (6, ANA, UPDATE), (30, ANA, UNDERSTOOD), (900, ANA, UPDATE)) is False


def test_no_preparation() -> None:
    name: GapName = "no_preparation"
    unknown = found(name, *BEFORE)
    assert (unknown.found, unknown.sentence) == (
        None,
        "No practice is on record here that you may see, so it cannot be told who had practised.",
    )
    assert verdict(name, *BEFORE, practised=Practised()) is True
    assert found(name, (0, "source:am", ALERT)).sentence == "It was not declared."
    gap = found(name, *BEFORE, practised=Practised(rooms=["d9d9-d9d9"]))
    assert gap.found is False
    assert [proof.stream for proof in gap.evidence] == ["d9d9-d9d9"]
    assert verdict(name, (0, "source:am", ALERT), practised=Practised()) is None


def test_what_is_stated_for_a_time_to_come_had_its_effect_when_it_was_said() -> None:
    """An update that says of itself that it goes out in an hour was posted when it was posted."""
    story = Story("k7m2-9qxd")
    story.tell(0, "source:am", RoomOpened(practice=False, title="Checkout errors"))
    for minute, actor, fact in [*BEFORE, (4, ANA, UPDATE), (30, ANA, MITIGATED), (31, ANA, UNDERSTOOD)]:
        story.tell(minute, actor, fact)
    decoded = [(event, CODEC.decode(event)) for event in story.events]
    history = [(event, said) for event, said in decoded if said is not None]
    for stated in (UPDATE, DECLARED):
        later = [
            (msgspec.structs.replace(event, at=event.at + timedelta(hours=1)) if said == stated else event, said)
            for event, said in history
        ]
        assert gaps(story.incident(), later, None) == gaps(story.incident(), history, None)
