"""A flag: what one check found at one place of an update, why that matters, and what to write instead.

Made by the checks, shown by the editor, named in the API's warning. Never stored: it quotes what was found, which may
be a password. What the record keeps of it is its code.
"""

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

Code = Literal[
    "secret",
    "personal_data",
    "blame",
    "unsupported_cause",
    "unsupported_eta",
    "over_promise",
    "jargon",
    "vague",
    "missing_impact",
    "missing_next",
]
"""What a flag is about, the gravest first."""
CODES: tuple[Code, ...] = get_args(Code)
CALLED: dict[Code, str] = {
    "secret": "Secret",
    "personal_data": "Personal data",
    "blame": "Blame",
    "unsupported_cause": "Cause not supported",
    "unsupported_eta": "Time not supported",
    "over_promise": "Promises too much",
    "jargon": "Inside word",
    "vague": "Vague",
    "missing_impact": "Impact missing",
    "missing_next": "Next update missing",
}
"""What people call each code."""
FIELDS = ("impact", "doing", "need")
"""The parts of an update that hold words, in their order."""


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at. A flag about something that is missing has no place: both ends are 0."""

    code: Code
    field: str
    """`impact`, `doing` or `need`; for what is missing the part that it belongs to."""
    start: int
    """Where the words begin in the field, in characters (code points)."""
    end: int
    """Where they end."""
    text: str
    """The words themselves; empty for what is missing."""
    why: str
    suggestion: str

    @property
    def is_placed(self) -> bool:
        """Whether it is about words that stand there."""
        return self.end > self.start

    @property
    def called(self) -> str:
        """Its code as people say it."""
        return CALLED[self.code]


def in_order(flags: Iterable[Flag]) -> list[Flag]:
    """As one reads the update; what lies within a graver flag of the same words is left out."""
    kept: list[Flag] = []
    for flag in sorted(flags, key=lambda r: (CODES.index(r.code), r.start, -r.end)):
        inside = (k for k in kept if k.field == flag.field and k.start <= flag.start and flag.end <= k.end)
        if flag.is_placed and any(k.code == flag.code or k.code in ("secret", "personal_data") for k in inside):
            continue
        kept.append(flag)
    return sorted(kept, key=lambda r: (not r.is_placed, FIELDS.index(r.field), r.start, CODES.index(r.code)))
