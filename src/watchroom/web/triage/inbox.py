"""The inbox as its page and its live stream show it.

`inbox_now` reads projections that it first lets catch up. The frames of one filter are the same for all who look by it
and see the same restricted rooms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from watchroom.incident.guidance.before import Pointer, inbox_pointers
from watchroom.incident.inbox import KeptDelivery, SignalItem
from watchroom.incident.listing import newest_first
from watchroom.incident.summary import Summary
from watchroom.integrations.delivery import NOTICES
from watchroom.integrations.mapped import CODE as MAPPING_FAILED
from watchroom.web.house import House
from watchroom.web.html.pages import Silent, Visit
from watchroom.web.html.template import People, template
from watchroom.web.triage.filters import Choice, Filter, choices

SHOWN_MAX = 200
JUDGED_MAX = 50
KEPT_MAX = 50
"""Bodies that are shown at once, each with up to `kept_body_bytes_max`."""
NEAR_MAX = 9
"""So many rooms are offered for a duplicate, each by its digit."""
READ_ALL_THE_SAME = frozenset((*NOTICES, MAPPING_FAILED))
"""The codes of deliveries that were read, and are kept for a person to look at."""


GRAVITY = {"critical": 3, "page": 3, "error": 2, "high": 2, "warning": 1}
"""How grave a signal is by its sender's own word; what says nothing stands below them."""


@dataclass(frozen=True)
class Place:
    """The room that a signal is in."""

    title: str
    status: str
    others: int
    """How many more signals are in it."""


@template("inbox.html")
@dataclass(frozen=True)
class Inbox:
    """The inbox's changing part: signals that wait for a judgement, those judged, bodies that could not be read."""

    items: Sequence[SignalItem]
    """Signals, newest first."""
    kept: Sequence[KeptDelivery]
    """Deliveries that could not be read."""
    people: People
    """Names of people."""
    rooms: Sequence[tuple[str, str]] = ()
    """Open rooms, id and title, that a duplicate may belong to, the newest first."""
    silent: Sequence[Silent] = ()
    """Senders that should be heard and are not."""
    notices: Sequence[KeptDelivery] = ()
    """Deliveries that were read and hold something for a person to see or do."""
    more: int = 0
    """How many that wait are not shown."""
    more_kept: int = 0
    """How many that could not be read are not shown."""
    pointers: Sequence[Pointer] = ()
    """What is worth asking now, most pressing first."""
    choices: Sequence[Choice] = ()
    """Filters that are one click away."""
    elsewhere: int = 0
    """How many wait that the filter does not show."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """The rooms that the signals are in, by id."""
    tiers: Mapping[str, int] = field(default_factory=dict)
    """The tier of each service that has one."""
    look_again_s: float = 3_600
    """When a slow burn is looked at again, unless somebody says otherwise."""


@template("pages/inbox.html")
@dataclass(frozen=True)
class InboxPage:
    """`/signals`: triage."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    inbox: Inbox
    """The part that the live stream replaces."""
    live: str
    """The address of the live stream."""
    filter: Filter = field(default_factory=Filter)
    """What of it is shown."""


async def inbox_now(house: House, seen: frozenset[str] = frozenset(), by: Filter | None = None) -> Inbox:
    """The inbox as it stands for those who see these of the restricted rooms: what waits first, of it what fires
    and what is gravest, then the newest."""
    by = by or Filter()
    await house.projector.caught_up()
    await house.listing.settle()
    items = [
        item
        for item in house.inbox.items.values()
        if not item.practice and (item.stream in seen or not house.inbox.is_restricted(item.stream))
    ]
    tiers = {each.name: each.tier for each in house.services.all() if each.tier}
    items.sort(key=lambda item: _gravest(item, tiers), reverse=True)
    kept = sorted(house.inbox.kept.values(), key=lambda delivery: delivery.at, reverse=True)
    notices = [delivery for delivery in kept if delivery.code in READ_ALL_THE_SAME]
    unread = [delivery for delivery in kept if delivery.code not in READ_ALL_THE_SAME]
    waiting = [item for item in items if item.triage == "open"]
    shown = [item for item in waiting if by.shows(item)]
    judged = [item for item in items if item.triage != "open" and by.shows(item)]
    running = [row for row in house.listing.all() if _may_join(row, seen)]
    listed = [*shown[:SHOWN_MAX], *sorted(judged, key=_judged_last, reverse=True)[:JUDGED_MAX]]
    return Inbox(
        items=listed,
        kept=unread[:KEPT_MAX],
        people=house.directory,
        rooms=[(row.id, row.title) for row in sorted(running, key=newest_first, reverse=True)],
        silent=silent_now(house),
        notices=notices[:KEPT_MAX],
        more=max(0, len(shown) - SHOWN_MAX),
        more_kept=max(0, len(unread) - KEPT_MAX),
        pointers=inbox_pointers(shown),
        choices=choices(waiting, by),
        elsewhere=len(waiting) - len(shown),
        places=_places(house, listed),
        tiers=tiers,
        look_again_s=house.settings.slow_burn_look_again_s,
    )


def _gravest(item: SignalItem, tiers: Mapping[str, int]) -> tuple[bool, bool, bool, int, float]:
    """Sort key, to be used in reverse."""
    grave = GRAVITY.get(item.severity.casefold(), 0)
    return item.triage == "open", item.state == "firing", tiers.get(item.service) == 1, grave, item.since.timestamp()


def _judged_last(item: SignalItem) -> str:
    """Sort key: what was judged or came in last."""
    return (item.judged_at or item.since).isoformat()


def _may_join(row: Summary, seen: frozenset[str]) -> bool:
    """Whether a duplicate may go into a room: it runs here, and those who look see it."""
    runs = row.status in ("declared", "mitigated") and not row.practice and not row.imported
    return runs and (row.restricted is None or row.id in seen)


def _places(house: House, items: Sequence[SignalItem]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for room in dict.fromkeys(item.stream for item in items):
        row = house.listing.get(room)
        if row is not None:
            found[room] = Place(row.title, row.status, row.signals - 1)
    return found


def silent_now(house: House) -> list[Silent]:
    """Senders that should be heard and are not, as the record says."""
    return [Silent(state.name, state.heard_at, state.expect_every_s) for state in house.book.silent()]
