"""The command line: names each command, loads its file when it is asked for, and says what went wrong in one line.

`watchroom --help` loads none of them. The commands stand in `shell`; their failures come here as a `WatchroomError`.
Exit status: 0 done, 1 refused or failed, 2 not understood, 130 interrupted.
"""

import contextlib
import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from watchroom import __version__
from watchroom.base.errors import WatchroomError

app = App(
    name="watchroom",
    help="One room in which a software team runs its real incidents and practises them in simulated ones.",
    version=__version__,
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    help_format="markdown",
)
app.command("watchroom.shell.serve:serve", name="serve", help="Run the server, until it is interrupted.")
app.command("watchroom.shell.token:commands", name="token", help="API tokens.")
app.command("watchroom.shell.source:commands", name="source", help="Senders of signals.")
app.command("watchroom.shell.user:commands", name="user", help="People who may sign in.")
app.command("watchroom.shell.invitation:commands", name="invitation", help="Letting people make an account.")
app.command("watchroom.shell.audit:audit", name="audit", help="Who did what about access and settings.")
app.command("watchroom.shell.team:commands", name="team", help="Teams that can be called.")
app.command("watchroom.shell.catalogue:commands", name="service", help="Services and what they need.")
app.command("watchroom.shell.profile:commands", name="profile", help="How incidents are run.")
app.command("watchroom.shell.poster:poster", name="poster", help="How you run incidents, on one sheet for the wall.")
app.command("watchroom.shell.incident:commands", name="incident", help="Incidents and their record.")
app.command("watchroom.shell.search:search", name="search", help="Find what was written down, in any room.")
app.command("watchroom.shell.importing:import_", name="import", help="Take in an exported record.")
app.command(
    "watchroom.shell.record:commands", name="record", help="The record as a whole: back-ups, its key, what is derived."
)
app.command(
    "watchroom.shell.telemetry:commands",
    name="telemetry",
    help="Recorded metrics and log lines, and files for Grafana.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A title in Chinese must not end a list on a terminal that cannot show it.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        status = app(arguments, exit_on_error=False, print_error=False)
        return status if isinstance(status, int) else 0
    except CycloptsError as error:
        return _fail(f"{error} Try --help.", 2)
    except WatchroomError as error:
        return _fail(f"{error.message} {error.hint}", 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us (`head`, `less`) has had enough; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1)


def _fail(message: str, status: int) -> int:
    print(f"watchroom: {' '.join(message.split())}", file=sys.stderr)
    return status
