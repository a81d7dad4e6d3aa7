"""Log lines for the tests of LogQL and the Loki API, and a short way to ask for them."""

import json
from collections.abc import Sequence
from typing import Any

from watchroom.telemetry.logql.engine import LogEngine
from watchroom.telemetry.logs import Line, LogLimits, LogStore
from watchroom.telemetry.loki_api import LokiApi

BEGIN_NS = 1_700_000_000 * 10**9
"""When the first line was written."""
SECOND = 10**9


def seconds() -> float:
    """A clock that stands still: nothing here times out."""
    return 0.0


def store_of(*lines: str, labels: dict[str, str] | None = None, limits: LogLimits | None = None) -> LogStore:
    """One stream, a line each second."""
    store = LogStore(limits)
    store.append(
        labels or {"job": "app"}, [Line(BEGIN_NS + number * SECOND, line) for number, line in enumerate(lines)]
    )
    return store


def api_of(store: LogStore) -> LokiApi:
    """An API whose now is a hundred seconds after the first line."""
    return LokiApi(store, LogEngine(store, seconds), lambda: BEGIN_NS + 100 * SECOND)


def asked(store: LogStore, query: str, path: str = "query_range", **parameters: str) -> tuple[int, Any]:
    """Status, and the data of an answer or the text of a refusal."""
    given: dict[str, Sequence[str]] = {"query": [query], "direction": ["forward"]}
    given.update({name: [value] for name, value in parameters.items()})
    answer = api_of(store).answer(path, given)
    if answer.status != 200:
        return answer.status, answer.body.decode()
    return 200, json.loads(answer.body)["data"]


def lines_of(store: LogStore, query: str, **parameters: str) -> list[tuple[str, dict[str, str]]]:
    """The lines of an answer in order of time, each with its labels."""
    status, data = asked(store, query, **parameters)
    assert status == 200, data
    found = [(int(at), line, each["stream"]) for each in data["result"] for at, line in each["values"]]
    return [(line, labels) for _, line, labels in sorted(found, key=lambda item: item[0])]


def values_of(store: LogStore, query: str, at_s: float = 100) -> dict[str, float]:
    """An instant query's values by the labels, as `a=b,c=d`."""
    status, data = asked(store, query, "query", time=str(int(BEGIN_NS + at_s * SECOND)))
    assert status == 200, data
    return {
        ",".join(f"{name}={value}" for name, value in sorted(each["metric"].items())): float(each["value"][1])
        for each in data["result"]
    }
