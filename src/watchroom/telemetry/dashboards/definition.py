"""What a dashboard is: rows of panels with their queries, variables, and what is marked on all graphs.

Made by `reading`; read by the page (as JSON, field by field) and by `grafana`. Never knows where its series are.
"""

from dataclasses import dataclass
from enum import StrEnum

COLUMNS = 24
"""Columns of a row: Grafana's grid."""
ROW_UNITS = 8
"""Height of a panel that names none, in Grafana's units of about 30 px."""


class Kind(StrEnum):
    """How a panel shows what its queries say."""

    TIMESERIES = "timeseries"
    STAT = "stat"
    TABLE = "table"
    LOGS = "logs"


class Tone(StrEnum):
    """What a value means from a threshold on. Each has a word on the page, so that colour never speaks alone."""

    GOOD = "good"
    WARN = "warn"
    HOT = "hot"


class Language(StrEnum):
    """What a query is written in, and so which source is asked."""

    PROMQL = "promql"
    LOGQL = "logql"


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel."""

    text: str
    language: Language = Language.PROMQL
    legend: str = ""
    """How a series is called: `{{label}}` is its label's value. Empty: its labels."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From this value on, the tone holds."""

    value: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Panel:
    """One thing that is looked at. `width` is of 24 columns, `height` in units of about 30 px."""

    title: str
    kind: Kind
    queries: tuple[Query, ...]
    description: str = ""
    unit: str = "number"
    decimals: int | None = None
    width: int = COLUMNS // 2
    height: int = ROW_UNITS
    stacked: bool = False
    low: float | None = None
    high: float | None = None
    """Ends of the axis; None: by the values."""
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice above the panels. Its values come from a query (`label_values(metric, label)`), or are listed."""

    name: str
    label: str
    query: str = ""
    values: tuple[str, ...] = ()
    multi: bool = False
    all: bool = False
    """Whether everything may be chosen at once; it is then what is chosen at first."""
    initial: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is marked on every graph: spans while a PromQL query has samples, or moments of log lines."""

    name: str
    text: str
    language: Language
    title: str = ""
    """What is written at it: `{{label}}` is a label's value. Empty: the labels, or the line."""
    tone: Tone = Tone.WARN


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page of panels. `uid` is its name in addresses, here and in Grafana."""

    uid: str
    title: str
    rows: tuple[Row, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    range: str = "1h"
    """How much is shown at first, up to now."""
    refresh: str = ""
    """How often it is asked anew at first; empty: when somebody asks."""
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels in reading order."""
        return tuple(panel for row in self.rows for panel in row.panels)
