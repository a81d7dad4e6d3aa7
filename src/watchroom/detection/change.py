"""Changes: what somebody did to a system on purpose, as a deployment tool reports it.

A change is no signal: nothing is wrong, nobody must judge it, it opens no room. It is kept because the first question
of an incident is what changed. Reported by `integrations`, listed by `incident.changes`. Pure.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.record.event import Fact


class ChangeLink(msgspec.Struct, frozen=True):
    """Where to read more about a change."""

    href: str
    text: str = ""


class ChangeReported(Fact, frozen=True, kw_only=True):
    """A tool reported a change: a deployment, a configuration, a flag. It stands in its sender's stream."""

    id: Annotated[str, msgspec.Meta(description="The change's own id, the same in the answer to its sender.")]
    summary: str
    service: Annotated[str, msgspec.Meta(description="What was changed, as the sender names it.")] = ""
    changed_at: Annotated[datetime | None, msgspec.Meta(description="When, as the sender says.")] = None
    links: list[ChangeLink] = []
    details: dict[str, str] = {}
