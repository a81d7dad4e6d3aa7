"""The status page as it is served: one rendering in memory, made anew when something changed, for anybody who asks.

Nothing that a visitor does reads the record, sets a cookie or looks for one; when the record is away, what was last
made is served on. Whoever asks right after something changed waits for the new rendering, but never longer than
`PATIENCE_S`. Started by `app`, asked by the front before anything else is. Never decides what is public.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import NotFound, Unavailable, WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.communication.status_book import StatusBook
from watchroom.incident.status_posts import StatusPosts
from watchroom.incident.status_view import StatusView, view
from watchroom.people.stream import STREAM
from watchroom.record.log import Log
from watchroom.record.projection import Projector
from watchroom.web.html.template import render
from watchroom.web.http.error_shape import error_body
from watchroom.web.live.live import Send
from watchroom.web.status.pages import StatusAbsent
from watchroom.web.status.rendering import HTML, JSON, Answer, Rendering, made
from watchroom.web.status.statuspage import PATH

PATIENCE_S = 1.0
"""How long a visitor waits for what has changed this moment; after that he is shown what there is."""
AGAIN_S = 1.0
"""How soon it is tried again when the record could not be read."""
TURN_S = 0.02
"""The least time from one look to the next: many changes at once make one."""
DEFAULT_NAME = "Status"
ALLOWED = b"GET, HEAD, OPTIONS"
_log = logging.getLogger(__name__)

_NOTHING = NotFound("There is nothing here.", hint="The status page is at /status, if this house shows one.")
ABSENT = made(error_body(_NOTHING), JSON, _NOTHING.status, b"no-cache")
ABSENT_PAGE = made(render(StatusAbsent()).encode(), HTML, _NOTHING.status, b"no-cache")
_MAKING = Unavailable("The status page is being made.", hint="Ask again in a moment.")
NOT_YET = made(error_body(_MAKING), JSON, _MAKING.status, b"no-store")


class StatusSite:
    """See the module. `url`: how this install is reached, without a slash at the end."""

    def __init__(
        self,
        log: Log,
        book: StatusBook,
        posts: StatusPosts,
        projector: Projector,
        clock: Clock,
        url: str,
        *,
        max_age_s: int,
    ) -> None:
        self._book = book
        self._posts = posts
        self._projector = projector
        self._clock = clock
        self._url = f"{url}{PATH}"
        self._max_age_s = max_age_s
        self._began_at = clock.now()
        self._rendering: Rendering | None = None
        self._made_of: tuple[int, int] | None = None
        self._changed = asyncio.Event()
        self._changed.set()
        self._level: asyncio.Future[None] | None = None
        self._stuck = False
        """Whether the record cannot be read just now: then nobody waits for it."""
        self._book_due = True
        self._reached = 0
        """How far the record is, as far as this process was told."""
        self._seen = -1
        """How far it was when the rendering was last known to be good."""
        self.renderings = 0
        """How often it was made, for whoever measures."""
        log.on_reached(self._on_reached)
        book.on_change(self._changed.set)
        posts.on_change(self._changed.set)

    def _on_reached(self, reached: Mapping[str, int], position: int) -> None:
        self._reached = max(position, self._reached)
        # A notice that names no stream means "look yourself".
        self._book_due = self._book_due or not reached or STREAM in reached
        self._changed.set()

    @property
    def view(self) -> StatusView | None:
        """What is shown now."""
        return self._rendering.view if self._rendering is not None else None

    async def run(self) -> None:
        """Keep the book and the rendering level with the record and the time, until cancelled."""
        await asyncio.gather(self._book.follow(), self._keep())

    async def _keep(self) -> None:
        trouble = Trouble(_log, "The status page shows what it showed before, and tries again")
        while True:
            await self._wait()
            self._changed.clear()
            pause_s = TURN_S
            try:
                await self._look()
                trouble.over()
                self._stuck = False
            except WatchroomError as error:
                trouble.met(error)
                self._stuck, pause_s = True, AGAIN_S
            except Exception:  # supervised: what was shown before is better than nothing for ever
                _log.exception("The status page could not be made; it shows what it showed before")
                self._stuck, pause_s = True, AGAIN_S
            if self._stuck:
                self._changed.set()
            self._done()
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=pause_s))

    async def _look(self) -> None:
        reached, book_due, self._book_due = self._reached, self._book_due, False
        try:
            await self._projector.caught_up(reached or None)
            if book_due:
                await self._book.catch_up()
            await self._posts.settle()
        except WatchroomError:
            self._book_due = self._book_due or book_due
            raise
        now = self._clock.now()
        state = (self._book.version, self._posts.changes)
        if state != self._made_of or self._rendering is None or now >= self._rendering.view.good_until:
            await self._make(now)
            self._made_of = state
        self._seen = reached

    async def _wait(self) -> None:
        """Return once something may have changed, or time alone has changed it."""
        if self._rendering is None:
            return
        due = asyncio.ensure_future(self._clock.sleep_until(self._rendering.view.good_until))
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({due, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            due.cancel()
            changed.cancel()

    async def _make(self, now: datetime) -> None:
        page = msgspec.structs.replace(self._book.page, by_id=dict(self._book.page.by_id))
        windows = msgspec.structs.replace(
            self._book.maintenances,
            by_id={
                id: msgspec.structs.replace(each, notes=list(each.notes))
                for id, each in self._book.maintenances.by_id.items()
            },
        )
        incidents = list(self._posts.all())

        def make() -> Rendering:
            shown = view(page, windows, incidents, now, name=DEFAULT_NAME, began_at=self._began_at)
            return Rendering(shown, self._url, self._max_age_s)

        # A long history takes a while to draw; nobody else waits for it.
        self._rendering = await asyncio.to_thread(make)
        self.renderings += 1

    def _done(self) -> None:
        if self._level is not None and not self._level.done():
            self._level.set_result(None)
        self._level = None

    async def _fresh(self) -> None:
        """Return once the rendering is as new as the record was when this was asked, or patience has ended."""
        if self._level is None:
            self._level = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(PATIENCE_S, _end, self._level)
        await asyncio.shield(self._level)

    async def answer(self, path: str, page: bool = False) -> Answer:
        """What stands at a path now; `page`: a person looks at it."""
        asked_at = self._reached
        for _ in range(2):
            # The look that goes on may have begun before the change that the visitor knows of; the next one has not.
            if self._rendering is None or (self._seen < asked_at and not self._stuck):
                await self._fresh()
        if self._rendering is None:
            return NOT_YET
        return self._rendering.get(path) or (ABSENT_PAGE if page else ABSENT)

    async def serve(self, scope: Any, send: Send) -> None:
        """Answer one request (ASGI)."""
        path: str = scope["path"]
        if len(path) > 1 and path.endswith("/"):
            path = path.rstrip("/")
        method: str = scope["method"]
        scope["path_template"] = PATH if path == PATH else f"{PATH}/"
        if method not in ("GET", "HEAD"):
            await _other(method, send)
            return
        packs, page, known = _asked(scope["headers"])
        answer = await self.answer(path, page)
        matches = answer.etag in known or known.strip() == b"*"
        if matches and answer.status == 200:
            await send({"type": "http.response.start", "status": 304, "headers": answer.unchanged_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        packed = packs and bool(answer.packed)
        headers = answer.packed_headers if packed else answer.headers
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if method == "HEAD" else answer.packed if packed else answer.body
        await send({"type": "http.response.body", "body": body})


def _end(level: "asyncio.Future[None]") -> None:
    if not level.done():
        level.set_result(None)


def _asked(headers: list[tuple[bytes, bytes]]) -> tuple[bool, bool, bytes]:
    """Whether the client takes gzip, whether a person looks, and which answers it has already."""
    packs, page, known = False, False, b""
    for name, value in headers:
        if name == b"accept-encoding":
            packs = b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
        elif name == b"accept":
            page = b"text/html" in value
        elif name == b"if-none-match":
            known = value
    return packs, page, known


async def _other(method: str, send: Send) -> None:
    """Another page's script asks first whether it may; nothing else than reading can be done here."""
    may = [
        (b"allow", ALLOWED),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", ALLOWED),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"86400"),
    ]
    if method == "OPTIONS":
        await send({"type": "http.response.start", "status": 204, "headers": may})
        await send({"type": "http.response.body", "body": b""})
        return
    body = error_body(
        WatchroomError(
            f"{method[:20]} is not allowed here: the status page can only be read.",
            hint="What customers are told is written in the incident's room.",
            code="method_not_allowed",
        )
    )
    headers = [*may, (b"content-type", JSON.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def is_status(path: str) -> bool:
    """Whether a path belongs to the status page."""
    return path == PATH or path.startswith(f"{PATH}/")
