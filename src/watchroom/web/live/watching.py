"""The addresses of the live streams: who may watch, from where on, and which source is shown.

Mounted by `routes`; the streaming itself is `live`'s. A refusal comes before the stream begins, in the usual shape.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from watchroom.base.errors import Malformed
from watchroom.web.flow.page import FlowStream
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, caller_of, viewer_of
from watchroom.web.leadership.page import LeadershipStream, RunningStream
from watchroom.web.live.live import PARKED, Place, Receive, Send
from watchroom.web.live.streams import FactStream, ListStream, QuietStream, RoomStream
from watchroom.web.review.page import ReviewStream
from watchroom.web.triage.filters import Filter, filter_of


class _Stream(Response[None]):
    """An answer that goes on until the viewer leaves."""

    def __init__(self, serve: Callable[[Receive, Send], Awaitable[None]]) -> None:
        super().__init__(None)
        self._serve = serve

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        async def run(scope: Any, receive: Receive, send: Send) -> None:
            await self._serve(receive, send)

        return run


SHUT_PAGE = b"event: restricted\ndata: \n\n" + PARKED
"""The last that a page is sent whose viewer has lost sight of the room; its script shows what that means."""
SHUT_PROGRAM = b"event: restricted\ndata: %b\n\n" % msgspec.json.encode(
    {
        "error": {
            "code": "restricted",
            "message": "This room is restricted now, and you are not among those who see it.",
            "hint": "Nothing more comes. Somebody in the room can let you in: admit.",
        }
    }
)
"""The last that a program is sent then."""

Where = Callable[[House, frozenset[str]], Place]
"""Which channel shows something to those who see these of the restricted rooms."""


async def _watch(request: AnyRequest, where: Where, *, room: str | None = None, page: bool = True) -> _Stream:
    """A stream for a caller who may read; everything that can be refused is refused before it begins."""
    house = house_of(request)
    caller = caller_of(request, "read")
    viewer = viewer_of(caller)
    after = _after(request)
    end = (await house.rooms.seen(room, viewer)).seq if room is not None else await house.log.position()
    if room is not None and after > end:
        # Another process has shown what this one has not heard of yet; sent again, it would be doubled.
        head = await house.log.head(room)
        end = head.seq if head is not None else end
    # A number beyond the end comes from a record that has since been put back to an earlier state.
    after = min(after, end)
    once = request.headers.get("live-once") == "1"
    session = caller.session if page else None
    # A page that a person has open rings when they are called; a program's stream is nobody's page.
    person = caller.person if session is not None else None

    def greet() -> bytes:
        return house.ringer.frame(person) if person is not None else b""

    def place() -> Place:
        return where(house, house.rooms.sight.visible(viewer, house.listing.restricted))

    house.hub.check_room()

    async def serve(receive: Receive, send: Send) -> None:
        await house.hub.serve(
            *place(),
            after,
            receive,
            send,
            session=session,
            person=person,
            greet=greet,
            once=once,
            page=page,
            who=viewer,
            # A list goes on without what was hidden; a room that is hidden is over.
            elsewhere=place if room is None else None,
            last=SHUT_PAGE if page else SHUT_PROGRAM,
        )

    return _Stream(serve)


def _list(which: str, by: Filter | None = None) -> Where:
    def place(house: House, seen: frozenset[str]) -> Place:
        key = f"{which}/{','.join(sorted(seen))}/{by.query if by is not None else ''}"
        return key, lambda: ListStream(house, which, seen, by)

    return place


def _after(request: AnyRequest) -> int:
    """Where to go on: `Last-Event-ID` wins over `?after=`, which is older on a page that reconnects."""
    value = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Malformed(f"Last-Event-ID or after is no number: {value[:40]!r}.", hint="Use the id of the last event.")
    return int(value)


@get("/live/me")
async def own_live(request: AnyRequest) -> _Stream:
    """For a page that shows nothing live: only what calls the one who has it open."""
    return await _watch(request, lambda house, seen: ("me", QuietStream))


@get("/incidents/{id:str}/live")
async def room_live(request: AnyRequest, id: FromPath[str]) -> _Stream:
    """The room's page, live: frames of HTML."""
    return await _watch(request, lambda house, seen: (f"room/{id}", lambda: RoomStream(house, id)), room=id)


@get("/incidents/{id:str}/review/live")
async def review_live(request: AnyRequest, id: FromPath[str]) -> _Stream:
    """The review's page, live: frames of HTML."""
    return await _watch(request, lambda house, seen: (f"review/{id}", lambda: ReviewStream(house, id)), room=id)


@get("/incidents/{id:str}/flow/live")
async def flow_live(request: AnyRequest, id: FromPath[str]) -> _Stream:
    """The page of the flow, live: frames of HTML."""
    return await _watch(request, lambda house, seen: (f"flow/{id}", lambda: FlowStream(house, id)), room=id)


@get("/incidents/{id:str}/leadership/live")
async def leadership_live(request: AnyRequest, id: FromPath[str]) -> _Stream:
    """One incident for leadership, live: frames of HTML."""
    return await _watch(request, lambda house, seen: (f"leadership/{id}", lambda: LeadershipStream(house, id)), room=id)


@get("/live/leadership")
async def running_live(request: AnyRequest) -> _Stream:
    """Every running incident for leadership, live: frames of HTML."""

    def place(house: House, seen: frozenset[str]) -> Place:
        return f"leadership//{','.join(sorted(seen))}", lambda: RunningStream(house, seen)

    return await _watch(request, place)


@get("/live/board")
async def board_live(request: AnyRequest) -> _Stream:
    """The board, live: frames of HTML."""
    return await _watch(request, _list("board"))


@get("/live/signals")
async def inbox_live(request: AnyRequest) -> _Stream:
    """The inbox, live, by the filter of its address: frames of HTML."""
    return await _watch(request, _list("signals", filter_of(request.query_params.multi_items())))


@get("/api/v1/incidents/{id:str}/stream", opt={"query": ("after",)})
async def fact_stream(request: AnyRequest, id: FromPath[str]) -> _Stream:
    """The room's facts as Server-Sent Events: `event: fact`, `id:` the number; `Last-Event-ID` resumes without loss."""

    def facts(house: House, seen: frozenset[str]) -> Place:
        return f"facts/{id}", lambda: FactStream(house, id)

    return await _watch(request, facts, room=id, page=False)
