"""Which store an install's search is kept in: beside its record.

Called by `app` and by `watchroom record rebuild`.
"""

from watchroom.config import Settings
from watchroom.incident.search.postgres_store import PostgresStore
from watchroom.incident.search.sqlite_store import SqliteStore
from watchroom.incident.search.store import Store
from watchroom.record.opening import limits_of

FILE = "search.sqlite"


def store_of(settings: Settings, *, embedded: bool) -> Store:
    """The store: in the record's database if there is one, `embedded` in the data folder, else in memory. Not open."""
    if settings.database:
        return PostgresStore(settings.database, settings.organisation, limits_of(settings))
    return SqliteStore(settings.folder / FILE if embedded else None)
