"""What the handlers work with: the running parts of one install, put together by `app`.

Read by every handler as `house_of(request)`. Holds no logic.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from watchroom.base.clock import Clock
from watchroom.base.rng import Chance
from watchroom.communication.status_book import StatusBook
from watchroom.config import Settings
from watchroom.detection.rulebook import Rulebook
from watchroom.detection.taxonomy import Taxonomy
from watchroom.incident.audit import AuditLog
from watchroom.incident.changes import Changes
from watchroom.incident.folds import Folds
from watchroom.incident.grouping_preview import Preview
from watchroom.incident.handle import Rooms
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.incident.profile_book import ProfileBook
from watchroom.incident.search.searching import Search
from watchroom.integrations.access_mail import AccessMail
from watchroom.integrations.delivery import Limits
from watchroom.integrations.intake import Intake
from watchroom.integrations.inviting import Inviter
from watchroom.integrations.kept import Kept
from watchroom.integrations.mail_intake import MailIntake
from watchroom.integrations.mail_listener import MailListener
from watchroom.integrations.outbox import Outbox
from watchroom.integrations.recent_bodies import RecentBodies
from watchroom.integrations.source_book import SourceBook
from watchroom.people.catalogue import Services
from watchroom.people.credential import Credentials
from watchroom.people.person import Directory
from watchroom.people.setup import Setup
from watchroom.people.team import Teams
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.projection import Projector
from watchroom.web.exports.exporting import Exports
from watchroom.web.http.aside import Aside
from watchroom.web.http.front import Bodies
from watchroom.web.http.turns import DoorTurns, Turns
from watchroom.web.live.live import Hub
from watchroom.web.live.ringing import Ringer
from watchroom.web.operations.health import Health
from watchroom.web.operations.metrics import Metrics
from watchroom.web.status.site import StatusSite


@dataclass(frozen=True)
class House:
    """The running parts."""

    settings: Settings
    base_url: str
    """How this install is reached, without a slash at the end."""
    log: Log
    feed: Feed
    folds: Folds
    rooms: Rooms
    inbox: Inbox
    changes: Changes
    listing: Listing
    projector: Projector
    intake: Intake
    directory: Directory
    teams: Teams
    services: Services
    profiles: ProfileBook
    outbox: Outbox
    ringer: Ringer
    credentials: Credentials
    hub: Hub
    metrics: Metrics
    limits: Limits
    clock: Clock
    chance: Chance
    rulebook: Rulebook
    preview: Preview
    book: SourceBook
    recent: RecentBodies
    mails: MailIntake
    mail: MailListener | None
    """The mail listener, if there is one."""
    report_turns: Turns
    """How many reports a link may still bring in this minute."""
    exports: Exports
    health: Health
    bodies: Bodies
    kept: Kept
    aside: Aside
    door_turns: DoorTurns
    """How often somebody may still try to sign in, in this minute."""
    access_mail: AccessMail
    """Sends the mails that let people in."""
    inviter: Inviter
    """Hands out links that let people in."""
    audit: AuditLog
    """Every act of access and settings."""
    setup: Setup
    """How far the set-up of a new install is."""
    status_book: StatusBook
    status: StatusSite
    search: Search
    taxonomy: Taxonomy


class _State(Protocol):
    house: House


def house_of(connection: Any) -> House:
    """The parts behind a Litestar request."""
    house: House = connection.app.state.house
    return house
