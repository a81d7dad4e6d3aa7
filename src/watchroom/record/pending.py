"""What a group of writes has decided and not committed yet, and how its requests are answered.

The same for every store that commits in groups; each keeps in it what the group knows beyond this. Pure.
"""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from watchroom.base.errors import Malformed, WatchroomError
from watchroom.record.admission import Admitted
from watchroom.record.event import Redaction
from watchroom.record.log import Head, Placed

_log = logging.getLogger(__name__)


class Pending(msgspec.Struct):
    """The last position given, the ends of streams, the holders of claims, the events and the redactions so far."""

    position: int
    heads: dict[str, Head] = {}
    claims: dict[tuple[str, str], str | None] = {}
    placed: list[Placed] = []
    redactions: list[Redaction] = []

    def take(self, admitted: Admitted) -> list[Placed]:
        """Take in what one request may write; its events with their places."""
        self.heads.update(admitted.heads)
        self.claims.update(admitted.claims)
        self.redactions += admitted.redactions
        made = [Placed(self.position + number, event) for number, event in enumerate(admitted.events, 1)]
        self.position += len(made)
        self.placed += made
        return made


class Asked(Protocol):
    """A request, as far as its answer goes."""

    @property
    def future(self) -> Any: ...


def alone(error: Exception) -> Exception:
    """What one request fails with while its neighbours are written."""
    if isinstance(error, WatchroomError):
        return error
    if isinstance(error, UnicodeEncodeError):
        return Malformed(f"Text that is no valid Unicode cannot be recorded: {error}.")
    _log.error("A request to the record failed", exc_info=error)
    return error


def answer(requests: Sequence[Asked], results: Sequence[Any]) -> None:
    """Tell each caller its result, or raise there what it failed with; on the loop that the callers wait on."""
    for request, result in zip(requests, results, strict=True):
        if request.future.done():
            continue
        if isinstance(result, Exception):
            request.future.set_exception(result)
        else:
            request.future.set_result(result)
