"""All checks of an update's words, in one list: what `post_update` warns of, and what the editor shows while one types.

Called by `communication/update`, the API and the editor. Never blocks and never changes a word; the record keeps the
codes, never the words. Pure.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from watchroom.base.command import Caution
from watchroom.communication.language.blame import blame
from watchroom.communication.language.cause import unsupported_cause
from watchroom.communication.language.confidential import secrets
from watchroom.communication.language.flag import CALLED, CODES, FIELDS, Flag, in_order
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.jargon import jargon
from watchroom.communication.language.over_promise import over_promise
from watchroom.communication.language.passage import Passage, passage
from watchroom.communication.language.personal import personal_data
from watchroom.communication.language.promised_time import unsupported_eta
from watchroom.communication.language.substance import missing, vague

Check = Callable[[Passage, Ground], Iterator[Flag]]
CHECKS: tuple[Check, ...] = (
    secrets,
    personal_data,
    blame,
    unsupported_cause,
    unsupported_eta,
    over_promise,
    jargon,
    vague,
)
REMARKS_MAX = 60
"""More than so many are no help to anybody who has to act on them."""
CHECKED_CHARS_MAX = 4_000
"""So much of each part is read; nobody reads an update that is longer, and the writer is told."""
_QUOTED_CHARS = 60


def flags(impact: str, doing: str, need: str, next_at: datetime | None, ground: Ground) -> list[Flag]:
    """Everything to look at in an update of these three parts, in the order in which one reads it."""
    ground = _near(ground, f"{impact} {doing} {need}")
    texts = {field: text for field, text in zip(FIELDS, (impact, doing, need), strict=True) if text.strip()}
    passages = [passage(field, text[:CHECKED_CHARS_MAX]) for field, text in texts.items()]
    found = [flag for check in CHECKS for part in passages for flag in check(part, ground)]
    found += [_too_long(field, text) for field, text in texts.items() if len(text) > CHECKED_CHARS_MAX]
    return in_order([*found, *missing(passages, next_at, ground)])[:REMARKS_MAX]


def _near(ground: Ground, text: str) -> Ground:
    """With those names alone of which a part is in the text: a house may have thousands."""
    words = set(re.findall(r"[^\W_]+", text.casefold()))

    def is_near(name: str) -> bool:
        return not words.isdisjoint(re.findall(r"[^\W_]+", name.casefold()))

    return msgspec.structs.replace(
        ground,
        people=tuple(filter(is_near, ground.people)),
        customers=tuple(filter(is_near, ground.customers)),
        services=tuple(filter(is_near, ground.services)),
    )


def _too_long(field: str, text: str) -> Flag:
    return Flag(
        code="vague",
        field=field,
        start=CHECKED_CHARS_MAX,
        end=len(text),
        text=text[CHECKED_CHARS_MAX:],
        why=f"Only the first {CHECKED_CHARS_MAX:,} characters were looked at.",
        suggestion="Say it shorter: whoever is affected reads three sentences.",
    )


def flagged(found: list[Flag]) -> list[Flag]:
    """Those about words that stand there: what has to be seen before it leaves the house."""
    return [flag for flag in found if flag.is_placed]


def caution_of(found: list[Flag]) -> Caution | None:
    """The warning that goes with an update to outsiders; None when no word is flagged. A secret is not repeated."""
    words = flagged(found)
    if not words:
        return None
    parts = []
    for code in CODES:
        quoted = [_quoted(flag) for flag in words if flag.code == code]
        if quoted:
            shown = ", ".join(dict.fromkeys(quoted[:3])) + (f" and {len(quoted) - 3} more" if len(quoted) > 3 else "")
            parts.append(f"{CALLED[code].lower()}: {shown}")
    hints = dict.fromkeys(flag.suggestion for flag in words)
    return Caution("flagged_words", f"Look at these words: {'; '.join(parts)}.", " ".join(list(hints)[:3]))


def _quoted(flag: Flag) -> str:
    if flag.code in ("secret", "personal_data"):
        return f"{flag.field}, characters {flag.start} to {flag.end}"
    words = " ".join(flag.text.split())
    return f"“{words if len(words) <= _QUOTED_CHARS else words[:_QUOTED_CHARS] + '…'}”"
