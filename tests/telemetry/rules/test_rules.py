"""Rules: what a file is refused for, and what promtool does not tell: limits, ends, grids, sending."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from watchroom.integrations.alertmanager import read_webhook
from watchroom.integrations.delivery import Limits
from watchroom.telemetry.labels import Match, Matcher, labels_of
from watchroom.telemetry.rules.book import Book
from watchroom.telemetry.rules.evaluation import RESOLVED_KEPT_MS, Outside
from watchroom.telemetry.rules.notification import Route, Waits, fingerprint, notified
from watchroom.telemetry.rules.rule_file import BadRules, read_rules
from watchroom.telemetry.series import Recorded, Series, is_stale
from watchroom.telemetry.template import expanded

MINUTE = 60_000
NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)


def book_of(text: str, series: Mapping[str, Sequence[float | None]], outside: Outside | None = None) -> Book:
    """A book over gauges with a sample a minute."""
    made = []
    for name, values in series.items():
        pairs = [(place * MINUTE, value) for place, value in enumerate(values) if value is not None]
        labels = labels_of({"__name__": "gauge", "name": name})
        made.append(Series(labels, np.array([at for at, _ in pairs]), np.array([float(v) for _, v in pairs])))
    return Book(read_rules(text, "rules.yml"), Recorded(made), lambda: 0.0, outside=outside)


def rule(text: str, group: str = "") -> str:
    return f"groups:\n- name: g\n{group}  rules:\n  - {text}\n"


def states(book: Book, minutes: int) -> list[str]:
    """The state of the book's only rule, minute by minute, and how many alerts are told."""
    found = []
    for minute in range(minutes):
        told = book.turn(minute * MINUTE)
        found.append(f"{book.groups()[0]['rules'][0]['state']} {len(told)}")
    return found


def test_an_alert_goes_on_firing_for_a_while() -> None:
    book = book_of(rule("{alert: A, expr: gauge > 0, keep_firing_for: 2m}"), {"x": [1, 0, 1, 0, 0, 0, 0]})
    assert states(book, 7) == ["firing 1", "firing 1", "firing 1", "firing 1", "firing 1", "inactive 1", "inactive 1"]


def test_an_end_is_told_for_a_quarter_of_an_hour() -> None:
    book = book_of(rule("{alert: A, expr: gauge > 0}"), {"x": [1] + [0] * 20})
    told = [len(book.turn(minute * MINUTE)) for minute in range(20)]
    assert told.count(1) == 2 + RESOLVED_KEPT_MS // MINUTE
    assert told[-1] == 0


def test_one_that_never_fired_is_not_told() -> None:
    book = book_of(rule("{alert: A, expr: gauge > 0, for: 2m}"), {"x": [1, 1, 0, 1, 1, 1]})
    assert states(book, 6) == ["pending 0", "pending 0", "inactive 0", "pending 0", "pending 0", "firing 1"]


def test_a_rule_over_its_limit_says_so_and_has_no_alerts() -> None:
    book = book_of(rule("{alert: A, expr: gauge > 0}", "  limit: 1\n"), {"x": [1, 1], "y": [0, 1]})
    assert len(book.turn(0)) == 1
    assert book.turn(MINUTE) == []
    assert book.errors() == ["rules.yml:5: A: exceeded limit of 1 with 2 alerts"]
    shown = book.groups()[0]["rules"][0]
    assert (shown["health"], shown["lastError"]) == ("err", "exceeded limit of 1 with 2 alerts")


def test_series_that_a_rule_no_longer_writes_have_ended() -> None:
    book = book_of(rule("{record: 'a:b', expr: gauge > 0}"), {"x": [1, 0], "y": [1, 1]})
    book.turn(0)
    book.turn(MINUTE)
    found = book.source.select([(Matcher("__name__", Match.EQUAL, "a:b"),)], 0, MINUTE)
    assert [is_stale(each.values).tolist() for each in found] == [[False, True], [False, False]]


def test_two_series_that_become_one_are_refused() -> None:
    book = book_of(rule("{record: 'a:b', expr: gauge, labels: {name: same}}"), {"x": [1], "y": [1]})
    book.turn(0)
    assert "same labelset after applying rule labels" in book.errors()[0]


def test_groups_are_evaluated_when_their_time_has_come() -> None:
    book = book_of(rule("{record: 'a:b', expr: gauge}", "  interval: 2m\n"), {"x": [1, 2, 3]})
    assert book.groups()[0]["lastEvaluation"] == "0001-01-01T00:00:00Z"
    for minute in range(4):
        book.turn(minute * MINUTE)
    assert (book.interval_ms, book.groups()[0]["lastEvaluation"]) == (2 * MINUTE, "1970-01-01T00:02:00Z")


