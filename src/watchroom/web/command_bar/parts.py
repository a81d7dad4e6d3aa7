"""One typed line's parts: people, roles, things of the room, times, as people write them at 3 AM.

Called by `commandline` and `typed_work`, whose readers make command bodies of them. Pure: the time arrives as an
argument. A part that cannot be read is refused with the form that can.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed
from watchroom.mitigation.roles import ROLE_WORDS
from watchroom.people.demo import bare, is_marked

Body = dict[str, Any]

SPOKEN = ("commander", "tech", "comms", "scribe", "liaison", "expert")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"^(\d{1,4})\s*(s|m|min|h|d)$", re.IGNORECASE)
_HOUR = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")


@dataclass(frozen=True)
class Known:
    """What the line may speak of."""

    people: Mapping[str, str] = field(default_factory=dict)
    """Ref to name."""
    hypotheses: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Everything else of the room by its letter: T1, T2 under `T`."""
    teams: tuple[str, ...] = ()
    """Teams that can be called."""
    last_own_seq: int | None = None
    """The caller's last entry that can be taken back."""
    offset_min: int = 0
    """How many minutes the typist's clock is ahead of UTC, so that 14:30 means theirs."""


@dataclass(frozen=True)
class Line:
    """One command's rest, with the ways to read its parts."""

    word: str
    rest: str
    now: datetime
    known: Known
    form: str
    """How the command is typed, for a refusal."""

    def wrong(self, why: str) -> Malformed:
        return Malformed(why, hint=f"Type: {self.form}")

    def after(self, rest: str) -> "Line":
        """The same line, as far as it is not read yet."""
        return Line(self.word, rest, self.now, self.known, self.form)

    def text(self, what: str) -> str:
        if not self.rest:
            raise self.wrong(f"/{self.word} says no {what}.")
        return self.rest

    def first(self, what: str) -> tuple[str, str]:
        """The first word and what follows it."""
        head, _, tail = self.text(what).partition(" ")
        return head, tail.strip()

    def one_of(self, words: tuple[str, ...], what: str) -> tuple[str, str]:
        head, tail = self.first(what)
        found = [word for word in words if word == head.casefold()] or [
            word for word in words if word.startswith(head.casefold())
        ]
        if len(found) != 1:
            raise self.wrong(f"{head!r} is not one of {', '.join(words)}.")
        return found[0], tail

    def thing(self, letter: str, known: tuple[str, ...], what: str) -> tuple[str, str]:
        head, tail = self.first(what)
        id = head.upper().rstrip(":,")
        if id.isdigit():
            id = f"{letter}{id}"
        if not re.fullmatch(rf"{letter}\d+", id):
            raise self.wrong(f"{head!r} is no {what}; they are called {letter}1, {letter}2, …")
        if id not in known:
            names = ", ".join(known) or "none yet"
            raise Malformed(f"There is no {what} {id} here.", hint=f"Known: {names}.")
        return id, tail

    def role(self) -> tuple[str, str]:
        head, tail = self.first("role")
        word = head.casefold()
        # "tech lead" and "comms lead" are two words for one role.
        if tail.casefold().split(" ")[0] == "lead" and word in ("tech", "technical", "comms", "communications"):
            tail = tail[4:].strip()
        role = ROLE_WORDS.get(word) or (word if word in ROLE_WORDS.values() else "")
        if not role:
            raise self.wrong(f"{head!r} is no role; there are {', '.join(SPOKEN)}.")
        return role, tail

    def person(self, text: str, what: str = "person") -> tuple[str, str]:
        """A ref at the beginning of `text`: `me`, an e-mail, a ref, or a name of the directory, the longest first."""
        if not text:
            raise self.wrong(f"/{self.word} names no {what}.")
        head, _, tail = text.partition(" ")
        head = head.removeprefix("@").rstrip(",:")
        if head.casefold() == "me" or "@" in head or head.startswith(("character:", "token:")):
            return head.casefold() if head.casefold() == "me" else head, tail.strip()
        plain = _plain(text.removeprefix("@"))
        # Where somebody of the house and one of the demo's are meant, the house's own is.
        demo = {ref for ref, name in self.known.people.items() if is_marked(name)}
        people = {ref: bare(name) for ref, name in self.known.people.items()}
        words = {ref: (*_plain(name).split(), _plain(ref.partition("@")[0])) for ref, name in people.items()}
        first = [ref for ref, said in words.items() if _plain(head) in said]
        own = [ref for ref in first if ref not in demo]
        whole = [
            (ref, name)
            for ref, name in people.items()
            # One word alone may be the whole name of one of the demo's and the first name of somebody of the house.
            if _begins(plain, _plain(name)) and (ref not in demo or " " in name or not own)
        ]
        if whole:
            ref, name = max(whole, key=lambda pair: (len(pair[1]), pair[0] not in demo))
            return ref, text.removeprefix("@")[len(name) :].strip(" ,:")
        first = own or first
        if len(first) == 1:
            return first[0], tail.strip()
        if first:
            raise Malformed(f"{head} may be {' or '.join(first)}.", hint="Type more of the name, or the e-mail.")
        near = get_close_matches(head, [part for name in people.values() for part in name.split()], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise Malformed(f"Nobody is called {head}.", hint=f"{hint}Type a name, an e-mail, or me.")

    def who_after_comma(self, text: str) -> tuple[str, str]:
        """`TEXT, WHO`: the text and the person, if what follows the last comma names one."""
        head, comma, tail = text.rpartition(",")
        if comma and tail.strip():
            try:
                person, rest = self.person(tail.strip())
            except Malformed:
                return text, ""
            if not rest:
                return head.strip(), person
        return text, ""

    def past(self, text: str) -> str:
        """A time that was: `20m` ago, the last `14:30` there was, or a date; as RFC 3339."""
        here = timedelta(minutes=self.known.offset_min)
        text = re.sub(r"\s+ago$", "", text.strip())
        if found := _SPAN.match(text):
            return rfc3339(self.now - timedelta(seconds=int(found[1]) * _UNITS[found[2].casefold()]))
        if found := _HOUR.match(text):
            local = (self.now + here).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
            return rfc3339((local if local <= self.now + here else local - timedelta(days=1)) - here)
        return self.time(text)

    def span_s(self, text: str) -> int:
        """How long, in seconds: `90s`, `5m`, `1h`."""
        found = _SPAN.match(text)
        if found is None:
            raise self.wrong(f"{text!r} is no length of time; write 90s, 5m or 1h.")
        return int(found[1]) * _UNITS[found[2].casefold()]

    def time(self, text: str) -> str:
        """`20m`, `14:30` (the typist's clock, the next one to come), a date, or RFC 3339; as RFC 3339."""
        here = timedelta(minutes=self.known.offset_min)
        if found := _SPAN.match(text):
            return rfc3339(self.now + timedelta(seconds=int(found[1]) * _UNITS[found[2].casefold()]))
        if found := _HOUR.match(text):
            local = (self.now + here).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
            return rfc3339((local if local > self.now + here else local + timedelta(days=1)) - here)
        try:
            at = datetime.fromisoformat(text if "T" in text.upper() else f"{text}T12:00")
            return rfc3339(at if at.tzinfo else at.replace(tzinfo=self.now.tzinfo) - here)
        except (ValueError, OverflowError) as error:
            raise self.wrong(f"{text!r} is no time; write 20m, 14:30 or 2026-11-27.") from error


def _plain(name: str) -> str:
    """Without case and accents, letter for letter: `Inès` is typed as `ines` at 3 AM."""
    letters = (unicodedata.normalize("NFD", letter)[:1] or letter for letter in unicodedata.normalize("NFC", name))
    return "".join(letter.lower() for letter in letters)


def _begins(text: str, name: str) -> bool:
    return text == name or text.startswith((f"{name} ", f"{name},", f"{name}:"))


def because(text: str) -> str:
    return re.sub(r"^(?:because|since|:)\s*", "", text.strip(), flags=re.IGNORECASE)


def with_optional(body: Body, **optional: str) -> Body:
    return body | {name: value for name, value in optional.items() if value}
