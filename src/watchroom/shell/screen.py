"""What the shell says: lines and tables on standard output, one line of trouble on standard error.

Called by the commands. Never lets text from outside (an alert's title) reach the terminal as control characters.
"""

import contextlib
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from watchroom.base.clock import rfc3339


def say(text: str) -> None:
    """A line on standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def say_json(value: object) -> None:
    """JSON on standard output, indented; times are RFC 3339 UTC."""
    say(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def say_lines(lines: Iterable[bytes]) -> None:
    """Bytes as they are, a line each."""
    for line in lines:
        sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def say_table(head: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Rows under a head, in aligned columns; `empty` is said when there is none."""
    cells = [[cell(each) for each in row] for row in rows]
    if not cells:
        say(empty)
        return
    widths = [max(len(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    for row in [list(head), *cells]:
        say("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def cell(value: object) -> str:
    """A value as a table shows it."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return rfc3339(value.replace(microsecond=0))
        case list() | tuple():
            return plain(", ".join(str(each) for each in value)) or "-"
        case _:
            return plain(str(value))


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something takes long; what is yielded hears how far of how much it is.

    Nothing is drawn where standard error is no terminal.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda at, of: bar.update(task, completed=at, total=of or None)


def plain(text: str) -> str:
    """The text on one line, without control characters."""
    line = " ".join(text.split())
    return "".join(letter if unicodedata.category(letter) not in ("Cc", "Cf") else "·" for letter in line)
