"""`watchroom token`: make, list and revoke API tokens."""

from typing import Annotated

from cyclopts import App, Parameter

from watchroom.operations.access import NewToken, Secret, TokenLine
from watchroom.operations.desk import Named, Nothing
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say, say_json, say_table

commands = App(name="token", help="API tokens.")


@commands.command
def create(
    name: str,
    /,
    *,
    scope: Annotated[list[str] | None, Parameter(negative=())] = None,
    person: str | None = None,
    where: Where = HERE,
) -> None:
    """Make an API token and print it, and nothing else. It is shown this once.

    Parameters
    ----------
    name
        What the token is for; with the scope `signals` it is the name of a source too.
    scope
        What it may do: read, signals, respond, drill:play, drill:facilitate or admin (which includes all); give the
        flag once for each. Without one: read.
    person
        The e-mail of the person who acts through it; without one, the token acts in its own name.
    """
    made = ask(where.settings(), "token.create", NewToken(name, scope or ["read"], person), Secret)
    say(made.secret)


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List the API tokens, without their secrets.

    Parameters
    ----------
    json
        For programs.
    """
    lines = ask(where.settings(), "token.list", Nothing(), list[TokenLine])
    if json:
        say_json({"items": lines})
        return
    say_table(
        ("NAME", "SCOPES", "PERSON", "MADE", "LAST USED"),
        [(line.name, line.scopes, line.person, line.created_at, line.last_used_at) for line in lines],
        "There is no token yet. Make one: watchroom token create NAME --scope read",
    )


@commands.command
def revoke(name: str, /, *, where: Where = HERE) -> None:
    """Take an API token away; from the next request on it is unknown.

    Parameters
    ----------
    name
        Which one.
    """
    ask(where.settings(), "token.revoke", Named(name), type(None))
    say(f"The token {name} is revoked.")
