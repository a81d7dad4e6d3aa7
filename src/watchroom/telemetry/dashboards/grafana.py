"""A dashboard's definition -> the JSON that Grafana 9 to 11 imports and provisions. Pure.

The schema is Grafana 9.0's (36): a newer Grafana carries it forward by itself, an older one could not read a later one.
Source: Grafana, "Dashboard JSON model"; its own exports for the fields of each kind of panel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from watchroom.telemetry.dashboards.definition import (
    COLUMNS,
    Annotation,
    Dashboard,
    Kind,
    Language,
    Panel,
    Query,
    Tone,
    Variable,
)
from watchroom.telemetry.dashboards.units import GRAFANA

SCHEMA = 36
_COLOURS = {Tone.GOOD: "green", Tone.WARN: "orange", Tone.HOT: "red"}
_ALL = {"text": "All", "value": "$__all"}


@dataclass(frozen=True, slots=True)
class Sources:
    """The uids of the data sources that the panels ask, as the provisioning names them."""

    prometheus: str = "watchroom-prometheus"
    loki: str = "watchroom-loki"

    def of(self, language: Language) -> dict[str, str]:
        """A reference to the source of a language."""
        if language is Language.PROMQL:
            return {"type": "prometheus", "uid": self.prometheus}
        return {"type": "loki", "uid": self.loki}


def grafana_json(dashboard: Dashboard, sources: Sources, link: str = "") -> dict[str, Any]:
    """The whole model. `link` is the address of the same dashboard here; empty: no link is put into it."""
    links = []
    if link:
        links.append(
            {
                "type": "link", "title": "Open in Watchroom", "url": link, "icon": "external link", "targetBlank": True,
                "includeVars": False, "keepTime": False, "asDropdown": False, "tags": [], "tooltip": "",
            }
        )  # fmt: skip
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": list(dashboard.tags),
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "liveNow": False,
        "timezone": "",
        "weekStart": "",
        "fiscalYearStartMonth": 0,
        "refresh": dashboard.refresh or "",
        "time": {"from": f"now-{dashboard.range}", "to": "now"},
        "timepicker": {},
        "links": links,
        "annotations": {"list": [_built_in(), *(_annotation(each, sources) for each in dashboard.annotations)]},
        "templating": {"list": [_variable(each, sources) for each in dashboard.variables]},
        "panels": list(_panels(dashboard, sources)),
    }


def _built_in() -> dict[str, Any]:
    return {
        "builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
    }  # fmt: skip


def _annotation(annotation: Annotation, sources: Sources) -> dict[str, Any]:
    return {
        "name": annotation.name,
        "datasource": sources.of(annotation.language),
        "enable": True,
        "hide": False,
        "iconColor": _COLOURS[annotation.tone],
        "expr": annotation.text,
        "titleFormat": annotation.title,
        "textFormat": "",
        "step": "",
        "tagKeys": "",
        "useValueForTime": False,
    }


def _variable(variable: Variable, sources: Sources) -> dict[str, Any]:
    shared: dict[str, Any] = {
        "name": variable.name,
        "label": variable.label,
        "description": "",
        "hide": 0,
        "multi": variable.multi,
        "includeAll": variable.all,
        "allValue": ".*" if variable.all else None,
        "skipUrlSync": False,
        "current": _current(variable),
    }
    if variable.values:
        first = variable.initial or variable.values[0]
        options = [_option(value, selected=value == first and not variable.all) for value in variable.values]
        everything = [{**_ALL, "selected": True}] if variable.all else []
        return {
            **shared,
            "type": "custom",
            # A comma separates values there, so that one inside a value is escaped.
            "query": ",".join(value.replace(",", "\\,") for value in variable.values),
            "queryValue": "",
            "options": everything + options,
        }
    return {
        **shared,
        "type": "query",
        "datasource": sources.of(Language.PROMQL),
        "definition": variable.query,
        "query": {"query": variable.query, "refId": "StandardVariableQuery"},
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "options": [],
    }


def _current(variable: Variable) -> dict[str, Any]:
    if variable.all and not variable.initial:
        text, value = _ALL["text"], _ALL["value"]
    else:
        text = value = variable.initial or (variable.values[0] if variable.values else "")
    if not value:
        return {}
    if variable.multi:
        return {"selected": True, "text": [text], "value": [value]}
    return {"selected": True, "text": text, "value": value}


def _option(value: str, *, selected: bool) -> dict[str, Any]:
    return {"selected": selected, "text": value, "value": value}


def _panels(dashboard: Dashboard, sources: Sources) -> Iterator[dict[str, Any]]:
    """Rows with a title become Grafana's rows; the panels flow from left to right, as on our page."""
    number, top = 0, 0
    for row in dashboard.rows:
        head: dict[str, Any] | None = None
        if row.title:
            number += 1
            head = {
                "id": number, "type": "row", "title": row.title, "collapsed": row.collapsed,
                "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": top}, "panels": [],
            }  # fmt: skip
            top += 1
            yield head
        left = height = 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                left, top, height = 0, top + height, 0
            number += 1
            place = {"h": panel.height, "w": panel.width, "x": left, "y": top}
            made = {"id": number, "gridPos": place, **_panel(panel, sources)}
            left, height = left + panel.width, max(height, panel.height)
            # A row that is folded holds its panels; one that is open is followed by them.
            if head is not None and row.collapsed:
                head["panels"].append(made)
            else:
                yield made
        # Under a folded row nothing stands, so that what follows moves up.
        top += 0 if row.collapsed and head is not None else height


