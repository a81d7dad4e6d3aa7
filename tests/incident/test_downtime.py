"""Downtime and the state of components, from what posts say and what the room knows of the impact."""

from datetime import UTC, datetime, timedelta

import pytest

from watchroom.base.errors import AlreadyDone, Malformed, NotFound
from watchroom.communication import maintenance, status_page
from watchroom.communication.maintenance import Maintenance, Maintenances, MaintenanceState, Note
from watchroom.communication.status_page import Component, Page
from watchroom.communication.update import UpdateState
from watchroom.incident.downtime import Stretch, felt, stretches, united
from watchroom.incident.public import Post, PublicIncident, Span
from watchroom.incident.status_view import StatusView, view
from watchroom.web.status.pages import lasted, percent
from watchroom.web.status.statuspage import told

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def said(minutes: float, state: UpdateState = "investigating", **components: str) -> Post:
    words = tuple((name, status_page.status_of(word) or "major_outage") for name, word in components.items())
    return Post(
        id=f"p{minutes}", at=at(minutes), state=state, impact="x", doing="", need="", next_at=None, components=words
    )


def incident(
    *posts: Post,
    felt_since: float | None = None,
    calms: tuple[Span, ...] = (),
    over: float | None = None,
    id: str = "i",
) -> PublicIncident:
    return PublicIncident(
        id=id,
        name="It fails",
        posts=posts,
        felt_since=at(felt_since) if felt_since is not None else None,
        calms=calms,
        over_at=at(over) if over is not None else None,
    )


def page(*names: str, **groups: str) -> Page:
    components = [*((name, "") for name in names), *groups.items()]
    made = [
        Component(id=name.lower(), name=name, group=group, created_at=LONG_AGO, updated_at=LONG_AGO)
        for name, group in components
    ]
    return Page(by_id={each.id: each for each in made})


def looked(
    *incidents: PublicIncident, minutes: float = 120, of: Page | None = None, windows: Maintenances | None = None
) -> StatusView:
    return view(of or page("Shop"), windows or Maintenances(), incidents, at(minutes), name="Status", began_at=LONG_AGO)


def down_min(shown: StatusView, id: str = "shop") -> float:
    component = shown.component(id)
    assert component is not None
    return sum(day.down_s for day in component.days) / 60


def test_it_is_down_from_when_customers_felt_it_until_it_was_mitigated() -> None:
    posts = (said(10, Shop="down"), said(60, "resolved", Shop="ok"))
    assert down_min(looked(incident(*posts))) == 50
    assert down_min(looked(incident(*posts, felt_since=-5))) == 65
    assert down_min(looked(incident(*posts, felt_since=-5, calms=(Span(at(20)),)))) == 25
    assert down_min(looked(incident(*posts, calms=(Span(at(20), at(50)), Span(at(55)))))) == 15


@pytest.mark.parametrize(("word", "counted"), [("partial", 30), ("down", 30), ("degraded", 0), ("maintenance", 0)])
def test_only_outages_are_downtime(word: str, counted: int) -> None:
    shown = looked(incident(said(0, Shop=word), said(30, "resolved")))
    assert down_min(shown) == counted
    component = shown.component("shop")
    assert component is not None
    assert sum(day.degraded_s for day in component.days) == (1_800 if word == "degraded" else 0)


def test_two_incidents_at_once_are_counted_once() -> None:
    one = incident(said(0, Shop="down"), said(30, "resolved"), id="a")
    other = incident(said(20, Shop="partial"), said(50, "resolved"), id="b")
    shown = looked(one, other)
    assert down_min(shown) == 50
    component = shown.component("shop")
    assert component is not None
    assert set(component.days[-1].incidents) == {"a", "b"}


def test_an_outage_over_midnight_counts_on_both_days() -> None:
    shown = looked(incident(said(700, Shop="down"), said(740, "resolved")), minutes=800)
    component = shown.component("shop")
    assert component is not None
    assert [day.down_s for day in component.days[-2:]] == [1_200, 1_200]
    assert len(component.days) == 90
    assert component.uptime == pytest.approx(1 - 2_400 / (89 * 86_400 + 80 * 60))


def test_what_goes_on_counts_up_to_now_and_is_made_anew_each_minute() -> None:
    shown = looked(incident(said(0, Shop="down")), minutes=45)
    assert down_min(shown) == 45
    assert shown.good_until == at(46)
    assert looked(minutes=45).good_until == datetime(2026, 3, 11, tzinfo=UTC)


def test_it_ends_with_its_room_and_begins_again() -> None:
    assert looked(incident(said(0, Shop="down"), over=30)).indicator == "none"
    assert down_min(looked(incident(said(0, Shop="down"), over=30))) == 30
    again = incident(said(0, Shop="down"), said(30, "resolved"), said(60, "investigating", Shop="degraded"))
    shown = looked(again)
    assert (shown.indicator, down_min(shown)) == ("minor", 30)
    assert again.resolved_at is None
    assert again.started_at == at(0)


def test_the_worst_word_for_one_component_counts() -> None:
    of = Page(
        by_id={"c": Component(id="c", name="Shop", services=("web", "api"), created_at=LONG_AGO, updated_at=LONG_AGO)}
    )
    shown = looked(incident(said(0, web="degraded", api="down")), of=of)
    component = shown.component("c")
    assert component is not None
    assert component.status == "major_outage"


@pytest.mark.parametrize(
    ("words", "indicator", "description"),
    [
        ({}, "none", "All Systems Operational"),
        ({"Shop": "degraded"}, "minor", "Partially Degraded Service"),
        ({"Shop": "partial"}, "major", "Partial System Outage"),
        ({"Shop": "down"}, "major", "Partial System Outage"),
        ({"Shop": "down", "Mail": "down"}, "critical", "Major Service Outage"),
    ],
)
def test_the_whole_in_a_phrase(words: dict[str, str], indicator: str, description: str) -> None:
    shown = looked(*([incident(said(0, "investigating", **words))] if words else []), of=page("Shop", "Mail"))
    assert (shown.indicator, shown.description) == (indicator, description)


