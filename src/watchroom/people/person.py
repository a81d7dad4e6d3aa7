"""People: who they are, as facts of the stream `directory`, and the names that pages and warnings show for them.

Written by the shell and the pages for people; `Directory` follows the log in memory, so that a name is one look
into a dict. Never holds a credential, and never says what a person may do.
"""

import re
from difflib import SequenceMatcher, get_close_matches
from zoneinfo import available_timezones

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import AlreadyDone, Conflict, Malformed
from watchroom.base.time_zone import is_time_zone
from watchroom.people.demo import SETUP_ACTOR, bare, is_demo, marked
from watchroom.people.stream import STREAM, DirectoryFact, Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Event, Fact
from watchroom.record.log import Log

EMAIL_CLAIM = "email"
EMAIL_CHARS_MAX = 254
NAME_CHARS_MAX = 200

_EMAIL = re.compile(r"[^\s@<>\"',;:()\[\]\\\x00-\x1f\x7f]+@[^\s@<>\"',;:()\[\]\\\x00-\x1f\x7f]+")


class PersonAdded(DirectoryFact, frozen=True, kw_only=True):
    """A person is known from now on, by e-mail."""

    email: str
    name: str


class PersonRenamed(DirectoryFact, frozen=True, kw_only=True):
    """A person is shown under another name."""

    email: str
    name: str


class PersonTimeZoneSet(DirectoryFact, frozen=True, kw_only=True):
    """A person's nights are those of this time zone from now on; an empty one is the install's."""

    email: str
    time_zone: str


class PersonAddressChanged(DirectoryFact, frozen=True, kw_only=True):
    """A person signs in and gets mail by another e-mail; the record calls them by the first one still."""

    email: str
    address: str


class Person(msgspec.Struct, frozen=True):
    """One person of the directory."""

    email: str
    """The e-mail that they were added by: what the record calls them, for ever."""
    name: str
    time_zone: str = ""
    """Their IANA time zone; empty: the install's."""
    moved_to: str = ""
    """Another e-mail, by which they sign in and get mail; empty: the same."""
    demo: bool = False
    """Whether they are one of the demo company's, whom nobody of this install has added."""

    @property
    def address(self) -> str:
        """The e-mail by which they sign in and get mail."""
        return self.moved_to or self.email


FACTS: tuple[type[Fact], ...] = (PersonAdded, PersonRenamed, PersonTimeZoneSet, PersonAddressChanged)
CODEC = FactCodec(FACTS)


def is_email(text: str) -> bool:
    """Whether this is one e-mail address and nothing else: no name, no second one, no line break."""
    return len(text) <= EMAIL_CHARS_MAX and _EMAIL.fullmatch(text) is not None


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


NEAREST_MAX = 3
"""How many people are offered where a name is nobody's."""


