"""The text of a rule file -> its groups. Strict: what a real Prometheus refuses is refused, with the file and the line.

Pure: reads no file. Source: Prometheus, "Defining recording rules", "Alerting rules".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from watchroom.telemetry.durations import duration_ms
from watchroom.telemetry.labels import NAME
from watchroom.telemetry.promql.expression import Expression
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.relabel import is_label_name
from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.strict_yaml import Node, Nodes, compose, is_nothing
from watchroom.telemetry.template import TemplateError, checked

INTERVAL_MS = 60_000
"""How often a group is evaluated that does not say it: Prometheus's default."""
TEXT_MAX = 4 << 20
"""Characters of a rule file."""
RULES_MAX = 10_000
"""Rules of a file."""

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
Pairs: TypeAlias = tuple[tuple[str, str], ...]


class BadRules(BadData):
    """A rule file that cannot be used; `str()` begins with `FILE:LINE:`."""


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """An expression whose value is kept as a metric of its own."""

    name: str
    text: str
    expression: Expression
    labels: Pairs
    line: int


@dataclass(frozen=True, slots=True)
class AlertingRule:
    """An expression each series of which is an alert, once it has held for `for_ms`."""

    name: str
    text: str
    expression: Expression
    labels: Pairs
    line: int
    annotations: Pairs
    for_ms: int
    keep_firing_for_ms: int


Rule: TypeAlias = RecordingRule | AlertingRule


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated together, one after the other."""

    name: str
    file: str
    interval_ms: int
    limit: int
    """Alerts, or series, that one rule may have; 0 for any number."""
    query_offset_ms: int
    rules: tuple[Rule, ...]


_GROUP = ("name", "interval", "limit", "query_offset", "labels", "rules")
_RULE = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")


def read_rules(text: str, file: str, *, interval_ms: int = INTERVAL_MS) -> list[Group]:
    """The groups of a file. `interval_ms` is that of groups that name none. Raises `BadRules`."""
    node = compose(text, file, BadRules, TEXT_MAX)
    if node is None:
        return []
    return _Reader(file, interval_ms).groups(node)


class _Reader(Nodes):
    """One file being read."""

    def __init__(self, file: str, interval_ms: int) -> None:
        super().__init__(file, BadRules)
        self._interval_ms = interval_ms
        self._rules = 0

    def groups(self, node: Node) -> list[Group]:
        top = self.fields(node, ("groups",), "a rule file")
        groups: dict[str, Group] = {}
        for each in self.items(top.get("groups"), "groups"):
            group = self._group(each)
            if group.name in groups:
                raise self.wrong(each, f'groupname: "{group.name}" is repeated in the same file')
            groups[group.name] = group
        return list(groups.values())

    def _group(self, node: Node) -> Group:
        own = self.fields(node, _GROUP, "a group")
        name = self.text(own.get("name"))
        if not name:
            raise self.wrong(node, "Groupname must not be empty: give the group a name")
        shared = dict(self._labels(own.get("labels"), templated=False))
        rules = tuple(self._rule(each, shared) for each in self.items(own.get("rules"), "rules"))
        return Group(
            name,
            self.file,
            self._duration(own.get("interval")) or self._interval_ms,
            self._count(own.get("limit")),
            self._duration(own.get("query_offset")),
            rules,
        )

    def _rule(self, node: Node, shared: Mapping[str, str]) -> Rule:
        self._rules += 1
        if self._rules > RULES_MAX:
            raise self.wrong(node, f"the file has more than {RULES_MAX} rules: put them into several files")
        own = self.fields(node, _RULE, "a rule")
        record, alert = self.text(own.get("record")), self.text(own.get("alert"))
        if bool(record) == bool(alert):
            raise self.wrong(node, "a rule has either 'record' or 'alert', and not both")
        where = own.get("expr", node)
        text = self.text(own.get("expr"))
        if not text:
            raise self.wrong(node, "field 'expr' must be set in rule")
        try:
            expression = parse(text)
        except BadData as error:
            reason = str(error).removeprefix('invalid parameter "query": ')
            raise self.wrong(where, f"could not parse expression: {reason}") from None
        labels = {**shared, **dict(self._labels(own.get("labels"), templated=bool(alert)))}
        line = node.start_mark.line + 1
        if alert:
            return AlertingRule(
                alert,
                text,
                expression,
                tuple(labels.items()),
                line,
                self._labels(own.get("annotations"), templated=True),
                self._duration(own.get("for")),
                self._duration(own.get("keep_firing_for")),
            )
        for key in ("for", "keep_firing_for", "annotations"):
            if key in own:
                raise self.wrong(own[key], f"invalid field '{key}' in recording rule")
        if not _METRIC.match(record):
            raise self.wrong(own["record"], f"invalid recording rule name: {record}")
        return RecordingRule(record, text, expression, tuple(labels.items()), line)

    def _labels(self, node: Node | None, *, templated: bool) -> Pairs:
        if node is None or is_nothing(node):
            return ()
        found = self.fields(node, None, "labels")
        pairs = []
        for name, value in found.items():
            if not is_label_name(name) or name == NAME:
                raise self.wrong(value, f"invalid label name: {name}")
            text = self.text(value)
            if templated:
                try:
                    checked(text)
                except TemplateError as error:
                    raise self.wrong(value, f"could not parse the template of {name}: {error}") from None
            pairs.append((name, text))
        return tuple(pairs)

    def _duration(self, node: Node | None) -> int:
        return self.read(node, duration_ms, 0)

    def _count(self, node: Node | None) -> int:
        return self.read(node, _whole, 0)


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"'{text}' is not a whole number of zero or more")
    return int(text)