def test_an_incident_that_names_no_component_is_still_said() -> None:
    shown = looked(incident(said(0)))
    assert (shown.indicator, shown.description, shown.incidents[0].impact) == ("minor", "Minor Service Outage", "minor")


def test_a_name_that_nobody_defined_is_not_on_a_page_with_components() -> None:
    shown = looked(incident(said(0, Shpo="down")))
    assert [each.name for each in shown.components] == ["Shop"]
    assert shown.incidents[0].components == ()
    assert [each.name for each in looked(incident(said(0, Shpo="down")), of=Page()).components] == ["Shpo"]


def test_a_component_is_not_known_before_it_was_there() -> None:
    of = Page(by_id={"n": Component(id="n", name="New", created_at=at(-60), updated_at=at(-60))})
    component = looked(of=of).component("n")
    assert component is not None
    assert [day.known for day in component.days] == [False] * 89 + [True]
    assert component.uptime is None


def test_felt_cuts_calm_times_out() -> None:
    stretch = Stretch(at(0), at(60), "major_outage")
    assert felt(stretch, (), at(90)) == [(at(0), at(60))]
    assert felt(stretch, (Span(at(-10), at(5)), Span(at(20), at(30))), at(90)) == [(at(5), at(20)), (at(30), at(60))]
    assert felt(stretch, (Span(at(-10)),), at(90)) == []
    assert united([(at(5), at(9)), (at(0), at(6)), (at(20), at(21))]) == [(at(0), at(9)), (at(20), at(21))]


def test_stretches_end_where_a_post_says_so() -> None:
    found = stretches(incident(said(0, Shop="down"), said(5, "identified", Shop="degraded"), said(9, "resolved")), str)
    assert found == {"Shop": [Stretch(at(0), at(5), "major_outage"), Stretch(at(5), at(9), "degraded_performance")]}


def window(**more: object) -> Maintenance:
    made = Maintenance(
        id="m", name="Upgrade", starts_at=at(0), ends_at=at(60), created_at=at(-60), updated_at=at(-60),
        components=("shop",),
    )  # fmt: skip
    for name, value in more.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("minutes", "notes", "state"),
    [
        (-1, [], "scheduled"),
        (0, [], "in_progress"),
        (60, [], "completed"),
        (-1, [Note(at(-2), "in_progress", "")], "in_progress"),
        (5, [Note(at(4), "completed", "")], "completed"),
        (5, [Note(at(4), "verifying", "")], "verifying"),
        (70, [Note(at(4), "verifying", "")], "completed"),
        (5, [Note(at(-4), "scheduled", "still on")], "in_progress"),
    ],
)
def test_maintenance_goes_by_its_window_unless_somebody_says_otherwise(
    minutes: float, notes: list[Note], state: MaintenanceState
) -> None:
    windows = Maintenances(by_id={"m": window(notes=notes)})
    shown = looked(minutes=minutes, windows=windows)
    assert windows.by_id["m"].state(at(minutes)) == state
    component = shown.component("shop")
    assert component is not None
    working = state in ("in_progress", "verifying")
    assert component.status == ("under_maintenance" if working else "operational")
    assert shown.indicator == ("maintenance" if working else "none")
    assert told(windows.by_id["m"], at(minutes))[-1][1] == state or notes


def test_maintenance_that_cannot_be() -> None:
    known = Maintenances(by_id={"m": window()})
    for begin, end, name in ((0, 0, "x"), (5, 1, "x"), (0, 60 * 24 * 40, "x"), (0, 1, " ")):
        with pytest.raises(Malformed):
            maintenance.scheduled(known, "n", name, at(begin), at(end))
    with pytest.raises(AlreadyDone):
        maintenance.noted(known, "m", "completed", "", at(61))
    with pytest.raises(NotFound):
        maintenance.noted(known, "nothing", "completed", "", at(0))


def test_components_move_with_their_group() -> None:
    of = page("Web", A="Data", B="Data")
    of.by_id |= page("Mail").by_id
    assert status_page.moved(of, "mail", -1).ids == ["web", "mail", "a", "b"]
    assert status_page.moved(of, "web", 1).ids == ["a", "b", "web", "mail"]
    assert status_page.moved(of, "b", -1).ids == ["web", "b", "a", "mail"]
    assert status_page.moved(of, "a", -1).ids == ["a", "b", "web", "mail"]
    for id, by in (("web", -1), ("mail", 1)):
        with pytest.raises(Malformed):
            status_page.moved(of, id, by)


def test_components_that_cannot_be() -> None:
    of = page("Shop")
    for name in ("", "  ", "shop", "x" * 101, "a\nb\x00"):
        with pytest.raises(Malformed):
            status_page.defined(of, "new", name)
    assert status_page.defined(of, "shop", "SHOP").name == "SHOP"
    with pytest.raises(Malformed):
        status_page.described(shown=True, help_url="javascript:alert(1)")


@pytest.mark.parametrize(("seconds", "words"), [(3, "1 min"), (3_599, "1 h"), (3_600, "1 h"), (7_500, "2 h 5 min")])
def test_how_long_is_said_plainly(seconds: int, words: str) -> None:
    assert lasted(seconds) == words


def test_a_real_outage_is_never_rounded_away() -> None:
    assert (percent(1.0), percent(0.999_999), percent(0.9987)) == ("100 %", "99.99 %", "99.87 %")
