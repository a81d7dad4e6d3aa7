"""What is wrong with JSON that has not the shape that was asked for, in words for whoever sent it.

Called wherever a body, a form or a field is decoded, with the decoder's error and the shape (a msgspec type). Says the
field, what it must be, what it was, and how it would be right. `sent` is what was decoded, as far as the caller has
it: the body's bytes or the plain values; with it the nearest right word is named. Never shows a name of the code's
own. Pure.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "a time",
}
_AT = re.compile(r" - at (?:`key` in )?`\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(?:\d+|\.\.\.)\]")
_GOT = re.compile(r"got `(\w+)`")
_NAMED = re.compile(r"(missing required|contains unknown) field `([^`]*)`")
_CHOICE = re.compile(r"\^\((\w+(?:\|\w+)*)\)\$")
"""A pattern that is a choice among words."""
_HALF_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\)\\u[dD][c-fC-F][0-9a-fA-F]{2}")
LITERALS_SHOWN_MAX = 20


def wrong(error: Exception, kind: Any, sent: Any = None) -> str:
    """What is wrong, as a clause without a full stop: "title must be text of 1 to 200 characters, not a list"."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not written in UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if not isinstance(error, msgspec.ValidationError):
        return _unreadable(str(error), sent)
    says, path = _parts(error)
    if named := _NAMED.search(says):
        field = _joined(path, named[2])
        return f"{field} is missing" if named[1].startswith("missing") else f"there is no field {field[:80]}"
    declared = _declared(kind, path)
    must = _described(declared) if declared is not None else "something else"
    got = _GOT.search(says)
    was = ""
    if got and (word := _WORDS.get(got[1], "what it is")) not in must.split(" or "):
        was = f", not {word}"
    elif "enum value" in says:
        was = f", not {says.partition('enum value ')[2][:80]}"
    elif "matching regex" in says and isinstance(value := _sent_at(sent, path), str):
        was = f", not {value[:80]!r}"
    return f"{_shown(path)} must be {must}{was}"


def _unreadable(says: str, sent: Any) -> str:
    """Why what is no JSON at all cannot be read."""
    body = bytes(sent) if isinstance(sent, bytes | bytearray | memoryview) else None
    if "surrogate" in says or (body is not None and "truncated" in says and _HALF_PAIR.search(body)):
        return "it holds a half of a surrogate pair, which is no letter"
    if "truncated" in says:
        return "it is empty" if body is not None and not body.strip() else "it ends too early"
    return says


def right(error: Exception, kind: Any, sent: Any = None) -> str:
    """How it would be right, as a sentence; empty when the error is not of a field."""
    if not isinstance(error, msgspec.ValidationError):
        return ""
    says, path = _parts(error)
    if named := _NAMED.search(says):
        inside = _struct(_declared(kind, path))
        if named[1].startswith("missing"):
            path = f"{path}.{named[2]}"
        else:
            names = [field.encode_name for field in inside.fields] if inside is not None else []
            return f"{nearest(named[2], names)}Leave it out; the fields are {', '.join(names) or 'none'}.".strip()
    declared = _declared(kind, path)
    if declared is None:
        return ""
    name = re.split(r"[.\[]", path)[-1] if path and not path.endswith("]") else ""
    example = msgspec.json.encode(_example(declared)).decode()
    choices = [str(each) for one in _alternatives(declared) for each in _choices(one)]
    if choices and isinstance(value := _sent_at(sent, path), str) and (near := nearest(value, choices)):
        return near.strip()
    return f'Right is, for example, "{name}": {example}.' if name else f"Right is, for example, {example}."


def spelt(word: str, known: Sequence[str]) -> str | None:
    """The one of the known words that this is but for case, spaces and hyphens: `Sev-1` is SEV1; None when none is."""
    if word in known:
        return word
    plain = _plain(word)
    same = [each for each in known if _plain(each) == plain]
    return same[0] if plain and len(same) == 1 else None


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def respelt(error: Exception, kind: Any, sent: bytes) -> bytes | None:
    """The body with the word that the error is about as it is spelt in the shape; None when that is not its fault."""
    if not isinstance(error, msgspec.ValidationError):
        return None
    _says, path = _parts(error)
    value, word = _sent_at(sent, path), None
    if isinstance(value, str):
        choices = [str(each) for one in _alternatives(_declared(kind, path)) for each in _choices(one)]
        word = spelt(value, choices)
    if word is None or word == value:
        return None
    whole = msgspec.json.decode(sent)
    *parents, (name, index) = [(step[1], step[0][1:-1]) for step in _STEP.finditer(path)]
    here = whole
    for key, number in parents:
        here = here[key] if key is not None else here[int(number)]
    here[name if name is not None else int(index)] = word
    return msgspec.json.encode(whole)


def nearest(word: str, known: list[str]) -> str:
    """`Did you mean X? ` for the nearest of the known words; empty when none is near."""
    plain = word.strip().lower().replace(" ", "_").replace("-", "_")[:80]
    by_plain = {each.lower(): each for each in reversed(known)}
    near = [plain] if plain in by_plain else get_close_matches(plain, by_plain, n=2, cutoff=0.6)
    if len(near) > 1 and len({SequenceMatcher(None, each, plain).ratio() for each in near}) == 1:
        # As near to one as to another: `sev` may be any of them.
        return ""
    return f"Did you mean {by_plain[near[0]]}? " if near else ""


