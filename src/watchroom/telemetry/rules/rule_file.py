"""The text of a rule file -> its groups. Strict: what a real Prometheus refuses is refused, with the file and the line.

Pure: reads no file. Source: Prometheus, "Defining recording rules", "Alerting rules".
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from watchroom.telemetry.durations import duration_ms
from watchroom.telemetry.labels import NAME
from watchroom.telemetry.promql.expression import Expression
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.relabel import is_label_name
from watchroom.telemetry.refusal import BadData
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
    if len(text) > TEXT_MAX:
        raise BadRules(f"{file}:1: the file has {len(text)} characters; at most {TEXT_MAX} are read")
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadRules(f"{file}:{line}: this is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError):
        raise BadRules(f"{file}:1: this is not YAML") from None
    if node is None:
        return []
    return _Reader(file, interval_ms).groups(node)


class _Reader:
    """One file being read."""

    def __init__(self, file: str, interval_ms: int) -> None:
        self._file = file
        self._interval_ms = interval_ms
        self._rules = 0

    def _wrong(self, node: yaml.Node, reason: str) -> BadRules:
        return BadRules(f"{self._file}:{node.start_mark.line + 1}: {reason}")

    def groups(self, node: yaml.Node) -> list[Group]:
        top = self._fields(node, ("groups",), "a rule file")
        groups: dict[str, Group] = {}
        for each in self._items(top.get("groups"), "groups"):
            group = self._group(each)
            if group.name in groups:
                raise self._wrong(each, f'groupname: "{group.name}" is repeated in the same file')
            groups[group.name] = group
        return list(groups.values())

    def _group(self, node: yaml.Node) -> Group:
        own = self._fields(node, _GROUP, "a group")
        name = self._text(own.get("name"))
        if not name:
            raise self._wrong(node, "Groupname must not be empty: give the group a name")
        shared = dict(self._labels(own.get("labels"), templated=False))
        rules = tuple(self._rule(each, shared) for each in self._items(own.get("rules"), "rules"))
        return Group(
            name,
            self._file,
            self._duration(own.get("interval")) or self._interval_ms,
            self._count(own.get("limit")),
            self._duration(own.get("query_offset")),
            rules,
        )

    def _rule(self, node: yaml.Node, shared: Mapping[str, str]) -> Rule:
        self._rules += 1
        if self._rules > RULES_MAX:
            raise self._wrong(node, f"the file has more than {RULES_MAX} rules: put them into several files")
        own = self._fields(node, _RULE, "a rule")
        record, alert = self._text(own.get("record")), self._text(own.get("alert"))
        if bool(record) == bool(alert):
            raise self._wrong(node, "a rule has either 'record' or 'alert', and not both")
        where = own.get("expr", node)
        text = self._text(own.get("expr"))
        if not text:
            raise self._wrong(node, "field 'expr' must be set in rule")
        try:
            expression = parse(text)
        except BadData as error:
            reason = str(error).removeprefix('invalid parameter "query": ')
            raise self._wrong(where, f"could not parse expression: {reason}") from None
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
                raise self._wrong(own[key], f"invalid field '{key}' in recording rule")
        if not _METRIC.match(record):
            raise self._wrong(own["record"], f"invalid recording rule name: {record}")
        return RecordingRule(record, text, expression, tuple(labels.items()), line)

    def _labels(self, node: yaml.Node | None, *, templated: bool) -> Pairs:
        if node is None or _is_nothing(node):
            return ()
        found = self._fields(node, None, "labels")
        pairs = []
        for name, value in found.items():
            if not is_label_name(name) or name == NAME:
                raise self._wrong(value, f"invalid label name: {name}")
            text = self._text(value)
            if templated:
                try:
                    checked(text)
                except TemplateError as error:
                    raise self._wrong(value, f"could not parse the template of {name}: {error}") from None
            pairs.append((name, text))
        return tuple(pairs)

    def _fields(self, node: yaml.Node, known: Iterable[str] | None, what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, f"{what} has to be a mapping of keys to values")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key)
            if name in found:
                raise self._wrong(key, f"'{name}' is given twice")
            if known is not None and name not in known:
                near = difflib.get_close_matches(name, list(known), 1)
                hint = f": did you mean '{near[0]}'?" if near else f". Known are {', '.join(known)}"
                raise self._wrong(key, f"field '{name}' is not known in {what}{hint}")
            found[name] = value
        return found

    def _items(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        if node is None or _is_nothing(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._wrong(node, f"'{what}' has to be a list")
        return list(node.value)

    def _text(self, node: yaml.Node | None) -> str:
        if node is None or _is_nothing(node):
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(node, "a text is expected here")
        return str(node.value)

    def _read(self, node: yaml.Node | None, read: Callable[[str], int]) -> int:
        text = self._text(node)
        if node is None or not text:
            return 0
        try:
            return read(text)
        except (BadData, ValueError) as error:
            raise self._wrong(node, str(error)) from None

    def _duration(self, node: yaml.Node | None) -> int:
        return self._read(node, duration_ms)

    def _count(self, node: yaml.Node | None) -> int:
        return self._read(node, _whole)


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"'{text}' is not a whole number of zero or more")
    return int(text)
