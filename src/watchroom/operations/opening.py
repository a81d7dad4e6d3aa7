"""A desk over a record that no server of this folder has, for commands that do their work themselves.

Called by `shell`. Never prints.
"""

from watchroom.base.clock import Clock
from watchroom.base.rng import Chance
from watchroom.config import Settings, base_url
from watchroom.incident.audit import AuditLog
from watchroom.incident.changes import Changes
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.incident.profile_book import ProfileBook
from watchroom.incident.search.indexer import Indexer
from watchroom.incident.search.opening import store_of
from watchroom.incident.search.searching import Answer, Search, SearchBounds
from watchroom.incident.sight import Sight
from watchroom.incident.status_posts import StatusPosts
from watchroom.incident.visibility import Viewer
from watchroom.integrations.access_mail import AccessMail
from watchroom.integrations.inviting import Inviter
from watchroom.integrations.outbox import Outbox
from watchroom.integrations.source_book import SourceBook
from watchroom.integrations.source_settings import audit_log
from watchroom.operations.desk import ACTOR, Desk, Find, Told, unheard
from watchroom.people.catalogue import Services
from watchroom.people.credential import credentials_of
from watchroom.people.person import Directory
from watchroom.people.team import Teams
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.projection import Projector


async def open_desk(log: Log, settings: Settings, clock: Clock, chance: Chance, told: Told = unheard) -> Desk:
    """A desk over a record that no server of this folder has; `told` hears how far a rebuild is.

    Raises Unavailable when the record cannot be read.
    """
    directory = Directory(log, clock, demo=settings.demo)
    await directory.load()
    credentials = credentials_of(log, directory, clock, chance, settings)
    await credentials.load()

    async def rebuild(told: Told) -> None:
        lists = (Listing(Folds(log)), Inbox(), Outbox(Folds(log)), StatusPosts(Folds(log)))
        projections = (*lists, Changes(settings.changes_listed_max), SourceBook(), audit_log(settings))
        await Projector(log, Feed(log), projections, page_events=2_000).rebuild(told)
        store = store_of(settings, embedded=True)
        try:
            chars_max = settings.search_chars_max
            await Indexer(log, Feed(log), store, clock, chars_max=chars_max).rebuild(told)
        finally:
            await store.close()

    async def audit() -> AuditLog:
        found = audit_log(settings)
        projector = Projector(log, Feed(log), (found,))
        await projector.start()
        await projector.caught_up()
        await projector.close()
        return found

    async def book() -> SourceBook:
        found = SourceBook()
        projector = Projector(log, Feed(log), (found,))
        await projector.start()
        await projector.caught_up()
        await projector.close()
        return found

    teams, services = Teams(log, clock), Services(log, clock, settings.services_max)
    profiles = ProfileBook(log, clock, settings.profile)
    for followed in (teams, services, profiles):
        await followed.load()
    return Desk(
        credentials,
        teams,
        services,
        base_url(settings),
        rebuild,
        told,
        book=book,
        log=log,
        clock=clock,
        import_bytes_max=settings.import_bytes_max,
        facts_max=settings.facts_per_incident_max,
        chance=chance,
        timeline_entries_max=settings.timeline_entries_max,
        profiles=profiles,
        audit=audit,
        find=_finding(log, settings, clock, directory, teams, services),
        inviter=Inviter(credentials, AccessMail(settings, clock, chance, credentials), base_url(settings)),
    )


def _finding(
    log: Log, settings: Settings, clock: Clock, directory: Directory, teams: Teams, services: Services
) -> Find:
    """What searches the record: it takes in what is missing, asks, and lets go of everything."""

    async def find(text: str, limit: int, below: int | None) -> Answer:
        folds = Folds(log)
        listing, store = Listing(folds), store_of(settings, embedded=True)
        projector = Projector(log, Feed(log), (listing,))
        indexer = Indexer(log, Feed(log), store, clock, chars_max=settings.search_chars_max)
        sight = Sight(folds, lambda team: found.members if (found := teams.get(team)) is not None else None)
        bounds = SearchBounds(settings.search_words_max, settings.search_wait_s)
        await projector.start()
        try:
            await indexer.catch_up()
            search = Search(indexer, listing, projector, sight, log, directory, teams, services, bounds)
            return await search.find(text, Viewer(ACTOR), limit=limit, below=below)
        finally:
            await projector.close()
            await store.close()

    return find
