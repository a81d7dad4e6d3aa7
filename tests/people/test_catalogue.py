"""The catalogue of services: one, whoever wrote it and whenever; what touches what; bounds; another process that follows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.record.turns import turns
from watchroom.base.clock import DrillClock, WallClock
from watchroom.base.errors import Malformed, NotFound
from watchroom.people.catalogue import DEPENDS_ON_MAX, Service, Services
from watchroom.people.paging import Contacts
from watchroom.people.person import Directory
from watchroom.people.stream import STREAM
from watchroom.people.team import Teams
from watchroom.record.event import Draft, StreamAppend
from watchroom.record.memory_log import MemoryLog

BY: dict[str, Any] = {"actor": "person:ana@example.com", "via": "test"}
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

OLD_RECORD = (
    # As the shell wrote it until the catalogues became one.
    ("service_described", b'{"service":"checkout","depends_on":["payments","cart"],"team":"shop"}'),
    ("service_described", b'{"service":"search"}'),
    # As the API and the settings page wrote it, which knew no team.
    ("service_defined", b'{"name":"payments","depends_on":["vendor"]}'),
    ("service_defined", b'{"name":"checkout","depends_on":["payments"]}'),
    ("service_defined", b'{"name":"mail"}'),
    ("service_removed", b'{"name":"mail"}'),
    ("service_removed", b'{"name":"search"}'),
    ("service_described", b'{"service":"mail","team":"post"}'),
)


async def services_of(log: MemoryLog, services_max: int = 2_000) -> Services:
    services = Services(log, WallClock(), services_max)
    await services.load()
    return services


async def test_a_record_with_both_old_facts_folds_into_one_catalogue() -> None:
    log = MemoryLog()
    drafts = [Draft(AT, AT, "system:shell", "cli", kind, data) for kind, data in OLD_RECORD]
    await log.append([StreamAppend(STREAM, None, drafts)])
    services = await services_of(log)
    assert services.all() == [
        # What was said last of its dependencies, and the team that only the older fact spoke of.
        Service(name="checkout", depends_on=["payments"], team="shop"),
        Service(name="mail", depends_on=[], team="post"),
        Service(name="payments", depends_on=["vendor"], team=""),
    ]
    assert services.topology.names == ("checkout", "mail", "payments", "vendor")
    await log.close()


async def test_services_come_change_and_go() -> None:
    log = MemoryLog()
    services = await services_of(log)
    _, cautions = await services.define(" web ", ["checkout", "checkout", " cart"], "shop", **BY)
    assert [caution.code for caution in cautions] == ["unknown_service", "unknown_team"]
    assert (await services.define("checkout", [], **BY))[1] == ()
    # Who says nothing of the team leaves it as it was; who says an empty one takes it away.
    assert (await services.define("web", ["checkout"], **BY))[0].team == "shop"
    assert (await services.define("web", ["checkout"], "", **BY))[0].team == ""
    assert services.all() == (await services_of(log)).all()
    await services.remove("checkout", **BY)
    with pytest.raises(NotFound) as refused:
        await services.remove("checkout", **BY)
    assert refused.value.hint
    assert [each.name for each in (await services_of(log)).all()] == ["web"]
    await log.close()


async def test_a_tier_and_what_outsiders_call_it_stay_until_said_otherwise() -> None:
    log = MemoryLog()
    services = await services_of(log)
    await services.define("checkout", [], "shop", tier=1, called=" paying  for an order ", **BY)
    (kept,) = (await services_of(log)).all()
    assert (kept.tier, kept.called) == (1, "paying for an order")
    assert (await services.define("checkout", ["cart"], **BY))[0] == Service(
        name="checkout", depends_on=["cart"], team="shop", tier=1, called="paying for an order"
    )
    assert (await services.define("checkout", ["cart"], tier=0, called="", **BY))[0].tier == 0
    assert (await services.define(" checkout ", tier=2, **BY))[0].depends_on == ["cart"], "what is left out stays"
    assert (await services.define("checkout", [], **BY))[0].depends_on == []
    assert (await services.define("cart", team="shop", **BY))[0].depends_on == []
    for tier, called in ((5, ""), (-1, ""), (1, "x" * 81)):
        with pytest.raises(Malformed) as refused:
            await services.define("checkout", [], tier=tier, called=called, **BY)
        assert refused.value.hint
    await log.close()


async def test_what_changes_nothing_is_not_written() -> None:
    log = MemoryLog()
    services = await services_of(log)
    await services.define("a", ["b"], "x", **BY)
    before = await log.head(STREAM)
    await services.define("a", ["b"], **BY)
    await services.define("a", ["b"], "x", **BY)
    assert await log.head(STREAM) == before
    await log.close()


async def test_the_catalogue_is_bounded_and_another_process_fills_it_too() -> None:
    log = MemoryLog()
    one, other = await services_of(log, 2), await services_of(log, 2)
    await one.define("a", [], **BY)
    await other.define("b", [], **BY)
    with pytest.raises(Malformed, match="at most"):
        await one.define("c", [], **BY)
    await one.define("b", ["a"], **BY)
    await turns(lambda: [each.depends_on for each in other.all()] == [[], ["a"]])
    await log.close()


async def test_a_change_that_nobody_told_of_is_seen_within_a_second() -> None:
    log, clock = MemoryLog(), DrillClock(AT, rate=0)
    services = Services(log, clock)
    # Never told of any commit, as when a notice is lost.
    await services.catch_up()
    await (await services_of(log)).define("a", ["b"], **BY)
    await services.look()
    assert [each.name for each in services.all()] == ["a"]
    await log.close()


@pytest.mark.parametrize(
    ("name", "depends_on", "team", "says"),
    [
        ("", [], None, "cannot be the name of a service"),
        ("a\x07", [], None, "cannot be the name of a service"),
        ("x" * 201, [], None, "cannot be the name of a service"),
        ("a", ["a"], None, "on itself"),
        ("a", [""], None, "cannot be the name of a service"),
        ("a", [f"s{number}" for number in range(DEPENDS_ON_MAX + 1)], None, f"{DEPENDS_ON_MAX + 1} services"),
        ("a", [], "x" * 81, "cannot be the name of a team"),
        ("a", [], "x\x07", "cannot be the name of a team"),
    ],
)
async def test_what_is_no_service(name: str, depends_on: list[str], team: str | None, says: str) -> None:
    log = MemoryLog()
    services = await services_of(log)
    with pytest.raises(Malformed, match=says) as refused:
        await services.define(name, depends_on, team, **BY)
    assert refused.value.hint
    assert await log.head(STREAM) is None
    await log.close()


async def test_decisions_ask_the_same_catalogue_what_touches_what() -> None:
    log = MemoryLog()
    services = await services_of(log)
    await services.define("checkout", ["payments", "cart"], **BY)
    contacts = Contacts(
        Directory(log, WallClock()), Teams(log, WallClock()), services, present=lambda _ref: False, mails=False
    )
    assert contacts.near("payments") == {"payments", "checkout"}
    assert contacts.near("checkout") == {"checkout", "payments", "cart"}
    assert contacts.near("search") == {"search"}
    assert contacts.services() == ("cart", "checkout", "payments")
    await log.close()
