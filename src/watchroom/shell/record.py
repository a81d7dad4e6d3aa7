"""`watchroom record`: the record as a whole: back-ups of it, the key that signs it, and what is derived from it."""

import asyncio
from pathlib import Path

from cyclopts import App

from watchroom.base.errors import Refused
from watchroom.config import Settings
from watchroom.operations import Nothing, signer_of
from watchroom.shell.backup import back_up, put_back
from watchroom.shell.reach import HERE, Where, ask, beside
from watchroom.shell.screen import Progress, say

ANSWER_S = 6 * 3_600.0
"""How long a server may take to rebuild a very long record."""

commands = App(name="record", help="The record as a whole: back-ups, its key, what is derived from it.")


@commands.command
def rebuild(*, where: Where = HERE) -> None:
    """Make all projections (lists, inbox) anew from the record. Nothing of the record itself changes."""
    told = Progress("Rebuilding")
    ask(where.settings(), "record.rebuild", Nothing(), type(None), answer_s=ANSWER_S, told=told)
    say("All projections are made anew.")


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
    async with beside(settings) as log:
        return (await signer_of(settings, log)).key


def _embedded(settings: Settings) -> Settings:
    if settings.database:
        raise Refused(
            "This is for a record in a data folder.",
            hint="Back a database up with its own tools: docs/operations.md says how.",
        )
    return settings
