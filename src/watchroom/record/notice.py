"""Telling those who asked about a commit, so that one that fails spoils neither the write nor the others.

Called by the stores, on the event loop, once per commit. Never blocks.
"""

import logging
from collections.abc import Iterable, Mapping

from watchroom.record.log import Reached

_log = logging.getLogger(__name__)


def tell(told: Iterable[Reached], reached: Mapping[str, int], position: int) -> None:
    """Call each of `told` with the new last numbers of the streams and the log's last position."""
    for each in told:
        try:
            each(reached, position)
        except Exception:  # supervised: a follower's fault must not look like a lost write, which is durable already
            _log.exception("A follower of the record failed when told of position %d", position)
