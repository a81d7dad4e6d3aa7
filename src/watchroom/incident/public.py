"""What of an incident is public: its updates to customers, and how long what they name was really down.

The one gate between rooms and the status page. It asks `release.may_leave`, and takes nothing but what was posted to
customers here, the times of the impact, and when it was over: no title, no severity, no name, no draft, no update to
anybody else. Called by `status_posts`. Pure.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from watchroom.base.rng import short_hash
from watchroom.communication.status_page import ComponentStatus, status_of
from watchroom.communication.update import Update, UpdateState
from watchroom.incident.incident import Incident
from watchroom.incident.release import may_leave
from watchroom.record.redaction import GONE

CHANNEL = "status_page"
ID_CHARS = 12
NAME_CHARS_MAX = 100
NAMELESS = "Incident"
"""What an incident is called whose name was redacted, where no component stands for it."""
UNCLEAR: ComponentStatus = "degraded_performance"
"""What a component is taken for that a post names with a word that says no status."""


class Span(msgspec.Struct, frozen=True):
    """A stretch of time; without an end it goes on."""

    begin: datetime
    end: datetime | None = None


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One update to customers, as everybody may read it."""

    id: str
    at: datetime
    state: UpdateState
    impact: str
    doing: str
    need: str
    next_at: datetime | None
    components: tuple[tuple[str, ComponentStatus], ...]
    """What it says of components: the name that was given, and how it is."""

    @property
    def body(self) -> str:
        """All that it says, in paragraphs."""
        return "\n\n".join(part.strip() for part in (self.impact, self.doing, self.need) if part.strip())


class PublicIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as the public may know it."""

    id: str
    """No room's id: nothing leads from it to one."""
    name: str
    posts: tuple[Post, ...]
    """The oldest first; at least one."""
    felt_since: datetime | None
    """When customers first felt it, where the room says so and it lies before the first post."""
    calms: tuple[Span, ...]
    """When the impact was mitigated: what was said to be down was not down then."""
    over_at: datetime | None
    """When it was over without a post that says so: the room was resolved or closed."""

    @property
    def state(self) -> UpdateState:
        """How it stands: as the last post says, or over with its room."""
        return "resolved" if self.over_at is not None else self.posts[-1].state

    @property
    def created_at(self) -> datetime:
        """When customers were first told."""
        return self.posts[0].at

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        return max(self.posts[-1].at, self.over_at or self.posts[-1].at)

    @property
    def started_at(self) -> datetime:
        """When it began for customers, as far as the record says."""
        return min(self.created_at, self.felt_since or self.created_at)

    @property
    def resolved_at(self) -> datetime | None:
        """When it was over; None while it is not."""
        if self.over_at is not None:
            return self.over_at
        if self.state != "resolved":
            return None
        at = self.posts[-1].at
        for post in reversed(self.posts):
            if post.state != "resolved":
                break
            at = post.at
        return at

    @property
    def monitoring_at(self) -> datetime | None:
        """When it was last said to be watched only."""
        return next((post.at for post in reversed(self.posts) if post.state == "monitoring"), None)


REMOVED = "What was said here was removed."
"""What stands on the page for what goes on, once every word about it was redacted."""


def public_id(*parts: str) -> str:
    """A stable public id that says nothing of what it stands for, as long as Statuspage's."""
    return short_hash("public", *parts)[:ID_CHARS]


def public(incident: Incident) -> PublicIncident | None:
    """What everybody may know of it; None when that is nothing.

    Not practice, not restricted, not a copy of another install's room, not entered afterwards: what was told to
    customers before there was this page is no post of it.
    """
    if incident.imported or incident.entered.at is not None or not may_leave(incident, CHANNEL):
        return None
    told = [
        update
        for update in incident.updates.by_id.values()
        if update.audience == "customers" and not update.draft and update.told_at is not None
    ]
    if not told:
        return None
    told.sort(key=lambda update: (update.told_at, int(update.id[1:])))
    posts = _posts(incident.id, told)
    left = tuple(post for post, update in zip(posts, told, strict=True) if not _gone(update))
    over_at = _over_at(incident, posts)
    if not left and (over_at is not None or posts[-1].state == "resolved"):
        return None
    # What goes on is not gone with the words about it: it stands there, and says that they were removed.
    posts = left or (msgspec.structs.replace(posts[-1], impact=REMOVED, doing="", need="", components=()),)
    felt = incident.impact.began_at
    return PublicIncident(
        id=public_id(incident.id),
        name=_name(told),
        posts=posts,
        felt_since=felt if felt is not None and felt < posts[0].at else None,
        calms=_calms(incident),
        over_at=over_at,
    )


def _posts(room: str, told: Sequence[Update]) -> tuple[Post, ...]:
    posts: list[Post] = []
    state: UpdateState = "investigating"
    for update in told:
        state = update.state or state
        assert update.told_at is not None
        posts.append(
            Post(
                id=public_id(room, update.id),
                at=update.told_at,
                state=state,
                impact=update.impact,
                doing=update.doing,
                need=update.need,
                next_at=update.next_at if state != "resolved" else None,
                components=tuple((name, status_of(said) or UNCLEAR) for name, said in update.components.items()),
            )
        )
    return tuple(posts)


def _gone(update: Update) -> bool:
    """Whether its words were redacted."""
    return GONE in (update.title, update.impact, update.doing, update.need)


def _name(told: Sequence[Update]) -> str:
    """What it is called in public: the first headline, else how the first post begins. Never the room's title.

    Once what it was called was redacted, its parts stand for it until a new update names it.
    """
    left = [update for update in told if not _gone(update)]
    for update in left:
        if update.title.strip():
            return " ".join(update.title.split())
    if len(left) < len(told) and _gone(told[0]):
        return ", ".join(dict.fromkeys(name for update in left for name in update.components)) or NAMELESS
    words = " ".join((told[0].impact or told[0].doing or told[0].need).split())
    sentence = words.split(". ")[0].rstrip(".")
    if len(sentence) <= NAME_CHARS_MAX:
        return sentence
    return sentence[:NAME_CHARS_MAX].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _calms(incident: Incident) -> tuple[Span, ...]:
    return tuple(Span(calm.begin, calm.end) for calm in incident.impact.calms)


def _over_at(incident: Incident, posts: Sequence[Post]) -> datetime | None:
    """When the room was over though no post says so: what is over must not stand on the page as if it went on."""
    ends = [at for at in (incident.resolution.resolved_at, incident.closing.closed_at) if at is not None]
    if not ends or posts[-1].state == "resolved":
        return None
    over = min(ends)
    # Who writes to customers after the end says that it goes on for them.
    return over if posts[-1].at <= over else None
