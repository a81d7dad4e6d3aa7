"""A projection for tests: how many events each stream has, and what the last one carries."""

from collections.abc import Mapping

import msgspec

from watchroom.record.feed import Feed
from watchroom.record.log import Log, Placed
from watchroom.record.projection import Projection, Projector
from watchroom.record.redaction import REDACTED


class Tally(Projection):
    """One row a stream. It counts, so that an event taken in twice, or not at all, shows. What was redacted has it made
    anew, as it has the inbox."""

    name = "tally"
    version = "1"

    def __init__(self) -> None:
        super().__init__()
        self.streams: dict[str, tuple[int, str]] = {}

    def clear(self) -> None:
        self.streams = {}

    def restore(self, rows: Mapping[str, bytes]) -> None:
        self.streams = {stream: msgspec.json.decode(body, type=tuple[int, str]) for stream, body in rows.items()}

    def apply(self, placed: Placed) -> None:
        event = placed.event
        count, _ = self.streams.get(event.stream, (0, ""))
        self.streams[event.stream] = (count + 1, (event.data or b"").decode())
        self.touch(event.stream)
        if event.kind == REDACTED:
            self.renew(placed.position)

    def row(self, key: str) -> bytes | None:
        return msgspec.json.encode(self.streams[key])


async def followed(log: Log) -> dict[str, tuple[int, str]]:
    """The tally as a server has it: taken up as it was stored, and brought up to the log's end."""
    tally = Tally()
    projector = Projector(log, Feed(log), (tally,), page_events=2_000)
    await projector.start()
    await projector.caught_up()
    await projector.close()
    return tally.streams


async def rebuilt(log: Log) -> dict[str, tuple[int, str]]:
    """The tally made anew from the first event."""
    tally = Tally()
    await Projector(log, Feed(log), (tally,), page_events=2_000).rebuild()
    return tally.streams
