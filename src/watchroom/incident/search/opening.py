"""Which store an install's search is kept in, beside its record, and what keeps it up with it.

Called by `app` and by `watchroom record rebuild`.
"""

from collections.abc import Callable

from watchroom.base.clock import Clock
from watchroom.config import Settings
from watchroom.incident.search.indexer import Indexer, never
from watchroom.incident.search.postgres_store import PostgresStore
from watchroom.incident.search.searching import SearchBounds
from watchroom.incident.search.sqlite_store import SqliteStore
from watchroom.incident.search.store import Store
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.observer import Queued
from watchroom.record.opening import limits_of

FILE = "search.sqlite"


def store_of(settings: Settings, *, embedded: bool) -> Store:
    """The store: in the record's database if there is one, `embedded` in the data folder, else in memory. Not open."""
    if settings.database:
        return PostgresStore(settings.database, settings.organisation, limits_of(settings))
    return SqliteStore(settings.folder / FILE if embedded else None)


def indexer_of(settings: Settings, log: Log, feed: Feed, clock: Clock, *, embedded: bool) -> Indexer:
    """What keeps the store up with the record; not running. Its store is to be closed."""
    store, chars_max = store_of(settings, embedded=embedded), settings.search_chars_max
    shared = bool(settings.database)
    return Indexer(log, feed, store, clock, chars_max=chars_max, busy=busy(log), shared=shared)


def bounds_of(settings: Settings) -> SearchBounds:
    """What one search may cost."""
    return SearchBounds(settings.search_words_max, settings.search_wait_s)


def busy(log: Log) -> Callable[[], bool]:
    """Whether somebody waits for the record just now."""
    if isinstance(log, Queued):
        queue: Queued = log
        return lambda: queue.queued_requests > 0
    return never
