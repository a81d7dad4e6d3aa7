"""One run of the tests by several processes: `pytest --processes 2`, which `make test` uses for the whole suite.

The first process starts the others as helpers. Each collects everything, and takes the next file that nobody has
taken; a helper hands its reports over a file at a time, and the first process shows and counts them as its own. So the
output, the summary and the exit code are pytest's, and a test that nobody reports is an error. Registered by the
conftest; by hand: `python -m pytest tests/record --processes 2`. See docs/decisions/0027-the-suite-side-by-side.md.
"""

import hashlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests import peers

PROCESSES_MAX: Final = 4
"""Each may have a browser, a PostgreSQL and servers under test beside it."""
LOOK_S: Final = 0.5
"""How often a process with nothing left to run looks for what its helpers have reported."""
STOP_S: Final = 60
OUTPUT_CHARS: Final = 4_000
GOOD: Final = frozenset({0, 1, 5})
"""How a helper ends that has done its part: all passed, some failed, or nothing was selected."""


def add_options(parser: pytest.Parser) -> None:
    """The options of this file."""
    parser.addoption(
        "--processes",
        default="1",
        metavar="N",
        help="run the tests by N processes side by side; `auto`: one a processor, at most four",
    )
    parser.addoption(
        "--helps", default="", metavar="K/N:PID:FOLDER", help="which process of which run this is (set by that run)"
    )


def configure(config: pytest.Config) -> None:
    """Take part, if several processes are asked for."""
    asked = str(config.getoption("--processes"))
    count = min(os.cpu_count() or 1, PROCESSES_MAX) if asked == "auto" else int(asked)
    if config.getoption("--helps"):
        config.pluginmanager.register(Helper(config, str(config.getoption("--helps"))), "side_by_side")
    elif count > 1 and not config.getoption("collectonly"):
        config.pluginmanager.register(Host(config, count), "side_by_side")


