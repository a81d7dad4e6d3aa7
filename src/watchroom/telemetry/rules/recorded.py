"""Rules over recorded series: evaluated along the recording, and told as they stood at its end, or now if it is sooner.

Called by `telemetry serve`. What the rules write (recorded metrics, `ALERTS`) is asked for like any other series. May
be asked by several threads: a recording that reaches into the future is evaluated on as time passes, by whoever asks.
"""

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

from watchroom.telemetry.labels import Matcher
from watchroom.telemetry.promql.engine import Settings
from watchroom.telemetry.rules.book import Book
from watchroom.telemetry.rules.evaluation import Outside
from watchroom.telemetry.rules.rule_file import Group
from watchroom.telemetry.series import Series, Source


class RecordedRules:
    """Groups over one recording from `span` (ms, both ends included). It is a `RuleBook` and a `Source`."""

    def __init__(
        self,
        groups: Sequence[Group],
        source: Source,
        span: tuple[int, int],
        now_ms: Callable[[], int],
        seconds: Callable[[], float],
        turns_max: int,
        settings: Settings | None = None,
        outside: Outside | None = None,
    ) -> None:
        """Of a recording with more than `turns_max` times at which rules are due, the last so many are evaluated."""
        self._book = Book(groups, source, seconds, settings, outside)
        self._intervals = sorted({group.interval_ms for group in groups})
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self.turns = 0
        """Times at which rules were evaluated."""
        step = math.gcd(*self._intervals) if self._intervals else 0
        begin, self._end = span
        self._step = step
        self._next = -(-begin // step) * step if step else 0
        last = min(self._end, now_ms())
        if step and (last - self._next) // step >= turns_max:
            self._next = (last // step - turns_max + 1) * step
        self.skipped_ms = max(self._next - begin - step, 0)
        """How much of the recording's beginning the rules were not evaluated over."""
        with self._lock:
            self._catch_up()

    def _catch_up(self) -> None:
        if not self._step:
            return
        last = min(self._end, self._now_ms())
        while self._next <= last:
            if any(self._next % interval == 0 for interval in self._intervals):
                self._book.turn(self._next)
                self.turns += 1
            self._next += self._step

    def groups(self) -> list[dict[str, Any]]:
        """As `/api/v1/rules` shows them."""
        with self._lock:
            self._catch_up()
            return self._book.groups()

    def alerts(self) -> list[dict[str, Any]]:
        """As `/api/v1/alerts` shows them."""
        with self._lock:
            self._catch_up()
            return self._book.alerts()

    def errors(self) -> list[str]:
        """Why rules could not be evaluated the last time, each with its file and line."""
        with self._lock:
            return self._book.errors()

    def select(self, alternatives: Sequence[tuple[Matcher, ...]], start_ms: int, end_ms: int) -> list[Series]:
        """As `Source` says: the recording, and what the rules have written."""
        with self._lock:
            self._catch_up()
            return self._book.source.select(alternatives, start_ms, end_ms)
