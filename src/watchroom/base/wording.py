"""What people write, made fit for the record: texts without blanks around them, without control characters, and not
empty where something must be said; links that lead to a page.

Called wherever a command, a verdict or a form's fields come in, before anything is decided. Pure.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import inspect

from watchroom.base.errors import Malformed

T = TypeVar("T", bound=msgspec.Struct)

LINK = "link"
Link = Annotated[str, msgspec.Meta(max_length=20_000, extra={LINK: True}, description="A page: http:// or https://.")]
"""An address that is shown to be followed; empty when there is none."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""The Unicode categories of which nothing is seen (source: Unicode Standard, general categories)."""
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Letters, marks and symbols that draw nothing: Default_Ignorable_Code_Point beyond those categories (source: Unicode
Character Database, DerivedCoreProperties), and the braille pattern without a dot."""
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def tidied(said: T, called: str = "") -> T:
    """The same with its texts tidied: control characters other than line feed and tab removed, blanks around gone.

    `called` stands before the field in what is said. Raises Malformed where a text that must hold something is blank,
    and where a link is none.
    """
    prefix = f"{called}: " if called else ""
    changes: dict[str, Any] = {}
    for field in _fields(type(said)):
        value = getattr(said, field.name)
        fit = _fit(value, field.type, f"{prefix}{field.encode_name}", field.encode_name)
        if fit is not value:
            changes[field.name] = fit
    return msgspec.structs.replace(said, **changes) if changes else said


@lru_cache(maxsize=256)
def _fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    shape = inspect.type_info(kind)
    return shape.fields if isinstance(shape, inspect.StructType) else ()


def plain(text: str) -> str:
    """A text as it is kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text).strip()


def is_blank(text: str) -> bool:
    """Whether nothing of the text would be seen."""
    return all(unicodedata.category(letter) in _INVISIBLE or _BLANKS.match(letter) for letter in text)


def _fit(value: Any, declared: inspect.Type, where: str, name: str) -> Any:
    match value:
        case str():
            return _fit_text(value, declared, where, name)
        case list():
            item = next((each for each in _types(declared) if isinstance(each, inspect.ListType)), None)
            fit = [_fit(each, item.item_type, where, name) for each in value] if item is not None else value
            return value if fit == value else fit
        case msgspec.Struct():
            return tidied(value, where)
        case _:
            return value


def _fit_text(text: str, declared: inspect.Type, where: str, name: str) -> str:
    fit = plain(text)
    if is_blank(fit):
        fit = ""
    if not fit and any(isinstance(each, inspect.StrType) and each.min_length for each in _types(declared)):
        raise Malformed(f"{where} is blank.", hint=f'Say something in "{name}", or leave it out where it may be.')
    if fit and _is_link(declared) and not _ADDRESS.fullmatch(fit):
        hint = 'Give the address of a page, such as "https://grafana.example.com/d/1"; other words belong in the text.'
        raise Malformed(f"{where} is no link: it must begin with http:// or https://.", hint=hint)
    return fit if fit != text else text


def _is_link(declared: inspect.Type) -> bool:
    return isinstance(declared, inspect.Metadata) and bool((declared.extra or {}).get(LINK))


def _types(declared: inspect.Type) -> list[inspect.Type]:
    """The types that may stand there."""
    while isinstance(declared, inspect.Metadata):
        declared = declared.type
    if isinstance(declared, inspect.UnionType):
        return [each for part in declared.types for each in _types(part)]
    return [declared]
