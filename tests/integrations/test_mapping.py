"""Mappings: the path language, what a mapping makes of a body, what is said of one that does not fit, and its bounds."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.base.errors import Malformed
from watchroom.integrations import generic, recognition
from watchroom.integrations.delivery import Limits
from watchroom.integrations.expression import Budget, evaluate, every, parse, parse_list
from watchroom.integrations.mapped import reader
from watchroom.integrations.mapping import STEPS_PER_BODY_MAX, Mapping, compiled, faults_of, mapped

NOW = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
LIMITS = Limits()
BODY = {
    "region": "eu",
    "event": {"name": "Disk full", "tags": ["a", "b"], "team name": "data", "n": 0, "none": None, "ok": False},
    "list": [{"id": 1}, {"id": 2}],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("region", "eu"),
        ("$.region", "eu"),
        ("@.region", "eu"),
        ("event.name", "Disk full"),
        ('event["team name"]', "data"),
        ("event['team name']", "data"),
        ("event.tags[0]", "a"),
        ("event.tags[-1]", "b"),
        ("event.tags[7]", None),
        ("event.tags.x", None),
        ("region[0]", None),
        ("nothing.at.all", None),
        ("event.none | event.name", "Disk full"),
        ("event.n", 0),
        ("event.ok", False),
        ('event.none | "constant | with a bar"', "constant | with a bar"),
        ('"{event.name} in {region}"', "Disk full in eu"),
        ('"{event.none}{nothing}"', None),
        ('"{{not a path}}"', "{not a path}"),
        ('"{list[1].id}"', "2"),
        ("'it is \"so\"'", 'it is "so"'),
        ("$", BODY),
        (" region ", "eu"),
    ],
)
def test_an_expression(text: str, value: Any) -> None:
    assert evaluate(parse(text), BODY, BODY, Budget(100)) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "a..b", "a.", ".a", "$.", "a b", "a[", "a[x]", "a[*]", '"open', '"{open"', "a | ", "a]", '"x" y', "a{b}",
        "$x", "." * 20, ".".join("abcdefghijklmnopq"), "x" * 501, "|".join("abcdefghi"), '"{}"', "a[99999999]",
    ],
)  # fmt: skip
def test_what_is_no_expression_says_so(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(text)
    assert refused.value.message
    assert refused.value.hint


@given(st.text(alphabet="ab.[]*\"'{}|$@0-1 \\\n", max_size=40))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        parsed = parse(text)
    except Malformed:
        return
    evaluate(parsed, {"a": [{"b": 1}], "b": "x"}, {"a": "x"}, Budget(1_000))


@pytest.mark.parametrize(
    ("path", "found"),
    [("list[*].id", [1, 2]), ("list", [{"id": 1}, {"id": 2}]), ("event", [BODY["event"]]), ("list[0]", [{"id": 1}]),
     ("nothing[*]", []), ("$.event.tags[*]", ["a", "b"])],
)  # fmt: skip
def test_where_signals_are_listed(path: str, found: list[Any]) -> None:
    assert list(every(parse_list(path), BODY, Budget(100))) == found


MAPPING = Mapping(
    title='"{host}: {check}"',
    each="$.data.alerts[*]",
    status="level",
    status_words={"OK": "resolved", "*": "firing"},
    dedup_key="id",
    description="text | $.summary",
    severity="level",
    severity_words={"P1": "critical", "P2": "warning"},
    service="$.service",
    labels={"host": "host", "team": '"data"', "*": "tags"},
    starts_at="since",
    ends_at="until",
    url="links[0]",
)
ALERTS: dict[str, Any] = {
    "service": "billing",
    "summary": "for all",
    "data": {
        "alerts": [
            {"host": "db-1", "check": "disk", "level": "P1", "id": 7, "since": 1763867640, "tags": {"rack": 4, "x": None}},
            {"host": "db-2", "check": "ping", "level": "ok", "id": "b", "text": "gone", "since": "2026-11-23T03:14:00Z",
             "until": 1763867640000, "links": ["https://x.example/1"]},
        ]
    },
}  # fmt: skip


def test_several_signals_of_one_body() -> None:
    one, two = (each.signal for each in mapped(compiled(MAPPING), ALERTS, "src", LIMITS))
    assert one is not None
    assert two is not None
    assert (one.title, one.state, one.key, one.severity, one.service) == (
        "db-1: disk", "firing", "7", "critical", "billing",
    )  # fmt: skip
    assert one.labels == {"host": "db-1", "team": "data", "rack": "4"}
    assert one.annotations == {"description": "for all"}
    assert one.starts_at == datetime(2025, 11, 23, 3, 14, tzinfo=UTC)
    assert (two.title, two.state, two.severity, two.url) == ("db-2: ping", "resolved", "ok", "https://x.example/1")
    assert two.ends_at == datetime(2025, 11, 23, 3, 14, tzinfo=UTC)
    assert two.annotations == {"description": "gone"}
    assert one.id != two.id


@pytest.mark.parametrize(
    ("mapping", "body", "field"),
    [
        ({"title": "name"}, {}, "title"),
        ({"title": "name", "status": "s"}, {"name": "x"}, "status"),
        ({"title": "name", "status": "s"}, {"name": "x", "s": "purple"}, "status"),
        ({"title": "name", "starts_at": "t"}, {"name": "x", "t": "yesterday"}, "starts_at"),
        ({"title": "name", "starts_at": "t"}, {"name": "x", "t": 9e99}, "starts_at"),
        ({"title": "name", "starts_at": "t"}, {"name": "x", "t": "1999-01-01"}, "starts_at"),
        ({"title": "name", "url": "u"}, {"name": "x", "u": "javascript:alert(1)"}, "url"),
        ({"title": "name", "labels": {"l": "l"}}, {"name": "x", "l": "y" * 20_000}, "labels"),
    ],
)
def test_what_does_not_fit_is_said_field_by_field(mapping: dict[str, Any], body: Any, field: str) -> None:
    (each,) = mapped(compiled(msgspec.convert(mapping, Mapping)), body, "src", LIMITS)
    assert each.signal is None
    assert [fault.field for fault in each.faults] == [field]


def test_a_mapping_that_can_never_fit_is_not_kept() -> None:
    wrong = Mapping(
        title="a..b",
        each="x[",
        status="|",
        labels={"a": "]"},
        status_words=dict.fromkeys(map(str, range(101)), "firing"),
    )
    assert [fault.field for fault in faults_of(wrong)] == ["each", "title", "status", "labels", "status_words"]
    with pytest.raises(Malformed):
        compiled(wrong)
    assert [fault.field for fault in faults_of(Mapping(title=" "))] == ["title"]


def test_a_misfit_is_read_automatically_and_says_so() -> None:
    read = reader(Mapping(title="alert.name", status="alert.state", status_words={"BAD": "firing"}), generic.read)
    fits = read(json.dumps({"alert": {"name": "A", "state": "bad"}}).encode(), "src", LIMITS, NOW)
    assert ([signal.title for signal in fits.signals], fits.fallback) == (["A"], "")
    misfit = read(json.dumps({"title": "B", "dedup_key": "b"}).encode(), "src", LIMITS, NOW)
    assert [signal.title for signal in misfit.signals] == ["B"]
    assert misfit.fallback == "title: Nothing stands at alert.name. status: Nothing stands at alert.state."
    mixed = read(json.dumps([{"title": "C"}, {"alert": {"name": "D", "state": "BAD"}}, 7]).encode(), "src", LIMITS, NOW)
    assert [signal.title for signal in mixed.signals] == ["C", "D"]
    assert [fault.index for fault in mixed.faults] == [2]
    assert mixed.fallback
    with pytest.raises(Malformed):
        read(b"{}", "src", LIMITS, NOW)
    with pytest.raises(Malformed, match="not JSON"):
        read(b"{", "src", LIMITS, NOW)


def test_the_work_for_one_body_is_bounded() -> None:
    greedy = Mapping(title="title", each="a[*]", labels={f"l{n}": "|".join(["x.y.z.w"] * 8) for n in range(64)})
    body = {"a": [{"title": str(n)} for n in range(5_000)]}
    with pytest.raises(Malformed, match="too many steps"):
        mapped(compiled(greedy), body, "src", LIMITS)
    reading = reader(greedy, generic.read)(json.dumps(body).encode(), "src", LIMITS, NOW)
    assert reading.fallback
    assert reading.signals
    budget = Budget(STEPS_PER_BODY_MAX)
    plain = Mapping(title="title", each="a[*]", dedup_key="title")
    assert len(mapped(compiled(plain), body, "src", LIMITS)) == 5_000
    assert budget.left == STEPS_PER_BODY_MAX
    with pytest.raises(Malformed, match="at most 5000"):
        mapped(compiled(plain), {"a": [{}] * 5_001}, "src", LIMITS)


def test_a_deeply_nested_body_is_no_danger() -> None:
    deep = b'{"title": "deep", "a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(Malformed):
        reader(Mapping(title="a[0][0]"), generic.read)(deep, "src", LIMITS, NOW)


def test_what_an_unmapped_item_says_besides_its_signal_is_kept() -> None:
    read = reader(Mapping(title="no.such.field"), recognition.read)
    reading = read(b'{"title": "Slow", "status": "acknowledged"}', "src", LIMITS, NOW)
    assert [remark.action for remark in reading.remarks] == ["acknowledged"]
    asked = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:ops", "MessageId": "m", "Token": "t",
             "Message": "You have chosen", "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/"}  # fmt: skip
    reading = read(json.dumps(asked).encode(), "src", LIMITS, NOW)
    assert reading.notice is not None
    assert reading.fallback
