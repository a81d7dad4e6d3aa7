"""Connections to PostgreSQL: how they are made, what they promise, and what it means when one fails.

Called by the other `postgres_` files. Never holds a statement of the record. A connection that has shown any trouble is
thrown away, never mended.
"""

import contextlib
import hashlib
import logging
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec

from watchroom.base.errors import MisConfigured, Unavailable, WatchroomError

_log = logging.getLogger(__name__)

Connection = Any
"""An `asyncpg.Connection`, or one that its pool lends: they have the same methods and no common class."""

TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""Everything with which a connection or a statement fails."""

_WRONG_SETTING = (
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.exceptions.ClientConfigurationError,
    ValueError,
)
"""What trying again does not help with: a URL that is none, no such database, a wrong password, no right to make
tables."""

VERSION_MIN = 15
APPLICATION = "watchroom"


class PostgresLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and times of a PostgreSQL record; `config.Settings` has each as `database_…`."""

    readers_max: int = 4
    """Connections for reading, beside the one that writes and the one that listens."""
    connect_s: float = 5.0
    statement_s: float = 30.0
    lock_s: float = 10.0
    """How long a group waits for the groups of other processes, and how long a process may hold them up in turn."""
    resolve_s: float = 15.0
    """How long it is tried to learn whether a commit came through whose answer was lost."""
    look_s: float = 5.0
    """Time between two looks at the log's end, for the case that a notification was lost."""
    retry_s_max: float = 5.0
    """The longest pause between two tries to connect."""


class Backoff:
    """Pauses that grow from a twentieth of a second, until something works again."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._next_s = 0.05

    def next_s(self) -> float:
        """How long to wait now."""
        pause_s = min(self._next_s, self._longest_s)
        self._next_s = min(self._next_s * 2, self._longest_s)
        return pause_s

    def reset(self) -> None:
        """Something worked."""
        self._next_s = 0.05


def settings_of(limits: PostgresLimits) -> dict[str, str]:
    """What each session asks of the server, in milliseconds where it is a time."""
    lock_ms = str(int(limits.lock_s * 1_000))
    return {
        "application_name": APPLICATION,
        "statement_timeout": str(int(limits.statement_s * 1_000)),
        "lock_timeout": lock_ms,
        # A process that is stopped in the middle of a group must not hold up the others for ever.
        "idle_in_transaction_session_timeout": lock_ms,
        "default_transaction_isolation": "read committed",
        "jit": "off",
    }


async def connect(url: str, limits: PostgresLimits) -> Connection:
    """A connection for writing or listening. Raises what is in `TROUBLE`."""
    connection = await asyncpg.connect(
        url,
        timeout=limits.connect_s,
        # The server's own timeout comes first; this one is for a network that swallows everything.
        command_timeout=limits.statement_s + 5,
        server_settings=settings_of(limits),
    )
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(connection.terminate)
        await durable(connection)
        on_failure.pop_all()
    return connection


async def durable(connection: Connection) -> None:
    """Make a commit wait for the disk, whatever the role's or the database's default is; a stronger one is kept."""
    if await connection.fetchval("SELECT current_setting('synchronous_commit')") == "off":
        await connection.execute("SET synchronous_commit = on")


async def warn_of_memory(connection: Connection) -> None:
    """Say so in the log when the server is set not to wait for its disk, which no session can mend."""
    if await connection.fetchval("SELECT current_setting('fsync')") == "off":
        _log.warning("The database does not wait for its disk (fsync = off): a loss of power may lose facts")


def pool(url: str, limits: PostgresLimits) -> Any:
    """A pool for reading and for small writes; connects when it is first asked, and anew after trouble."""
    return asyncpg.create_pool(
        url,
        min_size=0,
        max_size=limits.readers_max,
        timeout=limits.connect_s,
        command_timeout=limits.statement_s + 5,
        server_settings=settings_of(limits),
        init=durable,
    )


def shown(url: str) -> str:
    """The URL without what is secret in it, for messages."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"


def explained(error: BaseException) -> str:
    """The error in a few words, without a full stop."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return f"no connection ({error.strerror})"
    said = str(error).strip() or type(error).__name__
    return " ".join(said.split()).rstrip(".")


def opening_error(url: str, error: BaseException) -> WatchroomError:
    """What to tell somebody whose record cannot be opened."""
    says = f"{shown(url)} cannot be opened: {explained(error)}."
    if isinstance(error, _WRONG_SETTING):
        return MisConfigured(says, hint="See docs/operations.md for the role and the database that are needed.")
    return Unavailable(says, hint="Is PostgreSQL running, and does it take connections from here?")


def unavailable(error: BaseException) -> Unavailable:
    """What to tell whoever wanted to write."""
    return Unavailable(
        f"The record cannot be written just now: {explained(error)}.", hint="Nothing was written; try again soon."
    )


def unreadable(error: BaseException) -> Unavailable:
    """What to tell whoever wanted to read."""
    return Unavailable(f"The record cannot be read just now: {explained(error)}.", hint="Try again soon.")


def key_of(schema: str, purpose: str) -> int:
    """A number of 64 bits, signed, for an advisory lock that is this record's own in its database."""
    digest = hashlib.sha256(f"watchroom/{schema}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def channel_of(schema: str, organisation: str) -> str:
    """The name under which an organisation's commits are told: an identifier of at most 63 bytes."""
    return "watchroom_" + hashlib.sha256(f"{schema}/{organisation}".encode()).hexdigest()[:24]