def test_equal_parts_are_one_and_what_rules_write_is_asked_anew() -> None:
    text = (
        "groups:\n- name: g\n  rules:\n  - {record: 'a', expr: sum(gauge)}\n  - {record: 'b', expr: sum(gauge) + a}\n"
        "  - {record: 'c', expr: a + b}\n"
    )
    book = book_of(text, {"x": [1, 5], "y": [2, 6]})
    for at, expected in ((0, {"a": 3, "b": 6, "c": 9}), (MINUTE, {"a": 11, "b": 22, "c": 33})):
        book.turn(at)
        for name, value in expected.items():
            found = book.source.select([(Matcher("__name__", Match.EQUAL, name),)], at, at)
            assert [each.values[-1] for each in found] == [value], name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("groups: [", "rules.yml:2: this is not YAML"),
        ("rules: []", "rules.yml:1: field 'rules' is not known in a rule file"),
        ("groups:\n- name: g\n  intervall: 1m", "rules.yml:3: field 'intervall' is not known in a group: did you mean"),
        ("groups:\n- rules: []", "rules.yml:2: Groupname must not be empty"),
        ("groups:\n- name: g\n- name: g", "rules.yml:3: groupname"),
        ("groups:\n- name: g\n  interval: 1 minute", "rules.yml:3: not a valid duration"),
        ("groups:\n- name: g\n  limit: -1", "rules.yml:3: '-1' is not a whole number"),
        (rule("{alert: A}"), "rules.yml:4: field 'expr' must be set"),
        (rule("{alert: A, record: b, expr: x}"), "rules.yml:4: a rule has either"),
        (rule("{alert: A,\n     expr: 'x['}"), "rules.yml:5: could not parse expression"),
        (rule("{record: a-b, expr: x}"), "rules.yml:4: invalid recording rule name"),
        (rule("{record: a, expr: x, for: 1m}"), "rules.yml:4: invalid field 'for'"),
        (rule("{alert: A, expr: x, labels: {a-b: c}}"), "rules.yml:4: invalid label name"),
        (rule("{alert: A, expr: x, labels: {__name__: c}}"), "rules.yml:4: invalid label name"),
        (rule("{alert: A, expr: x, annotations: {a: '{{ nothing }}'}}"), "rules.yml:4: could not parse the template"),
        (rule("{alert: A, expr: x, expr: y}"), "rules.yml:4: 'expr' is given twice"),
        (rule("{alert: [], expr: x}"), "rules.yml:4: a text is expected"),
        ("groups: 5", "rules.yml:1: 'groups' has to be a list"),
        ("- a", "rules.yml:1: a rule file has to be a mapping"),
    ],
)
def test_a_file_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(BadRules) as refused:
        read_rules(text, "rules.yml")
    assert str(refused.value).startswith(says)


def test_an_error_in_a_template_stands_in_the_text() -> None:
    written = expanded("{{ query `up` | first | value }}", {}, 1.0, lambda _: [])
    assert written.startswith("<error expanding template: ")
    assert "first() called on vector with no elements" in written


def sent(route: Route, series: Mapping[str, Sequence[float | None]], minutes: int) -> list[tuple[int, dict[str, Any]]]:
    book = book_of(rule("{alert: A, expr: gauge > 0, annotations: {s: '{{ $labels.name }}'}}"), series)
    waits: Waits = {}
    found = []
    for minute in range(minutes):
        waits, bodies = notified(route, waits, book.turn(minute * MINUTE), minute * MINUTE)
        found += [(minute, body) for body in bodies]
    return found


def test_alerts_of_a_group_are_told_together_and_their_end_once() -> None:
    route = Route(group_wait_ms=MINUTE, group_interval_ms=2 * MINUTE, repeat_interval_ms=6 * MINUTE)
    bodies = sent(route, {"x": [1] * 12 + [0] * 20, "y": [0, 1, 1, 0] + [0] * 28}, 32)
    told = [(minute, body["status"], [each["status"] for each in body["alerts"]]) for minute, body in bodies]
    assert told == [
        (1, "firing", ["firing", "firing"]),
        (3, "firing", ["firing", "resolved"]),
        (9, "firing", ["firing"]),
        (13, "resolved", ["resolved"]),
    ]
    first, last = bodies[0][1], bodies[-1][1]["alerts"][0]
    assert first["groupKey"] == '{}:{alertname="A"}'
    assert (first["commonLabels"], first["commonAnnotations"]) == ({"alertname": "A"}, {})
    assert (first["alerts"][0]["startsAt"], first["alerts"][0]["endsAt"]) == (
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
    )
    assert (last["startsAt"], last["endsAt"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:12:00Z")


def test_what_ended_before_it_was_told_is_never_told() -> None:
    assert sent(Route(group_wait_ms=3 * MINUTE), {"x": [1, 0, 0, 0, 0, 0]}, 6) == []


def test_our_own_ingest_takes_what_is_sent() -> None:
    bodies = sent(Route(group_wait_ms=0, group_interval_ms=MINUTE), {"x": [1, 1, 0, 0], "y": [1, 1, 1, 1]}, 4)
    today = [msgspec.json.encode(body).replace(b"1970-01-01", b"2026-01-05") for _, body in bodies]
    readings = [read_webhook(body, "rules", Limits(), NOW) for body in today]
    assert [reading.faults for reading in readings] == [[], []]
    assert [[signal.state for signal in reading.signals] for reading in readings] == [
        ["firing", "firing"],
        ["resolved", "firing"],
    ]


def test_the_fingerprint_of_no_labels_is_the_begin_of_the_hash() -> None:
    assert fingerprint(()) == "cbf29ce484222325"
