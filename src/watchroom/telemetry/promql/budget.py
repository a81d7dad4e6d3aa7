"""What one query may cost, and the way to stop it. Spent by the evaluator as it goes; a query over it ends with one
clear error and leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass

from watchroom.telemetry.refusal import Canceled, TimedOut, Unanswerable


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one query."""

    samples_max: int = 50_000_000
    """Samples that are read or made (Prometheus's `--query.max-samples`)."""
    series_max: int = 200_000
    """Series of a result or of a step on the way to it."""
    seconds_max: float = 30.0
    """Seconds of evaluation."""
    cells_max: int = 20_000_000
    """Values (series times steps) that one part of the expression may hold in memory at once; 9 bytes each."""


class Budget:
    """The running account of one query."""

    def __init__(self, limits: Limits, seconds: Callable[[], float], canceled: Callable[[], bool]) -> None:
        self._limits = limits
        self._seconds = seconds
        self._canceled = canceled
        self._ends = seconds() + limits.seconds_max
        self.samples = 0

    def go_on(self) -> None:
        """Between two parts of the work. Raises `TimedOut` or `Canceled`."""
        if self._canceled():
            raise Canceled("query was canceled in expression evaluation")
        if self._seconds() > self._ends:
            raise TimedOut("query timed out in expression evaluation")

    def samples_read(self, count: int) -> None:
        """Raises `Unanswerable` beyond the limit."""
        self.samples += count
        if self.samples > self._limits.samples_max:
            raise Unanswerable("query processing would load too many samples into memory in query execution")
        self.go_on()

    def cells(self, series: int, steps: int) -> None:
        """Before an array of series times steps is made. Raises `Unanswerable` beyond the limits."""
        if series > self._limits.series_max:
            raise Unanswerable(
                f"the query would work on {series} series; at most {self._limits.series_max} are allowed"
            )
        if series * max(steps, 1) > self._limits.cells_max:
            raise Unanswerable("query processing would load too many samples into memory in query execution")
        self.go_on()
