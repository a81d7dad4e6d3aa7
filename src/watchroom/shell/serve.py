"""`watchroom serve`: the server."""

from typing import Annotated

from cyclopts import Parameter

from watchroom.app import serve as run_server
from watchroom.base.logs import Format, Level
from watchroom.config import Settings, base_url
from watchroom.people.credential import Credentials
from watchroom.shell.reach import HERE, Where
from watchroom.shell.screen import say


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    demo: Annotated[bool | None, Parameter(negative=())] = None,
    log_format: Format | None = None,
    log_level: Level | None = None,
    where: Where = HERE,
) -> None:
    """Run the server, until it is interrupted.

    Parameters
    ----------
    host
        The address to listen on; by default 127.0.0.1, which only this machine reaches.
    port
        The port to listen on; by default 8710. 0 picks a free one.
    demo
        Show a demo company, and print a sign-in link at each start.
    log_format
        Log lines on standard error as text, for people, or as JSON, for programs.
    log_level
        The least weighty lines that are logged; by default warnings and errors.
    """
    settings = where.settings(host=host, port=port, demo=demo, log_format=log_format, log_level=log_level)
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def listening(port: int, credentials: Credentials) -> None:
        await welcome(settings, port, credentials)

    run_server(settings, listening)


async def welcome(settings: Settings, port: int, credentials: Credentials) -> None:
    """Say where the server listens and, at the first start and in a demo, how its owner signs in."""
    say(f"Watchroom listens on {base_url(settings, port)}")
    if settings.demo or not credentials.accounts.all():
        owner = await credentials.owner()
        path = await credentials.sign_in_link(owner.email)
        say(f"Sign in as {owner.email}, once:")
        say(base_url(settings, port) + path)