def _panel(panel: Panel, sources: Sources) -> dict[str, Any]:
    targets = [_target(panel, query, number, sources) for number, query in enumerate(panel.queries)]
    first = panel.queries[0].language
    mixed = any(query.language is not first for query in panel.queries)
    own: dict[str, Any] = {
        "type": panel.kind.value,
        "title": panel.title,
        "description": panel.description,
        "transparent": False,
        "datasource": {"type": "datasource", "uid": "-- Mixed --"} if mixed else sources.of(first),
        "targets": targets,
        "options": _options(panel),
    }
    if panel.kind is not Kind.LOGS:
        own["fieldConfig"] = {"defaults": _defaults(panel), "overrides": []}
    if panel.kind is Kind.TABLE:
        own["transformations"] = [
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": {}}},
        ]
    return own


def _target(panel: Panel, query: Query, number: int, sources: Sources) -> dict[str, Any]:
    target: dict[str, Any] = {
        "refId": _ref(number),
        "datasource": sources.of(query.language),
        "expr": query.text,
        "editorMode": "code",
        "legendFormat": query.legend or "__auto",
    }
    at_once = panel.kind is Kind.TABLE
    if query.language is Language.LOGQL:
        return {**target, "queryType": "instant" if at_once else "range"}
    return {**target, "instant": at_once, "range": not at_once, "format": "table" if at_once else "time_series"}


def _ref(number: int) -> str:
    return chr(ord("A") + number)


def _options(panel: Panel) -> dict[str, Any]:
    match panel.kind:
        case Kind.TIMESERIES:
            return {
                "legend": {
                    "displayMode": "table", "placement": "bottom", "showLegend": True,
                    "calcs": ["lastNotNull", "min", "max", "mean"],
                },
                "tooltip": {"mode": "multi", "sort": "desc"},
            }  # fmt: skip
        case Kind.STAT:
            return {
                "reduceOptions": {"values": False, "calcs": ["lastNotNull"], "fields": ""},
                "orientation": "auto", "textMode": "auto", "graphMode": "area", "justifyMode": "auto",
                "colorMode": "value" if panel.thresholds else "none",
            }  # fmt: skip
        case Kind.TABLE:
            return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}}
        case Kind.LOGS:
            return {
                "showTime": True, "showLabels": False, "showCommonLabels": False, "wrapLogMessage": True,
                "prettifyLogMessage": False, "enableLogDetails": True, "dedupStrategy": "none",
                "sortOrder": "Descending",
            }  # fmt: skip


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "text" if panel.kind is Kind.TABLE else "green", "value": None}]
    steps += [{"color": _COLOURS[each.tone], "value": each.value} for each in panel.thresholds]
    defaults: dict[str, Any] = {
        "unit": GRAFANA[panel.unit],
        "mappings": [],
        "thresholds": {"mode": "absolute", "steps": steps},
        "color": {"mode": "palette-classic" if panel.kind is Kind.TIMESERIES else "thresholds"},
        "custom": {},
    }
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.low is not None:
        defaults["min"] = panel.low
    if panel.high is not None:
        defaults["max"] = panel.high
    if panel.kind is Kind.TIMESERIES:
        defaults["custom"] = {
            "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "pointSize": 5, "showPoints": "auto",
            "fillOpacity": 20 if panel.stacked else 0, "gradientMode": "none", "spanNulls": False,
            "axisPlacement": "auto", "axisLabel": "", "scaleDistribution": {"type": "linear"},
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "line" if panel.thresholds else "off"},
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        }  # fmt: skip
    return defaults
