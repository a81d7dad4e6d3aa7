"""The editor of an update to one audience: what it begins from, what changed since, what the words give away.

Rendered into the room's sheet and into a page of its own. Pure: a function of the room, its past and the words typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from watchroom.communication.awaited import awaited
from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import EXTERNAL
from watchroom.communication.phrases import AUDIENCES, STATES, Phrases, phrases, state_of
from watchroom.communication.status_page import Component
from watchroom.communication.update import Audience, Update, UpdateState
from watchroom.incident.incident import Incident
from watchroom.incident.news import News
from watchroom.web.html.template import People, template

NEXT_MIN = 30
"""Proposed where neither a promise nor the profile says how often."""
_CHOICES_MIN = (15, 30, 60)


class Looks(Protocol):
    """As much of the visit as the form needs."""

    @property
    def csrf(self) -> str: ...


@dataclass(frozen=True)
class Asks:
    """What the three parts ask of this audience, in words that fit it."""

    impact: str
    doing: str
    need: str


ASKS: dict[Audience, Asks] = {
    "responders": Asks("Where do we stand?", "What are we doing?", "What do we need of each other?"),
    "leadership": Asks(
        "What does it mean for the business?", "What are we doing, and its risk?", "What do we need of them?"
    ),
    "support": Asks("What do callers see?", "What are we doing?", "What do we need of them?"),
    "customers": Asks("What can they not do?", "What are we doing?", "What do we need of them?"),
    "regulator": Asks("What is affected, since when, for how many?", "What are we doing?", "What do we need of them?"),
}


@dataclass(frozen=True)
class Words:
    """What stands in the form."""

    impact: str = ""
    doing: str = ""
    need: str = ""
    state: UpdateState | None = None
    next_at: datetime | None = None
    title: str = ""
    """The headline on the status page."""


@template("updates/words.html")
@dataclass(frozen=True)
class Flags:
    """The flags on the words, in the order in which one reads them."""

    flags: Sequence[Flag]
    """What was found."""
    external: bool
    """Whether the update leaves the house."""
    asked: bool = True
    """Whether anything was written that could be looked at."""


@template("updates/editor.html")
@dataclass(frozen=True)
class Editor:
    """One calm form for one audience."""

    visit: Looks
    """Who writes: the form's token."""
    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""
    audience: Audience
    """Who is told."""
    audiences: Sequence[Audience]
    """Everybody who can be told."""
    asks: Asks
    """The questions, in words for this audience."""
    words: Words
    """What stands in the form when it opens."""
    last: Update | None
    """What this audience was told last."""
    draft: Update | None
    """The draft that is written anew."""
    news: Sequence[News]
    """What changed since this audience was told last."""
    usual: Sequence[tuple[UpdateState, Phrases]]
    """The usual words for each state."""
    minutes: Sequence[int]
    """The choices for the next update, in minutes."""
    proposed: int
    """The one that the profile's cadence proposes."""
    lead: str
    """Who would approve: the communications lead, else the commander; empty when neither is there."""
    approval: bool
    """Whether the profile asks that somebody else approves it."""
    flags: Sequence[Flag]
    """What the words give away as they stand."""
    external: bool
    """Whether the update leaves the house."""
    asked: bool
    """Whether anything was written that could be looked at."""
    components: Sequence[tuple[str, bool]]
    """The parts of the status page by name, and whether they stand for a service that the room names."""
    held: Sequence[Flag]
    """Flags that have to be seen before it leaves; empty unless somebody tried to send it."""


def editor_fields(
    visit: Looks,
    incident: Incident,
    people: People,
    audience: Audience,
    *,
    words: Words | None = None,
    flags: Sequence[Flag] = (),
    news: Sequence[News] = (),
    draft: Update | None = None,
    held: Sequence[Flag] = (),
    components: Sequence[Component] = (),
) -> dict[str, Any]:
    """The fields of `Editor`, and of the page that holds one. Without `words` it begins from what was told last."""
    words = words or begins_with(incident, audience, draft)
    proposed = every_min(incident, audience)
    by_role = incident.roles.person
    return {
        "visit": visit,
        "incident": incident,
        "people": people,
        "audience": audience,
        "audiences": AUDIENCES,
        "asks": ASKS[audience],
        "words": words,
        "last": incident.updates.last_posted(audience),
        "draft": draft,
        "news": news,
        "usual": [(state, phrases(audience, state, incident.impact.text)) for state in STATES],
        "minutes": sorted({*_CHOICES_MIN, proposed}),
        "proposed": proposed,
        "lead": by_role("communications_lead") or by_role("incident_commander") or "",
        "approval": audience in incident.profile.cadence.approval,
        "flags": flags,
        "external": audience in EXTERNAL,
        "asked": bool(words.impact or words.doing or words.need),
        "components": _touched(incident, components) if audience == "customers" else [],
        "held": held,
    }


def _touched(incident: Incident, components: Sequence[Component]) -> list[tuple[str, bool]]:
    """Components by name, first those that stand for what the room says is hurt."""
    hurt = {name.casefold() for name in (*incident.declaration.services, *incident.impact.services)}
    named = [(each.name, any(name.casefold() in hurt for name in (each.name, *each.services))) for each in components]
    return sorted(named, key=lambda each: not each[1])


def every_min(incident: Incident, audience: str) -> int:
    """How often the profile would have this audience hear, at the room's severity and age, in minutes."""
    policy = incident.profile.cadence
    beat = next((b for b in policy.beats if (b.severity, b.audience) == (incident.rating.severity, audience)), None)
    if beat is None:
        return NEXT_MIN
    began, last = incident.declaration.declared_at, incident.last_at
    dense = began is None or last is None or last - began < timedelta(seconds=policy.dense_s)
    seconds = beat.every_s if dense else max(policy.sparse_s, beat.every_s)
    return max(1, seconds // 60)


def begins_with(incident: Incident, audience: Audience, draft: Update | None = None) -> Words:
    """What the form holds when it opens: the draft, else what they were told last, else the usual words."""
    supported = any(theory.state == "supported" for theory in incident.hypotheses.by_id.values())
    state = state_of(incident.status, supported)
    before = draft or incident.updates.last_posted(audience)
    if before is not None:
        return Words(before.impact, before.doing, before.need, (before.state or state) if draft else state)
    impact = incident.impact.text if state in ("investigating", "identified") else ""
    return Words(impact=impact, state=state)


def most_due(incident: Incident) -> Audience:
    """Whom one most probably means to tell: whoever waits longest, else the customers."""
    due = awaited(incident)
    return next((audience for audience in AUDIENCES if due and audience == due[0].audience), "customers")
