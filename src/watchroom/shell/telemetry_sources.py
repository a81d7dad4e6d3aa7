"""Files of recorded telemetry -> the APIs that answer from them.

Called by `watchroom telemetry`; serves nothing itself.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from watchroom.base.clock import WallClock, epoch_us
from watchroom.base.errors import Malformed, MisConfigured
from watchroom.config import Settings
from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.dashboards.reading import read_dashboard
from watchroom.telemetry.labels import NAME, value_of
from watchroom.telemetry.logql.engine import LogEngine
from watchroom.telemetry.logs import LogLimits, LogStore, read_push_file
from watchroom.telemetry.loki_api import LokiApi
from watchroom.telemetry.metadata import Metadata
from watchroom.telemetry.prometheus_api import NoRules, PrometheusApi, RuleBook
from watchroom.telemetry.promql.budget import Limits
from watchroom.telemetry.promql.engine import Engine
from watchroom.telemetry.promql.engine import Settings as EngineSettings
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.rules.recorded import RecordedRules
from watchroom.telemetry.rules.rule_file import AlertingRule, Group, RecordingRule, read_rules
from watchroom.telemetry.series import Recorded, Series, Source

Read = TypeVar("Read")


def now_ms() -> int:
    """The wall clock, as series count (ms)."""
    return epoch_us(WallClock().now()) // 1000


def prometheus(
    series: Sequence[Series],
    metadata: dict[str, Metadata],
    settings: Settings,
    semantics: Semantics,
    groups: Sequence[Group] = (),
) -> PrometheusApi:
    """A Prometheus of these series on the wall clock, with these rules evaluated along them.

    What the rules write is not taken from the files as well: it is there once.
    """
    clock = WallClock()
    limits = Limits(samples_max=settings.query_samples_max, seconds_max=settings.query_seconds_max)
    own = EngineSettings(semantics=semantics, limits=limits)
    written = written_by(groups)
    source: Source = Recorded(each for each in series if value_of(each.labels, NAME) not in written)
    rules: RuleBook = NoRules()
    span = spanned(series, None)
    if groups and span is not None:
        rules = source = RecordedRules(
            groups, source, span, now_ms, clock.monotonic_s, settings.rule_turns_max, own
        )  # fmt: skip
    engine = Engine(source, clock.monotonic_s, own)
    return PrometheusApi(source, engine, now_ms, rules=rules, metadata=lambda: metadata)


def written_by(groups: Iterable[Group]) -> frozenset[str]:
    """The names of the metrics that rules write."""
    rules = [rule for group in groups for rule in group.rules]
    alerts = ("ALERTS", "ALERTS_FOR_STATE") if any(isinstance(rule, AlertingRule) for rule in rules) else ()
    return frozenset((*alerts, *(rule.name for rule in rules if isinstance(rule, RecordingRule))))


def loki(lines: LogStore, settings: Settings) -> LokiApi:
    """A Loki of these lines, on the wall clock."""
    limits = Limits(samples_max=settings.query_samples_max, seconds_max=settings.query_seconds_max)
    return LokiApi(lines, LogEngine(lines, WallClock().monotonic_s, limits), lambda: now_ms() * 1_000_000)


def read_logs(paths: Iterable[Path], settings: Settings) -> tuple[LogStore, int]:
    """The lines of all files, and how many. Raises `Malformed` with file and line, or `OSError` of a file."""
    limits = LogLimits(
        bytes_max=settings.recorded_logs_bytes_max,
        streams_max=settings.log_streams_max,
        line_bytes_max=settings.log_line_bytes_max,
    )
    store = LogStore(limits)
    count = 0
    for path in paths:
        try:
            count += read_push_file(store, path.read_bytes())
        except BadData as error:
            raise Malformed(f"{path}: {error}.", hint="Give JSON as Loki's push API takes it.") from error
    if store.dropped:
        raise MisConfigured(
            f"The lines need more than {limits.bytes_max >> 20} MiB of memory.",
            hint="Serve fewer files at once, or raise WATCHROOM_RECORDED_LOGS_BYTES_MAX.",
        )
    return store, count


def read_dashboards(paths: Iterable[Path]) -> list[Dashboard]:
    """The dashboards of all files. Raises `Malformed` with file and line, or `OSError` of a file."""
    found: dict[str, Dashboard] = {}
    for path in paths:
        board = _read(path, read_dashboard, "docs/grafana.md describes what a dashboard may hold.")
        if board.uid in found:
            raise Malformed(f"{path}: another dashboard has the uid '{board.uid}'.", hint="Give one of them another.")
        found[board.uid] = board
    return list(found.values())


def read_groups(paths: Iterable[Path]) -> list[Group]:
    """The rule groups of all files. Raises `Malformed` with file and line, or `OSError` of a file."""
    hint = "A rule file is as Prometheus reads it; `promtool check rules` says the same."
    return [group for path in paths for group in _read(path, read_rules, hint)]


def _read(path: Path, read: Callable[[str, str], Read], hint: str) -> Read:
    try:
        return read(path.read_text(encoding="utf-8"), str(path))
    except BadData as error:
        says = str(error)
        raise Malformed(says if says.endswith("?") else f"{says}.", hint=hint) from error
    except UnicodeDecodeError as error:
        raise Malformed(f"{path}: it is not UTF-8: {error.reason}.", hint="Save it as UTF-8.") from error


def spanned(series: Iterable[Series], lines: LogStore | None) -> tuple[int, int] | None:
    """From when to when (ms) there is anything; None when there is nothing."""
    times = [int(each.times[end]) for each in series if each.times.size for end in (0, -1)]
    times += [time_ns // 1_000_000 for time_ns in (lines.span_ns() if lines else None) or ()]
    return (min(times), max(times)) if times else None
