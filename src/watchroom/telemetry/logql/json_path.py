"""A value inside a JSON line, by a path such as `servers[0].name` or `["key with blanks"]`, as it stands in the line.

Source: Grafana Loki, "Parser expression", "json" with parameters.
"""

import re
from typing import TypeAlias

import msgspec

from watchroom.telemetry.refusal import BadData

Path: TypeAlias = tuple[str | int, ...]
_STEP = re.compile(r'\.?([a-zA-Z_][\w-]*)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]')
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_string = msgspec.json.Decoder(str)


def path_of(text: str) -> Path:
    """The steps of a path. Raises `BadData`."""
    steps: list[str | int] = []
    place = 0
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None or (not steps and text[0] == "."):
            raise BadData(f"cannot parse expression [{text}]: unexpected {text[place]!r} at column {place + 1}")
        field, index, quoted = found.groups()
        steps.append(int(index) if index is not None else field or re.sub(r"\\(.)", r"\1", quoted))
        place = found.end()
    if not steps:
        raise BadData("cannot parse expression []: a path such as `servers[0].name` is needed")
    return tuple(steps)


def raw_at(document: str, path: Path) -> str:
    """The value there: a string's meaning, anything else as written; empty where there is none, or null."""
    raw: str | bytes | msgspec.Raw = document
    try:
        for step in path:
            if isinstance(step, int):
                items = _list.decode(raw)
                if step >= len(items):
                    return ""
                raw = items[step]
            else:
                found = _object.decode(raw).get(step)
                if found is None:
                    return ""
                raw = found
        text = bytes(raw).decode() if not isinstance(raw, str) else raw
        if text.startswith('"'):
            return _string.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return "" if text == "null" else text
