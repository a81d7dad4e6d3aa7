"""Operations on the past: a timeline of something that has happened becomes an incident.

Called by `every`. Never prints.
"""

import asyncio
from pathlib import Path

import msgspec

from watchroom.base.errors import Unavailable
from watchroom.incident import entering
from watchroom.operations.desk import ACTOR, Desk, Operation


class TimelineFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A timeline to be entered."""

    path: str
    """Absolute: the server has a working folder of its own."""
    actor: str = ACTOR
    """Who enters it."""


async def enter_timeline(desk: Desk, params: TimelineFile) -> entering.Done:
    """Enter a timeline of something that has happened."""
    log, clock = desk.record()
    if desk.chance is None:
        raise Unavailable("Nothing can be entered here.")
    body = await asyncio.to_thread(entering.file_body, Path(params.path), desk.import_bytes_max)
    made = entering.plan(body, clock.now(), desk.timeline_entries_max)
    done = await entering.enter(
        log, made, clock=clock, chance=desk.chance, actor=params.actor, facts_max=desk.facts_max
    )
    if desk.projector is not None:
        await desk.projector.caught_up(done.position)
    return done


OPERATIONS = {"incident.enter": Operation(TimelineFile, enter_timeline, begins=True)}