class Shares:
    """The files of the run, of which each process takes the next that is free, from a place of its own on."""

    def __init__(self, folder: Path, items: Iterable[pytest.Item], at: int, of: int) -> None:
        files: dict[Path, list[pytest.Item]] = {}
        for item in items:
            files.setdefault(item.path, []).append(item)
        names = list(files)
        start = len(names) * at // of
        self._folder = folder
        self._files = files
        self._order = names[start:] + names[:start]

    def __iter__(self) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
        """Each test that is this process's, and the one after it, by which pytest knows what to tear down."""
        mine = itertools.chain.from_iterable(self._files[path] for path in self._order if self._take(path))
        before = next(mine, None)
        for item in mine:
            assert before is not None
            yield before, item
            before = item
        if before is not None:
            yield before, None

    def _take(self, path: Path) -> bool:
        name = hashlib.sha256(str(path).encode()).hexdigest()
        try:
            (self._folder / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def run_one(session: pytest.Session, item: pytest.Item, following: pytest.Item | None) -> None:
    """Run a test as pytest's own loop does. Raises its Failed or Interrupted when the run is to end."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


class Helper:
    """Runs what it takes, and writes its reports down for the first process."""

    def __init__(self, config: pytest.Config, which: str) -> None:
        place, parent, folder = which.split(":", 2)
        self._config = config
        self._folder = Path(folder)
        # Said by the parent itself, which may have ended before this process looks for the first time.
        self._parent = int(parent)
        self._waiting: list[Any] = []
        self._number, self._of = (int(part) for part in place.split("/"))
        self._out = (self._folder / f"reports-{self._number}").open("a", encoding="utf-8")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In place of pytest's own loop."""
        if session.testsfailed:
            return None
        at = None
        for item, following in Shares(self._folder, session.items, self._number, self._of):
            if item.path != at:
                self._hand_over()
                at = item.path
            if os.getppid() != self._parent:
                raise session.Interrupted("The run that this process helps has ended.")
            run_one(session, item, following)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test is over."""
        made = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._waiting.append(made)

    def pytest_sessionfinish(self) -> None:
        """All is over: hand over the rest, and which real programs were missing."""
        self._hand_over()
        self._write({"missing": sorted(peers.missing)})
        self._out.close()

    def _hand_over(self) -> None:
        if self._waiting:
            self._write({"reports": self._waiting})
            self._waiting = []

    def _write(self, line: Any) -> None:
        self._out.write(json.dumps(line, default=str) + "\n")
        self._out.flush()


class _Started:
    """A helper, as the first process sees it."""

    def __init__(self, config: pytest.Config, folder: Path, number: int, of: int) -> None:
        self.output = folder / f"output-{number}"
        self._reports = (folder / f"reports-{number}").open("a+b")
        which = f"{number}/{of}:{os.getpid()}:{folder}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                # With a sign of equality, or pytest would take the folder for one of tests before it knows the option.
                [sys.executable, "-m", "pytest", *config.invocation_params.args, f"--helps={which}"],
                cwd=config.invocation_params.dir,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # An interrupt from the keyboard reaches the first process alone, which then ends its helpers once.
                start_new_session=True,
            )
        self._reports.seek(0)
        self._cut = b""

    def news(self) -> list[Any]:
        """What it has handed over since the last call."""
        *lines, self._cut = (self._cut + self._reports.read()).split(b"\n")
        return [json.loads(line) for line in lines]

    def ended(self, within_s: float) -> bool:
        """Whether it is over, waiting for that so long at most."""
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """End it in good order, so that what its tests have started ends too."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            if not self.ended(STOP_S):
                self.process.kill()
                self.process.wait()
        self._reports.close()


class Host:
    """Runs what it takes, and reports that and what its helpers have run."""

    def __init__(self, config: pytest.Config, count: int) -> None:
        self._config = config
        self._count = count
        self._seen: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In place of pytest's own loop."""
        if session.testsfailed or len({item.path for item in session.items}) < self._count:
            return None
        folder = Path(tempfile.mkdtemp(prefix="wr-side-"))
        helpers = [_Started(self._config, folder, number, self._count) for number in range(1, self._count)]
        try:
            at = None
            for item, following in Shares(folder, session.items, 0, self._count):
                if item.path != at:
                    self._report(session, helpers)
                    at = item.path
                run_one(session, item, following)
            for helper in helpers:
                while not helper.ended(LOOK_S):
                    self._report(session, helpers)
            self._report(session, helpers)
            self._check(session, helpers)
        finally:
            for helper in helpers:
                helper.stop()
            shutil.rmtree(folder, ignore_errors=True)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test is over, here or at a helper's."""
        if report.when == "teardown":
            self._seen.add(report.nodeid)

    def _report(self, session: pytest.Session, helpers: list[_Started]) -> None:
        for helper in helpers:
            for line in helper.news():
                peers.missing.update(line.get("missing", ()))
                for data in line.get("reports", ()):
                    self._replay(data)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)

    def _replay(self, data: dict[str, Any]) -> None:
        """Have every part of pytest hear of it as if it had run here. JSON knows no tuples, pytest insists on them."""
        data["location"] = tuple(data["location"])
        if isinstance(data["longrepr"], list):
            data["longrepr"] = tuple(data["longrepr"])
        hook = self._config.hook
        report = hook.pytest_report_from_serializable(config=self._config, data=data)
        if report.when == "setup":
            hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        hook.pytest_runtest_logreport(report=report)
        if report.when == "teardown":
            hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)

    def _check(self, session: pytest.Session, helpers: list[_Started]) -> None:
        """Raises Interrupted when a helper broke, or when a test was reported by nobody."""
        for helper in helpers:
            if helper.process.returncode not in GOOD:
                said = helper.output.read_text(encoding="utf-8", errors="replace")[-OUTPUT_CHARS:]
                raise session.Interrupted(f"A helper ended with {helper.process.returncode}. It said:\n{said}")
        lost = [item.nodeid for item in session.items if item.nodeid not in self._seen]
        if lost:
            raise session.Interrupted(f"{len(lost)} tests were not reported, the first of them {lost[0]}.")
