"""Idempotency keys: a request that is sent again gets the answer of the first, for as long as its key is remembered.

A key is a claim that goes into the append of what it guards, so that of two requests only one is done. Claims stand in
a scope of their period, and a whole period is forgotten at once: a key holds for at least one period and for two at
most. Called by `handle`, and by `app` now and then to forget. Never decides about a room.
"""

import hashlib
from collections.abc import Collection, Sequence

import msgspec

from watchroom.base.clock import Clock, epoch_us
from watchroom.base.command import Caution, Command
from watchroom.base.errors import Conflict, Malformed, Refused
from watchroom.record.event import Claim
from watchroom.record.log import Log

KEY_CHARS_MAX = 200
LOOK_BACK_PERIODS = 60
"""How many forgotten periods are looked at after a start: a server that stood still for longer leaves older ones."""
FORGOTTEN_AT_ONCE = 500


class Key(msgspec.Struct, frozen=True):
    """Whose key it is and for what, and a digest of the request that it was given with."""

    name: str
    body: str


class Done(msgspec.Struct, frozen=True):
    """What the first request with the key did: events `first` to `last` of `room`, and what was said about it."""

    room: str
    first: int
    last: int
    cautions: tuple[Caution, ...]


def key_of(actor: str, where: str, command: Command, given: str | None) -> Key | None:
    """The key that a caller gave, None without one. Raises Malformed when it is too long."""
    if not given:
        return None
    if len(given) > KEY_CHARS_MAX:
        raise Malformed(f"Idempotency-Key is longer than {KEY_CHARS_MAX} characters.", hint="Send a UUID.")
    return Key(f"{actor}/{where}/{given}", hashlib.sha256(msgspec.json.encode(command)).hexdigest()[:16])


class Keys:
    """The keys of one log; `period_s` is how long one is remembered at least."""

    def __init__(self, log: Log, clock: Clock, period_s: int) -> None:
        self._log = log
        self._clock = clock
        self._period_s = period_s
        self._forgotten = -1
        """Every period up to this one has been forgotten."""

    async def done(self, key: Key) -> Done | None:
        """What was done under the key. Raises Refused when that was another request."""
        now = self._period()
        held = await self._log.holder(_scope(now), key.name) or await self._log.holder(_scope(now - 1), key.name)
        if held is None:
            return None
        room, span, body, said = held.split("#", 3)
        if body != key.body:
            raise Refused(
                "This Idempotency-Key was used for another request.", hint="Send a new key with a new request."
            )
        first, last = map(int, span.split("-"))
        return Done(room, first, last, msgspec.json.decode(said, type=tuple[Caution, ...]))

    def claims(self, key: Key, done: Done) -> list[Claim]:
        """The claims that go into the append of what the key guards; the period before must not have it either."""
        now = self._period()
        said = msgspec.json.encode(done.cautions).decode()
        value = f"{done.room}#{done.first}-{done.last}#{key.body}#{said}"
        return [Claim(_scope(now), key.name, value), Claim(_scope(now - 1), key.name, None)]

    async def without_hashes(self, gone: Collection[tuple[str, int]]) -> list[Claim]:
        """The claims after which no key keeps the hash of a command that any of these events came of: a short secret
        could be guessed from it. The same request again is then refused."""
        claims = []
        last = self._period()
        for period in range(last - LOOK_BACK_PERIODS, last + 1):
            for key, held in (await self._log.holders(_scope(period))).items():
                room, span, body, said = held.split("#", 3)
                first, until = map(int, span.split("-"))
                if body and any((room, seq) in gone for seq in range(first, until + 1)):
                    claims.append(Claim(_scope(period), key, f"{room}#{span}##[]" if said else held, held))
        return claims

    async def forget(self) -> int:
        """Forget the periods that are over for good; how many keys those were. Raises Unavailable, Overloaded."""
        last = self._period() - 2
        count = 0
        for period in range(max(self._forgotten + 1, last - LOOK_BACK_PERIODS), last + 1):
            held = list((await self._log.holders(_scope(period))).items())
            for start in range(0, len(held), FORGOTTEN_AT_ONCE):
                count += await self._give_back(period, held[start : start + FORGOTTEN_AT_ONCE])
        self._forgotten = max(self._forgotten, last)
        return count

    async def _give_back(self, period: int, held: Sequence[tuple[str, str]]) -> int:
        try:
            await self._log.append([], [Claim(_scope(period), key, None, value) for key, value in held])
        except Conflict:
            # Another process forgets them just now.
            return 0
        return len(held)

    def _period(self) -> int:
        return epoch_us(self._clock.now()) // (self._period_s * 1_000_000)


def _scope(period: int) -> str:
    return f"idempotency/{period}"
