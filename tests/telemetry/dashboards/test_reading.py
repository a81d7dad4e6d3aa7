"""Dashboards are read strictly: what they may hold is taken as it is, and each fault names its file and line."""

import re
from pathlib import Path

import pytest

from docs.examples.shop import make_data
from tests.telemetry.dashboards.shop import FOLDER, dashboard
from watchroom.telemetry.dashboards.definition import (
    Annotation,
    Dashboard,
    Kind,
    Language,
    Panel,
    Query,
    Row,
    Threshold,
    Tone,
    Variable,
)
from watchroom.telemetry.dashboards.macros import filled, named
from watchroom.telemetry.dashboards.reading import BadDashboard, read_dashboard
from watchroom.telemetry.dashboards.units import GRAFANA
from watchroom.web.html.static_files import assets

DOCS = Path(make_data.__file__).parents[2]

SMALL = """\
title: Small
rows:
  - panels:
      - title: Up
        queries:
          - promql: up
"""


def test_the_example_is_what_its_maker_makes() -> None:
    for name, text in make_data.files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, (
            f"run python -m docs.examples.shop.make_data: {name}"
        )


def test_the_example_says_all_that_a_dashboard_can() -> None:
    shop = dashboard()
    assert (shop.uid, shop.range, shop.refresh) == ("shop-overview", "2h", "30s")
    assert [variable.name for variable in shop.variables] == ["service", "quantile"]
    assert shop.variables[0].multi
    assert shop.variables[0].all
    assert shop.variables[1].initial == "0.99"
    assert [(each.name, each.language, each.tone) for each in shop.annotations] == [
        ("Alerts", Language.PROMQL, Tone.HOT),
        ("Deploys", Language.LOGQL, Tone.WARN),
    ]
    assert {panel.kind for panel in shop.panels} == set(Kind)
    first = shop.panels[0]
    assert (first.unit, first.width, first.height) == ("ratio", 6, 5)
    assert [(each.value, each.tone) for each in first.thresholds] == [(0.01, Tone.WARN), (0.05, Tone.HOT)]


def test_the_pages_and_the_docs_know_the_same_units() -> None:
    script = assets()["telemetry/units.js"].body.decode()
    listed = re.search(r"export const UNITS = \{(.*?)\n\};", script, re.DOTALL)
    assert listed
    assert re.findall(r'^  "?([a-z /]+?)"?: \{ says', listed[1], re.MULTILINE) == list(GRAFANA)
    text = (DOCS / "grafana.md").read_text(encoding="utf-8")
    assert all(f"`{unit}`" in text for unit in GRAFANA)


