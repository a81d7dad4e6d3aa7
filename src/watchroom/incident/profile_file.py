"""A profile as a file: read strictly, with the line of what is wrong, and written in one form.

Called by the shell, the settings page and `shipped`. An unknown field is refused, naming the nearest known one: what
is misspelled must never be silently the default. Source of the format: TOML 1.0. Pure.
"""

import copy
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from watchroom.base import shape
from watchroom.base.errors import Malformed
from watchroom.incident.profile import Profile, problems

CHARS_MAX = 200_000
HINT = "docs/profiles.md explains each field; watchroom profile show sre-15 prints a whole one."

ANY = "..."
"""What stands in an error's path for a key that it does not name."""
_PATH = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


def read(text: str, where: str) -> Profile:
    """The profile that a TOML text holds; `where` names it. Raises Malformed with file, line and field."""
    if len(text) > CHARS_MAX:
        raise Malformed(f"{where} is longer than {CHARS_MAX} characters.", hint="A profile is a page or two.")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = found[1] if found else str(text.count("\n") + 1)
        says = str(error)[:1].lower() + str(error)[1:200]
        raise Malformed(f"{where}:{line}: it is not TOML: {says}.", hint=HINT) from error
    except RecursionError as error:
        raise Malformed(f"{where}: it is nested too deeply.", hint=HINT) from error

    def at(path: Sequence[str]) -> str:
        return f"{where}:{line_of(text, path)}"

    return checked(data, at)


def checked(data: Any, at: Any = None) -> Profile:
    """The profile that a decoded body holds. Raises Malformed, naming the field; `at` says where a path stands."""
    place = at or (lambda path: "The profile")
    for unknown, message, hint in _unknown(data, Profile, ()):
        raise Malformed(f"{place(unknown)}: {message}", hint=hint)
    try:
        profile = msgspec.convert(data, Profile)
    except msgspec.ValidationError as error:
        _, _, found = str(error).partition(" - at `$")
        path = _keyed(data, tuple(name or number for name, number in _PATH.findall(found)))
        entry = f" (of {'.'.join(path)[:80]})" if ANY in found else ""
        hint = f"{shape.right(error, Profile, data)} {HINT}".strip()
        raise Malformed(f"{place(path)}: {shape.wrong(error, Profile, data)}{entry}.", hint=hint) from error
    for field, message in problems(profile):
        raise Malformed(f"{place(field.split('.'))}: {field} {message}.", hint=HINT)
    return profile


def _keyed(data: Any, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path with the keys in it that the error leaves out: of each such table, the first entry that fails alone."""
    place = next((number for number, part in enumerate(path) if part == ANY), None)
    if place is None:
        return path
    alone = copy.deepcopy(data)
    table = alone
    for part in path[:place]:
        table = table[int(part) if isinstance(table, list) else part]
    for key, value in list(table.items()):
        table.clear()
        table[key] = value
        try:
            msgspec.convert(alone, Profile)
        except msgspec.ValidationError:
            return _keyed(alone, (*path[:place], key, *path[place + 1 :]))
    return path


def _unknown(data: Any, type_: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Each field that nothing reads, with the nearest that something does."""
    if get_origin(type_) is Union or str(get_origin(type_)) == "<class 'types.UnionType'>":
        type_ = next((each for each in get_args(type_) if each is not type(None)), type_)
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct) and isinstance(data, Mapping):
        hints = get_type_hints(type_)
        for name, value in data.items():
            if name in hints:
                yield from _unknown(value, hints[name], (*path, name))
                continue
            near = difflib.get_close_matches(name, hints, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(hints)}."
            yield (*path, name), f"{'.'.join((*path, name))[:120]} is no field of a profile.", hint
    elif get_origin(type_) is dict and isinstance(data, Mapping):
        for name, value in data.items():
            yield from _unknown(value, get_args(type_)[1], (*path, name))
    elif get_origin(type_) is tuple and isinstance(data, (list, tuple)):
        for number, value in enumerate(data):
            yield from _unknown(value, get_args(type_)[0], (*path, str(number)))


def line_of(text: str, path: Sequence[str]) -> int:
    """The line on which a field stands: of the longest part of its path that is written by itself; else 1."""
    best, line = 0, 1
    counts: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, content in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(content):
            names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                names = (*names, str(counts[names]))
            table = here = names
        elif key := _KEY.match(content):
            here = (*table, *(part.strip() for part in key[1].split(".")))
        else:
            continue
        length = _common(here, path)
        if length == min(len(here), len(path)) and length > best:
            best, line = length, number
    return line


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts agree, from the first."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def write(profile: Profile) -> str:
    """The profile as a file that reads back as the same."""
    data: dict[str, Any] = msgspec.to_builtins(profile, builtin_types=(date,))
    plain = {name: value for name, value in data.items() if not isinstance(value, dict) and name != "sla"}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for name in ("severity", "crew", "cadence", "closure", "calendar"):
        table = data[name]
        inner = {key: value for key, value in table.items() if key in ("proposed", "review_due", "hours", "beats")}
        lines += ["", f"[{name}]"]
        # What is null is left out: TOML has no word for it.
        lines += [f"{key} = {_value(value)}" for key, value in table.items() if key not in inner and value is not None]
        for key, value in inner.items():
            if isinstance(value, dict):
                lines += ["", f"[{name}.{key}]", *(f"{each} = {_value(value[each])}" for each in value)]
            else:
                lines += _tables(f"{name}.{key}", value)
    return "\n".join(lines + _tables("sla", data["sla"])) + "\n"


def _tables(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        line
        for row in rows
        for line in ("", f"[[{name}]]", *(f"{key} = {_value(value)}" for key, value in row.items()))
    ]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one of U+007F, which TOML must have escaped.
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return value.isoformat() if isinstance(value, date) else str(value)
