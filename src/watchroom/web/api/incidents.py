"""The API of incidents: declare, list, read, command, follow. The names are the contract's.

Called by `routes`. Bodies are decoded by the same types that the domain uses; answers are put together from stored
bytes where they can be.
"""

from datetime import timedelta
from typing import Annotated, get_args

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base import shape
from watchroom.base.command import Caution, Id
from watchroom.base.errors import Malformed
from watchroom.communication.brief import BriefFor, brief
from watchroom.detection.declaration import Declare
from watchroom.incident import commands
from watchroom.incident.flow import flow_json
from watchroom.incident.gaps import Practised, gaps
from watchroom.incident.handle import Handled
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.summary import Summary
from watchroom.incident.view import incident_json
from watchroom.people.caller import Caller
from watchroom.record.codec import event_json
from watchroom.review.recovery import policy_of, tolls
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import (
    AnyRequest,
    answer,
    body_of,
    caller_of,
    choice,
    cursor,
    decoded,
    flag,
    number,
    rooms_seen,
    to_cursor,
    viewer_of,
)

STATUSES = ("triage", "declared", "mitigated", "resolved", "closed", "dismissed")
EVENTS_MAX = 1_000
PRACTICE_COUNTS_FOR = timedelta(days=180)


class DeclareBody(Declare, frozen=True, kw_only=True, tag_field=None, tag=None):
    """The body of `POST /api/v1/incidents`: a title is enough."""

    stream: Annotated[Id | None, msgspec.Meta(description="Declare in this room instead of a new one.")] = None


class Done(msgspec.Struct, frozen=True):
    """What a command did."""

    events: list[msgspec.Raw]
    seq: int
    warnings: tuple[Caution, ...]
    id: str | None = None


class Opened(msgspec.Struct, frozen=True):
    """A declared incident."""

    id: str
    seq: int
    warnings: tuple[Caution, ...]


def idempotency_key(request: AnyRequest) -> str | None:
    """The `Idempotency-Key` header, if there is one."""
    return request.headers.get("idempotency-key")


@post("/api/v1/incidents", opt={"body": DeclareBody, "answer": Opened})
async def declare(request: AnyRequest) -> Response[bytes]:
    """Declare an incident, in a new room or in the one named by `stream`."""
    caller = caller_of(request, "respond")
    house = house_of(request)
    body = await body_of(request)
    asked = decoded(body or b"{}", DeclareBody, "The body", 'Send {"title": "UK customers cannot check out"}.')
    if asked.stream is None and not asked.title:
        raise Malformed("The incident has no title.", hint='Send {"title": "UK customers cannot check out"}.')
    fields = msgspec.structs.asdict(asked)
    stream = fields.pop("stream")
    command = Declare(**fields)
    key = idempotency_key(request)
    if stream is None:
        handled = await house.rooms.declare_new(command, actor=caller.actor, via="api", idempotency_key=key)
    else:
        admin = caller.may("admin")
        handled = await house.rooms.command(
            stream, command, actor=caller.actor, via="api", idempotency_key=key, admin=admin
        )
    house.metrics.commands.labels("declare").inc()
    opened = Opened(handled.room, handled.seq, handled.warnings)
    return answer(opened, 201, {"Location": f"/api/v1/incidents/{handled.room}"})


@get(
    "/api/v1/incidents",
    opt={"query": ("status", "severity", "service", "practice", "q", "limit", "after"), "answer": list[Summary]},
)
async def list_incidents(request: AnyRequest) -> Response[bytes]:
    """Incidents, newest first; practice only with `practice=true`, when nothing else is shown."""
    caller = caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 100, 1, house.settings.page_items_max)
    status = choice(request, "status", STATUSES)
    severity = choice(request, "severity", ("SEV1", "SEV2", "SEV3", "SEV4"))
    practice = flag(request, "practice")
    service = request.query_params.get("service")
    words = request.query_params.get("q", "").casefold().split()
    after = cursor(request.query_params.get("after"))
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    seen = rooms_seen(house, caller)
    rows = [
        row
        for row in house.listing.all()
        if row.practice == practice
        and (row.restricted is None or row.id in seen)
        and (status is None or row.status == status)
        and (severity is None or row.severity == severity)
        and (not service or service in row.services)
        and all(word in f"{row.id} {row.title} {row.impact} {' '.join(row.services)}".casefold() for word in words)
    ]
    rows.sort(key=_place, reverse=True)
    if after:
        rows = [row for row in rows if _place(row) < after]
    more = to_cursor(_place(rows[limit - 1])) if len(rows) > limit else None
    return answer({"items": rows[:limit], "next": more})


def _place(row: Summary) -> str:
    return f"{row.opened_at.isoformat() if row.opened_at else ''} {row.id}"


