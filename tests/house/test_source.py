"""Every module of the house keeps the source rules, and each rule finds what it is for."""

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.house import rules
from tests.house.source import HOUSE, Fault, Module, keep, module, modules

Rule = Callable[[Module], Iterator[Fault]]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_module(rule: Rule) -> None:
    keep(fault for source in modules().values() for fault in rule(source))


@pytest.mark.parametrize("rule", rules.RULES_EVERYWHERE, ids=lambda rule: rule.__name__)
def test_tests_and_benchmarks(rule: Rule) -> None:
    paths = [path for folder in ("tests", "benchmarks", "docs") for path in (HOUSE / folder).rglob("*.py")]
    sources = (
        module(path.stem, path.read_text(encoding="utf-8"), path.relative_to(HOUSE).as_posix())
        for path in sorted(paths)
    )
    keep(fault for source in sources for fault in rule(source))


def test_few_places_catch_everything() -> None:
    edges = [f"{source.where}:{line}" for source in modules().values() for line, _ in rules.supervised_edges(source)]
    assert len(edges) <= rules.SUPERVISED_EDGES_MAX, edges


def test_no_test_sleeps() -> None:
    """A test that waits by the clock is slow on a good day and red on a bad one; it waits for the thing itself."""
    found = []
    for path in sorted((HOUSE / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in {"time.sleep", "asyncio.sleep", "sleep"}:
                continue
            if [ast.unparse(argument) for argument in node.args] != ["0"]:
                found.append(f"{path.relative_to(HOUSE)}:{node.lineno}")
    assert not found


LONG_FUNCTION = "def f():\n" + "    pass\n" * rules.FUNCTION_LINES_MAX
BAD: list[tuple[Rule, str, str]] = [
    (rules.time_and_chance, "watchroom.record.log", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
    (rules.time_and_chance, "watchroom.record.log", "import datetime as dt\nf = dt.datetime.utcnow"),
    (rules.time_and_chance, "watchroom.record.log", "from datetime import date\ndate.today()"),
    (rules.time_and_chance, "watchroom.record.log", "import time\ntime.monotonic()"),
    (rules.time_and_chance, "watchroom.record.log", "from time import perf_counter as now\nnow()"),
    (rules.time_and_chance, "watchroom.world.load", "import random\nrandom.random()"),
    (rules.time_and_chance, "watchroom.world.load", "import numpy as np\nnp.random.default_rng(7)"),
    (rules.time_and_chance, "watchroom.record.log", "from uuid import uuid4\nuuid4()"),
    (rules.time_and_chance, "watchroom.record.log", "import os\nos.urandom(16)"),
    (rules.time_and_chance, "watchroom.web.http.auth", "import secrets\nsecrets.token_hex()"),
    (rules.time_and_chance, "watchroom.web.live.live", "import asyncio\nasyncio.get_running_loop().time()"),
    (rules.no_sleep, "watchroom.web.live.live", "import asyncio\nasync def f():\n    await asyncio.sleep(15)"),
    (rules.no_sleep, "watchroom.web.live.live", "from asyncio import sleep\nasync def f(s):\n    await sleep(s)"),
    (rules.environment, "watchroom.web.live.live", "import os\nos.environ['HOME']"),
    (rules.environment, "watchroom.web.live.live", "from os import getenv\ngetenv('HOME')"),
    (rules.no_clock_in_sql, "watchroom.record.sqlite_log", "q = 'INSERT INTO event VALUES (CURRENT_TIMESTAMP)'"),
    (rules.no_clock_in_sql, "watchroom.record.postgres_log", "q = 'UPDATE lease SET until = now() + $1'"),
    (rules.no_clock_in_sql, "watchroom.record.sqlite_log", "q = \"SELECT datetime('now')\""),
    (rules.length, "watchroom.record.log", "x = 1\n" * (rules.FILE_LINES_MAX + 1)),
    (rules.length, "watchroom.record.log", LONG_FUNCTION),
    (rules.names, "watchroom.record.utils", ""),
    (rules.names, "watchroom.incident_manager.x", ""),
    (rules.docstring, "watchroom.record.log", "x = 1"),
    (rules.broad_catches, "watchroom.record.log", "try:\n    f()\nexcept Exception:\n    pass"),
    (rules.broad_catches, "watchroom.record.log", "try:\n    f()\nexcept (OSError, BaseException) as error:\n    pass"),
    (rules.broad_catches, "watchroom.record.log", "try:\n    f()\nexcept:\n    pass"),
    (rules.broad_catches, "watchroom.record.log", "try:\n    f()\nexcept Exception:  # supervised: hm\n    pass"),
    (rules.broad_catches, "watchroom.record.log", "import contextlib\nwith contextlib.suppress(Exception):\n    f()"),
    (rules.loose_ends, "watchroom.record.log", "x = 1  # TO" + "DO later"),
    (rules.loose_ends, "watchroom.record.log", '"""FIX' + 'ME."""'),
    (rules.loose_ends, "watchroom.record.log", "x = 1  # no" + "qa"),
    (rules.loose_ends, "watchroom.record.log", "x = 1  # type: " + "ignore"),
]  # fmt: skip
GOOD: list[tuple[Rule, str, str]] = [
    (rules.time_and_chance, "watchroom.base.clock", "import time\ntime.monotonic()"),
    (rules.time_and_chance, "watchroom.record.log", "from datetime import datetime\ndatetime.fromisoformat('')"),
    (rules.time_and_chance, "watchroom.record.log", "def f(clock):\n    time = clock.now()\n    time.timestamp()"),
    (rules.time_and_chance, "watchroom.world.load", "import numpy as np\ndef f(stream: np.random.Generator): ..."),
    (rules.time_and_chance, "watchroom.record.log", "from uuid import UUID\nUUID('x')"),
    (rules.no_sleep, "watchroom.web.live.live", "import asyncio\nasync def f():\n    await asyncio.sleep(0)"),
    (rules.environment, "watchroom.config_sources", "import os\nos.environ"),
    (rules.no_clock_in_sql, "watchroom.record.sqlite_log", "q = 'SELECT at FROM event WHERE at < ?'"),
    (rules.broad_catches, "watchroom.web.live.live", "try:\n    f()\nexcept OSError:\n    pass"),
    (
        rules.broad_catches,
        "watchroom.web.live.live",
        "try:\n    f()\nexcept Exception:  # supervised: one viewer's failure is logged and counted\n    pass",
    ),
    (rules.loose_ends, "watchroom.record.log", "x = 1  # type: ignore[misc]"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "text"), BAD)
def test_a_bad_module_is_found(rule: Rule, name: str, text: str) -> None:
    assert list(rule(module(name, text)))


@pytest.mark.parametrize(("rule", "name", "text"), GOOD)
def test_a_good_module_passes(rule: Rule, name: str, text: str) -> None:
    assert not list(rule(module(name, text)))


def test_each_rule_has_a_bad_example() -> None:
    assert {rule for rule, _, _ in BAD} == set(rules.RULES)
