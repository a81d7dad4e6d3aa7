"""`watchroom team`: who is in which team, so that a team can be called."""

from cyclopts import App

from watchroom.operations.desk import Nothing
from watchroom.operations.directory import TeamKept, TeamLine, TeamRenaming, TeamSaid
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import complain, say, say_json, say_table

commands = App(name="team", help="Teams that can be called.")


@commands.command(name="set")
def set_(name: str, /, *members: str, where: Where = HERE) -> None:
    """Say who is in a team, in place of who was; without members the team is dissolved.

    Parameters
    ----------
    name
        What people call it.
    members
        Their e-mails; each is called when the team is.
    """
    kept = ask(where.settings(), "team.set", TeamSaid(name, list(members)), TeamKept)
    say(f"{name}: {', '.join(members) or 'dissolved'}.")
    for warning in kept.warnings:
        complain(f"{warning.message} {warning.hint}")


@commands.command
def rename(name: str, to: str, /, *, where: Where = HERE) -> None:
    """Call a team otherwise; what it looks after, and what the record says of it, goes with it.

    Parameters
    ----------
    name
        What it is called now.
    to
        What it is called from now on.
    """
    ask(where.settings(), "team.rename", TeamRenaming(name, to), type(None))
    say(f"{name} is called {to} now.")


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List the teams.

    Parameters
    ----------
    json
        For programs.
    """
    lines = ask(where.settings(), "team.list", Nothing(), list[TeamLine])
    if json:
        say_json({"items": lines})
        return
    say_table(
        ("TEAM", "MEMBERS"),
        [(line.name, list(line.members)) for line in lines],
        "There is no team yet. Make one: watchroom team set payments ana@example.com bo@example.com",
    )
