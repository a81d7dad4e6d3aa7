"""A PostgreSQL record as one end of a move: rows as they are stored, in one transaction, under the record's lock.

Called by `move`. It refuses while servers are connected to the database.
"""

import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from watchroom.base.errors import Unavailable
from watchroom.record.move import ClaimRow, ErasableRow, EventRow
from watchroom.record.postgres_link import (
    APPLICATION,
    TROUBLE,
    PostgresLimits,
    connect,
    explained,
    key_of,
    opening_error,
    shown,
)
from watchroom.record.postgres_schema import check_readable, prepare

_EVENT = "position, stream, seq, head, data, salt, commitment, digest, wall_us"


class PostgresEnd:
    """The record in a database."""

    def __init__(self, url: str, organisation: str, limits: PostgresLimits, *, writes: bool) -> None:
        self.name = shown(url)
        self._url = url
        self._org = organisation
        self._limits = limits
        self._writes = writes

    async def __aenter__(self) -> "PostgresEnd":
        try:
            self._db = await connect(self._url, self._limits)
        except (*TROUBLE, ValueError) as error:
            raise opening_error(self._url, error) from error
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._db.terminate)
            try:
                await self._take()
            except TROUBLE as error:
                raise opening_error(self._url, error) from error
            on_failure.pop_all()
        return self

    async def _take(self) -> None:
        # While the other end is read back, this one has nothing to say.
        await self._db.execute("SET idle_in_transaction_session_timeout = 0")
        place = await (prepare if self._writes else check_readable)(self._db, self._url)
        others = await self._db.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
            " AND datname = current_database() AND pid <> pg_backend_pid()",
            APPLICATION,
        )
        lock = key_of(place.schema, f"log of {self._org}")
        await self._db.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ{'' if self._writes else ' READ ONLY'}")
        if others or not await self._db.fetchval(f"SELECT pg_try_advisory_xact_lock({lock})"):
            raise Unavailable(
                f"{self.name} is in use by {others or 'other'} connections of servers or commands.",
                hint="Stop every server on it first.",
            )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.terminate()

    async def count_events(self) -> int:
        """See `End`."""
        return int((await self._fetch("SELECT count(*) FROM event WHERE org = $1", self._org))[0][0])

    async def events(self, after: int, limit: int) -> list[EventRow]:
        """See `End`."""
        found = await self._fetch(
            f"SELECT {_EVENT} FROM event WHERE org = $1 AND position > $2 ORDER BY position LIMIT $3",
            self._org,
            after,
            limit,
        )
        return [EventRow(position, stream.decode(), *rest) for position, stream, *rest in found]

    async def claims(self) -> list[ClaimRow]:
        """See `End`."""
        found = await self._fetch("SELECT scope, key, stream FROM claim WHERE org = $1 ORDER BY scope, key", self._org)
        return [ClaimRow(scope, key.decode(), stream.decode()) for scope, key, stream in found]

    async def erasables(self) -> list[ErasableRow]:
        """See `End`."""
        found = await self._fetch("SELECT tab, key, body FROM erasable WHERE org = $1 ORDER BY tab, key", self._org)
        return [ErasableRow(tab, key.decode(), body) for tab, key, body in found]

    async def add(self, rows: list[EventRow]) -> None:
        """See `End`."""
        columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
        columns[1] = [stream.encode() for stream in columns[1]]
        await self._fetch(
            f"INSERT INTO event (org, {_EVENT}) SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::bigint[],"
            " $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bigint[])",
            self._org,
            *columns,
        )

    async def add_beside(self, claims: list[ClaimRow], erasables: list[ErasableRow]) -> None:
        """See `End`."""
        await self._fetch(
            "INSERT INTO claim (org, scope, key, stream)"
            " SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::bytea[])",
            self._org,
            [row.scope for row in claims],
            [row.key.encode() for row in claims],
            [row.stream.encode() for row in claims],
        )
        await self._fetch(
            "INSERT INTO erasable (org, tab, key, body) SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::bytea[])",
            self._org,
            [row.tab for row in erasables],
            [row.key.encode() for row in erasables],
            [row.body for row in erasables],
        )

    async def commit(self) -> None:
        """See `End`."""
        try:
            await self._db.execute("COMMIT")
        except TROUBLE as error:
            raise Unavailable(
                f"{self.name} failed at the end: {explained(error)}.",
                hint="Look with `watchroom incident verify` whether all of it is there; if none is, move it again.",
            ) from error

    async def _fetch(self, statement: str, *arguments: object) -> Sequence[Any]:
        try:
            found: Sequence[Any] = await self._db.fetch(statement, *arguments)
        except TROUBLE as error:
            raise Unavailable(f"{self.name} failed: {explained(error)}.", hint="Nothing was moved.") from error
        return found
