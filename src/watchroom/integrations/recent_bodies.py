"""The last bodies that came from senders whose shape nobody knows, as samples for a mapping.

In memory alone, a few for each source and bounded, so that a mapping can be tried on what really comes. Called by the
ingest and the mail listener, read by the mapping's page. Never recorded, gone with the process.
"""

from collections import OrderedDict, deque
from datetime import datetime

import msgspec

SOURCES_MAX = 100
BODIES_PER_SOURCE_MAX = 3


class Body(msgspec.Struct, frozen=True):
    """One body as it came."""

    at: datetime
    text: str


class RecentBodies:
    """The last bodies by source."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._by_source: OrderedDict[str, deque[Body]] = OrderedDict()

    def note(self, source: str, body: bytes, at: datetime) -> None:
        """Remember a body; one that is too long to be a sample is not."""
        if len(body) > self._bytes_max:
            return
        kept = self._by_source.setdefault(source, deque(maxlen=BODIES_PER_SOURCE_MAX))
        self._by_source.move_to_end(source)
        kept.append(Body(at, body.decode("utf-8", "replace")))
        if len(self._by_source) > SOURCES_MAX:
            self._by_source.popitem(last=False)

    def forget(self) -> None:
        """Hold nothing any more: something was redacted, and a body may repeat it."""
        self._by_source.clear()

    def of(self, source: str) -> list[Body]:
        """The last bodies of a source, newest first."""
        return list(reversed(self._by_source.get(source, ())))
