"""`watchroom service`: the catalogue of services, so that rules and rooms know what touches what."""

from typing import Annotated

from cyclopts import App, Parameter

from watchroom.operations.desk import Named, Nothing
from watchroom.operations.directory import ServiceKept, ServiceSaid
from watchroom.people.catalogue import Service
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import complain, say, say_json, say_table

commands = App(name="service", help="Services and what they need.")


@commands.command(name="set")
def set_(
    name: str,
    /,
    *,
    depends_on: Annotated[list[str] | None, Parameter(negative=())] = None,
    team: str | None = None,
    tier: int | None = None,
    called: str | None = None,
    where: Where = HERE,
) -> None:
    """Say what a service depends on, whose it is, how much hangs on it; what is left out stays as it was.

    Parameters
    ----------
    name
        As alerts and people name it.
    depends_on
        Another service that it needs; give the flag once for each. They replace those said before; '' alone: none.
    team
        The team that looks after it; left out, the one that did so before; '' takes it away.
    tier
        How much hangs on it: 1 (customers feel it at once) to 4; 0 takes it away.
    called
        What outsiders call it; '' takes it away.
    """
    others = [] if depends_on == [""] else depends_on
    kept = ask(where.settings(), "service.set", ServiceSaid(name, others, team, tier, called), ServiceKept)
    owner = f"; {kept.service.team} looks after it" if kept.service.team else ""
    say(f"{kept.service.name} depends on {', '.join(kept.service.depends_on) or 'nothing'}{owner}.")
    for warning in kept.warnings:
        complain(f"{warning.message} {warning.hint}")


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List the services.

    Parameters
    ----------
    json
        For programs.
    """
    services = ask(where.settings(), "service.list", Nothing(), list[Service])
    if json:
        say_json({"items": services})
        return
    say_table(
        ("SERVICE", "DEPENDS ON", "TEAM", "TIER", "OUTSIDERS CALL IT"),
        [(each.name, each.depends_on, each.team, str(each.tier or ""), each.called) for each in services],
        "No service is known yet. Say one: watchroom service set checkout --depends-on payments",
    )


@commands.command
def remove(name: str, /, *, where: Where = HERE) -> None:
    """Forget a service and what it depends on; what others said to depend on it stays said.

    Parameters
    ----------
    name
        As `watchroom service list` names it.
    """
    ask(where.settings(), "service.remove", Named(name), type(None))
    say(f"{name} is not in the catalogue any more.")
