"""Every expression of 700 public dashboards runs over series of its own names: none crashes, none is not known here."""

import json
import time

import numpy as np

from tests.peers import require_exam
from watchroom.telemetry.labels import NAME, Match, labels_of
from watchroom.telemetry.prometheus_api import PrometheusApi
from watchroom.telemetry.promql import expression as tree
from watchroom.telemetry.promql.engine import Engine
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.series import Recorded, Series

END_S = 1_700_000_000
TIMES = np.arange(END_S - 3600, END_S + 1, 60, dtype=np.int64) * 1000
BOUNDS = ("0.1", "1", "+Inf")


def selectors(node: object) -> list[tree.Selector]:
    """Every selector below a node."""
    if isinstance(node, tree.Selector):
        return [node]
    children = [getattr(node, name, None) for name in ("inner", "parameter", "left", "right", "selector")]
    return [found for each in (*children, *getattr(node, "arguments", ())) for found in selectors(each)] if node else []


def series_for(selector: tree.Selector) -> list[Series]:
    """Two series that the selector chooses, of counters that grow; several bounds where they are buckets."""
    labels = {matcher.name: matcher.value for matcher in selector.alternatives[0] if matcher.how is Match.EQUAL}
    labels.setdefault(NAME, "some_metric")
    for matcher in selector.alternatives[0]:
        if matcher.how is Match.REGEX and matcher.name not in labels:
            word = matcher.value.split("|")[0].replace(".*", "x").replace(".+", "x")
            labels[matcher.name] = word if matcher.accepts(word) else ""
    bounds = BOUNDS if labels[NAME].endswith("_bucket") else ("",)
    return [
        Series(
            labels_of({**labels, **({"le": bound} if bound else {}), "extra": f"e{number}"}),
            TIMES, np.arange(TIMES.size, dtype=np.float64) * (number + place + 1),
        )
        for number in range(2) for place, bound in enumerate(bounds)
    ]  # fmt: skip


def test_all_of_them_run() -> None:
    with require_exam("promql/dashboards-promql.jsonl").open(encoding="utf-8") as file:
        texts = [json.loads(line)["resolved"] for line in file]
    faults, answered = [], 0
    for text in texts:
        source = Recorded(
            {each.labels: each for found in selectors(parse(text)) for each in series_for(found)}.values()
        )
        api = PrometheusApi(source, Engine(source, time.monotonic), lambda: END_S * 1000)
        grid = {"start": [str(END_S - 1800)], "end": [str(END_S)], "step": ["60"]}
        for path, parameters in (("query", {"time": [str(END_S)]}), ("query_range", grid)):
            answer = api.answer(path, {"query": [text], **parameters})
            body = json.loads(answer.body)
            # A dashboard may join what is not one-to-one over these series; nothing else is refused.
            if answer.status != 200 and not (answer.status == 422 and "match" in body["error"]):
                faults.append(f"{text}: {answer.status} {body['error']}")
            answered += answer.status == 200 and bool(body["data"]["result"])
    assert faults == []
    assert answered > len(texts)
