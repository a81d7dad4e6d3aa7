"""What is true of a record whatever was done: asked after every script and after every random course of commands.

Doors agree with the rooms, a signal is in one room, what is derived equals what a rebuild gives, chains hold. Never
acts.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from tests.rooms.stage import Stage
from watchroom.incident import doors
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import SOURCE_PREFIX, Inbox
from watchroom.incident.incident import CODEC as ROOM_CODEC
from watchroom.incident.incident import IMPORTED, Incident, advance, fold
from watchroom.incident.listing import Listing
from watchroom.integrations.outbox import Outbox
from watchroom.record.chain import Verifier

ALL = 1_000_000


async def broken(stage: Stage) -> list[str]:
    """Every invariant that does not hold, in words."""
    # Nothing is due any more, so the house's own timers write nothing while we look.
    while await stage.timers.fire():
        pass
    await stage.settled()
    found: list[str] = []
    for check in (_chains, _folds, _doors, _one_room, _derived):
        found += [says async for says in check(stage)]
    return found


async def _chains(stage: Stage) -> AsyncIterator[str]:
    for stream in await stage.house.log.streams(limit=ALL):
        verifier = Verifier(stream)
        verifier.feed(await stage.house.log.read(stream))
        verifier.end()
        if verifier.broken is not None:
            yield f"the chain of {stream} is broken: {verifier.broken}"


async def _folds(stage: Stage) -> AsyncIterator[str]:
    """The cached room, the room folded anew, and the room folded on from a snapshot half way are one."""
    for room in await stage.rooms():
        events = await stage.house.log.read(room)
        fresh = fold(room, events)
        # No fact of the room says so: a copy's record is as it came.
        fresh.imported = await stage.house.log.holder(IMPORTED, room) is not None
        if plain(await stage.room(room)) != plain(fresh):
            yield f"{room} as it is cached differs from its fold: {_difference(await stage.room(room), fresh)}"
        if any(event.kind == "retracted" for event in events):
            continue
        half = fold(room, events[: len(events) // 2])
        half.imported = fresh.imported
        half = msgspec.msgpack.decode(msgspec.msgpack.encode(half), type=Incident)
        for event in events[len(events) // 2 :]:
            advance(half, event, ROOM_CODEC.decode(event))
        if plain(half) != plain(fresh):
            yield f"{room} folded on from a snapshot differs: {_difference(half, fresh)}"


async def _doors(stage: Stage) -> AsyncIterator[str]:
    log = stage.house.log
    held = set(await log.holders(doors.OPEN))
    is_open = {room for room in await stage.rooms() if (await stage.room(room)).is_open}
    for room in held ^ is_open:
        status = (await stage.room(room)).status
        yield f"{room} is {status}, and its claim to be open is {'held' if room in held else 'not held'}"
    for key, room in (await log.holders(doors.GROUP)).items():
        if room not in is_open:
            yield f"the group {key!r} leads to {room}, which is {(await stage.room(room)).status}"


async def _one_room(stage: Stage) -> AsyncIterator[str]:
    """Each signal's item names a room, and that room has it, in the same state."""
    for item in stage.house.inbox.items.values():
        signal = (await stage.room(item.stream)).signals.by_id.get(item.id)
        if signal is None:
            yield f"{item.title} should be in {item.stream}, which does not have it"
        elif signal.state != item.state:
            yield f"{item.title} is {item.state} in the inbox and {signal.state} in {item.stream}"
    for item in stage.house.inbox.items.values():
        incident = await stage.room(item.stream)
        judgement = incident.judgements.by_signal.get(item.id)
        over = incident.closing.closed_at is not None or incident.resolution.resolved_at is not None
        waits = incident.declaration.declared_at is None and not over and (judgement is None or judgement.due)
        if waits != (item.triage == "open"):
            yield f"{item.title} is {item.triage} in the inbox, and its room says {judgement}"


async def _derived(stage: Stage) -> AsyncIterator[str]:
    """Inbox and listing equal those that are made anew, and those that are taken up from their rows."""
    house = stage.house
    folds = Folds(house.log)
    inbox, listing, outbox = Inbox(), Listing(folds), Outbox(folds)
    for placed in await house.log.read_all(0, ALL):
        inbox.apply(placed)
        listing.apply(placed)
        outbox.apply(placed)
    await listing.settle()
    await outbox.settle()
    await house.outbox.settle()
    for name, kept, anew in (
        ("inbox", house.inbox.items, inbox.items),
        ("kept deliveries", house.inbox.kept, inbox.kept),
        ("listing", _rows(house.listing), _rows(listing)),
        ("outbox", _letters(house.outbox), _letters(outbox)),
    ):
        if plain(kept) != plain(anew):
            yield f"the {name} differs from one made anew: {_difference(kept, anew)}"
    again = Inbox()
    again.restore({key: row for key in inbox.take_touched() if (row := inbox.row(key)) is not None})
    if plain(again.items) != plain(inbox.items) or plain(again.kept) != plain(inbox.kept):
        yield "the inbox taken up from its rows differs"
    counts = await _receipts(stage)
    for id, item in house.inbox.items.items():
        if counts.get(id, item.count) != item.count:
            yield f"{item.title} came {counts[id]} times, and the inbox counts {item.count}"


async def _receipts(stage: Stage) -> dict[str, int]:
    counts: dict[str, int] = {}
    for stream in await stage.house.log.streams(limit=ALL):
        if stream.startswith(SOURCE_PREFIX):
            for event in await stage.house.log.read(stream):
                for receipt in msgspec.json.decode(event.data or b"{}").get("receipts", []):
                    # The end of what never began is known of no signal.
                    if receipt["outcome"] != "unmatched":
                        counts[receipt["signal"]] = counts.get(receipt["signal"], 0) + 1
    return counts


def _rows(listing: Listing) -> dict[str, Any]:
    return {row.id: row for row in listing.all()}


def _letters(outbox: Outbox) -> dict[str, Any]:
    return {f"{letter.room} {letter.page}": letter for letter in outbox.all()}


def plain(value: Any) -> Any:
    """Structs as plain values, for comparing and for showing."""
    return msgspec.to_builtins(value)


def _difference(one: Any, other: Any) -> str:
    """Where two structures differ first, by path."""
    return _walk(plain(one), plain(other), "") or "nowhere"


def _walk(one: Any, other: Any, path: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            if found := _walk(one.get(key), other.get(key), f"{path}.{key}"):
                return found
        return ""
    return "" if one == other else f"{path[1:]}: {one!r} against {other!r}"
