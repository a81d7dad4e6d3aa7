"""Idempotency keys are remembered for a period and forgotten after two, so that they do not gather for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.contracts.stores import STORES, Opened, opened, to
from watchroom.base.clock import DrillClock
from watchroom.base.command import Command
from watchroom.base.errors import Conflict, Malformed, Refused
from watchroom.incident.idempotency import KEY_CHARS_MAX, Done, Keys, key_of

DAY_S = 86_400
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DONE = Done("room", 1, 2, ())


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    with opened(request.param, tmp_path) as store:
        yield store


async def test_a_key_holds_for_a_period_at_least_and_is_forgotten_after_two(store: Opened) -> None:
    log, clock = store.open(), DrillClock(NOON, rate=0)
    keys = Keys(log, clock, DAY_S)
    key = key_of("person:ana", "room", Command(), "k")
    assert key is not None
    assert await keys.done(key) is None
    await log.append([to("room", "1", "2")], keys.claims(key, DONE))
    assert await keys.done(key) == DONE
    clock.jump(DAY_S)
    assert await keys.done(key) == DONE, "a day later it is the period before"
    with pytest.raises(Conflict):
        await log.append([to("room", "3")], keys.claims(key, DONE))
    assert await keys.forget() == 0
    clock.jump(DAY_S)
    assert await keys.done(key) is None
    assert await keys.forget() == 1
    assert await keys.forget() == 0
    assert [await log.holders(f"idempotency/{NOON.timestamp() // DAY_S + n:.0f}") for n in range(-1, 3)] == [{}] * 4
    await log.append([to("room", "3")], keys.claims(key, DONE))


async def test_keys_are_forgotten_after_a_rest_of_weeks_and_many_at_once(store: Opened) -> None:
    log, clock = store.open(), DrillClock(NOON, rate=0)
    keys = Keys(log, clock, DAY_S)
    for number in range(1_200):
        key = key_of("person:ana", "room", Command(), str(number))
        assert key is not None
        await log.append([], keys.claims(key, DONE))
    clock.jump(30 * DAY_S)
    assert await Keys(log, clock, DAY_S).forget() == 1_200


async def test_a_key_of_another_request_is_refused(store: Opened) -> None:
    log, clock = store.open(), DrillClock(NOON, rate=0)
    keys = Keys(log, clock, DAY_S)
    first = key_of("person:ana", "room", Command(), "k")
    other = key_of("person:ana", "room", Command(reason="else"), "k")
    assert first is not None
    assert other is not None
    await log.append([], keys.claims(first, DONE))
    with pytest.raises(Refused, match="another request"):
        await keys.done(other)
    assert key_of("person:ana", "room", Command(), None) is None
    with pytest.raises(Malformed):
        key_of("person:ana", "room", Command(), "k" * (KEY_CHARS_MAX + 1))
