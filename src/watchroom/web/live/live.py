"""Live streams: whoever looks at a room, the board or the inbox is sent what is new, lossless, over Server-Sent
Events.

A channel follows the record once for all its viewers and makes each frame once; the number in the record is the
event's id, so a viewer that comes back with `Last-Event-ID` is brought up to date from the record itself. A viewer
too slow for its queue is brought up to date the same way. Framework-free ASGI; mounted by `routes`. Never renders
by itself.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from typing import Any, Protocol

from watchroom.base.clock import Clock
from watchroom.base.errors import Overloaded
from watchroom.incident.visibility import Viewer

_log = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

HEARTBEAT = b": still here\n\n"
"""The sign of life for programs: a comment, which a client passes over (source: HTML Standard, 9.2.6)."""
PARKED = b"event: parked\ndata: \n\n"
RETRY = b"retry: 500\n\n"

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def alive(every_s: float) -> bytes:
    """The sign of life for pages, as an event that their script can hear; it says when the next one is due."""
    return b"event: alive\ndata: %g\n\n" % every_s


class Source(Protocol):
    """What a channel shows."""

    forgets: bool
    """Whether the frames made last stand in place of those that still wait for slow viewers, which must not be sent
    any more: something that they say was redacted."""

    async def wait(self, after: int) -> int:
        """Return once something beyond `after` is in the record, with how far it goes."""

    async def frames(self, after: int) -> tuple[bytes, int]:
        """Everything after `after` as ready frames, and the number that they reach. Empty when there is nothing."""

    def admits(self, viewer: Viewer) -> bool:
        """Whether this viewer may be sent what was made last. Asked before anything is sent; must not wait."""


Place = tuple[str, Callable[[], Source]]
"""The key of a channel, and what makes its source when nobody watches it yet."""


class _Viewer:
    """One open stream: its place, and what waits to be sent."""

    __slots__ = ("at", "behind", "gone", "greet", "parked", "person", "queue", "session", "sign", "who", "woken")

    def __init__(
        self,
        session: str | None,
        at: int,
        sign: bytes,
        person: str | None,
        greet: Callable[[], bytes],
        who: Viewer | None,
    ) -> None:
        self.session = session
        self.sign = sign
        """What a sign of life looks like here."""
        self.person = person
        self.greet = greet
        self.who = who
        """Who looks; None where everybody may see it."""
        self.at = at
        self.queue: deque[tuple[int, int, bytes]] = deque()
        self.behind = True
        self.gone = False
        self.parked = False
        self.woken = asyncio.Event()


class _Channel:
    """The viewers of one thing, and the task that follows it for them."""

    def __init__(self, source: Source, queue_frames_max: int) -> None:
        self.source = source
        self.viewers: set[_Viewer] = set()
        self._queue_frames_max = queue_frames_max
        self._pump: asyncio.Task[None] | None = None
        self.at = 0

    def join(self, viewer: _Viewer) -> None:
        self.viewers.add(viewer)
        if self._pump is None:
            self.at = viewer.at
            self._pump = asyncio.create_task(self._follow())

    def leave(self, viewer: _Viewer) -> None:
        self.viewers.discard(viewer)
        if not self.viewers and self._pump is not None:
            self._pump.cancel()
            self._pump = None

    async def _follow(self) -> None:
        try:
            while True:
                await self.source.wait(self.at)
                frame, reached = await self.source.frames(self.at)
                if reached > self.at:
                    if self.source.forgets:
                        self._forget_waiting()
                    self._broadcast(self.at, reached, frame)
                    self.at = reached
                else:
                    # Told of something that cannot be shown yet: let others run, or nobody ever could change that.
                    await asyncio.sleep(0)
        except Exception:  # supervised: a silent stream would look live; its viewers come back by themselves
            _log.exception("A live stream stopped at %d; its %d viewers are let go", self.at, len(self.viewers))
            self._pump = None
            for viewer in self.viewers:
                viewer.gone = True
                viewer.woken.set()

    def _forget_waiting(self) -> None:
        """Viewers who have not been sent everything yet get it from the record, as it reads now."""
        for viewer in self.viewers:
            if viewer.queue:
                viewer.queue.clear()
                viewer.behind = True

    def _broadcast(self, after: int, reached: int, frame: bytes) -> None:
        for viewer in self.viewers:
            if len(viewer.queue) >= self._queue_frames_max:
                viewer.queue.clear()
                viewer.behind = True
            else:
                viewer.queue.append((after, reached, frame))
            viewer.woken.set()


class Hub:
    """All live streams of this process."""

    def __init__(
        self,
        clock: Clock,
        *,
        viewers_max: int = 5_000,
        queue_frames_max: int = 256,
        per_session_max: int = 4,
        heartbeat_s: float = 15.0,
    ) -> None:
        self._clock = clock
        self._viewers_max = viewers_max
        self._queue_frames_max = queue_frames_max
        self._per_session_max = per_session_max
        self._heartbeat_s = heartbeat_s
        self._alive = alive(heartbeat_s)
        self._channels: dict[str, _Channel] = {}
        self._sessions: dict[str, list[_Viewer]] = {}
        self._people: dict[str, set[_Viewer]] = {}
        self._heart: asyncio.Task[None] | None = None
        self._closed = False
        self.parked = 0
        """How many streams were parked since the start."""

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return sum(len(channel.viewers) for channel in self._channels.values())

    def present(self, person: str) -> bool:
        """Whether this person has a page open, whose stream is alive as far as anybody knows."""
        return bool(self._people.get(person))

    @property
    def people(self) -> list[str]:
        """Everybody who has a page open."""
        return list(self._people)

    def tell(self, person: str, frame: bytes) -> int:
        """Send a frame of their own to every page that this person has open; returns how many those are.

        Such a frame has no number: it belongs to the person and not to what the page shows.
        """
        told = self._people.get(person, ())
        for viewer in told:
            viewer.queue.append((0, 0, frame))
            viewer.woken.set()
        return len(told)

    @property
    def behind(self) -> int:
        """How many of them are being brought up to date from the record, since they were too slow or have just come."""
        return sum(viewer.behind for channel in self._channels.values() for viewer in channel.viewers)

    def check_room(self) -> None:
        """Raises Overloaded when no further stream can be opened."""
        if self._closed or self.viewers >= self._viewers_max:
            raise Overloaded("Too many live streams are open.", hint="Close a page, or read with ?after= instead.")

    def look_again(self) -> None:
        """Have every stream ask whether its viewer may still see what it shows: a team has changed, say."""
        for channel in self._channels.values():
            for viewer in channel.viewers:
                viewer.woken.set()

    async def close(self) -> None:
        """End every stream, so that a shutdown does not wait for them."""
        self._closed = True
        if self._heart is not None:
            self._heart.cancel()
        for channel in list(self._channels.values()):
            for viewer in channel.viewers:
                viewer.gone = True
                viewer.woken.set()

    async def serve(
        self,
        key: str,
        make: Callable[[], Source],
        after: int,
        receive: Receive,
        send: Send,
        *,
        session: str | None = None,
        person: str | None = None,
        greet: Callable[[], bytes] = bytes,
        once: bool = False,
        page: bool = False,
        who: Viewer | None = None,
        elsewhere: Callable[[], Place] | None = None,
        last: bytes = b"",
    ) -> None:
        """Serve one viewer of `key` from `after` on until it goes away. `once` ends after what is there already.

        A viewer `who` may not see what is shown any more is led to the channel that `elsewhere` names now, and goes on
        there; without one they are sent `last`, and the stream ends.

        A `page` is given signs of life that it can hear, the first at once, so that it notices a connection that died
        without a word; a program gets comments. `person` is whose page it is, for `tell`; `greet` makes what they alone
        are sent whenever they have been brought up to date, since a frame of their own may have been lost on the way.
        """
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": RETRY + self._alive if page else RETRY, "more_body": True})
        if once:
            source = make()
            frame, _reached = await source.frames(after)
            body = frame + greet() if who is None or source.admits(who) else last
            await send({"type": "http.response.body", "body": body + PARKED, "more_body": False})
            return
        viewer = _Viewer(session, after, self._alive if page else HEARTBEAT, person, greet, who)
        self._admit(viewer)
        watch = asyncio.create_task(_until_gone(receive, viewer))
        try:
            while not await self._watch(key, make, viewer, send):
                if elsewhere is None:
                    await send({"type": "http.response.body", "body": last, "more_body": False})
                    break
                key, make = elsewhere()
                viewer.queue.clear()
                viewer.behind = True
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
            self._dismiss(viewer)

    async def _watch(self, key: str, make: Callable[[], Source], viewer: _Viewer, send: Send) -> bool:
        """Have the viewer watch one channel to the end; False when they may not see what it shows any more."""
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = _Channel(make(), self._queue_frames_max)
        channel.join(viewer)
        try:
            return await self._pour(channel, viewer, send)
        finally:
            channel.leave(viewer)
            if not channel.viewers and self._channels.get(key) is channel:
                del self._channels[key]

    async def _pour(self, channel: _Channel, viewer: _Viewer, send: Send) -> bool:
        """Send what comes until the stream ends; False, having sent nothing of it, once the viewer may not see it."""
        while not viewer.gone:
            greeted = not viewer.behind
            while viewer.behind and not viewer.gone:
                frame, reached = await channel.source.frames(viewer.at)
                if not _admitted(channel, viewer):
                    return False
                viewer.behind = reached > viewer.at
                viewer.at = max(reached, viewer.at)
                if frame:
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
            viewer.woken.clear()
            if not _admitted(channel, viewer):
                return False
            # Most often it is one frame, and then its very bytes are sent: nothing is copied for each of all viewers.
            pieces = [] if greeted else [viewer.greet()]
            while viewer.queue and not viewer.behind:
                start, reached, frame = viewer.queue.popleft()
                if reached == 0:
                    pieces.append(frame)
                elif reached <= viewer.at:
                    continue
                elif start == viewer.at:
                    pieces.append(frame)
                    viewer.at = reached
                else:
                    viewer.behind = True
            body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            if body:
                await send({"type": "http.response.body", "body": body, "more_body": True})
            if viewer.parked:
                await send({"type": "http.response.body", "body": PARKED, "more_body": False})
                return True
            # Whoever left while it was brought up to date has had its wake-up already.
            if not viewer.queue and not viewer.behind and not viewer.gone:
                await viewer.woken.wait()
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True

    def _admit(self, viewer: _Viewer) -> None:
        """Browsers allow six connections a host: beyond the limit the session's oldest stream is parked."""
        if self._heart is None:
            self._heart = asyncio.create_task(self._beat())
        if viewer.person is not None:
            self._people.setdefault(viewer.person, set()).add(viewer)
        if viewer.session is None:
            return
        held = self._sessions.setdefault(viewer.session, [])
        held.append(viewer)
        if len(held) > self._per_session_max:
            oldest = held.pop(0)
            oldest.parked = True
            self.parked += 1
            oldest.woken.set()

    def _dismiss(self, viewer: _Viewer) -> None:
        if viewer.person is not None and viewer in (own := self._people.get(viewer.person, set())):
            own.remove(viewer)
            if not own:
                del self._people[viewer.person]
        held = self._sessions.get(viewer.session or "")
        if held is not None and viewer in held:
            held.remove(viewer)
            if not held and viewer.session is not None:
                self._sessions.pop(viewer.session, None)

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=self._heartbeat_s))
            for channel in self._channels.values():
                for viewer in channel.viewers:
                    # Somebody who reads nothing needs no further sign of life, and must not gather them for days.
                    if len(viewer.queue) < self._queue_frames_max:
                        viewer.queue.append((0, 0, viewer.sign))
                    viewer.woken.set()


def _admitted(channel: _Channel, viewer: _Viewer) -> bool:
    return viewer.who is None or channel.source.admits(viewer.who)


async def _until_gone(receive: Receive, viewer: _Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.gone = True
    viewer.woken.set()