def _sent_at(sent: Any, path: str) -> Any:
    """The value that was sent at a path; None where that cannot be said."""
    try:
        here = msgspec.json.decode(sent) if isinstance(sent, bytes | bytearray | memoryview) else sent
        for step in _STEP.finditer(path):
            here = here[step[1]] if step[1] is not None else here[int(step[0][1:-1])]
    except (msgspec.DecodeError, RecursionError, ValueError, LookupError, TypeError):
        return None
    return here


def _choices(shape: inspect.Type) -> tuple[Any, ...]:
    """The fixed words of which one must stand there; empty when there are none such."""
    if isinstance(shape, inspect.LiteralType):
        return tuple(shape.values)
    if isinstance(shape, inspect.StrType) and shape.pattern and (found := _CHOICE.fullmatch(shape.pattern)):
        return tuple(found[1].split("|"))
    return ()


def _parts(error: Exception) -> tuple[str, str]:
    """The decoder's sentence, and the path of the field without the sign for the whole."""
    says = str(error)
    at = _AT.search(says)
    return (says[: at.start()], at[1]) if at else (says, "")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}".lstrip(".")


def _shown(path: str) -> str:
    return path.lstrip(".").replace("[...]", "") or "it"


@lru_cache(maxsize=256)
def _shape(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _declared(kind: Any, path: str) -> inspect.Type | None:
    """What the shape says of the field at a path; None when it says nothing."""
    here: inspect.Type | None = _shape(kind)
    for step in _STEP.finditer(path):
        here = _inside(here, step[1])
        if here is None:
            return None
    return _bare(here)


def _inside(shape: inspect.Type | None, name: str | None) -> inspect.Type | None:
    for each in _alternatives(shape):
        if name is not None and isinstance(each, inspect.StructType):
            return next((field.type for field in each.fields if field.encode_name == name), None)
        if isinstance(each, inspect.DictType):
            return each.value_type
        if name is None and isinstance(each, inspect.ListType | inspect.VarTupleType):
            return each.item_type
    return None


def _bare(shape: inspect.Type | None) -> inspect.Type | None:
    return _bare(shape.type) if isinstance(shape, inspect.Metadata) else shape


def _alternatives(shape: inspect.Type | None) -> list[inspect.Type]:
    """The types that may stand there, null apart."""
    bare = _bare(shape)
    many = bare.types if isinstance(bare, inspect.UnionType) else (bare,)
    found = [_bare(each) for each in many if each is not None]
    return [each for each in found if each is not None and not isinstance(each, inspect.NoneType)]


def _struct(shape: inspect.Type | None) -> inspect.StructType | None:
    return next((each for each in _alternatives(shape) if isinstance(each, inspect.StructType)), None)


def _described(shape: inspect.Type | None) -> str:
    return " or ".join(dict.fromkeys(_one(each) for each in _alternatives(shape))) or "null"


def _one(shape: inspect.Type) -> str:
    """One type in words."""
    if values := _choices(shape):
        shown = ", ".join(map(str, values[:LITERALS_SHOWN_MAX]))
        return f"one of {shown}" if len(values) > 1 else f'"{shown}"'
    match shape:
        case inspect.StrType(min_length=low, max_length=high):
            return "text" + _bounds(low, high, "characters")
        case inspect.IntType(ge=low, le=high):
            return "a whole number" + _bounds(low, high)
        case inspect.FloatType(ge=low, le=high):
            return "a number" + _bounds(low, high)
        case inspect.BoolType():
            return "true or false"
        case inspect.DateTimeType():
            return "a time with its zone"
        case inspect.ListType() | inspect.VarTupleType():
            return "a list" + _bounds(shape.min_length, shape.max_length, "entries")
        case inspect.StructType() | inspect.DictType():
            return "an object"
    return "another value"


def _bounds(low: float | None, high: float | None, unit: str = "") -> str:
    of = f" of {{}} {unit}" if unit else " {}"
    if low is not None and high is not None:
        return of.format(f"{_number(low)} to {_number(high)}" if unit else f"from {_number(low)} to {_number(high)}")
    if high is not None:
        return of.format(f"at most {_number(high)}")
    return of.format(f"at least {_number(low)}") if low is not None else ""


def _number(value: float) -> str:
    """A bound as people write it."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"


def _example(shape: inspect.Type | None) -> Any:
    """A value that is right."""
    alternatives = _alternatives(shape)
    if alternatives and (values := _choices(alternatives[0])):
        return values[0]
    match alternatives[0] if alternatives else None:
        case inspect.IntType(ge=low) | inspect.FloatType(ge=low):
            return low or 1
        case inspect.BoolType():
            return True
        case inspect.DateTimeType():
            return "2026-11-23T03:00:00Z"
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            entry = _example(item)
            return [] if entry is None else [entry]
        case inspect.DictType(value_type=value):
            return {"name": _example(value)}
        case inspect.StructType() as struct:
            needed = [field for field in struct.fields if field.required] or list(struct.fields[:1])
            return {field.encode_name: _example(field.type) for field in needed}
        case inspect.StrType():
            return "in words"
    return None
