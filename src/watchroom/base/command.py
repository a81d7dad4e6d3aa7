"""What a command is, who gives it, and what a decision may say beside its facts.

Each cycle's concept files define their commands on `Command`. Read by `incident/handle` (to decode and decide) and
by the pages (completion, forms, JSON Schema). Never does I/O.
"""

from datetime import datetime
from typing import Annotated

import msgspec

LongText = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
OptionalText = Annotated[str, msgspec.Meta(max_length=20_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
When = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone, as RFC 3339."""
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command", forbid_unknown_fields=True):
    """What somebody asks of a room. The three fields here are common to all and may be left out."""

    at: Annotated[When | None, msgspec.Meta(description="When it happened, if not now.")] = None
    reason: Annotated[str, msgspec.Meta(max_length=2_000, description="Why, in a sentence.")] = ""
    expected_seq: Annotated[
        Annotated[int, msgspec.Meta(ge=0)] | None,
        msgspec.Meta(description="Refuse with `conflict` unless the room still stands at this number."),
    ] = None


class Act(msgspec.Struct, frozen=True):
    """Who does something, when, and with which tool: what a decision knows beside the command and the room."""

    at: datetime
    actor: str
    """`person:ana@example.com`, `character:NAME`, `token:NAME`, `source:NAME` or `system:NAME`."""
    via: str
    """The tool: `web`, `api`, `cli`, `alertmanager`, …"""
    reason: str = ""
    admin: bool = False
    """Whether the actor may do what only an admin may."""

    @property
    def person(self) -> str:
        """The actor as commands and facts name a person: an e-mail, `character:NAME`, or `token:NAME`."""
        return self.actor.removeprefix("person:")


class Caution(msgspec.Struct, frozen=True):
    """A warning that goes with a decision: nothing is blocked, but the asker learns what to look at."""

    code: str
    message: str
    hint: str = ""
