"""The API's list of changes that tools have reported.

Called by `routes`. Changes come in by `ingest`, from senders of change events.
"""

from litestar import Response, get

from watchroom.incident.changes import ChangeItem
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, caller_of, cursor, number, to_cursor


@get("/api/v1/changes", opt={"query": ("q", "limit", "after"), "answer": list[ChangeItem]})
async def list_changes(request: AnyRequest) -> Response[bytes]:
    """Changes that tools have reported: deployments, configurations, flags; the newest come first."""
    caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 100, 1, house.settings.page_items_max)
    words = request.query_params.get("q", "").casefold().split()
    after = cursor(request.query_params.get("after"))
    await house.projector.caught_up()
    items = [
        item
        for item in house.changes.items.values()
        if all(word in f"{item.summary} {item.source} {item.service}".casefold() for word in words)
    ]
    items.sort(key=_place, reverse=True)
    if after:
        items = [item for item in items if _place(item) < after]
    more = to_cursor(_place(items[limit - 1])) if len(items) > limit else None
    return answer({"items": items[:limit], "next": more})


def _place(item: ChangeItem) -> str:
    return f"{item.changed_at.isoformat()} {item.id}"