@get("/api/v1/incidents/{id:str}")
async def show_incident(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """One incident as it stands."""
    caller = caller_of(request, "read")
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    recovered = tolls(incident.recovery, policy_of(house.settings), house.directory.time_zone)
    return answer(incident_json(incident, recovered))


@get("/api/v1/incidents/{id:str}/events", opt={"query": ("after", "limit")})
async def list_events(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """The room's events in order, from `after` on."""
    caller = caller_of(request, "read")
    house = house_of(request)
    after = number(request, "after", 0, 0, 2**53)
    limit = number(request, "limit", EVENTS_MAX, 1, EVENTS_MAX)
    # One more than is shown says whether there are more, whatever this process has heard of.
    read = await house.log.read(id, after, limit + 1)
    # Asked after the reading: what was restricted meanwhile is not shown.
    await house.rooms.seen(id, viewer_of(caller))
    events = read[:limit]
    more = b'"%d"' % events[-1].seq if len(read) > limit else b"null"
    return answer(b'{"items":[%b],"next":%b}' % (b",".join(map(event_json, events)), more))


@post("/api/v1/incidents/{id:str}/commands", status_code=200, opt={"body": "command", "answer": Done})
async def give_command(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Give one command; see `GET /api/v1/commands`."""
    caller = caller_of(request, "respond")
    house = house_of(request)
    body = await body_of(request)
    try:
        command = commands.decode(body)
    except (UnicodeDecodeError, RecursionError) as error:
        says = shape.wrong(error, dict)
        raise Malformed(f"The body is no command: {says}.", hint="See GET /api/v1/commands.") from error
    handled = await house.rooms.command(
        id,
        command,
        actor=caller.actor,
        via="api",
        idempotency_key=idempotency_key(request),
        admin=caller.may("admin"),
    )
    house.metrics.commands.labels(type(command).__struct_config__.tag).inc()
    return answer(done_json(handled))


def done_json(handled: Handled) -> bytes:
    """What a command did, with its events from their stored bytes."""
    events = b",".join(map(event_json, handled.events))
    warnings = msgspec.json.encode(handled.warnings)
    return b'{"events":[%b],"seq":%d,"warnings":%b}' % (events, handled.seq, warnings)


@get("/api/v1/commands")
async def list_commands(request: AnyRequest) -> Response[bytes]:
    """Every command with its JSON Schema."""
    caller_of(request, "read")
    return answer({"items": commands.schemas(), "next": None})


@get("/api/v1/incidents/{id:str}/brief", opt={"query": ("for",)})
async def show_brief(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """What to know, made from the record: the same for whoever takes a role over (`role`) or comes in (`joiner`)."""
    caller = caller_of(request, "read")
    house = house_of(request)
    whom: BriefFor = "role" if choice(request, "for", get_args(BriefFor)) == "role" else "joiner"
    incident = await house.rooms.seen(id, viewer_of(caller))
    lines = brief(incident, house.directory.name)
    text = "\n".join(map(str, lines))
    return answer({"for": whom, "text": text, "lines": lines, "seq": incident.seq})


@get("/api/v1/incidents/{id:str}/flow")
async def show_flow(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """The six cycles: owner, last fact, open decisions, what is due."""
    caller = caller_of(request, "read")
    return answer(flow_json(await house_of(request).rooms.seen(id, viewer_of(caller))))


@get("/api/v1/incidents/{id:str}/gaps")
async def show_gaps(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """The six gaps that the room's history shows, each with its evidence."""
    caller = caller_of(request, "read")
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    practised = await _practised(house, incident, caller)
    events = await house.log.read(id)
    incident = await house.rooms.seen(id, viewer_of(caller))
    taken_back = set(incident.retractions.seqs)
    history = [(event, CODEC.decode(event)) for event in events if event.seq not in taken_back]
    known = [(event, fact) for event, fact in history if fact is not None]
    return answer({"items": gaps(incident, known, practised)})


def _took_part(incident: Incident) -> set[str]:
    return {*incident.presence.since, *(holding.person for holding in incident.roles.held.values())}


async def _practised(house: House, incident: Incident, caller: Caller) -> Practised | None:
    """Practice before this incident, of which the caller sees, in which somebody of it took part; None without any."""
    await house.projector.caught_up()
    await house.listing.settle()
    seen = rooms_seen(house, caller)
    rooms = [row for row in house.listing.all() if row.practice and (row.restricted is None or row.id in seen)]
    if not rooms:
        return None
    until = incident.declaration.declared_at or incident.declaration.opened_at
    found = []
    for row in sorted(rooms, key=_place, reverse=True):
        if row.opened_at is None or until is None or not until - PRACTICE_COUNTS_FOR <= row.opened_at <= until:
            continue
        if _took_part(incident) & _took_part(await house.rooms.room(row.id)):
            found.append(row.id)
    return Practised(found)
