"""People: who they are, as facts of the stream `directory`, and the names that pages and warnings show for them.

Written by the shell and the pages for people; `Directory` follows the log in memory, so that a name is one look
into a dict. Never holds a credential, and never says what a person may do.
"""

import asyncio
import re
from collections.abc import Mapping

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, Malformed, WatchroomError
from watchroom.people.stream import STREAM, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Event, Fact
from watchroom.record.log import Log

EMAIL_CLAIM = "email"
EMAIL_CHARS_MAX = 254
NAME_CHARS_MAX = 200

_EMAIL = re.compile(r"[^\s@<>\"',;:()\[\]\\\x00-\x1f\x7f]+@[^\s@<>\"',;:()\[\]\\\x00-\x1f\x7f]+")


class PersonAdded(Fact, frozen=True, kw_only=True):
    """A person is known from now on, by e-mail."""

    email: str
    name: str


class PersonRenamed(Fact, frozen=True, kw_only=True):
    """A person is shown under another name."""

    email: str
    name: str


class Person(msgspec.Struct, frozen=True):
    """One person of the directory."""

    email: str
    name: str


FACTS: tuple[type[Fact], ...] = (PersonAdded, PersonRenamed)
CODEC = FactCodec(FACTS)


def normal_email(email: str) -> str:
    """The e-mail as it is kept: lower case, without blanks around it. Raises Malformed when it is none."""
    normal = email.strip().lower()
    if len(normal) > EMAIL_CHARS_MAX or not _EMAIL.fullmatch(normal):
        raise Malformed(f"{email[:80]!r} is no e-mail address.", hint="Write it as ana@example.com.")
    return normal


def normal_name(name: str) -> str:
    """The name as it is kept: on one line. Raises Malformed when it is too long."""
    normal = " ".join(name.split())
    if len(normal) > NAME_CHARS_MAX:
        raise Malformed(f"A name has at most {NAME_CHARS_MAX} characters.", hint="Give the name that people call.")
    return normal


class Directory:
    """Everybody, folded from the stream `directory`. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._people: dict[str, Person] = {}
        self._seq = 0
        self._turn = asyncio.Lock()
        self._following: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Read all that is recorded, and follow. Raises Unavailable when the log cannot be read."""
        self._log.on_reached(self._reached)
        await self.catch_up()

    async def look(self) -> None:
        """Read what was recorded since, if there is anything: in case this process was not told of it."""
        head = await self._log.head(STREAM)
        if head is not None and head.seq > self._seq:
            await self.catch_up()

    async def catch_up(self) -> None:
        """Read what was recorded since."""
        async with self._turn:
            for event in await self._log.read(STREAM, self._seq):
                self._take(event)

    def people(self) -> list[Person]:
        """Everybody, by name."""
        return sorted(self._people.values(), key=lambda person: (person.name.casefold(), person.email))

    def known(self, email: str) -> bool:
        """Whether there is a person of this e-mail, in whatever case it is written."""
        return email in self._people or email.strip().lower() in self._people

    def name(self, ref: str) -> str:
        """How a person, or whoever else acted, is shown: `ana@x`, `person:ana@x`, `token:NAME`, `system:NAME`, …"""
        kind, colon, rest = ref.partition(":")
        if not colon or kind == "person":
            email = rest if colon else ref
            person = self._people.get(email) or self._people.get(email.strip().lower())
            return person.name if person is not None else email
        if kind == "character":
            return rest.replace("-", " ").replace("_", " ").title() if rest.islower() else rest
        if kind == "system":
            return "Watchroom"
        return rest if kind in ("token", "source") else ref

    async def add(self, email: str, name: str = "", *, actor: str, via: str) -> bool:
        """Make a person known; False when that was so already, in which case nothing is written.

        Of two that add the same e-mail at once, in whichever process, one gets True. Raises Malformed for a bad e-mail.
        """
        email, name = normal_email(email), normal_name(name)
        if email in self._people:
            return False
        fact = PersonAdded(email=email, name=name or email.partition("@")[0])
        try:
            await self._append(fact, actor, via, Claim(EMAIL_CLAIM, email, STREAM))
        except Conflict:
            if await self._log.holder(EMAIL_CLAIM, email) is None:
                raise
            await self.catch_up()
            return False
        return True

    async def rename(self, email: str, name: str, *, actor: str, via: str) -> bool:
        """Show a known person under another name; False when it is that already, or nobody has the e-mail."""
        person = self._people.get(normal_email(email))
        name = normal_name(name)
        if person is None or not name or person.name == name:
            return False
        await self._append(PersonRenamed(email=person.email, name=name), actor, via)
        return True

    async def _append(self, fact: Fact, actor: str, via: str, *claims: Claim) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via, *claims)
        await self.catch_up()

    def _take(self, event: Event) -> None:
        if event.seq <= self._seq:
            return
        self._seq = event.seq
        match CODEC.decode(event):
            case PersonAdded(email=email, name=name) | PersonRenamed(email=email, name=name):
                self._people[email] = Person(email, name)

    def _reached(self, reached: Mapping[str, int], position: int) -> None:
        if reached.get(STREAM, 0) > self._seq:
            task = asyncio.ensure_future(self._follow())
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _follow(self) -> None:
        try:
            await self.catch_up()
        except WatchroomError:
            # The record went away or is closing; whoever writes or reads next is told so itself.
            return
