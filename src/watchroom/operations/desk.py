"""The desk: what operations work with, and the shape of an operation.

Built by `app` with a server's own parts, and by `opening` over a record that no server has. Never prints.
"""

from collections.abc import Awaitable, Callable

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Unavailable
from watchroom.base.rng import Chance
from watchroom.incident.audit import AuditLog
from watchroom.incident.profile_book import ProfileBook
from watchroom.incident.search.searching import Answer
from watchroom.integrations.inviting import Inviter
from watchroom.integrations.source_book import SourceBook
from watchroom.people.catalogue import Services
from watchroom.people.credential import Credentials
from watchroom.people.team import Teams
from watchroom.record.log import Log
from watchroom.record.projection import Projector

Told = Callable[[int, int], None]
"""Hears how far of how much something is."""

Find = Callable[[str, int, int | None], Awaitable[Answer]]
"""Searches for a text: at most so many hits, from below a rank on."""

ACTOR = "system:shell"
VIA = "cli"


def unheard(at: int, of: int) -> None:
    """Nobody asks how far it is."""


class Desk(msgspec.Struct, frozen=True):
    """What operations work with."""

    credentials: Credentials
    teams: Teams
    services: Services
    base_url: str
    """How senders and browsers reach this install, without a slash at the end."""
    rebuild: Callable[[Told], Awaitable[None]] | None = None
    """Makes all projections anew; None where there are none."""
    told: Told = unheard
    """Hears how far a rebuild is, besides whoever asks for its progress."""
    progress: list[tuple[int, int]] = []
    """How far the rebuild is that runs just now, at most one."""
    book: Callable[[], Awaitable[SourceBook]] | None = None
    """What is known of the senders, up to date."""
    log: Log | None = None
    clock: Clock | None = None
    test: Callable[[str], Awaitable[object]] | None = None
    """Sends a source's sample; None where no server takes it in."""
    projector: Projector | None = None
    """What follows the record; an import waits until it is shown."""
    import_bytes_max: int = 512 * 2**20
    facts_max: int = 1_000_000
    chance: Chance | None = None
    timeline_entries_max: int = 2_000
    profiles: ProfileBook | None = None
    """What the house goes by."""
    audit: Callable[[], Awaitable[AuditLog]] | None = None
    """The audit log, up to date."""
    inviter: Inviter | None = None
    """Hands out links that let people in."""

    find: Find | None = None
    """Searches everything that is recorded."""

    def record(self) -> tuple[Log, Clock]:
        """The record and its clock. Raises Unavailable where there are none."""
        if self.log is None or self.clock is None:
            raise Unavailable("There is no record here.")
        return self.log, self.clock


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something by its name."""

    name: str


class Operation(msgspec.Struct, frozen=True):
    """One thing that can be asked for."""

    params: type
    work: Callable[..., Awaitable[object]]
    begins: bool = False
    """Whether it makes sense before there is any record; then it makes one."""
