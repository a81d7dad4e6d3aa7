"""The real programs that tests talk to: where they are, and what happens when one is absent.

A test asks `require_peer("prometheus")` (or carries `@pytest.mark.peer("prometheus")`) and gets the program's path,
or is skipped; `WATCHROOM_REQUIRE_PEERS=1` turns the skip into a failure, as `.ci/run` wants it. What was missing is
said once, loudly, at the end of the run (tests/conftest.py). Never installs anything, never starts anything.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

INSTALL: Final = (
    "sudo apt-get install -y --no-install-recommends "
    "chromium chromium-driver prometheus prometheus-alertmanager postgresql curl"
)

# Peer -> names its program goes by: Debian's first, the project's own second.
PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "amtool": ("amtool",),
    "chromedriver": ("chromedriver",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "curl": ("curl",),
    "initdb": ("initdb",),
    "pg_ctl": ("pg_ctl",),
    "postgresql": ("postgres",),
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
}

# Debian keeps PostgreSQL's own programs out of the search path, one folder for each major version.
POSTGRES_FOLDER: Final = Path("/usr/lib/postgresql")

EXAM: Final = Path(__file__).resolve().parents[2] / "shared" / "exam"

missing: set[str] = set()


def required() -> bool:
    """Whether an absent peer is a failure."""
    return os.environ.get("WATCHROOM_REQUIRE_PEERS", "") not in {"", "0"}


def _debian_postgres() -> Iterable[str]:
    def major(folder: Path) -> tuple[bool, int]:
        return (folder.parent.name.isdecimal(), int(folder.parent.name) if folder.parent.name.isdecimal() else 0)

    return (str(folder) for folder in sorted(POSTGRES_FOLDER.glob("*/bin"), key=major, reverse=True))


def find_peer(name: str) -> Path | None:
    """The program of that peer, or None."""
    if name not in PROGRAMS:
        raise LookupError(f"no peer is called {name!r}; known: {', '.join(PROGRAMS)}")
    search = os.pathsep.join([*_debian_postgres(), os.environ.get("PATH", os.defpath), "/usr/sbin"])
    for program in PROGRAMS[name]:
        found = shutil.which(program, path=search)
        if found is not None:
            return Path(found)
    return None


def require_peer(name: str) -> Path:
    """The program of that peer; skips the test without it, or fails it where peers are required."""
    found = find_peer(name)
    if found is not None:
        return found
    missing.add(name)
    sentence = f"needs the real {name}, which is not installed: {INSTALL}"
    if required():
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def require_exam(name: str) -> Path:
    """A file or folder of the real material kept outside this repository; skips the test without it."""
    path = Path(os.environ.get("WATCHROOM_EXAM") or EXAM) / name
    if not path.exists():
        pytest.skip(f"needs {name} of the exam material, which no clone has: set WATCHROOM_EXAM to its folder")
    return path


def shout() -> str:
    """The loud line for the end of a run in which peers were missing; empty when none was."""
    if not missing:
        return ""
    return f"NOT TESTED against {', '.join(sorted(missing))}. Install the real thing, once: {INSTALL}"
