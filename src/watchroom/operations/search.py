"""Operations on the search: what was written down, found from the shell.

Called by `every`. Whoever holds the record's files or its server sees every room. Never prints.
"""

import msgspec

from watchroom.base.errors import Unavailable
from watchroom.incident.search.searching import Answer
from watchroom.operations.desk import Desk, Operation

LIMIT_MAX = 1_000


class SearchAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for."""

    q: str
    limit: int = 30
    below: int | None = None


async def find(desk: Desk, params: SearchAsked) -> Answer:
    """What was written down, best first. Raises Malformed, Unavailable."""
    if desk.find is None:
        raise Unavailable("There is no search here.")
    return await desk.find(params.q, max(1, min(params.limit, LIMIT_MAX)), params.below)


OPERATIONS = {"search.find": Operation(SearchAsked, find)}
