"""What differs between two profiles, field by field, as people read it: the preview of a change.

Called by the API, the shell and the settings page. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from watchroom.incident.profile import Profile

# Which fields of a list's items say what an item is about; the others are compared under that name.
KEYS = ("severity", "audience")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field that is not the same."""

    field: str
    """As in a file: `crew.proposed.SEV1`."""
    before: str
    """As it was; empty when it was not there."""
    after: str


def differences(before: Profile, after: Profile) -> list[Difference]:
    """Everything that differs, in the order of the fields."""
    one, other = (dict(_flat("", msgspec.to_builtins(profile))) for profile in (before, after))
    return [
        Difference(field=field, before=one.get(field, ""), after=other.get(field, ""))
        for field in dict.fromkeys((*one, *other))
        if one.get(field, "") != other.get(field, "")
    ]


def _flat(field: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every leaf with its place; a list of tables by what each is about, any other list as one leaf."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flat(f"{field}.{name}" if field else str(name), each)
    elif isinstance(value, (list, tuple)) and any(isinstance(each, Mapping) for each in value):
        for each in value:
            about = " ".join(str(each[key]) for key in KEYS if key in each)
            for name, inner in each.items():
                if name not in KEYS:
                    yield from _flat(f"{field}[{about}].{name}", inner)
    else:
        yield field, _said(value)


def _said(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(" + ".join(each) if isinstance(each, (list, tuple)) else str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
