"""`/search`, what the box in the head offers while somebody types, and `GET /api/v1/search`.

Called by `routes`. All three ask the same `Search` with the same viewer, so that what is offered tells no more than
what is found. What cannot be a query is said beside the box and is no error page: it is being typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get

from watchroom.base.errors import Malformed, Unavailable
from watchroom.incident.search.query import FILTERS
from watchroom.incident.search.searching import Answer
from watchroom.people.caller import Caller
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import People, render
from watchroom.web.html.template import template
from watchroom.web.http.reading import (
    AnyRequest,
    answer,
    caller_of,
    cursor,
    html,
    number,
    to_cursor,
    viewer_of,
    visit_of,
)
from watchroom.web.search.named_pages import pages_for
from watchroom.web.search.shown import Row, SearchItem, item_of, item_of_place, row_of, row_of_place

PAGE_HITS = 30
OFFERED_MAX = 7
QUERY_CHARS_MAX = 1_000
RANK_DIGITS_MAX = 19
EXAMPLES: tuple[tuple[str, str], ...] = (
    ("is:open", "everything that runs or waits"),
    ("is:over sev:1", "the gravest that are over"),
    ("from:me kind:action", "what you have put down to be done"),
    ("kind:decision", "what was decided, and why"),
    ("kind:change", "what was deployed"),
)
"""Whole searches to begin with."""


@template("pages/search.html")
@dataclass(frozen=True)
class SearchPage:
    """`/search`: everything that was written down, as far as whoever looks may see it."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    q: str
    """What was looked for."""
    rows: Sequence[Row]
    """What was found, best first."""
    places: Sequence[Row]
    """People, teams, services and pages that were found."""
    people: People
    """Names of people."""
    filters: Sequence[tuple[str, str, str]]
    """What a search can be narrowed down by: name, example, what it does."""
    examples: Sequence[tuple[str, str]]
    """Whole searches, and what they find."""
    asked: bool
    """Whether anything was looked for."""
    more: str = ""
    """The address of what ranks lower; empty: there is nothing."""
    behind: bool = False
    """Whether the newest entries may be missing."""
    problem: str = ""
    """Why it could not be looked for."""
    meant: str = ""
    """What may have been meant."""
    first: bool = True
    """Whether this is the first page of what was found."""


@template("search/offered.html")
@dataclass(frozen=True)
class Offered:
    """What the box in the head offers while somebody types."""

    q: str
    """What was typed."""
    rows: Sequence[Row]
    """What was found, best first."""
    people: People
    """Names of people."""
    filters: Sequence[tuple[str, str, str]]
    """What a search can be narrowed down by, while nothing was typed."""
    problem: str = ""
    """Why it could not be looked for."""


def text_of(request: AnyRequest) -> str:
    """What is looked for. Raises Malformed when it is too long."""
    text: str = request.query_params.get("q", "")
    if len(text) > QUERY_CHARS_MAX:
        said = f"A search is {QUERY_CHARS_MAX} characters long at most."
        raise Malformed(said, hint="Look for a few words that stand near each other.")
    return text


def below_of(request: AnyRequest) -> int | None:
    """The rank at which the page before has ended. Raises Malformed."""
    place = cursor(request.query_params.get("after"))
    if not place:
        return None
    if not (place.isascii() and place.isdigit()) or len(place) > RANK_DIGITS_MAX or int(place) >= 2**63:
        raise Malformed("after is no place in this list.", hint="Use the value of next from the page before.")
    return int(place)


async def found(request: AnyRequest, house: House, caller: Caller, limit: int) -> Answer:
    """What the request looks for. Raises Malformed, Unavailable."""
    text, below = text_of(request), below_of(request)
    return await house.search.find(text, viewer_of(caller), limit=limit, below=below, pages=pages_for(caller))


@get("/api/v1/search", opt={"query": ("q", "limit", "after"), "answer": list[SearchItem]})
async def search_api(request: AnyRequest) -> Response[bytes]:
    """Everything that was written down and that the caller may see; `q` as on the page, best first."""
    caller = caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 50, 1, house.settings.page_items_max)
    result = await found(request, house, caller, limit)
    items = [*map(item_of_place, result.places), *(item_of(hit, house.changes) for hit in result.hits)]
    more = to_cursor(str(result.next)) if result.next is not None else None
    return answer({"items": items, "next": more, "behind": result.behind})


@get("/search")
async def search_page(request: AnyRequest) -> Response[str]:
    """Everything that was written down and that the viewer may see."""
    caller = caller_of(request, "read")
    house = house_of(request)
    result, problem = None, ""
    try:
        result = await found(request, house, caller, PAGE_HITS)
    except (Malformed, Unavailable) as error:
        problem = f"{error.message} {error.hint}"
    q = request.query_params.get("q", "")[:QUERY_CHARS_MAX]
    more = ""
    if result is not None and result.next is not None:
        more = f"/search?{urlencode({'q': q, 'after': to_cursor(str(result.next))})}"
    page = SearchPage(
        visit=visit_of(request),
        q=q,
        rows=[row_of(hit, house.changes) for hit in result.hits] if result is not None else (),
        places=[row_of_place(place) for place in result.places] if result is not None else (),
        people=house.directory,
        filters=FILTERS,
        examples=EXAMPLES,
        asked=bool(q.strip()) and result is not None and not result.query.empty,
        more=more,
        behind=result is not None and result.behind,
        problem=problem,
        meant=result.query.meant if result is not None else "",
        first="after" not in request.query_params,
    )
    return html(render(page), 400 if problem else 200)


@get("/search/offered")
async def search_offered(request: AnyRequest) -> Response[str]:
    """The first few of what was found, for the box in the head."""
    caller = caller_of(request, "read")
    house = house_of(request)
    rows: list[Row] = []
    problem = ""
    try:
        result = await found(request, house, caller, OFFERED_MAX)
        rows = [*map(row_of_place, result.places[:3]), *(row_of(hit, house.changes) for hit in result.hits)]
    except (Malformed, Unavailable) as error:
        problem = f"{error.message} {error.hint}"
    q = request.query_params.get("q", "")[:QUERY_CHARS_MAX]
    shown = [row for row in rows if row.href][:OFFERED_MAX]
    return html(render(Offered(q=q, rows=shown, people=house.directory, filters=FILTERS, problem=problem)))
