"""What Grafana is given, and what it then asks: the model's fields, the places of panels, and each panel's requests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.telemetry.dashboards.shop import BEGIN_S, END_S, FILES, FOLDER, dashboard
from watchroom.config import Settings
from watchroom.shell.telemetry_sources import loki, prometheus, read_logs
from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.dashboards.grafana import Sources, grafana_json
from watchroom.telemetry.dashboards.provisioning import DATA_SOURCES, PROVIDER, Target, provisioned
from watchroom.telemetry.dashboards.reading import read_dashboard
from watchroom.telemetry.dashboards.units import GRAFANA
from watchroom.telemetry.mount import LokiMount, PrometheusMount, Question
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.recorded_files import read_files

SOURCES = Sources("p-uid", "l-uid")
TWO_ROWS = """\
title: Two rows
rows:
  - title: Folded
    collapsed: true
    panels:
      - {title: A, width: 16, height: 4, queries: [{promql: up}]}
      - {title: B, width: 16, height: 6, queries: [{promql: up}]}
  - panels:
      - {title: C, width: 8, queries: [{promql: up}, {logql: 'rate({a="b"}[1m])'}]}
"""


@pytest.fixture
def shop() -> dict[str, Any]:
    # What goes over the wire is JSON: nothing else may be in it.
    made: dict[str, Any] = json.loads(
        json.dumps(grafana_json(dashboard(), SOURCES, "http://localhost:1/dashboards/shop-overview"))
    )
    return made


def all_panels(model: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in model["panels"]:
        yield panel
        yield from panel.get("panels", ())


def test_the_model_is_one_of_grafana_9(shop: dict[str, Any]) -> None:
    assert (shop["uid"], shop["schemaVersion"], shop["version"]) == ("shop-overview", 36, 1)
    assert shop["time"] == {"from": "now-2h", "to": "now"}
    assert shop["refresh"] == "30s"
    assert shop["links"][0]["url"] == "http://localhost:1/dashboards/shop-overview"
    ids = [panel["id"] for panel in all_panels(shop)]
    assert len(ids) == len(set(ids)) == len(dashboard().panels) + 2


def test_every_query_names_its_source_by_uid(shop: dict[str, Any]) -> None:
    for panel in all_panels(shop):
        for target in panel.get("targets", ()):
            kind = "loki" if panel["type"] == "logs" else "prometheus"
            assert target["datasource"] == {"type": kind, "uid": "l-uid" if kind == "loki" else "p-uid"}
            assert target["expr"]
    assert {each["datasource"]["uid"] for each in shop["annotations"]["list"]} == {"-- Grafana --", "p-uid", "l-uid"}


def test_variables_are_templating(shop: dict[str, Any]) -> None:
    service, quantile = shop["templating"]["list"]
    assert (service["type"], service["multi"], service["includeAll"], service["allValue"]) == (
        "query",
        True,
        True,
        ".*",
    )
    assert service["query"] == {"query": "label_values(http_requests_total, service)", "refId": "StandardVariableQuery"}
    assert service["current"] == {"selected": True, "text": ["All"], "value": ["$__all"]}
    assert (quantile["type"], quantile["query"]) == ("custom", "0.5,0.9,0.99")
    assert [(each["value"], each["selected"]) for each in quantile["options"]] == [
        ("0.5", False), ("0.9", False), ("0.99", True),
    ]  # fmt: skip


def test_panels_fill_the_grid_and_never_overlap(shop: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in all_panels(shop):
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def test_a_folded_row_holds_its_panels_and_what_follows_moves_up() -> None:
    model = grafana_json(read_dashboard(TWO_ROWS, "d.yaml"), SOURCES)
    head, last = model["panels"]
    assert (head["type"], head["collapsed"], [panel["title"] for panel in head["panels"]]) == ("row", True, ["A", "B"])
    assert [panel["gridPos"] for panel in head["panels"]] == [
        {"h": 4, "w": 16, "x": 0, "y": 1}, {"h": 6, "w": 16, "x": 0, "y": 5},
    ]  # fmt: skip
    assert (last["title"], last["gridPos"]["x"], last["datasource"]["uid"]) == ("C", 0, "-- Mixed --")
    assert last["gridPos"]["y"] >= 1
    assert model["links"] == []


def test_units_thresholds_and_ends_are_the_panels(shop: dict[str, Any]) -> None:
    panels = {panel["title"]: panel for panel in all_panels(shop)}
    stat = panels["Requests that fail"]
    assert stat["fieldConfig"]["defaults"]["unit"] == GRAFANA["ratio"] == "percentunit"
    assert [step["color"] for step in stat["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [
        "green",
        "orange",
        "red",
    ]
    assert panels["Memory"]["fieldConfig"]["defaults"]["min"] == 0
    assert panels["Revenue a minute, by region"]["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
    assert panels["Requests"]["fieldConfig"]["defaults"]["custom"]["spanNulls"] is False
    table = panels["Replicas"]["targets"][0]
    assert (table["instant"], table["range"], table["format"]) == (True, False, "table")
    assert panels["What the services say"]["targets"][0]["queryType"] == "range"


def test_the_files_provision_a_grafana() -> None:
    target = Target("http://localhost:8712", "/etc/a $b/dashboards", "WATCHROOM_TOKEN", traces=True)
    files = provisioned([dashboard()], target)
    assert sorted(files) == ["dashboards/shop-overview.json", PROVIDER, DATA_SOURCES]
    assert json.loads(files["dashboards/shop-overview.json"])["uid"] == "shop-overview"
    sources = {each["type"]: each for each in yaml.safe_load(files[DATA_SOURCES])["datasources"]}
    assert sources["prometheus"]["url"] == "http://localhost:8712/prometheus"
    assert sources["prometheus"]["jsonData"]["httpMethod"] == "POST"
    assert sources["loki"]["url"] == "http://localhost:8712/loki"
    assert sources["tempo"]["url"] == "http://localhost:8712/tempo"
    for each in sources.values():
        assert each["jsonData"]["httpHeaderName1"] == "Authorization"
        assert each["secureJsonData"]["httpHeaderValue1"] == "Bearer ${WATCHROOM_TOKEN}"
    [provider] = yaml.safe_load(files[PROVIDER])["providers"]
    # Grafana reads $$ as one dollar and $b as a variable of its environment.
    assert (provider["type"], provider["options"]["path"]) == ("file", "/etc/a $$b/dashboards")


def test_without_a_token_nothing_secret_is_written() -> None:
    files = provisioned([dashboard()], Target("http://localhost:8712", "/d"))
    sources = yaml.safe_load(files[DATA_SOURCES])["datasources"]
    assert [each["type"] for each in sources] == ["prometheus", "loki"]
    assert not any("secureJsonData" in each for each in sources)


# What Grafana 10 sends for each panel of that model over the recorded range, with its own variables put in.
# Source: requests as described in the exam's README: POST forms for queries and series, GET for label values and logs.

CHOSEN = {"service": "(checkout|web)", "quantile": "0.99", "__rate_interval": "1m0s", "__interval": "15s"}


@pytest.fixture(scope="module")
def apis() -> tuple[PrometheusMount, LokiMount]:
    metrics, logs, _, _ = FILES
    series, metadata = read_files([metrics])
    lines, _ = read_logs((logs,), Settings())
    return (
        PrometheusMount(prometheus(series, metadata, Settings(), Semantics.PROMETHEUS_3)),
        LokiMount(loki(lines, Settings())),
    )


def _asked(text: str) -> str:
    for name, value in CHOSEN.items():
        text = text.replace(f"${name}", value)
    return text


def requests_of(shown: Dashboard) -> list[tuple[str, Question]]:
    """The requests for the panels and marks of a dashboard."""
    found = []
    for panel in all_panels(grafana_json(shown, SOURCES)):
        for target in panel.get("targets", ()):
            found.append(_request(_asked(target["expr"]), target))
    return found


def _request(text: str, target: dict[str, Any]) -> tuple[str, Question]:
    if target["datasource"]["type"] == "loki":
        form = {"query": [text], "start": [f"{BEGIN_S}000000000"], "end": [f"{END_S}000000000"], "limit": ["1000"],
                "direction": ["backward"], "step": ["15000ms"]}  # fmt: skip
        return "loki", Question("GET", "/loki/api/v1/query_range", form)
    if target["instant"]:
        return "prometheus", Question("POST", "/api/v1/query", {"query": [text], "time": [f"{END_S}"]})
    form = {"query": [text], "start": [f"{BEGIN_S}"], "end": [f"{END_S}"], "step": ["15"]}
    return "prometheus", Question("POST", "/api/v1/query_range", form)


def test_each_panel_is_answered_with_data(apis: tuple[PrometheusMount, LokiMount]) -> None:
    for kind, question in requests_of(dashboard()):
        reply = apis[kind == "loki"].reply(question, lambda: False)
        assert reply.status == 200, (question, reply.body)
        assert json.loads(reply.body)["data"]["result"], question


@pytest.mark.parametrize(
    ("method", "path", "form", "has"),
    [
        ("GET", "/api/v1/label/service/values", {"match[]": ["http_requests_total"], "start": [f"{BEGIN_S}"], "end": [f"{END_S}"]}, "checkout"),
        ("POST", "/api/v1/series", {"match[]": ["up"], "start": [f"{BEGIN_S}"], "end": [f"{END_S}"], "limit": ["40000"]}, "checkout-b"),
        ("POST", "/api/v1/labels", {"match[]": ["up"], "start": [f"{BEGIN_S}"], "end": [f"{END_S}"]}, "instance"),
        ("GET", "/api/v1/metadata", {"limit": ["10000"]}, "success"),
        ("GET", "/api/v1/rules", {}, "groups"),
        ("GET", "/api/v1/status/buildinfo", {}, "version"),
        ("POST", "/api/v1/query", {"query": ["1+1"], "time": [f"{END_S}"]}, '"2"'),
    ],
)  # fmt: skip
def test_what_grafana_asks_beside_panels(
    apis: tuple[PrometheusMount, LokiMount], method: str, path: str, form: dict[str, list[str]], has: str
) -> None:
    reply = apis[0].reply(Question(method, path, form), lambda: False)
    assert reply.status == 200
    assert has in reply.body.decode()


def test_the_example_stands_where_the_docs_say() -> None:
    assert [path.name for path in FILES if path.parent == FOLDER] == [
        "metrics.jsonl",
        "logs.json",
        "dashboard.yaml",
        "rules.yaml",
    ]
