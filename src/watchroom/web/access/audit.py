"""`/settings/audit` and `GET /api/v1/audit`: who did what about access and settings, when, and from where.

Called by `routes`. For admins. Filters are plain query parameters, so that a view can be kept as a link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from litestar import Response, get

from watchroom.base.clock import parse_day_or_time
from watchroom.base.errors import Malformed
from watchroom.incident.audit import AREAS, Area, AuditItem, Wanted
from watchroom.web.access.audit_words import AREA_WORDS, sentence
from watchroom.web.house import house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import People, render
from watchroom.web.html.template import template
from watchroom.web.http.reading import (
    AnyRequest,
    answer,
    caller_of,
    choice,
    cursor,
    html,
    number,
    to_cursor,
    visit_of,
)

PAGE_ITEMS = 100
FILTERS = ("who", "area", "since", "until", "q")


@dataclass(frozen=True)
class AuditRow:
    """One act, as the page shows it."""

    at: datetime
    says: str
    area: str
    actor: str
    """Who did it, as names are looked up."""
    via: str
    origin: str
    room: str
    """The room that it is about, or empty."""


@template("pages/audit.html")
@dataclass(frozen=True)
class AuditPage:
    """`/settings/audit`: every act of access and settings, newest first."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    rows: Sequence[AuditRow]
    """What was found."""
    areas: Sequence[tuple[Area, str]]
    """What acts can be about, to choose from."""
    people: People
    """Names of people."""
    filters: dict[str, str]
    """What was looked for, by field."""
    older: str = ""
    """The address of what is older; empty: there is nothing."""
    problem: str = ""
    """Why it could not be looked for."""


def wanted_of(request: AnyRequest) -> Wanted:
    """What the query looks for. A day as `until` is looked for whole. Raises Malformed."""
    query = request.query_params
    since, until = query.get("since", ""), query.get("until", "")
    end = parse_day_or_time(until, "until") if until else None
    if end is not None and len(until) == len("2026-11-25"):
        end += timedelta(days=1)
    return Wanted(
        who=query.get("who", "")[:300],
        area=choice(request, "area", AREAS) or "",
        since=parse_day_or_time(since, "since") if since else None,
        until=end,
        q=query.get("q", "")[:300],
    )


async def _found(request: AnyRequest, wanted: Wanted, limit: int) -> tuple[list[AuditItem], str]:
    """The newest that are wanted, and the place from which the next page goes on."""
    house = house_of(request)
    after = cursor(request.query_params.get("after"))
    await house.projector.caught_up()
    items: list[AuditItem] = []
    for item in house.audit.newest(wanted, after):
        if len(items) == limit:
            return items, to_cursor(items[-1].id)
        items.append(item)
    return items, ""


@get("/api/v1/audit", opt={"query": (*FILTERS, "limit", "after"), "answer": list[AuditItem]})
async def list_audit(request: AnyRequest) -> Response[bytes]:
    """Every act of access and settings, the newest first; `who`, `area`, `since`, `until` and `q` narrow it."""
    caller_of(request, "admin")
    limit = number(request, "limit", 100, 1, house_of(request).settings.page_items_max)
    items, more = await _found(request, wanted_of(request), limit)
    return answer({"items": items, "next": more or None})


@get("/settings/audit")
async def audit_page(request: AnyRequest) -> Response[str]:
    """Who did what about access and settings, when, and from where."""
    caller_of(request, "admin")
    house = house_of(request)
    filters = {name: request.query_params.get(name, "") for name in FILTERS}
    items: list[AuditItem] = []
    more = problem = ""
    try:
        items, more = await _found(request, wanted_of(request), PAGE_ITEMS)
    except Malformed as error:
        problem = f"{error.message} {error.hint}"
    kept = {name: value for name, value in filters.items() if value}
    page = AuditPage(
        visit=visit_of(request),
        rows=[audit_row(item, house.directory) for item in items],
        areas=list(AREA_WORDS.items()),
        people=house.directory,
        filters=filters,
        older=f"/settings/audit?{urlencode({**kept, 'after': more})}" if more else "",
        problem=problem,
    )
    return html(render(page), 400 if problem else 200)


def audit_row(item: AuditItem, people: People) -> AuditRow:
    """An act, as the page shows it."""
    source = item.stream.removeprefix("source:") if item.stream.startswith("source:") else ""
    says = sentence(item, people)
    return AuditRow(
        at=item.at,
        says=f"{source}: {says}" if source else says,
        area=AREA_WORDS[item.area],
        actor=item.actor.removeprefix("person:"),
        via=item.via,
        origin=item.origin,
        room=item.stream if item.area == "rooms" else "",
    )
