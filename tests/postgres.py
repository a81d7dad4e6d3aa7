"""A real PostgreSQL of the test run's own: a cluster in a temporary folder, reached by a Unix socket only.

`cluster()` starts it at its first use (or skips the test where PostgreSQL is not installed) and `stop()` ends it with
the run; `Cluster.database()` makes an empty database. By hand: `python -m tests.postgres` runs one until it is
interrupted and prints its URL. PostgreSQL refuses to run as root: its programs are then started as a user who may do
nothing else.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import quote

from tests.peers import require_peer

READY_S = 60
OWNER = "watchroom"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "512MB",
    "logging_collector": "off",
    "log_min_messages": "fatal",
    "autovacuum_naptime": "10s",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
"""For tests that never crash the server: `synchronous_commit` stays as it is, since the record asks for it."""


class Cluster:
    """One PostgreSQL server with its data. `durable` as in production; without, quicker and not to be crashed."""

    def __init__(self, programs: Path, *, durable: bool) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="wr-pg-"))
        self._user: str | None = None
        if os.geteuid() == 0:
            self._user = _unprivileged()
            shutil.chown(self.folder, self._user)
        self._settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
        self._numbers = itertools.count(1)
        self.data = self.folder / "data"
        self._run(
            "initdb",
            *("-D", str(self.data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"),
            *([] if durable else ["--no-sync"]),
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {name}={value!r}" for name, value in self._settings.items())
        options += f" -k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-D", str(self.data), "-w", "-t", str(READY_S), "-o", options, "-l", log)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` in good order, `immediate` as if the machine had lost its power."""
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w", "-t", str(READY_S))

    @property
    def running(self) -> bool:
        """Whether there is a server process."""
        return (self.data / "postmaster.pid").exists()

    def remove(self) -> None:
        """Stop it, whatever its state, and take its folder away."""
        if self.running:
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres", folder: Path | None = None) -> str:
        """The URL of a database; `folder` is where the socket lies, if it is not the server's own (a proxy's)."""
        return f"postgresql://{OWNER}@/{database}?host={quote(str(folder or self.folder), safe='/')}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for a statement: rows a line, columns parted by `|`."""
        return self._run("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database))

    def cut(self, url: str) -> None:
        """End every connection to a database but the one that asks for it."""
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            database_of(url),
        )

    def run_file(self, script: Path, database: str) -> None:
        """Have psql run a script, such as a dump."""
        text = script.read_text(encoding="utf-8")
        self._run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url(database), given=text)

    def dump(self, database: str, *options: str) -> str:
        """What pg_dump writes."""
        return self._run("pg_dump", *options, self.url(database))

    def _run(self, program: str, *arguments: str, given: str = "") -> str:
        # Files, not pipes: the server inherits them and keeps them open.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as trouble:
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                input=given.encode(),
                stdout=out,
                stderr=trouble,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGCONNECT_TIMEOUT": "30"},
                user=self._user,
                group=None if self._user is None else pwd.getpwnam(self._user).pw_gid,
                extra_groups=None if self._user is None else [],
                check=False,
                start_new_session=True,
            )
            out.seek(0)
            trouble.seek(0)
            if done.returncode != 0:
                said = trouble.read().decode(errors="replace")
                raise RuntimeError(f"{program} {' '.join(arguments)} failed: {said}")
            return out.read().decode()


def database_of(url: str) -> str:
    """The name of the database in one of our URLs."""
    return url.rpartition("?")[0].rpartition("/")[2]


def _unprivileged() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def new_cluster(*, durable: bool) -> Cluster:
    """A cluster that runs; the caller removes it. Skips the test where PostgreSQL is not installed."""
    made = Cluster(require_peer("postgresql").parent, durable=durable)
    try:
        made.start()
    except BaseException:
        made.remove()
        raise
    return made


@cache
def cluster() -> Cluster:
    """The run's own, for every test that never crashes it."""
    return new_cluster(durable=False)


def stop() -> None:
    """End the run's own, if it was started."""
    if cluster.cache_info().currsize:
        cluster().remove()
        cluster.cache_clear()


if __name__ == "__main__":
    # Held back until they are waited for, so that the server is stopped too.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    mine = new_cluster(durable=True)
    try:
        print(mine.database(), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        mine.remove()
