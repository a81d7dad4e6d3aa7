"""What a command is, who gives it, and what a decision may say beside its facts.

Each cycle's concept files define their commands on `Command`. Read by `incident/handle` (to decode and decide) and
by the pages (completion, forms, JSON Schema). Never does I/O.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Protocol

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
    reason: Annotated[
        str, msgspec.Meta(max_length=2_000, description="Why, in a sentence; kept with what it brings about.")
    ] = ""
    expected_seq: Annotated[
        Annotated[int, msgspec.Meta(ge=0)] | None,
        msgspec.Meta(description="Refuse with `conflict` unless the room still stands at this number."),
    ] = None


class KnownCategory(msgspec.Struct, frozen=True):
    """A category of incidents that the house knows."""

    name: str
    """As it is written."""
    retired: bool = False
    """Whether it is offered no longer."""
    into: str = ""
    """The category that it was merged into; empty: none."""


class Register(Protocol):
    """What the install knows of people, teams and services, as far as a decision needs it. Looked up, never changed."""

    def known(self, ref: str) -> bool:
        """Whether the directory has this person, by e-mail."""

    def ref(self, email: str) -> str:
        """What the record calls the person who has this e-mail now; what is nobody's e-mail stays as it is."""

    def nearest(self, name: str) -> tuple[str, ...]:
        """The e-mails of those who may be meant by a name, or by an e-mail that nobody has; the likeliest first."""

    def members(self, team: str) -> tuple[str, ...] | None:
        """The e-mails of a team's members; None when there is no such team."""

    def teams(self) -> tuple[str, ...]:
        """The names of the teams."""

    def names(self) -> tuple[str, ...]:
        """What the people of the directory are called."""

    def ways(self, ref: str) -> tuple[str, ...]:
        """The channels by which a page could reach this person at this moment: `browser`, `email`, or none."""

    def services(self) -> tuple[str, ...]:
        """The names of the services that are known, by themselves or because another depends on them."""

    def called(self) -> Mapping[str, str]:
        """What outsiders call services, by the name that the house has for them."""

    def components(self) -> tuple[str, ...]:
        """How the parts of the status page may be named: by name, id or service; empty while none is defined."""

    def categories(self) -> Mapping[str, KnownCategory]:
        """The categories of incidents, by their names without case; empty while none is defined."""

    def near(self, service: str) -> frozenset[str]:
        """The service itself, those it depends on, and those that depend on it, one step away."""


class _Nothing:
    """A register of an install that knows nobody; what pure tests decide with."""

    def known(self, ref: str) -> bool:
        return False

    def ref(self, email: str) -> str:
        return email

    def nearest(self, name: str) -> tuple[str, ...]:
        return ()

    def members(self, team: str) -> tuple[str, ...] | None:
        return None

    def teams(self) -> tuple[str, ...]:
        return ()

    def names(self) -> tuple[str, ...]:
        return ()

    def ways(self, ref: str) -> tuple[str, ...]:
        return ()

    def services(self) -> tuple[str, ...]:
        return ()

    def called(self) -> Mapping[str, str]:
        return {}

    def components(self) -> tuple[str, ...]:
        return ()

    def categories(self) -> Mapping[str, KnownCategory]:
        return {}

    def near(self, service: str) -> frozenset[str]:
        return frozenset({service})


NOTHING: Register = _Nothing()


class Act(msgspec.Struct, frozen=True):
    """Who does something, when, and with which tool: what a decision knows beside the command and the room."""

    at: datetime
    actor: str
    """`person:ana@example.com`, `character:NAME`, `token:NAME`, `source:NAME` or `system:NAME`."""
    via: str
    """The tool: `web`, `api`, `cli`, `alertmanager`, …"""
    reason: str = ""
    register: Register = NOTHING
    page_answer_s: int = 120
    """How long a page may stay without an acknowledgement before that is noted, in seconds."""
    page_deadline_s: int = 3_600
    """How long a page rings and is tried before it is given up, in seconds."""
    admin: bool = False
    """Whether the actor may do what only an admin may."""
    ahead_at: datetime | None = None
    """The time that was stated, where it has not come yet: it is what is recorded, and no decision goes by it."""

    @property
    def person(self) -> str:
        """The actor as commands and facts name a person: an e-mail, `character:NAME`, or `token:NAME`."""
        return self.actor.removeprefix("person:")


class Caution(msgspec.Struct, frozen=True):
    """A warning that goes with a decision: nothing is blocked, but the asker learns what to look at."""

    code: str
    message: str
    hint: str = ""
