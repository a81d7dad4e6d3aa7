"""`watchroom record`: what is derived from the record, made anew; and the record itself, moved into another store."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchroom.base.errors import Refused
from watchroom.config import Settings, is_postgresql, load
from watchroom.record.move import End, Moved, Told, move
from watchroom.record.opening import limits_of
from watchroom.record.postgres_end import PostgresEnd
from watchroom.record.sqlite_end import SqliteEnd
from watchroom.shell.reach import HERE, Where
from watchroom.shell.reach import rebuild as rebuild_all
from watchroom.shell.screen import complain, progress_bar, say

commands = App(name="record", help="The record, and what is derived from it.")


@commands.command
def rebuild(*, where: Where = HERE) -> None:
    """Make all projections (lists, inbox) anew from the record. Nothing of the record itself changes."""
    with progress_bar("Making the projections anew") as told:
        rebuild_all(where.settings(), told)
    say("All projections are made anew.")


@commands.command(name="move")
def move_(
    *,
    from_: Annotated[str, Parameter(name="--from")],
    to: str,
    damaged: Annotated[bool, Parameter(negative=())] = False,
    config: Path | None = None,
) -> None:
    """Copy the record from one store into another, empty one, and verify it there. Where it comes from it stays.

    Stop every server on both first. All of it is moved or nothing: a move that was interrupted is begun again.

    Parameters
    ----------
    from_
        Where the record is: a data folder, or a postgresql:// URL.
    to
        Where it shall be: a data folder, or a postgresql:// URL.
    damaged
        Move it even though its chain does not hold; what is broken stays broken.
    config
        A watchroom.toml, for the organisation and the times of a database.
    """
    settings = load({"data": "" if is_postgresql(to) else to}, config)
    if _same(from_, to):
        raise Refused(
            "The record cannot be moved into itself.", hint="Give two places, one with --from and one with --to."
        )
    with progress_bar("Moving the record") as told:
        moved = asyncio.run(_move(settings, from_, to, told, damaged))
    say(
        f"Moved and verified: {moved.events} events in {moved.streams} streams, {moved.claims} claims, "
        f"{moved.rows} rows; sha256 {moved.sha256}"
    )
    if moved.broken is not None:
        complain(f"It was damaged before: event {moved.broken.seq} of {moved.broken.stream} {moved.broken.why}.")


def _same(one: str, other: str) -> bool:
    if is_postgresql(one) or is_postgresql(other):
        return one == other
    return Path(one).expanduser().resolve() == Path(other).expanduser().resolve()


def _end(settings: Settings, place: str, *, writes: bool) -> End:
    if is_postgresql(place):
        return PostgresEnd(place, settings.organisation, limits_of(settings), writes=writes)
    folder = Path(place).expanduser().absolute()
    return SqliteEnd(folder / settings.record_path.name, settings.organisation, writes=writes)


async def _move(settings: Settings, from_: str, to: str, told: Told, damaged: bool) -> Moved:
    async with _end(settings, from_, writes=False) as source, _end(settings, to, writes=True) as target:
        return await move(source, target, told, damaged=damaged)
