"""The API of the inbox: signals as they stand, and a person's verdict on one.

Called by `routes`. Ingest is `ingest`'s, on the hot path.
"""

from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.detection.triage import Triage, Withdraw
from watchroom.incident.inbox import KeptDelivery, SignalItem
from watchroom.web.api.incidents import Done, done_json
from watchroom.web.house import house_of
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
)
from watchroom.web.triage.handlers import item_of


@get(
    "/api/v1/signals", opt={"query": ("state", "triage", "practice", "q", "limit", "after"), "answer": list[SignalItem]}
)
async def list_signals(request: AnyRequest) -> Response[bytes]:
    """Signals, one for each source and key for ever; those that changed last come first."""
    caller = caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 100, 1, house.settings.page_items_max)
    state = choice(request, "state", ("firing", "resolved"))
    triage = choice(request, "triage", ("open", "done"))
    practice = flag(request, "practice")
    words = request.query_params.get("q", "").casefold().split()
    after = cursor(request.query_params.get("after"))
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    seen = rooms_seen(house, caller)
    items = [
        item
        for item in house.inbox.items.values()
        if item.practice == practice
        and (item.stream in seen or not house.inbox.is_restricted(item.stream))
        and (state is None or item.state == state)
        and (triage is None or item.triage == triage)
        and all(
            word in " ".join((item.title, item.source, item.service, *item.labels.values())).casefold()
            for word in words
        )
    ]
    items.sort(key=_place, reverse=True)
    if after:
        items = [item for item in items if _place(item) < after]
    more = to_cursor(_place(items[limit - 1])) if len(items) > limit else None
    return answer({"items": items[:limit], "next": more})


def _place(item: SignalItem) -> str:
    return f"{item.since.isoformat()} {item.id}"


@post("/api/v1/signals/{id:str}/triage", status_code=200, opt={"body": Triage, "answer": Done})
async def triage_signal(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Judge a signal: false alarm, noise, duplicate, slow burn, or incident (which declares)."""
    caller = caller_of(request, "respond")
    house = house_of(request)
    body = decoded(
        await body_of(request), Triage, "The verdict", 'Send {"verdict": VERDICT, "reason": "why, in a sentence"}.'
    )
    item = await item_of(house, id, caller)
    handled = await house.rooms.triage(id, item.stream, body, actor=caller.actor, via="api")
    return answer(done_json(handled))


@post("/api/v1/signals/{id:str}/withdraw", status_code=200, opt={"body": Withdraw, "answer": Done})
async def withdraw_judgement(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Take the last verdict on a signal back, with what it brought about; it waits for a judgement again."""
    caller = caller_of(request, "respond")
    house = house_of(request)
    body = decoded(await body_of(request) or b"{}", Withdraw, "The request", 'Send {"reason": "why, in a sentence"}.')
    item = await item_of(house, id, caller)
    handled = await house.rooms.withdraw(id, body.room or item.judged_in, body.reason, actor=caller.actor, via="api")
    return answer(done_json(handled))


@get("/api/v1/signals/kept", opt={"query": ("q", "limit", "after"), "answer": list[KeptDelivery]})
async def list_kept(request: AnyRequest) -> Response[bytes]:
    """Bodies that could not be read, newest first, until somebody puts them away."""
    caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 100, 1, house.settings.page_items_max)
    words = request.query_params.get("q", "").casefold().split()
    after = cursor(request.query_params.get("after"))
    await house.projector.caught_up()
    kept = [
        each
        for each in house.inbox.kept.values()
        if all(word in f"{each.source} {each.code} {each.message}".casefold() for word in words)
    ]
    kept.sort(key=_kept_place, reverse=True)
    if after:
        kept = [each for each in kept if _kept_place(each) < after]
    more = to_cursor(_kept_place(kept[limit - 1])) if len(kept) > limit else None
    return answer({"items": kept[:limit], "next": more})


def _kept_place(kept: KeptDelivery) -> str:
    return f"{kept.at.isoformat()} {kept.source} {kept.seq:020}"
