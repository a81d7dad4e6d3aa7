"""The house's storeys hold: imports go down, without cycles, and frameworks and senders stay at home."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.house import layers
from tests.house.source import SRC, Fault, Module, keep, module, modules

Rule = Callable[[Module, Mapping[str, Module]], Iterator[Fault]]
RULES: tuple[Rule, ...] = (
    layers.direction,
    layers.imports_at_the_top,
    layers.libraries_at_home,
    layers.one_knows_all,
)


def tree(**sources: str) -> dict[str, Module]:
    """A small house: `record__log="..."` is watchroom/record/log.py."""
    names = {"watchroom": ""} | {f"watchroom.{name.replace('__', '.')}": text for name, text in sources.items()}
    return {name: module(name, text) for name, text in names.items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module(rule: Rule) -> None:
    known = modules()
    keep(fault for source in known.values() for fault in rule(source, known))


def test_no_module_imports_itself_around_a_corner() -> None:
    keep(layers.cycles(modules()))


def test_nothing_heavy_is_loaded_with_the_app() -> None:
    keep(layers.heavy_stays_outside(modules()))


def test_data_folders_hold_no_code() -> None:
    code = [path.name for area in layers.DATA_ONLY for path in (SRC / "watchroom" / area).rglob("*.py")]
    assert not code


def test_each_storey_stands_on_known_ones() -> None:
    assert all(below in layers.BELOW for areas in layers.BELOW.values() for below in areas)
    assert layers.reachable("resolution") >= {"base", "record", "people", "detection", "mitigation", "communication"}
    assert "review" not in layers.reachable("resolution")
    assert "record" not in layers.reachable("world")


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (layers.direction, "watchroom.detection.signal", "from watchroom.mitigation import task"),
        (layers.direction, "watchroom.world.step", "import watchroom.record.log"),
        (layers.direction, "watchroom.record.log", "from watchroom import app"),
        (layers.direction, "watchroom.record.log", "from .event import Fact"),
        (layers.direction, "watchroom.kitchen.sink", ""),
        (layers.direction, "watchroom", "import watchroom.base.clock"),
        (
            layers.direction,
            "watchroom.base.clock",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from watchroom.record.event import Event",
        ),
        (layers.imports_at_the_top, "watchroom.record.log", "def f():\n    import json"),
        (
            layers.imports_at_the_top,
            "watchroom.record.log",
            "async def f():\n    if x:\n        from json import loads",
        ),
        (layers.imports_at_the_top, "watchroom.web.live.live", "import importlib"),
        (layers.imports_at_the_top, "watchroom.web.live.live", "from importlib import import_module"),
        (layers.libraries_at_home, "watchroom.detection.signal", "import litestar"),
        (layers.libraries_at_home, "watchroom.telemetry.prometheus_api", "from litestar import get"),
        (layers.libraries_at_home, "watchroom.web.live.live", "import smtplib"),
        (layers.libraries_at_home, "watchroom.web.live.live", "from urllib.request import urlopen"),
        (layers.libraries_at_home, "watchroom.drill.roleplay", "import urllib3.util"),
        (
            layers.one_knows_all,
            "watchroom.web.room.page",
            "\n".join(f"import watchroom.{area}" for area in list(layers.BELOW)[: layers.AREAS_KNOWN_MAX + 1]),
        ),
    ],
)
def test_a_bad_module_is_found(rule: Rule, name: str, text: str) -> None:
    known = tree(record__event="", mitigation__task="", app="") | {name: module(name, text)}
    assert list(rule(known[name], known))


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (
            layers.direction,
            "watchroom.web.live.live",
            "from watchroom.record.event import Event\nfrom watchroom import __version__",
        ),
        (layers.direction, "watchroom.mitigation.task", "import watchroom.detection.signal"),
        (layers.imports_at_the_top, "watchroom.cli", "def serve():\n    from importlib import import_module"),
        (layers.imports_at_the_top, "watchroom.web.html.render", "from importlib.resources import files"),
        (layers.libraries_at_home, "watchroom.integrations.webhook", "import httpx"),
        (layers.libraries_at_home, "watchroom.web.routes", "import litestar\nfrom urllib.parse import quote"),
    ],
)
def test_a_good_module_passes(rule: Rule, name: str, text: str) -> None:
    known = tree(record__event="", detection__signal="") | {name: module(name, text)}
    assert not list(rule(known[name], known))


def test_a_cycle_is_found_even_under_type_checking() -> None:
    known = tree(
        record__event="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from watchroom.record import log",
        record__log="import watchroom.record.codec",
        record__codec="from watchroom.record.event import Fact",
        record__feed="import watchroom.record.log",
    )
    (fault,) = layers.cycles(known)
    assert "record.event" in fault.says
    assert "record.codec" in fault.says
    assert "record.feed" not in fault.says


def test_a_heavy_library_is_found_where_the_app_reaches_it() -> None:
    known = tree(
        app="import watchroom.insight.measures",
        insight__measures="from scipy import stats",
        insight__fit="import scipy",
    )
    (fault,) = layers.heavy_stays_outside(known)
    assert fault.where == "watchroom/insight/measures.py"
