"""The text of a dashboard -> its definition. Strict: an unknown field, unit or variable and a query that cannot be read
are refused with file and line.

Pure: reads no file. The format is described in docs/grafana.md.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from watchroom.telemetry.dashboards.definition import (
    COLUMNS,
    ROW_UNITS,
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
from watchroom.telemetry.dashboards.macros import BUILT_IN, FORMATS, filled, named
from watchroom.telemetry.dashboards.units import GRAFANA
from watchroom.telemetry.durations import duration_ms
from watchroom.telemetry.logql.parse import parse as parse_logql
from watchroom.telemetry.promql.parse import parse as parse_promql
from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.strict_yaml import Node, Nodes, compose

TEXT_MAX = 1 << 20
"""Characters of a dashboard's file."""
PANELS_MAX = 100
"""Panels of a dashboard: each asks its own queries."""
QUERIES_MAX = 20
"""Queries of a panel."""
VARIABLES_MAX = 20
"""Variables of a dashboard, and annotations."""
HEIGHT_MAX = 40
"""Units of a panel's height."""

_DASHBOARD = (
    "uid", "title", "description", "tags", "range", "refresh", "variables", "annotations", "rows",
)  # fmt: skip
_VARIABLE = ("name", "label", "query", "values", "multi", "all", "initial")
_ANNOTATION = ("name", "promql", "logql", "title", "tone")
_ROW = ("title", "collapsed", "panels")
_PANEL = (
    "title", "kind", "queries", "description", "unit", "decimals", "width", "height", "stacked", "low", "high",
    "thresholds",
)  # fmt: skip
_QUERY = ("promql", "logql", "legend")
_THRESHOLD = ("value", "tone")
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}\Z")
_NAME = re.compile(r"[a-zA-Z]\w{0,49}\Z")
_LABEL_VALUES = re.compile(r"label_values\(\s*(?:(?P<selector>.+?)\s*,\s*)?(?P<label>[a-zA-Z_]\w*)\s*\)\Z", re.DOTALL)

Word = TypeVar("Word", bound=StrEnum)


class BadDashboard(BadData):
    """A dashboard that cannot be used; `str()` begins with `FILE:LINE:`."""


def read_dashboard(text: str, file: str) -> Dashboard:
    """The dashboard of a file. Raises `BadDashboard`."""
    root = compose(text, file, BadDashboard, TEXT_MAX)
    if root is None:
        raise BadDashboard(f"{file}:1: the file is empty: give at least a title and rows of panels")
    return _Reader(file, BadDashboard).dashboard(root)


def label_values_of(query: str) -> tuple[str, str]:
    """Selector (may be empty) and label of `label_values(...)`. Raises `BadData`."""
    found = _LABEL_VALUES.match(query.strip())
    if found is None:
        raise BadData(f"'{query}' is not label_values(LABEL) or label_values(SELECTOR, LABEL)")
    return found["selector"] or "", found["label"]


