"""A fact stated for a time that has not come yet is a slip: it makes nothing in the room newer than its record."""

from datetime import timedelta

from watchroom.communication.update import UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, RoomOpened
from watchroom.detection.signal import ObservationNoted, SignalRecorded
from watchroom.incident.flow import flow
from watchroom.incident.incident import CODEC, Incident, fold
from watchroom.mitigation.impact import ImpactMitigated
from watchroom.record.chain import GENESIS, seal
from watchroom.record.event import Draft, Event, Fact
from watchroom.web.patterns.examples import ANA, BEGIN
from watchroom.web.room.lanes import lanes

YEARS = timedelta(days=5_000)
DECLARED = IncidentDeclared(title="Nobody can pay")
NOTED = ObservationNoted(text="p99 is normal")
FIRED = SignalRecorded(signal="s1", source="am", key="s1", group="g", title="Checkout errors")


def room(*told: tuple[timedelta, timedelta, Fact]) -> Incident:
    """The room after facts recorded the first long after its beginning, and stated for the second."""
    events: list[Event] = []
    for recorded, stated, fact in told:
        draft = Draft(
            BEGIN + stated, BEGIN + recorded, f"person:{ANA}", "web", CODEC.kinds[type(fact)], CODEC.encode(fact)
        )
        previous = events[-1].digest if events else GENESIS
        events.append(seal("k7m2-9qxd", len(events) + 1, draft, bytes(16), previous))
    return fold("k7m2-9qxd", events)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_what_is_stated_for_a_time_to_come_makes_nothing_newer() -> None:
    none = timedelta()
    told = [
        (none, none, RoomOpened(practice=False, title="")),
        (none, none, DECLARED),
        (minutes(5), YEARS, NOTED),
        (minutes(5), YEARS, FIRED),
    ]
    incident = room(*told)
    at = BEGIN + minutes(5)
    assert incident.last_at == at
    assert [lane.last_at for lane in flow(incident) if lane.cycle == "detection"] == [at]
    assert incident.activities.by_name["observing"].at == at
    assert incident.signals.last_at == at
    assert [lane.width for lane in lanes(incident) if lane.cycle == "detection"] == [1000]
    assert incident.recovery.worked[ANA][-1].last == at
    later = room(*told, (minutes(10), minutes(10), NOTED))
    assert later.activities.by_name["observing"].at == later.last_at == BEGIN + minutes(10)


def test_what_is_stated_for_a_time_that_was_keeps_it() -> None:
    incident = room((minutes(60), minutes(10), DECLARED), (minutes(61), minutes(20), NOTED))
    assert incident.last_at == BEGIN + minutes(20)
    assert incident.activities.by_name["observing"].at == BEGIN + minutes(20)


def test_what_is_stated_for_a_time_to_come_has_its_effect_when_it_was_said() -> None:
    none = timedelta()
    promised = BEGIN + minutes(10)
    told = [
        (none, none, RoomOpened(practice=False, title="")),
        (none, none, DECLARED),
        (minutes(1), minutes(1), UpdatePosted(id="U1", audience="customers", impact="Mail", next_at=promised)),
    ]
    later = UpdatePosted(id="U2", audience="customers", impact="Later", next_at=BEGIN + minutes(60))
    ahead = room(*told, (minutes(5), minutes(120), later), (minutes(6), minutes(300), ImpactMitigated(text="Failover")))
    promise = ahead.cadence.to("customers")
    assert promise is not None
    assert promise.next_at == BEGIN + minutes(60)
    assert ahead.updates.by_id["U2"].told_at == BEGIN + minutes(5)
    assert ahead.impact.mitigated_at == BEGIN + minutes(6)
    mitigated = ahead.milestones.mitigated
    assert mitigated is not None
    assert mitigated.at == BEGIN + minutes(6)
