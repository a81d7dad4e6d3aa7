"""One log line on its way through a pipeline, which its stages change and may throw away."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

ERROR = "__error__"
DETAILS = "__error_details__"
DUPLICATE = "_extracted"
"""Put behind the name of an extracted label that the stream has already."""


class Entry:
    """A line, its time (ns), its stream's labels, and the labels that it has by now."""

    __slots__ = ("_own", "details", "error", "labels", "line", "now_ns", "stream", "time_ns")

    def __init__(
        self, time_ns: int, line: str, stream: Mapping[str, str], labels: Mapping[str, str], now_ns: int = 0
    ) -> None:
        """`labels` are the stream's and the line's own (structured metadata); shared until one is changed.

        `now_ns` is the time of the query, for templates that ask for it.
        """
        self.time_ns = time_ns
        self.now_ns = now_ns
        self.line = line
        self.stream = stream
        self.labels: dict[str, str] = labels  # type: ignore[assignment]  # copied before it is written to
        self._own = False
        self.error = ""
        self.details = ""

    @property
    def changed(self) -> bool:
        """Whether the labels are no longer those that the line came with."""
        return self._own or self.error != ""

    def get(self, name: str) -> str | None:
        """A label's value, and the error under its two names."""
        if name == ERROR:
            return self.error or None
        if name == DETAILS:
            return self.details or None
        return self.labels.get(name)

    def set(self, name: str, value: str) -> None:
        """Sets a label; the empty value takes it away."""
        if name == ERROR:
            self.error = value
            return
        if name == DETAILS:
            self.details = value
            return
        own = self.own()
        if value:
            own[name] = value
        else:
            own.pop(name, None)

    def own(self) -> dict[str, str]:
        """The labels, to be written to by a parser that finds many; none of them may become empty."""
        if not self._own:
            self.labels, self._own = dict(self.labels), True
        return self.labels

    def extract(self, name: str, value: str) -> None:
        """Sets a label that was found in the line."""
        self.set(name + DUPLICATE if name in self.stream else name, value)

    def failed(self, error: str, details: str) -> None:
        """Notes the first thing that went wrong."""
        if not self.error:
            self.error, self.details = error, details

    def all_labels(self) -> dict[str, str]:
        """The labels as they are answered, with the error if there is one."""
        if not self.error:
            return self.labels
        named = {**self.labels, ERROR: self.error}
        if self.details:
            named[DETAILS] = self.details
        return named


Stage: TypeAlias = Callable[[Entry], bool]
"""Changes an entry; False throws it away."""
