"""The Loki API as its clients use it: what logcli and Grafana send, what they get, what is refused and how."""

import json

import pytest

from tests.telemetry.log_lines import BEGIN_NS, SECOND, api_of, asked, store_of
from watchroom.telemetry.logs import Line, LogStore

END = str(BEGIN_NS + 100 * SECOND)


def store() -> LogStore:
    made = store_of("one", "two", "three", labels={"job": "app", "env": "prod"})
    made.append({"job": "web"}, [Line(BEGIN_NS + SECOND // 2, '{"a":1}'), Line(BEGIN_NS + 5 * SECOND, "t=5ms b=x")])
    return made


def body(path: str, **parameters: str | list[str]) -> tuple[int, str]:
    given = {name: [value] if isinstance(value, str) else value for name, value in parameters.items()}
    answer = api_of(store()).answer(path, given)
    return answer.status, answer.body.decode()


def test_lines_come_by_streams_with_nanoseconds_as_text() -> None:
    _, data = asked(store(), '{job="app"}')
    assert data["resultType"] == "streams"
    assert data["result"] == [
        {
            "stream": {"env": "prod", "job": "app"},
            "values": [[str(BEGIN_NS + number * SECOND), line] for number, line in enumerate(("one", "two", "three"))],
        }
    ]
    assert data["stats"]["summary"]["totalLinesProcessed"] == 3
    assert data["stats"]["summary"]["totalEntriesReturned"] == 3


@pytest.mark.parametrize("direction", ["BACKWARD", "backward", ""])
def test_the_newest_lines_of_all_streams_come_first(direction: str) -> None:
    _, data = asked(store(), '{job=~".+"}', direction=direction, limit="2")
    found = sorted(value for each in data["result"] for value in each["values"])
    assert [line for _, line in found] == ["three", "t=5ms b=x"]


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        ({"start": str(BEGIN_NS), "end": str(BEGIN_NS + 2 * SECOND)}, 2),
        ({"start": "1700000001", "end": "1700000003"}, 2),
        ({"start": "1700000000.5", "end": "1700000003.0"}, 2),
        ({"start": "2023-11-14T22:13:21Z", "end": "2023-11-14T23:13:23+01:00"}, 2),
        ({"end": END, "since": "99s"}, 2),
        ({"since": "1s"}, 0),
        ({"interval": "2s"}, 2),
        ({"limit": "1"}, 1),
        ({}, 3),
    ],
)
def test_times_limits_and_intervals(parameters: dict[str, str], lines: int) -> None:
    _, data = asked(store(), '{job="app"}', **parameters)
    assert sum(len(each["values"]) for each in data["result"]) == lines


@pytest.mark.parametrize(
    ("path", "parameters", "message"),
    [
        ("query", {"query": '{job="app"}'}, "log queries are not supported as an instant query type"),
        ("query_range", {"query": "{}"}, "parse error : queries require at least one"),
        ("query_range", {"query": '{job="app"}', "limit": "5001"}, "max entries limit per query exceeded"),
        ("query_range", {"query": '{job="app"}', "limit": "0"}, "limit must be a positive value"),
        ("query_range", {"query": '{job="app"}', "limit": "x"}, 'strconv.Atoi: parsing "x": invalid syntax'),
        ("query_range", {"query": '{job="app"}', "start": "yesterday"}, "could not parse 'yesterday' as a time"),
        ("query_range", {"query": '{job="app"}', "start": "9" * 18, "end": "1"}, "end timestamp must not be before"),
        ("query_range", {"query": '{job="app"}', "direction": "up"}, "invalid direction 'up'"),
        ("query_range", {"query": '{job="app"}', "step": "-1"}, "zero or negative query resolution"),
        ("query_range", {"query": 'rate({job="app"}[1m])', "step": "1ms"}, "exceeded maximum resolution"),
        ("query_range", {"query": '{job="app"}', "interval": "-1s"}, "interval must be >= 0"),
        ("query_range", {"query": '{job="app"}', "since": "1e999"}, "cannot parse '1e999' to a valid duration"),
        ("series", {"match": "{"}, "parse error at line 1, col 2: syntax error: unexpected $end"),
        ("tail", {"query": '{job="app"}'}, "tail is not served here; ask query_range"),
    ],
)
def test_refusals_are_sentences_in_plain_text(path: str, parameters: dict[str, str], message: str) -> None:
    answer = api_of(store()).answer(path, {name: [value] for name, value in parameters.items()})
    assert (answer.status, answer.media_type) == (400, "text/plain; charset=utf-8")
    assert answer.body.decode().startswith(message)


def test_an_unknown_path_is_404() -> None:
    assert body("nope") == (404, "there is no /loki/api/v1/nope here")


@pytest.mark.parametrize("name", ["match", "match[]"])
def test_series_under_either_name_of_the_parameter(name: str) -> None:
    both = ['{job="web"}', '{env="prod"}']
    found = json.loads(body("series", **{name: both})[1])["data"]
    assert found == [{"env": "prod", "job": "app"}, {"job": "web"}]
    assert len(json.loads(body("series")[1])["data"]) == 2


def test_labels_and_their_values() -> None:
    assert json.loads(body("labels", start=str(BEGIN_NS), end=END)[1]) == {"status": "success", "data": ["env", "job"]}
    assert json.loads(body("label/job/values")[1])["data"] == ["app", "web"]
    assert json.loads(body("label/job/values", query='{env="prod"}')[1])["data"] == ["app"]
    assert json.loads(body("label/none/values")[1])["data"] == []
    assert json.loads(body("labels", start="1", end="2")[1])["data"] == []


def test_how_much_there_is() -> None:
    assert json.loads(body("index/stats", query='{job="app"}')[1]) == {
        "streams": 1,
        "chunks": 1,
        "bytes": 11,
        "entries": 3,
    }
    found = json.loads(body("index/volume", query='{job=~".+"}')[1])["data"]["result"]
    assert [(each["metric"], each["value"][1]) for each in found] == [({"job": "web"}, "16"), ({"job": "app"}, "11")]
    steps = json.loads(
        body("index/volume_range", query='{job="web"}', start=str(BEGIN_NS), end=str(BEGIN_NS + 6 * SECOND), step="3")[
            1
        ]
    )["data"]["result"]
    assert steps == [{"metric": {"job": "web"}, "values": [[1700000003, "7"], [1700000006, "9"]]}]
    labels = json.loads(body("index/volume", query='{job=~".+"}', aggregateBy="labels")[1])["data"]["result"]
    assert [(each["metric"], each["value"][1]) for each in labels] == [({"job": ""}, "27")]


def test_what_grafana_asks_to_help_with_a_query() -> None:
    assert json.loads(body("detected_labels")[1])["detectedLabels"] == [
        {"label": "env", "cardinality": 1},
        {"label": "job", "cardinality": 2},
    ]
    fields = json.loads(body("detected_fields", query='{job="web"}')[1])["fields"]
    assert [(each["label"], each["type"], each["parsers"]) for each in fields] == [
        ("a", "int", ["json"]),
        ("b", "string", ["logfmt"]),
        ("t", "duration", ["logfmt"]),
    ]
    assert json.loads(body("detected_field/b/values", query='{job="web"}')[1])["values"] == ["x"]
    assert json.loads(body("patterns", query='{job="web"}')[1]) == {"status": "success", "data": []}
    assert json.loads(body("status/buildinfo")[1])["version"]


def test_a_matrix_keeps_gaps_and_milliseconds() -> None:
    _, data = asked(store(), 'count_over_time({job="web"}[1s])', start="1700000000.5", end="1700000006.5", step="1.5")
    assert data["result"] == [{"metric": {"job": "web"}, "values": [[1700000000.5, "1"], [1700000005, "1"]]}]
