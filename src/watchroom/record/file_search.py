"""Whether a file holds any of some texts, searched by a process of its own: `search(path, texts)`.

A process that closes a file loses every POSIX lock that it has on it, whatever else in it has the file open
(source: SQLite, "How To Corrupt An SQLite Database File", POSIX advisory locks are cancelled by a thread that does a
close()). The record's file is locked by SQLite all the time; another process that opens it would then think that it
is the last one, and take the write-ahead log away with what is only there. So the file is never opened here.
Called by `sqlite_scrub`. Run as a file, it imports nothing of the house, so that it starts in milliseconds.
"""

import mmap
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOUND = 3
NOT_FOUND = 4


def search(path: Path, texts: Sequence[bytes]) -> bool | None:
    """Whether the file at `path` contains any of the texts; None where the search did not come to its end."""
    if not texts:
        return False
    ended = subprocess.run(  # noqa: S603 - our own interpreter with our own file
        [sys.executable, "-I", "-S", __file__, str(path)],
        input="\n".join(text.hex() for text in texts),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return {FOUND: True, NOT_FOUND: False}.get(ended.returncode)


def _contains(path: str, texts: Sequence[bytes]) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than the search of a small file
        if file.seek(0, 2) == 0:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(text) >= 0 for text in texts)


if __name__ == "__main__":
    sys.exit(FOUND if _contains(sys.argv[1], [bytes.fromhex(line) for line in sys.stdin.read().split()]) else NOT_FOUND)
