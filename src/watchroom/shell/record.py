"""`watchroom record`: the record as a whole: back-ups of it, the key that signs it, what is derived from it; and the
record itself, moved into another store."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchroom.base.errors import Refused
from watchroom.config import Settings, is_postgresql
from watchroom.config_sources import load
from watchroom.record.move import End, Moved, Told, move
from watchroom.record.opening import limits_of, signer_of
from watchroom.record.postgres_end import PostgresEnd
from watchroom.record.sqlite_end import SqliteEnd
from watchroom.shell.backup import back_up, put_back
from watchroom.shell.reach import HERE, Where, with_key
from watchroom.shell.reach import rebuild as rebuild_all
from watchroom.shell.screen import complain, progress_bar, say

commands = App(name="record", help="The record as a whole: back-ups, its key, what is derived from it.")


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


@commands.command
def key(*, where: Where = HERE) -> None:
    """Print the public key that signs this install's exports, for those who verify them. Made at first need."""
    say(asyncio.run(_key(where.settings())))


@commands.command
def backup(file: Path, /, *, where: Where = HERE) -> None:
    """Copy the record into one file, as it stands at one moment, while the server runs; the copy is verified.

    The private key that signs exports is not in it. Whoever has the file has the record: keep it as you keep that.

    Parameters
    ----------
    file
        The file to write; it must not be there yet.
    """
    settings = _embedded(where.settings())
    streams, events = back_up(settings, file)
    say(f"{file} holds the record: {events} events in {streams} streams, verified.")


@commands.command
def restore(file: Path, /, *, where: Where = HERE) -> None:
    """Put a back-up into an empty data folder. It is verified first, and the folder is left as it was if it is not
    whole.

    Parameters
    ----------
    file
        A file that `watchroom record backup` has written.
    """
    settings = _embedded(where.settings())
    streams, events = put_back(settings, file)
    say(f"{settings.folder} holds the record again: {events} events in {streams} streams, verified.")


async def _key(settings: Settings) -> str:
    async with with_key(settings) as log:
        return (await signer_of(settings, log)).key


def _embedded(settings: Settings) -> Settings:
    if settings.database:
        raise Refused(
            "This is for a record in a data folder.",
            hint="Back a database up with its own tools: docs/operations.md says how.",
        )
    return settings
