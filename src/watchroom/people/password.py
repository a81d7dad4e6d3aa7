"""Passwords: what is kept of them, which are good enough, and whether one is right.

Kept as Argon2id in erasable rows by e-mail, with parameters from the settings; a wrong one and none at all take the
same work, so that an answer's time tells nobody who has an account. A check costs tens of megabytes and milliseconds:
so many run at once, each in a thread, so many wait, and one more is asked to come back. Called by `credential`. Never
decides who may sign in, and never keeps, logs or records what was typed. Sources: RFC 9106 (Argon2), NIST SP 800-63B
(length over composition, normalisation).
"""

import asyncio
import base64
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from watchroom.base.clock import Clock
from watchroom.base.errors import Malformed, Overloaded
from watchroom.base.rng import SALT_BYTES, Chance
from watchroom.record.log import Log

PASSWORDS = "password"
CHARS_MAX = 256
DIFFERENT_CHARS_MIN = 5
HASH_BYTES = 32
COMMON = ("password", "passwort", "watchroom", "qwertyuiop", "1234567890", "abcdefghij", "letmein", "iloveyou")
"""Beginnings and ends that whoever guesses tries first."""

T = TypeVar("T")


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a check costs, and how many there may be (source: RFC 9106, section 4)."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 4
    parallel_max: int = 2
    waiting_max: int = 20


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a password."""

    hash: str
    set_at: datetime


_kept = msgspec.json.Decoder(Kept)


def normal(password: str) -> str:
    """The password as it is hashed: the same text typed on another keyboard is the same password."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, chars_min: int, *about: str) -> None:
    """Raises Malformed when it is too easy to guess, and says what to do. `about`: their e-mail and name."""
    text = normal(password)
    if len(text) < chars_min:
        raise Malformed(
            f"A password has at least {chars_min} characters; this one has {len(text)}.",
            hint="Four or five words in a row are long, and easy to keep in mind.",
            code="weak_password",
        )
    if len(text) > CHARS_MAX:
        raise Malformed(
            f"A password has at most {CHARS_MAX} characters.", hint="Take a shorter one.", code="weak_password"
        )
    plain = "".join(text.casefold().split())
    own = [part for word in about for part in (word.casefold(), word.casefold().partition("@")[0]) if len(part) > 3]
    left = plain
    for known in sorted({*own, *COMMON}, key=len, reverse=True):
        left = left.replace("".join(known.split()), "")
    if len(set(plain)) < DIFFERENT_CHARS_MIN or len(left) < chars_min // 2:
        raise Malformed(
            "This password is among the first that somebody would guess.",
            hint="Take words that have nothing to do with you, with each other, or with Watchroom.",
            code="weak_password",
        )


class Passwords:
    """All passwords of one organisation."""

    def __init__(self, log: Log, clock: Clock, chance: Chance, cost: Cost) -> None:
        self._log = log
        self._clock = clock
        self._chance = chance
        self._cost = cost
        self._hasher = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes, hash_len=HASH_BYTES)
        self._decoy = _decoy(cost)
        self._turns = asyncio.Semaphore(cost.parallel_max)
        self._waiting = 0

    async def set_at(self, email: str) -> datetime | None:
        """When the person set their password; None when they have none."""
        row = await self._log.row(PASSWORDS, email)
        return None if row is None else _kept.decode(row).set_at

    async def keep(self, email: str, password: str) -> None:
        """Keep this password in place of the one before. Raises Overloaded."""
        salt = self._chance.bytes(SALT_BYTES)
        hashed = await self._apart(lambda: self._hasher.hash(normal(password), salt=salt))
        row = Kept(hash=hashed, set_at=self._clock.now())
        await self._log.put_row(PASSWORDS, email, msgspec.json.encode(row))

    async def forget(self, email: str) -> bool:
        """Take the person's password away; False when there was none."""
        return await self._log.take_row(PASSWORDS, email) is not None

    async def is_right(self, email: str | None, password: str) -> bool:
        """Whether this is the person's password; None stands for nobody, and takes as long. Raises Overloaded."""
        # An address that is nobody's is looked for all the same, so that the record is asked equally often.
        row = await self._log.row(PASSWORDS, email or "nobody")
        fits = row is not None and email is not None and len(normal(password)) <= CHARS_MAX
        stored = _kept.decode(row).hash if row is not None and fits else None
        right = await self._apart(lambda: self._matches(stored or self._decoy, password[:CHARS_MAX]))
        if not right or stored is None or email is None:
            return False
        if self._hasher.check_needs_rehash(stored):
            await self.keep(email, password)
        return True

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _apart(self, work: Callable[[], T]) -> T:
        """Do it in a thread, in its turn. Raises Overloaded when too many wait."""
        if self._waiting >= self._cost.waiting_max:
            raise Overloaded("Too many people sign in at this moment.", hint="Try again in a few seconds.")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _decoy(cost: Cost) -> str:
    """A hash that nothing has, of the same cost as all others: what nobody's password is compared with."""
    salt, digest = (base64.b64encode(bytes(size)).decode().rstrip("=") for size in (SALT_BYTES, HASH_BYTES))
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}${salt}${digest}"
