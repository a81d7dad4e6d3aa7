"""The telemetry pages: the explorer, dashboards, and what is there. Pure functions of where they stand.

They may stand below any path and beside any source, so that recorded telemetry and a drill's system are looked at in
the same way. What they show is asked for by `static/telemetry/` from the sources' own APIs. Called by `mount`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from watchroom.telemetry.dashboards.definition import Annotation, Dashboard
from watchroom.web.html.static_files import modules
from watchroom.web.html.template import render, template


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pages stand, and what they ask. Paths have no slash at the end."""

    base: str = ""
    """The path below which the pages are; empty at the root."""
    static: str = "/static"
    """The path of their files."""
    prometheus: str = "/prometheus"
    loki: str = ""
    """Empty where there are no logs."""
    tempo: str = ""
    """Empty where there are no traces."""
    changes: str = ""
    """An address that lists changes as `{"items": [{"at", "title"}]}`; empty when there is none."""
    home: str = ""
    """What one goes back to, in words."""
    home_url: str = ""
    practice: bool = False
    """Whether it is a drill, which every screen says."""
    step_s: float = 15
    """How often the source has samples: no shorter step is asked for."""
    span: tuple[int, int] | None = None
    """What recorded data spans (ms); None where it is live."""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard in the way around."""

    uid: str
    title: str
    description: str


@template("telemetry/start.html")
@dataclass(frozen=True)
class StartPage:
    """What is served, and where to look first."""

    place: Place
    """Where the page stands."""
    boards: Sequence[Board]
    """The dashboards, in the order in which they were given."""
    now_ms: int
    """The time of the source's clock (ms)."""
    here: str = ""
    """This page's place in the way around."""


@template("telemetry/explore.html")
@dataclass(frozen=True)
class ExplorePage:
    """The explorer."""

    place: Place
    """Where the page stands."""
    boards: Sequence[Board]
    """The dashboards, in the order in which they were given."""
    now_ms: int
    """The time of the source's clock (ms)."""
    annotations: Any
    """What is marked on graphs, as JSON."""
    scripts: Sequence[str]
    """The page's script and those that it imports, to be fetched at once."""
    here: str = "explore"
    """This page's place in the way around."""


@template("telemetry/dashboard.html")
@dataclass(frozen=True)
class DashboardPage:
    """One dashboard."""

    place: Place
    """Where the page stands."""
    boards: Sequence[Board]
    """The dashboards, in the order in which they were given."""
    now_ms: int
    """The time of the source's clock (ms)."""
    title: str
    """What it is called."""
    description: str
    """What it is for; may be empty."""
    definition: Any
    """The whole of it, as JSON."""
    here: str
    """Its uid."""
    scripts: Sequence[str]
    """The page's script and those that it imports, to be fetched at once."""


@template("telemetry/frame.html")
@dataclass(frozen=True)
class Frame:
    """What every telemetry page has around it."""

    place: Place
    """Where the page stands."""
    boards: Sequence[Board]
    """The dashboards, in the order in which they were given."""
    now_ms: int
    """The time of the source's clock (ms)."""
    here: str
    """The page's place in the way around."""


@template("telemetry/range.html")
@dataclass(frozen=True)
class RangeBar:
    """The range that a page looks at: the same on all of them, filled by the page's script."""


_EXPLORER, _DASHBOARD = "telemetry/explorer.js", "telemetry/dashboard.js"


def start_page(place: Place, dashboards: Sequence[Dashboard], now_ms: int) -> str:
    """The page at the base."""
    return render(StartPage(place, _boards(dashboards), now_ms))


def explore_page(place: Place, dashboards: Sequence[Dashboard], now_ms: int) -> str:
    """The explorer. What the dashboards mark on their graphs is marked there too, unless it depends on a choice."""
    marks: dict[tuple[str, str], Annotation] = {}
    for each in dashboards:
        for mark in each.annotations:
            if "$" not in mark.text:
                marks.setdefault((mark.language, mark.text), mark)
    return render(
        ExplorePage(place, _boards(dashboards), now_ms, msgspec.to_builtins(list(marks.values())), modules(_EXPLORER))
    )


def dashboard_page(place: Place, dashboards: Sequence[Dashboard], uid: str, now_ms: int) -> str | None:
    """The page of one dashboard; None when there is none of that uid."""
    for each in dashboards:
        if each.uid == uid:
            shown = msgspec.to_builtins(each)
            return render(
                DashboardPage(
                    place, _boards(dashboards), now_ms, each.title, each.description, shown, uid, modules(_DASHBOARD)
                )
            )
    return None


def _boards(dashboards: Sequence[Dashboard]) -> list[Board]:
    return [Board(each.uid, each.title, each.description) for each in dashboards]
