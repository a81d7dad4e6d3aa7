"""`watchroom user`: the people who may sign in."""

from cyclopts import App

from watchroom.operations.access import Link, NewUser
from watchroom.operations.desk import Named
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say

commands = App(name="user", help="People who may sign in.")


@commands.command
def create(email: str, /, *, name: str = "", admin: bool = False, where: Where = HERE) -> None:
    """Make an account, if the person has none yet, and print a one-time sign-in link.

    Parameters
    ----------
    email
        Who it is for.
    name
        The name that others see; by default the part before the @.
    admin
        May do everything: tokens, sources and people too.
    """
    say(ask(where.settings(), "user.create", NewUser(email, name, admin), Link).url)


@commands.command
def link(email: str, /, *, where: Where = HERE) -> None:
    """Print another one-time sign-in link for a person who has an account.

    Parameters
    ----------
    email
        Who it is for.
    """
    say(ask(where.settings(), "user.link", Named(email), Link).url)
