"""The API of measures, and of timelines that are entered afterwards.

`GET /api/v1/incidents/{id}/measures`, `GET /api/v1/measures` as distributions, `POST /api/v1/incidents/enter`. Called
by `routes`. Never scores a person: measures are the incident's.
"""

from datetime import datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base.clock import parse_day_or_time
from watchroom.base.errors import Malformed
from watchroom.incident import entering
from watchroom.incident.distribution import Asked, distributions, distributions_json
from watchroom.incident.measures import measures_json
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, choice, flag, rooms_seen, viewer_of

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")


class EnteredTimeline(msgspec.Struct, frozen=True):
    """A timeline that was entered. `added` is 0 when it was here already."""

    id: str
    seq: int
    added: int
    notes: list[str]


@get("/api/v1/incidents/{id:str}/measures")
async def show_measures(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """How long it took from one milestone to another: each with its definition and evidence, or why not."""
    caller = caller_of(request, "read")
    return answer(measures_json(await house_of(request).rooms.seen(id, viewer_of(caller))))


@get("/api/v1/measures", opt={"query": ("from", "to", "severity", "service", "practice")})
async def list_measures(request: AnyRequest) -> Response[bytes]:
    """Measures over all incidents declared from `from` on and before `to`: how many, median, ninetieth percentile."""
    caller = caller_of(request, "read")
    house = house_of(request)
    since, until = _moment(request, "from"), _moment(request, "to")
    if since is not None and until is not None and until < since:
        raise Malformed("to lies before from.", hint="Give from and to in their order; to itself is not counted.")
    asked = Asked(
        since=since,
        until=until,
        severity=choice(request, "severity", SEVERITIES),
        service=request.query_params.get("service") or None,
        practice=flag(request, "practice"),
    )
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    seen = rooms_seen(house, caller)
    rows = [row for row in house.listing.all() if row.restricted is None or row.id in seen]
    return answer(distributions_json(distributions(rows, asked), asked))


def _moment(request: AnyRequest, name: str) -> datetime | None:
    text = request.query_params.get(name)
    return parse_day_or_time(text, name) if text else None


@post("/api/v1/incidents/enter", opt={"query": ("plan",), "body": "json", "answer": EnteredTimeline})
async def enter_timeline(request: AnyRequest) -> Response[bytes]:
    """Enter a timeline of something that has happened (docs/timelines.md): 201, or 200 when it is here already.

    With `plan=true` nothing is written; the answer says what would be.
    """
    caller = caller_of(request, "respond")
    house = house_of(request)
    body = await body_of(request)
    if not body:
        raise Malformed("There is no timeline in the body.", hint="docs/timelines.md shows the format.")
    made = entering.plan(body, house.clock.now(), house.settings.timeline_entries_max)
    if flag(request, "plan"):
        return answer(entering.plan_json(made))
    done = await entering.enter(
        house.log,
        made,
        clock=house.clock,
        chance=house.chance,
        actor=caller.actor,
        facts_max=house.settings.facts_per_incident_max,
    )
    # What is here already may have been restricted since.
    await house.rooms.seen(done.id, viewer_of(caller))
    found = EnteredTimeline(done.id, done.seq, done.added, done.notes)
    return answer(found, 201 if done.added else 200, {"Location": f"/api/v1/incidents/{done.id}"})