class _Reader(Nodes):
    """One file being read."""

    _variables: Mapping[str, Variable] = {}
    _panels = 0

    def dashboard(self, node: Node) -> Dashboard:
        own = self.fields(node, _DASHBOARD, "a dashboard")
        title = self._needed(own, "title", node, "a dashboard")
        uid = self.text(own.get("uid")) or re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40]
        if not _UID.match(uid):
            raise self.wrong(own.get("uid", node), f"uid '{uid}' has to be 1 to 40 letters, digits, '-' or '_'")
        self._variables = self._all_variables(own.get("variables"))
        rows = tuple(self._row(each) for each in self.items(own.get("rows"), "rows"))
        if not any(row.panels for row in rows):
            raise self.wrong(node, "a dashboard needs rows with at least one panel")
        return Dashboard(
            uid=uid,
            title=title,
            rows=rows,
            description=self.text(own.get("description")),
            tags=tuple(self.text(each) for each in self.items(own.get("tags"), "tags")),
            range=self.read(own.get("range"), _duration, "1h"),
            refresh=self.read(own.get("refresh"), _duration, ""),
            variables=tuple(self._variables.values()),
            annotations=self._annotations(own.get("annotations")),
        )

    def _all_variables(self, node: Node | None) -> dict[str, Variable]:
        found: dict[str, Variable] = {}
        for each in self._at_most(node, "variables", VARIABLES_MAX):
            # A variable's query may name those before it.
            self._variables = found
            variable = self._variable(each)
            if variable.name in found:
                raise self.wrong(each, f"variable '{variable.name}' is given twice")
            found[variable.name] = variable
        return found

    def _variable(self, node: Node) -> Variable:
        own = self.fields(node, _VARIABLE, "a variable")
        name = self._needed(own, "name", node, "a variable")
        if not _NAME.match(name):
            raise self.wrong(own["name"], f"'{name}' has to be letters, digits and '_', beginning with a letter")
        query = self.text(own.get("query"))
        values = tuple(self.text(each) for each in self.items(own.get("values"), "values"))
        if bool(query) == bool(values):
            raise self.wrong(node, f"variable '{name}' has either 'query' or 'values', and not both")
        if query:
            self._known(own["query"], query)
            try:
                selector, _ = label_values_of(query)
                if selector:
                    parse_promql(self._tried(selector))
            except BadData as error:
                raise self.wrong(own["query"], _reason(error)) from None
        initial = self.text(own.get("initial"))
        if initial and values and initial not in values:
            raise self.wrong(own["initial"], f"'{initial}' is none of the values: {', '.join(values)}")
        return Variable(
            name=name,
            label=self.text(own.get("label")) or name,
            query=query,
            values=values,
            multi=self._truth(own.get("multi")),
            all=self._truth(own.get("all")),
            initial=initial,
        )

    def _annotations(self, node: Node | None) -> tuple[Annotation, ...]:
        found = []
        for each in self._at_most(node, "annotations", VARIABLES_MAX):
            own = self.fields(each, _ANNOTATION, "an annotation")
            text, language = self._language(own, each, "an annotation")
            found.append(
                Annotation(
                    name=self._needed(own, "name", each, "an annotation"),
                    text=text,
                    language=language,
                    title=self.text(own.get("title")),
                    tone=self._word(own.get("tone"), Tone, Tone.WARN),
                )
            )
        return tuple(found)

    def _row(self, node: Node) -> Row:
        own = self.fields(node, _ROW, "a row")
        panels = tuple(self._panel(each) for each in self.items(own.get("panels"), "panels"))
        title, collapsed = self.text(own.get("title")), self._truth(own.get("collapsed"))
        if collapsed and not title:
            raise self.wrong(node, "a row that is collapsed needs a title: nothing of it could be seen")
        return Row(title, panels, collapsed)

    def _panel(self, node: Node) -> Panel:
        self._panels += 1
        if self._panels > PANELS_MAX:
            raise self.wrong(node, f"a dashboard has at most {PANELS_MAX} panels: make two of it")
        own = self.fields(node, _PANEL, "a panel")
        title = self._needed(own, "title", node, "a panel")
        kind = self._word(own.get("kind"), Kind, Kind.TIMESERIES)
        queries = tuple(self._query(each) for each in self._at_most(own.get("queries"), "queries", QUERIES_MAX))
        if not queries:
            raise self.wrong(node, f"panel '{title}' has no queries")
        if kind is Kind.LOGS and any(each.language is Language.PROMQL for each in queries):
            raise self.wrong(own["queries"], f"panel '{title}' shows log lines: its queries are 'logql'")
        unit = self.text(own.get("unit")) or "number"
        if unit not in GRAFANA:
            raise self.wrong(own["unit"], f"unit '{unit}' is not known. Known are {', '.join(GRAFANA)}")
        return Panel(
            title=title,
            kind=kind,
            queries=queries,
            description=self.text(own.get("description")),
            unit=unit,
            decimals=self.read(own.get("decimals"), lambda text: _whole(text, 0, 10), None),
            width=self.read(own.get("width"), lambda text: _whole(text, 1, COLUMNS), COLUMNS // 2),
            height=self.read(own.get("height"), lambda text: _whole(text, 2, HEIGHT_MAX), ROW_UNITS),
            stacked=self._truth(own.get("stacked")),
            low=self.read(own.get("low"), _number, None),
            high=self.read(own.get("high"), _number, None),
            thresholds=self._thresholds(own.get("thresholds")),
        )

    def _query(self, node: Node) -> Query:
        own = self.fields(node, _QUERY, "a query")
        text, language = self._language(own, node, "a query")
        return Query(text, language, self.text(own.get("legend")))

    def _thresholds(self, node: Node | None) -> tuple[Threshold, ...]:
        found: list[Threshold] = []
        for each in self.items(node, "thresholds"):
            own = self.fields(each, _THRESHOLD, "a threshold")
            text = self._needed(own, "value", each, "a threshold")
            value = self.read(own["value"], _number, 0.0)
            if found and value <= found[-1].value:
                raise self.wrong(own["value"], f"thresholds have to rise: {text} comes after {found[-1].value:g}")
            found.append(Threshold(value, self._word(own.get("tone"), Tone, Tone.HOT)))
        return tuple(found)

    def _language(self, own: Mapping[str, Node], node: Node, what: str) -> tuple[str, Language]:
        """The text of a query in either language, tried with something in the place of its variables."""
        promql, logql = self.text(own.get("promql")).strip(), self.text(own.get("logql")).strip()
        if bool(promql) == bool(logql):
            raise self.wrong(node, f"{what} has either 'promql' or 'logql', and not both")
        language = Language.PROMQL if promql else Language.LOGQL
        text, where = promql or logql, own[language.value]
        self._known(where, text)
        try:
            (parse_promql if promql else parse_logql)(self._tried(text))
        except BadData as error:
            raise self.wrong(where, _reason(error)) from None
        return text, language

    def _known(self, node: Node, text: str) -> None:
        for name, written in named(text):
            if name not in BUILT_IN and name not in self._variables:
                has = ", ".join(self._variables) or "none"
                raise self.wrong(node, f"${name} is no variable of this dashboard: it has {has}")
            if written and written not in FORMATS:
                raise self.wrong(node, f"format '{written}' of ${name} is not known. Known are {', '.join(FORMATS)}")

    def _tried(self, text: str) -> str:
        def value(name: str) -> str:
            variable = self._variables.get(name)
            if variable is None:
                return BUILT_IN[name]
            return variable.initial or (variable.values[0] if variable.values else "x")

        return filled(text, value)

    def _needed(self, own: Mapping[str, Node], key: str, node: Node, what: str) -> str:
        text = self.text(own.get(key))
        if not text:
            raise self.wrong(own.get(key, node), f"{what} needs a {key}")
        return text

    def _at_most(self, node: Node | None, what: str, count: int) -> list[Node]:
        items = self.items(node, what)
        if len(items) > count:
            raise self.wrong(items[count], f"there may be at most {count} {what} here")
        return items

    def _truth(self, node: Node | None) -> bool:
        return self.read(node, _truth, False)

    def _word(self, node: Node | None, words: type[Word], otherwise: Word) -> Word:
        text = self.text(node)
        if node is None or not text:
            return otherwise
        if text not in list(words):
            raise self.wrong(node, f"'{text}' is none of {', '.join(words)}")
        return words(text)


def _reason(error: BadData) -> str:
    return str(error).removeprefix('invalid parameter "query": ')


def _duration(text: str) -> str:
    if duration_ms(text) <= 0:
        raise ValueError(f"'{text}' has to be longer than nothing, such as 1h")
    return text


def _whole(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,6}", text) or not low <= int(text) <= high:
        raise ValueError(f"'{text}' is not a whole number from {low} to {high}")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", text):
        raise ValueError(f"'{text}' is not a number")
    return float(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"'{text}' is neither true nor false")
    return text == "true"
