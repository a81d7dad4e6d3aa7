"""A source as the API and its page show it: the key's row and the record's book together.

Called by `api_sources`, `source_pages` and the settings. Never shows a key.
"""

from datetime import datetime

import msgspec

from watchroom.config import domain_of_mail
from watchroom.detection.signal import Receipt
from watchroom.integrations.mapping import Mapping
from watchroom.integrations.source_book import Trouble
from watchroom.people.source import Source, SourceKind, urls
from watchroom.web.house import House

KEY = "KEY"
"""What stands for the key where it is not shown."""


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One sender of signals."""

    name: str
    kind: SourceKind
    state: str
    """`new` (never heard), `heard`, `silent` or `disabled`."""
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None
    """When its last delivery was recorded, or when its key was last used, whichever is later."""
    previous_key_until: datetime | None
    """Until when the key before the last renewal still works."""
    expect_every_s: int
    """After how many seconds without a delivery it counts as silent; 0: never."""
    silent_since: datetime | None
    deliveries_last_day: int
    signals_last_day: int
    mapping: Mapping | None
    errors: list[Trouble]
    """What could not be read as it should, newest first."""
    bodies_kept: int = 0
    """How many unreadable bodies the record holds, looked at or not."""
    bodies_dropped: int = 0
    """How many older ones were let go to make room; when they came and why they could not be read stays."""
    addresses: dict[str, str]
    """Where to send, with KEY in place of the key."""


class SentTest(msgspec.Struct, frozen=True, kw_only=True):
    """Where a test signal went."""

    test: str
    """The test's id, by which it is cleared."""
    receipts: list[Receipt]
    warning: str = ""
    """What was not as it should be."""


def view(house: House, source: Source) -> SourceView:
    """The source as it stands; let the projections catch up before."""
    now = house.clock.now()
    state = house.book.of(source.name)
    seen = [at for at in (state.heard_at, source.last_seen_at) if at is not None]
    day = state.last_day(now)
    if source.disabled_at is not None:
        word = "disabled"
    elif state.silent_since is not None:
        word = "silent"
    else:
        word = "heard" if seen else "new"
    works = source.previous_key is not None and source.previous_until is not None and source.previous_until > now
    return SourceView(
        name=source.name,
        kind=source.kind,
        state=word,
        created_at=source.created_at,
        disabled_at=source.disabled_at,
        last_seen_at=max(seen, default=None),
        previous_key_until=source.previous_until if works else None,
        expect_every_s=state.expect_every_s,
        silent_since=state.silent_since,
        deliveries_last_day=day.deliveries,
        signals_last_day=day.signals,
        mapping=state.mapping,
        errors=list(reversed(state.troubles)),
        bodies_kept=len(state.bodies),
        bodies_dropped=state.bodies_dropped,
        addresses=addresses(house, source, KEY),
    )


def addresses(house: House, source: Source, key: str) -> dict[str, str]:
    """Where this source's sender sends to, with this key."""
    found = urls(house.base_url, source.kind, key)
    mailbox = found.pop("mailbox", None)
    if mailbox is not None or (house.mail is not None and not source.is_public):
        found["mail"] = f"{key}@{domain_of_mail(house.settings)}"
    if house.mail is not None and "mail" in found:
        found["smtp"] = f"smtp://{house.settings.mail_host}:{house.mail.port}"
    return found
