"""`watchroom record`: what is derived from the record, made anew."""

from cyclopts import App

from watchroom.operations import Nothing
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say

commands = App(name="record", help="What is derived from the record.")


@commands.command
def rebuild(*, where: Where = HERE) -> None:
    """Make all projections (lists, inbox) anew from the record. Nothing of the record itself changes."""
    ask(where.settings(), "record.rebuild", Nothing(), type(None))
    say("All projections are made anew.")
