"""What the shell says: lines and tables on standard output, one line of trouble on standard error.

Called by the commands. Never lets text from outside (an alert's title) reach the terminal as control characters.
"""

import contextlib
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

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


def say_bytes(content: bytes) -> None:
    """Bytes as they are."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """A file for its owner alone (or as `mode` says), there whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


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


LONG = 10_000
"""Work of fewer steps than this is over before anybody asks how far it is."""


class Tenths:
    """How far a long work is, as a line on standard error for each tenth of it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._last = -1

    def __call__(self, at: int, of: int) -> None:
        percent = 100 * at // max(of, 1) // 10 * 10
        if of >= LONG and percent > self._last:
            self._last = percent
            complain(f"{self._what}: {percent} % ({at} of {of})")


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something takes long; what is yielded hears how far of how much it is.

    Where standard error is no terminal, long work is told there in ten lines.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Tenths(title)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda at, of: bar.update(task, completed=at, total=of or None)


def plain(text: str) -> str:
    """The text on one line, without control characters."""
    line = " ".join(text.split())
    return "".join(letter if unicodedata.category(letter) not in ("Cc", "Cf") else "·" for letter in line)
