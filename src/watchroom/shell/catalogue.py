"""`watchroom service`: what the company runs, so that two changes that touch each other are noticed."""

from typing import Annotated

from cyclopts import App, Parameter

from watchroom.operations import Nothing
from watchroom.people.composition import ServiceLine, ServiceSaid
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say, say_json, say_table

commands = App(name="service", help="Services and what they depend on.")


@commands.command(name="set")
def set_(
    name: str,
    /,
    *,
    depends_on: Annotated[list[str] | None, Parameter(negative=())] = None,
    team: str = "",
    where: Where = HERE,
) -> None:
    """Say what a service depends on, in place of what was said before.

    Parameters
    ----------
    name
        As alerts and people name it.
    depends_on
        Another service that it needs; give the flag once for each.
    team
        The team that looks after it.
    """
    ask(where.settings(), "service.set", ServiceSaid(name, depends_on or [], team), type(None))
    say(f"{name} depends on {', '.join(depends_on or []) or 'nothing'}.")


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List the services.

    Parameters
    ----------
    json
        For programs.
    """
    lines = ask(where.settings(), "service.list", Nothing(), list[ServiceLine])
    if json:
        say_json({"items": lines})
        return
    say_table(
        ("SERVICE", "DEPENDS ON", "TEAM"),
        [(line.name, list(line.depends_on), line.team) for line in lines],
        "No service is known yet. Say one: watchroom service set checkout --depends-on payments",
    )
