"""Operations on the record as a whole: take an export in, make the projections anew, say who has it.

Called by `every`. Never prints.
"""

import asyncio
from pathlib import Path

import msgspec

from watchroom.base.errors import Unavailable
from watchroom.incident.importing import Imported, import_events
from watchroom.operations.desk import ACTOR, VIA, Desk, Nothing, Operation
from watchroom.record.export import read_file


class Pong(msgspec.Struct, frozen=True):
    """The server is there."""

    base_url: str


class Progress(msgspec.Struct, frozen=True):
    """How far of how many positions the rebuild is that runs just now; 0 of 0 while none does."""

    at: int
    of: int


class ExportedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exported record to be taken in."""

    path: str
    """Absolute: the server has a working folder of its own."""
    key: str | None = None
    """The public key that must have signed it, as hexadecimal digits."""


async def ping(desk: Desk, params: Nothing) -> Pong:
    """Say that the server is there, and where."""
    return Pong(desk.base_url)


async def import_record(desk: Desk, params: ExportedFile) -> Imported:
    """Take an exported record in."""
    log, clock = desk.record()
    head, events = await asyncio.to_thread(read_file, Path(params.path), params.key, desk.import_bytes_max)
    done = await import_events(log, head, events, now=clock.now(), actor=ACTOR, via=VIA, facts_max=desk.facts_max)
    if desk.projector is not None:
        await desk.projector.caught_up(done.position)
    return done


async def rebuild_record(desk: Desk, params: Nothing) -> None:
    """Make all projections anew."""
    if desk.rebuild is None:
        raise Unavailable("There is nothing to rebuild here.")

    def told(at: int, of: int) -> None:
        desk.progress[:] = [(at, of)]
        desk.told(at, of)

    try:
        await desk.rebuild(told)
    finally:
        desk.progress.clear()


async def rebuild_progress(desk: Desk, params: Nothing) -> Progress:
    """How far the rebuild is that runs just now."""
    return Progress(*desk.progress[0]) if desk.progress else Progress(0, 0)


OPERATIONS = {
    "ping": Operation(Nothing, ping),
    "record.import": Operation(ExportedFile, import_record, begins=True),
    "record.rebuild": Operation(Nothing, rebuild_record),
    "record.progress": Operation(Nothing, rebuild_progress),
}
