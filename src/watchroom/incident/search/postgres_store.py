"""Search in PostgreSQL, as `tsvector`: the store of an install whose record is there, one for all its processes.

The tables stand beside the record's and can be dropped. Words are handed over as they are, made by `words` and not by
a dictionary of the server, so that both stores find the same. On connections of a pool of its own, in a thread of its
own. Called by `indexer` and `searching`. Never decides who writes: that is the lease's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from watchroom.base.clock import EPOCH, epoch_us
from watchroom.base.errors import Conflict, Unavailable
from watchroom.incident.search.document import Document, Gone, Step, runs, tokens_of
from watchroom.incident.search.query import Term
from watchroom.incident.search.store import VERSION, Found, Mark, Wanted, tags_of
from watchroom.record.loop_thread import LoopThread
from watchroom.record.postgres_link import TROUBLE, Connection, PostgresLimits, connect, explained, key_of, pool

T = TypeVar("T")
WORDS_MAX = 4_000
POSITION_MAX = 16_383
"""Words behind it all stand in one place (source: PostgreSQL, "Text Search Types", limits of tsvector)."""
SCRUB_S = 3_600.0
_LARGEST = 2**63 - 1
_TABLES = ("search_mark", "search_document", "search_version")

_SCHEMA = """
CREATE TABLE search_version (version INTEGER NOT NULL);
CREATE TABLE search_mark (
    org TEXT COLLATE "C" NOT NULL PRIMARY KEY, position BIGINT NOT NULL, anchor TEXT NOT NULL
);
CREATE TABLE search_document (
    org TEXT COLLATE "C" NOT NULL,
    rank BIGINT NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    of TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    text TEXT NOT NULL,
    words TSVECTOR NOT NULL,
    PRIMARY KEY (org, stream, seq)
);
CREATE INDEX search_by_rank ON search_document (org, rank DESC);
CREATE INDEX search_by_state ON search_document (org, stream, of) WHERE of <> '';
CREATE INDEX search_by_word ON search_document USING gin (words);
"""


class PostgresStore:
    """The `Store` protocol on the database at `url`."""

    def __init__(self, url: str, organisation: str = "main", limits: PostgresLimits | None = None) -> None:
        self._url = url
        self._org = organisation
        self._limits = limits or PostgresLimits()
        self._thread: LoopThread | None = None
        self._pool: Any = None

    async def open(self) -> None:
        """See `Store.open`. Raises Unavailable."""
        if self._thread is None:
            self._thread = LoopThread("search-postgres")
        await self._ask(self._open)

    async def mark(self) -> Mark | None:
        """See `Store.mark`."""
        return await self._with(lambda db: _mark(db, self._org))

    async def apply(self, steps: Sequence[Step], before: Mark, mark: Mark) -> None:
        """See `Store.apply`."""
        await self._with(lambda db: _apply(db, self._org, steps, before, mark))

    async def find(self, wanted: Wanted) -> list[Found]:
        """See `Store.find`."""
        return await self._with(lambda db: _find(db, self._org, wanted))

    async def clear(self) -> None:
        """See `Store.clear`."""
        await self._with(lambda db: _clear(db, self._org))

    async def scrub(self) -> None:
        """See `Store.scrub`. The table is written anew: what the server's own log, its standbys and back-ups keep is
        beyond it."""
        await self._ask(self._scrub)

    async def close(self) -> None:
        """See `Store.close`."""
        if self._thread is not None:
            if self._pool is not None:
                await self._thread.ask(_end(self._pool))
            await asyncio.to_thread(self._thread.stop)
            self._thread = self._pool = None

    async def _ask(self, work: Callable[[], Any]) -> Any:
        if self._thread is None:
            raise Unavailable("The search is closed.", hint="Try again soon.")
        try:
            return await self._thread.ask(work())
        except TROUBLE as error:
            said = f"The search cannot be used just now: {explained(error)}."
            raise Unavailable(said, hint="Try again soon.") from error

    async def _with(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def lent() -> T:
            async with self._pool.acquire() as db:
                return await work(db)

        found: T = await self._ask(lent)
        return found

    async def _open(self) -> None:
        if self._pool is None:
            self._pool = await pool(self._url, self._limits)
        async with self._pool.acquire() as db, db.transaction():
            schema = await db.fetchval("SELECT current_schema()")
            # Several servers may start at once: they take turns.
            await db.execute(f"SELECT pg_advisory_xact_lock({key_of(schema, 'search')})")
            known = await db.fetchval("SELECT to_regclass('search_version')")
            if known is None or await db.fetchval("SELECT version FROM search_version") != VERSION:
                await db.execute(f"DROP TABLE IF EXISTS {', '.join(_TABLES)}")
                await db.execute(_SCHEMA)
                await db.execute("INSERT INTO search_version VALUES ($1)", VERSION)

    async def _scrub(self) -> None:
        db = await connect(self._url, self._limits)
        try:
            await db.execute("SET statement_timeout = 0")
            await db.execute("VACUUM FULL search_document", timeout=SCRUB_S)
        finally:
            db.terminate()


async def _end(pool: Any) -> None:
    pool.terminate()


async def _mark(db: Connection, org: str) -> Mark | None:
    row = await db.fetchrow("SELECT position, anchor FROM search_mark WHERE org = $1", org)
    return None if row is None else Mark(*row)


async def _apply(db: Connection, org: str, steps: Sequence[Step], before: Mark, mark: Mark) -> None:
    async with db.transaction():
        stands = await db.fetchval("SELECT position FROM search_mark WHERE org = $1 FOR UPDATE", org)
        if (stands or 0) != before.position:
            raise Conflict("Somebody else has written to the search.")
        # The mark first: of two processes that begin at once the second waits here, and then finds that it is late.
        taken = await db.fetchval(
            "INSERT INTO search_mark (org, position, anchor) VALUES ($1, $2, $3)"
            " ON CONFLICT (org) DO UPDATE SET position = excluded.position, anchor = excluded.anchor"
            " WHERE search_mark.position = $4 RETURNING true",
            org,
            mark.position,
            mark.anchor,
            before.position,
        )
        if not taken:
            raise Conflict("Somebody else has written to the search.")
        for run in runs(steps):
            if isinstance(run[0], Gone):
                await _take_out(db, org, [step for step in run if isinstance(step, Gone)])
            else:
                await _put_in(db, org, [step for step in run if isinstance(step, Document)])


async def _take_out(db: Connection, org: str, gone: Sequence[Gone]) -> None:
    for step in gone:
        where = "org = $1 AND stream = $2"
        values: list[str | int] = [org, _text(step.stream)]
        for column, value in (("seq", step.seq), ("of", step.of)):
            if value:
                values.append(value)
                where += f" AND {column} = ${len(values)}"
        await db.execute(f"DELETE FROM search_document WHERE {where}", *values)


async def _put_in(db: Connection, org: str, documents: Sequence[Document]) -> None:
    of = [(_text(each.stream), each.of) for each in documents if each.of]
    if of:
        await db.execute(
            "DELETE FROM search_document d USING unnest($2::text[], $3::text[]) AS named (stream, of)"
            " WHERE d.org = $1 AND d.stream = named.stream AND d.of = named.of AND d.of <> ''",
            org,
            *map(list, zip(*of, strict=True)),
        )
    rows = [
        (
            each.rank, _text(each.stream), each.seq, each.of, each.kind, _text(each.actor), _text(each.service),
            epoch_us(each.at), _text(each.text), vector(tokens_of(each, WORDS_MAX)),
        )
        for each in documents
    ]  # fmt: skip
    await db.execute(
        """INSERT INTO search_document (org, rank, stream, seq, of, kind, actor, service, at_us, text, words)
           SELECT $1, rank, stream, seq, of, kind, actor, service, at_us, text, words::tsvector
           FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                       $9::bigint[], $10::text[], $11::text[])
                AS new (rank, stream, seq, of, kind, actor, service, at_us, text, words)
           ON CONFLICT (org, stream, seq) DO UPDATE SET rank = excluded.rank, of = excluded.of, kind = excluded.kind,
               actor = excluded.actor, service = excluded.service, at_us = excluded.at_us, text = excluded.text,
               words = excluded.words""",
        org,
        *map(list, zip(*rows, strict=True)),
    )


async def _clear(db: Connection, org: str) -> None:
    async with db.transaction():
        await db.execute("DELETE FROM search_mark WHERE org = $1", org)
        await db.execute("DELETE FROM search_document WHERE org = $1", org)


async def _find(db: Connection, org: str, wanted: Wanted) -> list[Found]:
    values: list[Any] = [org]

    def given(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    def among(column: str, names: frozenset[str]) -> str:
        return f"{column} = ANY({given(sorted(map(_text, names)))}::text[])"

    where = ["org = $1", f"rank < {given(_LARGEST if wanted.below is None else wanted.below)}"]
    if wanted.terms:
        tags = ["(" + " | ".join(f"'{tag}'" for tag in each) + ")" for each in tags_of(wanted)]
        where.append(f"words @@ {given(' & '.join([*map(_match, wanted.terms), *tags]))}::text::tsquery")
    if wanted.without:
        where.append(f"NOT words @@ {given(' | '.join(map(_match, wanted.without)))}::text::tsquery")
    for column, names in (("kind", wanted.kinds), ("actor", wanted.actors), ("stream", wanted.streams)):
        if names is not None:
            where.append(among(column, names))
    if wanted.services is not None:
        where.append(f"({among('service', wanted.services)} OR {among('stream', wanted.service_streams)})")
    if wanted.hidden:
        where.append(f"NOT {among('stream', wanted.hidden)}")
    if wanted.since_us is not None:
        where.append(f"at_us >= {given(wanted.since_us)}")
    if wanted.until_us is not None:
        where.append(f"at_us < {given(wanted.until_us)}")
    rows = await db.fetch(
        "SELECT rank, stream, seq, kind, at_us, actor, text, of, service FROM search_document"
        f" WHERE {' AND '.join(where)} ORDER BY rank DESC, stream, seq LIMIT {given(wanted.limit)}",
        *values,
    )
    return [_found(*row) for row in rows]


def _found(rank: int, stream: str, seq: int, kind: Any, at_us: int, *rest: str) -> Found:
    return Found(rank, Document(stream, seq, kind, EPOCH + timedelta(microseconds=at_us), *rest))


def _match(term: Term) -> str:
    """The term as a `tsquery`. Words are letters and digits alone, so nothing that was typed can be an operator."""
    quoted = [f"'{word}'" for word in term.words]
    return f"({' <-> '.join(quoted)}{':*' if term.prefix else ''})"


def vector(words: str) -> str:
    """Words with a space between as a `tsvector`: each word with its places."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words.split(" "), 1):
        places.setdefault(word, []).append(str(min(place, POSITION_MAX)))
    return " ".join(f"'{word}':{','.join(each)}" for word, each in places.items() if word)


def _text(text: str) -> str:
    """As PostgreSQL's text can hold it."""
    return text.replace("\0", " ")
