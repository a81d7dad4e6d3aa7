"""What holds for every test: Hypothesis' profiles, coroutines as tests, and the real peers that a run did without.

Read by pytest before any test. Holds no fixture of any area: those stand in the conftest of their own folder.
"""

import asyncio
import inspect
import os

import pytest
from hypothesis import settings

from tests import peers, postgres, side_by_side

# No deadline anywhere: a test never judges by a clock. In CI the examples are the same in each run, so that a red one
# stays red until it is mended.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--processes N` runs the tests by several processes (tests/side_by_side.py)."""
    side_by_side.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is collected."""
    side_by_side.configure(config)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test written as a coroutine runs in an event loop of its own. Its fixtures are ordinary functions."""
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    wanted = inspect.signature(pyfuncitem.function).parameters
    asyncio.run(pyfuncitem.function(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.peer("prometheus", ...)`: the test runs against these programs or not at all."""
    for mark in item.iter_markers("peer"):
        for name in mark.args:
            peers.require_peer(name)


def pytest_unconfigure() -> None:
    """The PostgreSQL that this run has started ends with it."""
    postgres.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says once, at the end, which real programs this run did without and how to get them."""
    line = peers.shout()
    if line:
        terminalreporter.write_sep("!", "peers missing", red=True, bold=True)
        terminalreporter.write_line(line, red=True, bold=True)
