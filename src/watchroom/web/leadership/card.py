"""What leadership reads of one incident in ten seconds: what it means, plan and risk, what is needed, when next.

Built from the folded room alone, so that the page at N with its live frames equals the page at M. What the room wrote
to leadership comes first; what it has not written is taken from the room's own words and marked as such. Called by
`page`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from watchroom.communication.inbound import InboundItem
from watchroom.communication.update import Update
from watchroom.incident.incident import Incident
from watchroom.mitigation.intervention import Intervention
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.template import People, render, template

AUDIENCE: Literal["leadership"] = "leadership"
ASKED_SHOWN = 10
OVER = ("resolved", "closed")


@template("leadership/card.html")
@dataclass(frozen=True)
class LeadershipCard:
    """One incident for leadership."""

    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""
    told: Update | None
    """The last update to leadership; None while there is none."""
    impact: str
    """What it means, in business terms where leadership was told, else as the room says it."""
    plan: str
    """What is done about it, as leadership was told; empty: nobody wrote it."""
    tries: Sequence[Intervention]
    """What is being done now, with its risk."""
    need: str
    """What is needed from leadership; empty: nothing."""
    next_at: datetime | None
    """When leadership hears next; None: nothing is promised."""
    late: bool
    """Whether that is overdue."""
    asked: Sequence[InboundItem]
    """What leadership asked or decided on its page, newest first."""
    over: bool
    """Whether the incident is over."""
    heading: str
    """The level of its heading: `h1` on a page of its own, `h2` among others."""


def card(incident: Incident, people: People, heading: str = "h1") -> LeadershipCard:
    """The incident at its number."""
    told = incident.updates.last_posted(AUDIENCE)
    promise = incident.cadence.to(AUDIENCE)
    running = [each for each in incident.interventions.by_id.values() if each.state == "started"]
    asked = [item for item in incident.inbound.by_id.values() if item.audience == AUDIENCE]
    over = incident.status in OVER
    return LeadershipCard(
        incident=incident,
        people=people,
        told=told,
        impact=told.impact if told is not None and told.impact else incident.impact.text,
        plan=told.doing if told is not None else "",
        tries=running,
        need=told.need if told is not None and not over else "",
        next_at=promise.next_at if promise is not None and not over else None,
        late=promise is not None and promise.overdue,
        asked=asked[::-1][:ASKED_SHOWN],
        over=over,
        heading=heading,
    )


def card_html(incident: Incident, people: People, heading: str = "h1") -> Markup:
    """The card as it stands in a page and in a frame."""
    return as_is(render(card(incident, people, heading)))
