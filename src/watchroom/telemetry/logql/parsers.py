"""Labels found in the line: json, logfmt, pattern, regexp and unpack.

A label that the stream has already gets `_extracted` behind its name. A line that cannot be read keeps its labels and
gets `__error__`. Source: Grafana Loki, "Parser expression".
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from watchroom.telemetry.logql.entry import DUPLICATE, Entry, Stage
from watchroom.telemetry.logql.expression import Parser
from watchroom.telemetry.logql.json_path import path_of, raw_at
from watchroom.telemetry.logql.line_filter import searched
from watchroom.telemetry.logql.logfmt import NotLogfmt, pairs
from watchroom.telemetry.refusal import BadData

JSON_ERROR, LOGFMT_ERROR = "JSONParserErr", "LogfmtParserErr"
EXTRACTED_MAX = 500
"""Labels taken from one line; what is beyond stays in the line."""
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")
_CAPTURE = re.compile(r"<([a-zA-Z_][a-zA-Z0-9_]*)>")
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")


def parsed(parser: Parser) -> Stage:
    """The parser as a stage. Raises `BadData` for an expression, a pattern or a path that is none."""
    return _STAGES[parser.name](parser)


@lru_cache(maxsize=4096)
def label_name(text: str, *, inside: bool = False) -> str:
    """A key as the name of a label: every other character an underscore, none at the start a digit."""
    text = _NOT_IN_NAMES.sub("_", text.strip())
    return f"_{text}" if text[:1].isdigit() and not inside else text


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# Numbers stay as they are written.
_decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_constant)
_packed = json.JSONDecoder(parse_float=float, parse_int=float, parse_constant=_refuse_constant)


def _object(line: str, decoder: json.JSONDecoder = _decoder) -> Mapping[str, Any] | None:
    text = line.strip()
    if not text.startswith("{"):
        return None
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _json(parser: Parser) -> Stage:
    if parser.picks:
        return _json_picks(parser)

    def stage(entry: Entry) -> bool:
        found = _object(entry.line)
        if found is None:
            entry.failed(JSON_ERROR, "the line is not a JSON object")
        else:
            left = EXTRACTED_MAX
            for name, value in _flattened(found):
                entry.extract(name, value)
                left -= 1
                if not left:
                    break
        return True

    return stage


def _flattened(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Nested objects' keys joined by underscores; lists are left out."""
    flat: list[tuple[str, str]] = []
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", found)]
    while waiting:
        prefix, at = waiting.pop()
        for key, value in at.items():
            name = f"{prefix}_{label_name(key, inside=True)}" if prefix else label_name(key)
            if isinstance(value, dict):
                waiting.append((name, value))
            elif name and not isinstance(value, list):
                flat.append((name, _text(value)))
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _json_picks(parser: Parser) -> Stage:
    picks = [(label, path_of(path)) for label, path in parser.picks]

    def stage(entry: Entry) -> bool:
        document = entry.line.strip()
        if _object(document) is None:
            entry.failed(JSON_ERROR, "the line is not a JSON object")
            return True
        for label, path in picks:
            entry.extract(label, raw_at(document, path))
        return True

    return stage


def _logfmt(parser: Parser) -> Stage:
    keep_empty, strict = "--keep-empty" in parser.flags, "--strict" in parser.flags
    wanted: dict[str, list[str]] = {}
    for label, key in parser.picks:
        wanted.setdefault(key, []).append(label)

    def take(entry: Entry, own: dict[str, str], key: str, value: str) -> None:
        if wanted or not value:
            for label in wanted.get(key, ()) if wanted else (label_name(key),):
                if value or keep_empty:
                    entry.extract(label, value)
            return
        name = label_name(key)
        own[name + DUPLICATE if name in entry.stream else name] = value

    def stage(entry: Entry) -> bool:
        own = entry.own()
        try:
            for number, (key, value) in enumerate(pairs(entry.line, strict=strict)):
                if number >= EXTRACTED_MAX:
                    break
                take(entry, own, key, value)
        except NotLogfmt as error:
            entry.failed(LOGFMT_ERROR, str(error))
        return True

    return stage


def _unpack(_: Parser) -> Stage:
    def stage(entry: Entry) -> bool:
        found = _object(entry.line, _packed)
        if found is None:
            entry.failed(JSON_ERROR, "expecting json object, but it is not")
            return True
        line = found.get("_entry")
        for key, value in found.items():
            if key != "_entry" and isinstance(value, str):
                entry.extract(label_name(key), value)
        if isinstance(line, str):
            entry.line = line
        return True

    return stage


def _regexp(parser: Parser) -> Stage:
    regex = searched(parser.argument)
    names = dict(regex.groupindex)
    if not names:
        raise BadData(f"at least one named capture must be supplied: `{parser.argument}`")
    for name in names:
        if label_name(name) != name:
            raise BadData(f"invalid extracted label name '{name}'")

    def stage(entry: Entry) -> bool:
        found = regex.search(entry.line)
        if found is not None:
            for name, number in names.items():
                entry.extract(name, found.group(number) or "")
        return True

    return stage


def _pattern(parser: Parser) -> Stage:
    read = pattern_reader(parser.argument)

    def stage(entry: Entry) -> bool:
        for name, value in read(entry.line):
            entry.extract(name, value)
        return True

    return stage


def pattern_reader(pattern: str) -> Callable[[str], list[tuple[str, str]]]:
    """Reads a line by a pattern such as `<ip> - <_> [<at>]`. Raises `BadData` for one that has no sense."""
    parts = _CAPTURE.split(pattern)
    first, names, literals = parts[0], parts[1::2], parts[2::2]
    named = [name for name in names if name != "_"]
    if not named:
        raise BadData("at least one capture is required")
    if len(set(named)) < len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise BadData(f"duplicate capture name ({twice}): invalid pattern")
    if "" in literals[:-1]:
        raise BadData(f"found consecutive capture in `{pattern}`: invalid pattern; put a literal in between")

    def read(line: str) -> list[tuple[str, str]]:
        if not line.startswith(first):
            return []
        found, place = [], len(first)
        for name, literal in zip(names, literals, strict=True):
            end = line.find(literal, place) if literal else -1
            value = line[place:] if end < 0 else line[place:end]
            if name != "_":
                found.append((name, value))
            if end < 0:
                break
            place = end + len(literal)
        return found

    return read


def _decolorize(_: Parser) -> Stage:
    def stage(entry: Entry) -> bool:
        if "\x1b" in entry.line:
            entry.line = _COLOURS.sub("", entry.line)
        return True

    return stage


_STAGES: Mapping[str, Callable[[Parser], Stage]] = {
    "json": _json,
    "logfmt": _logfmt,
    "pattern": _pattern,
    "regexp": _regexp,
    "unpack": _unpack,
    "decolorize": _decolorize,
}
