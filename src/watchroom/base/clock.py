"""Time as an argument: the wall's clock, and a drill's clock that can run faster, pause, jump or be moved by hand.

Called by the edges (write path, timers, web), which pass the time on to pure decisions. Nothing outside `base`
reads a clock of its own, and no SQL does.
"""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import msgspec

from watchroom.base.errors import Malformed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def monotonic_s(self) -> float:
        """Seconds on a scale that never steps back, for measuring how long something took."""

    async def sleep_until(self, at: datetime) -> None:
        """Return once `now()` has reached `at`, and no later than `at` was away when this was called."""


class WallClock:
    """The real time, which an operator or a time server may set forward or back at any moment."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep_until(self, at: datetime) -> None:
        # Whoever waits for a second must not wait for an hour because the clock was set back by one meanwhile.
        end_s = self.monotonic_s() + (at - self.now()).total_seconds()
        while (left_s := min((at - self.now()).total_seconds(), end_s - self.monotonic_s())) > 0:
            await asyncio.sleep(min(left_s, 60.0))


class DrillClock:
    """A drill's time: starts at `starts_at`, runs at `rate` drill seconds per real second, and may pause or jump.

    With `rate=0` the clock is manual: it moves only by `jump`. Sleepers are woken by jumps at once.
    """

    def __init__(self, starts_at: datetime, rate: float = 1.0, wall: Clock | None = None) -> None:
        self._wall: Clock = wall or WallClock()
        self._base = starts_at
        self._since_s = self._wall.monotonic_s()
        self._rate = rate
        self._paused = False
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        if self._paused or self._rate == 0:
            return self._base
        return self._base + timedelta(seconds=(self._wall.monotonic_s() - self._since_s) * self._rate)

    def monotonic_s(self) -> float:
        return (self.now() - EPOCH).total_seconds()

    def pause(self) -> None:
        """Stop the clock where it stands."""
        self._rebase(self.now())
        self._paused = True

    def resume(self) -> None:
        """Let a paused clock run on from where it stood."""
        self._rebase(self.now())
        self._paused = False

    def set_rate(self, rate: float) -> None:
        """Run at `rate` drill seconds per real second from now on; 0 makes the clock manual."""
        self._rebase(self.now())
        self._rate = rate

    def jump(self, seconds: float) -> None:
        """Move forward by `seconds` at once; a drill's clock never steps back."""
        if seconds < 0:
            raise Malformed("A drill's clock cannot step back.", hint="Give a positive number of seconds.")
        self._rebase(self.now() + timedelta(seconds=seconds))

    async def sleep_until(self, at: datetime) -> None:
        while (left_s := (at - self.now()).total_seconds()) > 0:
            moved = self._moved
            if self._paused or self._rate == 0:
                await moved.wait()
                continue
            try:
                await asyncio.wait_for(moved.wait(), min(left_s / self._rate, 60.0))
            except TimeoutError:
                continue

    def _rebase(self, at: datetime) -> None:
        self._base = at
        self._since_s = self._wall.monotonic_s()
        self._moved.set()
        self._moved = asyncio.Event()


def epoch_us(at: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z."""
    return (at - EPOCH) // timedelta(microseconds=1)


def from_epoch_us(us: int) -> datetime:
    """The time that lies so many microseconds after 1970-01-01T00:00:00Z, in UTC."""
    return EPOCH + timedelta(microseconds=us)


def rfc3339(at: datetime) -> str:
    """`at` as RFC 3339 in UTC with a trailing Z (source: RFC 3339, section 5.6)."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_and_time(at: datetime, beside: datetime | None = None) -> str:
    """`4 Nov 04:59 UTC` for people, with the year unless `beside` is of the same one."""
    at = at.astimezone(UTC)
    year = "" if beside is not None and beside.astimezone(UTC).year == at.year else f" {at.year}"
    return f"{at.day} {at:%b}{year} {at:%H:%M} UTC"


def parse_day_or_time(text: str, field: str) -> datetime:
    """Read an RFC 3339 time, or a day as its first moment in UTC. Raises Malformed naming `field`."""
    try:
        return datetime.fromisoformat(f"{date.fromisoformat(text)}T00:00:00Z")
    except ValueError:
        return parse_rfc3339(text, field)


def parse_rfc3339(text: str, field: str) -> datetime:
    """Read an RFC 3339 time, in UTC. Raises Malformed naming `field` when it is none, or has no time zone."""
    try:
        at = msgspec.convert(text, datetime)
        if at.tzinfo is None:
            raise Malformed(f"{field} has no time zone: {text!r}.", hint="Write it as 2026-11-23T03:14:00Z.")
        return at.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Malformed(f"{field} is not a time: {text!r}.", hint="Write it as 2026-11-23T03:14:00Z.") from error
