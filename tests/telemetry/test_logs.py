"""The store of log lines: order, limits, reading while it grows, and Loki's push format."""

import json
import threading

import pytest

from tests.telemetry.log_lines import BEGIN_NS, store_of
from watchroom.telemetry.labels import Match, Matcher
from watchroom.telemetry.levels import detected_level
from watchroom.telemetry.logs import Line, LogLimits, LogStore, read_push, read_push_file
from watchroom.telemetry.refusal import BadData

ALL = (Matcher("job", Match.REGEX, ".+"),)
EVER = 1 << 62


def texts(store: LogStore) -> list[str]:
    return [line for each in store.select(ALL, 0, EVER) for line in each.lines]


def test_lines_are_kept_in_order_of_time_and_of_coming() -> None:
    store = LogStore()
    store.append({"job": "a"}, [Line(2, "b"), Line(1, "a"), Line(2, "c"), Line(3, "d")])
    assert texts(store) == ["a", "b", "c", "d"]
    (found,) = store.select(ALL, 2, 3)
    assert list(found.lines) == ["b", "c"]
    assert store.streams(ALL, 4, 9) == []


def test_what_was_chosen_does_not_change_when_lines_come() -> None:
    store = store_of("one")
    (found,) = store.select(ALL, 0, EVER)
    store.append({"job": "app"}, [Line(BEGIN_NS - 1, "before"), Line(BEGIN_NS + 9, "after")])
    assert list(found.lines) == ["one"]


def test_lines_may_be_added_while_others_read() -> None:
    store, failed = LogStore(), list[str]()

    def write() -> None:
        for number in range(2_000):
            store.append({"job": f"j{number % 7}"}, [Line(number, str(number))])

    def read() -> None:
        for _ in range(200):
            for each in store.select(ALL, 0, EVER):
                if not len(each.times_ns) == len(each.lines) == len(each.metadata) or list(each.lines) != [
                    str(time) for time in each.times_ns
                ]:
                    failed.append(str(each))

    threads = [threading.Thread(target=work) for work in (write, write, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(texts(store)) == 4_000


def test_the_oldest_lines_of_all_streams_make_room() -> None:
    store = LogStore(LogLimits(bytes_max=100_000))
    for number in range(2_000):
        store.append({"job": "ab"[number % 2]}, [Line(number, f"line {number}")])
    kept = sorted(int(text.removeprefix("line ")) for text in texts(store))
    assert store.bytes <= 100_000
    assert kept == list(range(kept[0], 2_000))
    assert store.dropped == kept[0] > 0


@pytest.mark.parametrize(
    ("labels", "line", "message"),
    [
        ({}, "x", "at least one label pair"),
        ({"a-b": "c"}, "x", "invalid label name"),
        ({"a": "b" * 5_000}, "x", "longer than 4096 bytes"),
        ({f"l{number}": "x" for number in range(65)}, "x", "at most 64 are allowed"),
        ({"a": "b"}, "x" * 262_145, "longer than 262144 bytes"),
        ({"a": "b"}, "ä" * 200_000, "longer than 262144 bytes"),
    ],
)
def test_limits(labels: dict[str, str], line: str, message: str) -> None:
    store = LogStore()
    with pytest.raises(BadData, match=message):
        store.append(labels, [Line(1, "good"), Line(2, line)])
    assert store.bytes == 0


def test_streams_are_limited() -> None:
    store = LogStore(LogLimits(streams_max=1))
    store.append({"job": "a"}, [Line(1, "x")])
    with pytest.raises(BadData, match="1 streams already"):
        store.append({"job": "b"}, [Line(1, "x")])


def push(*values: object, stream: object = None) -> bytes:
    return json.dumps({"streams": [{"stream": stream or {"job": "a"}, "values": list(values)}]}).encode()


def test_push_bodies_and_files_of_them() -> None:
    store = LogStore()
    assert read_push(store, push(["1", "one"], ["2", "two", {"trace": "t"}])) == 2
    assert [each.metadata for each in store.select(ALL, 0, EVER)] == [[(), (("trace", "t"),)]]
    assert read_push_file(store, push(["3", "x"]) + b"\n\n" + push(["4", "y"]) + b"\n") == 2
    assert texts(store) == ["one", "two", "x", "y"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not a Loki push body"),
        (b"[]", "not a Loki push body"),
        (b'{"streams":' + b"[" * 100_000, "not a Loki push body"),
        (push(["1.5", "x"]), "no time"),
        (push([1, "x"]), "nanoseconds"),
        (push(["9" * 19, "x"]), "no time"),
        (push("x"), "nanoseconds"),
        (push(["1", "x", {"a": 1}]), "object of texts"),
        (push(["1", "x"], stream={"a": 1}), "object of texts"),
        (b'{"streams":[{"stream":{"a":"b"}}]}', "must be a list"),
        (push(["1", "x"]) + b"\n{}", "line 2: not a Loki push body"),
    ],
)
def test_bodies_that_are_none(body: bytes, message: str) -> None:
    with pytest.raises(BadData, match=message):
        read_push_file(LogStore(), body)


@pytest.mark.parametrize(
    ("labels", "line", "level"),
    [
        ({"level": "WARN"}, "error", "warn"),
        ({}, '{"level":"err"}', "error"),
        ({}, "severity=Information x", "info"),
        ({}, "2024 FATAL out of disk", "fatal"),
        ({}, "terrors and information", "unknown"),
    ],
)
def test_levels(labels: dict[str, str], line: str, level: str) -> None:
    assert detected_level(labels, line) == level