class Directory(Following):
    """Everybody, folded from the stream `directory`. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock, *, demo: bool = False) -> None:
        """`demo`: whether the demo company's people are there; else they are only named in what was recorded."""
        super().__init__(log, clock)
        self._demo = demo
        self._people: dict[str, Person] = {}
        self._by_address: dict[str, str] = {}

    def get(self, email: str) -> Person | None:
        """The person that the record calls so; None when there is none."""
        return self._people.get(email)

    def ref(self, address: str) -> str:
        """What the record calls the person who signs in by this e-mail; the e-mail itself when that is nobody."""
        return self._by_address.get(address, address)

    def address(self, email: str) -> str:
        """Where mail for this person goes."""
        person = self._people.get(email)
        return person.address if person is not None else email

    def people(self) -> list[Person]:
        """Everybody, by name."""
        here = (person for person in self._people.values() if self._demo or not person.demo)
        return sorted(here, key=lambda person: (person.name.casefold(), person.email))

    def known(self, email: str) -> bool:
        """Whether there is a person of this e-mail, the first or the present one, in whatever case it is written."""
        plain = email.strip().lower()
        person = self._people.get(email) or self._people.get(plain) or self._people.get(self._by_address.get(plain, ""))
        return person is not None and (self._demo or not person.demo)

    def nearest(self, name: str) -> tuple[str, ...]:
        """The e-mails of at most NEAREST_MAX people who may be meant by a name, or by an e-mail that nobody has.

        One of the demo's is only meant where nobody of the house is.
        """
        people = self.people()
        own, invented = [each for each in people if not each.demo], [each for each in people if each.demo]
        return self._nearest(name, own) or self._nearest(name, invented)

    def _nearest(self, name: str, people: list[Person]) -> tuple[str, ...]:
        plain = name.strip().casefold()[:EMAIL_CHARS_MAX]
        called = {
            person.email: {said, *said.split(), person.email.partition("@")[0]}
            for person in people
            for said in (bare(person.name).casefold(),)
        }
        if "@" in plain:
            # The domain is the same for all: what tells them apart stands before it.
            local = plain.partition("@")[0]
            alike = [email for email in called if email.partition("@")[0] == local or _alike(email, plain)]
            return tuple(sorted(alike, key=lambda email: -_ratio(email, plain))[:NEAREST_MAX])
        exactly = [email for email, names in called.items() if plain in names]
        if exactly:
            return tuple(exactly[:NEAREST_MAX])
        near = get_close_matches(plain, {each for names in called.values() for each in names}, n=1, cutoff=0.75)
        return tuple([email for email, names in called.items() if names.intersection(near)][:NEAREST_MAX])

    def name(self, ref: str) -> str:
        """How a person, or whoever else acted, is shown: `ana@x`, `person:ana@x`, `token:NAME`, `system:NAME`, …"""
        kind, colon, rest = ref.partition(":")
        if not colon or kind == "person":
            email = rest if colon else ref
            person = self._people.get(email) or self._people.get(self.ref(email.strip().lower()))
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
        known = self._people.get(email)
        if known is not None and known.demo and actor != SETUP_ACTOR:
            # Somebody of the house is called so now: they are the demo's no longer.
            await self._append(PersonAdded(email=email, name=name or bare(known.name)), actor, via)
            return True
        if known is not None or email in self._by_address:
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

    def time_zone(self, email: str) -> str:
        """A person's IANA time zone; empty when they have set none, or one that this machine does not know."""
        person = self._people.get(email)
        return person.time_zone if person is not None and is_time_zone(person.time_zone) else ""

    async def set_time_zone(self, email: str, time_zone: str, *, actor: str, via: str) -> bool:
        """Set a known person's time zone; False when it is that already. Raises Malformed for no zone."""
        zone = time_zone.strip()
        if zone and not is_time_zone(zone):
            near = get_close_matches(zone, sorted(available_timezones()), n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else "Give an IANA time zone such as Europe/Berlin."
            raise Malformed(f"There is no time zone {zone[:80]!r}.", hint=hint)
        person = self._people.get(normal_email(email))
        if person is None or person.time_zone == zone:
            return False
        await self._append(PersonTimeZoneSet(email=person.email, time_zone=zone), actor, via)
        return True

    async def change_address(self, email: str, address: str, *, actor: str, via: str) -> bool:
        """Have a known person sign in and get mail by another e-mail; False when that is so already.

        Raises Malformed for no e-mail, AlreadyDone when it is somebody else's.
        """
        address = normal_email(address)
        await self.catch_up()
        person = self._people.get(normal_email(email))
        if person is None or person.address == address:
            return False
        taken = AlreadyDone(
            f"{address} is somebody else's here.", hint="Give them the address under which they read their mail."
        )
        if self._by_address.get(address, person.email) != person.email or (
            address != person.email and address in self._people
        ):
            raise taken
        claims = [Claim(EMAIL_CLAIM, address, STREAM)] if address != person.email else []
        if person.moved_to:
            claims.append(Claim(EMAIL_CLAIM, person.moved_to, None, STREAM))
        try:
            await self._append(PersonAddressChanged(email=person.email, address=address), actor, via, *claims)
        except Conflict as error:
            raise taken from error
        return True

    async def _append(self, fact: Fact, actor: str, via: str, *claims: Claim) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via, *claims)
        await self.catch_up()

    def take(self, event: Event) -> None:
        match CODEC.decode(event):
            case PersonAdded(email=email, name=name):
                demo = is_demo(email, event.actor)
                known = self._people.get(email, Person(email, name))
                self._people[email] = msgspec.structs.replace(known, name=marked(name) if demo else name, demo=demo)
            case PersonRenamed(email=email, name=name):
                known = self._people.get(email, Person(email, name))
                self._people[email] = msgspec.structs.replace(known, name=marked(name) if known.demo else name)
            case PersonTimeZoneSet(email=email, time_zone=zone) if (one := self._people.get(email)) is not None:
                self._people[email] = msgspec.structs.replace(one, time_zone=zone)
            case PersonAddressChanged(email=email, address=address) if (one := self._people.get(email)) is not None:
                self._by_address.pop(one.moved_to, None)
                moved_to = address if address != email else ""
                self._people[email] = msgspec.structs.replace(one, moved_to=moved_to)
                if moved_to:
                    self._by_address[moved_to] = email


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _alike(email: str, typed: str) -> bool:
    """Whether one may be a slip of the other, before the @ and as a whole."""
    return _ratio(email.partition("@")[0], typed.partition("@")[0]) >= 0.75 and _ratio(email, typed) >= 0.75