def test_the_example_of_the_docs_is_read() -> None:
    text = (DOCS / "grafana.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    board = read_dashboard(block, "grafana.md")
    assert [panel.kind for panel in board.panels] == [Kind.TIMESERIES, Kind.LOGS]
    # Every field that there is stands in it.
    for field in {
        name for cls in (Dashboard, Row, Panel, Query, Threshold, Variable, Annotation) for name in field_names(cls)
    }:
        assert field in ("language", "text") or re.search(rf"\b{field}:", block), field


def field_names(cls: type) -> list[str]:
    """The fields of a part of a definition."""
    return list(cls.__dataclass_fields__)  # type: ignore[attr-defined]  # each is a dataclass


def test_what_is_left_out_has_a_usual_value() -> None:
    small = read_dashboard(SMALL, "small.yaml")
    assert (small.uid, small.range, small.refresh, small.variables) == ("small", "1h", "", ())
    [panel] = small.panels
    assert (panel.kind, panel.unit, panel.width, panel.decimals) == (Kind.TIMESERIES, "number", 12, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "d.yaml:1: the file is empty"),
        ("title: [", ": this is not YAML"),
        ("- a", "d.yaml:1: a dashboard has to be a mapping"),
        ("titel: x", "d.yaml:1: field 'titel' is not known in a dashboard: did you mean 'title'?"),
        ("title: x", "d.yaml:1: a dashboard needs rows with at least one panel"),
        (SMALL.replace("title: Small", "uid: 'a b'\ntitle: Small"), "d.yaml:1: uid 'a b' has to be 1 to 40"),
        (SMALL.replace("title: Small", "title: Small\nrange: 0s"), "d.yaml:2: '0s' has to be longer than nothing"),
        (SMALL.replace("title: Small", "title: Small\nrefresh: soon"), 'd.yaml:2: not a valid duration string: "soon"'),
        (SMALL.replace("promql: up", "promql: rate(up)"), "d.yaml:6: 1:1: parse error: "),
        (SMALL.replace("promql: up", "logql: '{'"), "d.yaml:6: parse error"),
        (SMALL.replace("promql: up", "promql: up\n            logql: '{a=\"b\"}'"), "either 'promql' or 'logql'"),
        (SMALL.replace("promql: up", "legend: up"), "either 'promql' or 'logql'"),
        (SMALL.replace("promql: up", 'promql: up{job="$job"}'), "d.yaml:6: $job is no variable of this dashboard: it has none"),
        (SMALL.replace("promql: up", "promql: rate(up[$__intervall])"), "$__intervall is no variable"),
        (SMALL.replace("- title: Up", "- title: Up\n        unit: metres"), "d.yaml:5: unit 'metres' is not known"),
        (SMALL.replace("- title: Up", "- title: Up\n        kind: pie"), "'pie' is none of timeseries, stat, table, logs"),
        (SMALL.replace("- title: Up", "- title: Up\n        kind: logs"), "panel 'Up' shows log lines"),
        (SMALL.replace("- title: Up", "- title: Up\n        width: 25"), "'25' is not a whole number from 1 to 24"),
        (SMALL.replace("- title: Up", "- title: Up\n        stacked: maybe"), "'maybe' is neither true nor false"),
        (SMALL.replace("- title: Up", "- title: Up\n        low: few"), "'few' is not a number"),
        (SMALL.replace("- title: Up", "- title: Up\n        thresholds: [{tone: hot}]"), "a threshold needs a value"),
        (SMALL.replace("- title: Up", "- title: Up\n        thresholds: [{value: 2}, {value: 1}]"), "thresholds have to rise"),
        (SMALL.replace("- panels", "- collapsed: true\n    panels"), "a row that is collapsed needs a title"),
        ("variables: [{name: a, values: [x], query: 'label_values(up, b)'}]\n" + SMALL, "either 'query' or 'values'"),
        ("variables: [{name: a, query: query_result(up)}]\n" + SMALL, "is not label_values(LABEL)"),
        ("variables: [{name: a, query: 'label_values(up{, b)'}]\n" + SMALL, "d.yaml:1: 1:3: parse error"),
        ("variables: [{name: __a, values: [x]}]\n" + SMALL, "beginning with a letter"),
        ("variables: [{name: a, values: [x]}, {name: a, values: [x]}]\n" + SMALL, "variable 'a' is given twice"),
        ("variables: [{name: a, values: [x], initial: y}]\n" + SMALL, "'y' is none of the values: x"),
        ("variables: [{name: a, query: 'label_values(up{b=\"$b\"}, a)'}, {name: b, values: [x]}]\n" + SMALL, "$b is no variable"),
        ("annotations: [{promql: up}]\n" + SMALL, "an annotation needs a name"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place(text: str, says: str) -> None:
    with pytest.raises(BadDashboard) as caught:
        read_dashboard(text, "d.yaml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("d.yaml:")


def test_too_much_of_anything_is_refused() -> None:
    panel = "      - title: Up\n        queries: [{promql: up}]\n"
    with pytest.raises(BadDashboard, match="at most 100 panels"):
        read_dashboard("title: Many\nrows:\n  - panels:\n" + panel * 101, "d.yaml")
    many = "queries: [" + "{promql: up}," * 21 + "]"
    with pytest.raises(BadDashboard, match="at most 20 queries"):
        read_dashboard(SMALL.replace("queries:\n          - promql: up", many), "d.yaml")
    with pytest.raises(BadDashboard, match="at most 1048576 are read"):
        read_dashboard("#" * ((1 << 20) + 1), "d.yaml")


def test_variables_are_found_and_filled_as_grafana_writes_them() -> None:
    assert list(named("a $b ${c} ${d:regex} $__interval $1")) == [
        ("b", ""), ("c", ""), ("d", "regex"), ("__interval", ""),
    ]  # fmt: skip
    assert filled('x{a=~"$b"} [${c}]', {"b": "1|2", "c": "5m"}.__getitem__) == 'x{a=~"1|2"} [5m]'
