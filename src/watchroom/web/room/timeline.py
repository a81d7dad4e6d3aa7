"""The timeline: one entry for each event, speech in ink and facts soft, in one column.

Called by the room's page, by its live stream and by "earlier". An entry is a pure function of its event (and of
whether it was taken back or redacted), so that a line never changes because of what came after it. What each kind
says stands in `sayings`.
"""

from dataclasses import dataclass

from watchroom.incident.redaction import Redaction
from watchroom.incident.undo import is_retractable
from watchroom.record.event import Event, Fact
from watchroom.record.redaction import REDACTED
from watchroom.web.html.template import People, render, template
from watchroom.web.sayings.of_incident import say, say_redacted
from watchroom.web.sayings.saying import Saying


@template("entry.html")
@dataclass(frozen=True)
class Entry:
    """One event in the timeline."""

    event: Event
    """The event, for its number, time and author."""
    author: str
    """Who did it, as a person's ref; empty when nobody in person did."""
    outsider: str
    """The source or the part of the house that did it, when no person did."""
    saying: Saying
    """What it says."""
    retracted: bool
    """Whether it was taken back."""
    undo: bool
    """Whether its author or the commander may take it back."""
    redactable: bool
    """Whether there is something that the commander or an admin may remove for ever."""
    people: People
    """Names of people."""


def entry_html(
    event: Event, fact: Fact | None, people: People, retracted: bool = False, redaction: Redaction | None = None
) -> str:
    """The entry's element, `<article id="e-SEQ">`, on one line. `redaction` says who purged what it said, and why."""
    kind, _, name = event.actor.partition(":")
    outsider = name if kind in ("source", "system") else ""
    author = "" if outsider else event.actor.removeprefix("person:")
    return render(
        Entry(
            event=event,
            author=author,
            outsider=outsider,
            saying=say_redacted(event.kind, redaction) if event.redacted else say(event, fact),
            retracted=retracted,
            undo=bool(author) and not retracted and not event.redacted and is_retractable(fact),
            redactable=not event.redacted and event.kind != REDACTED,
            people=people,
        )
    )
