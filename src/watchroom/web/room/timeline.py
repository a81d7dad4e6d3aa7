"""The timeline: one entry for each event, speech in ink and facts soft, in one column.

Called by the room's page, by its live stream and by "earlier". An entry is a pure function of its event and of what was
done with it since (`Since`: taken back, redacted, put in other words, pinned). What each kind says stands in `sayings`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from watchroom.communication.editing import MessageEdited, Wording
from watchroom.communication.message import MessagePosted
from watchroom.incident.incident import Incident
from watchroom.incident.redaction import Redaction
from watchroom.incident.undo import is_retractable
from watchroom.record.event import Event, Fact
from watchroom.record.redaction import REDACTED
from watchroom.web.html.template import People, render, template
from watchroom.web.room.filters import group_of
from watchroom.web.sayings.of_incident import say, say_redacted
from watchroom.web.sayings.saying import Saying


@dataclass(frozen=True)
class Since:
    """What was done with an entry since it was said."""

    retracted: bool = False
    redaction: Redaction | None = None
    """Who purged what it said, and why."""
    wordings: Sequence[Wording] = ()
    """What it was changed to, in order."""
    pinned: bool = False


NOTHING_SINCE = Since()


@template("entry.html")
@dataclass(frozen=True)
class Entry:
    """One event in the timeline."""

    event: Event
    """The event, for its number, time and author."""
    author: str
    """Who did it, as a person's ref; empty when nobody in person did."""
    outsider: str
    """The source that did it, or Watchroom itself, when no person did."""
    saying: Saying
    """What it says."""
    retracted: bool
    """Whether it was taken back."""
    undo: bool
    """Whether its author or the commander may take it back."""
    edit: bool
    """Whether its author may put it in other words."""
    redactable: bool
    """Whether there is something that the commander or an admin may remove for ever."""
    pinned: bool
    """Whether somebody has pinned it."""
    group: str
    """What kind of entry it is, for the timeline's filters; empty when only "all" shows it."""
    last: Wording | None
    """The wording that stands, if it is not the first one."""
    before: Sequence[str]
    """What it said before, the first wording first."""
    people: People
    """Names of people."""


def entry_html(event: Event, fact: Fact | None, people: People, since: Since = NOTHING_SINCE) -> str:
    """The entry's element, `<article id="e-SEQ">`, on one line."""
    kind, _, name = event.actor.partition(":")
    outsider = {"source": name, "system": "Watchroom"}.get(kind, "")
    author = "" if outsider else event.actor.removeprefix("person:")
    saying = say_redacted(event.kind, since.redaction) if event.redacted else say(event, fact)
    last, before = None, []
    if since.wordings and isinstance(fact, MessagePosted) and not event.redacted:
        last = since.wordings[-1]
        before = [fact.text, *(each.text for each in since.wordings[:-1])]
        saying = replace(saying, quote=last.text, mentions=last.mentions)
    if isinstance(fact, MessageEdited) and not event.redacted and not since.retracted:
        # The words stand in the message itself.
        saying = replace(saying, quote="")
    alive = bool(author) and not since.retracted and not event.redacted
    return render(
        Entry(
            event=event,
            author=author,
            outsider=outsider,
            saying=saying,
            retracted=since.retracted,
            undo=alive and is_retractable(fact),
            edit=alive and isinstance(fact, MessagePosted),
            redactable=not event.redacted and event.kind != REDACTED,
            pinned=since.pinned,
            group=group_of(event.kind),
            last=last,
            before=before,
            people=people,
        )
    )


def since_of(incident: Incident) -> Callable[[int], Since]:
    """What was done with each entry, by its number, as the room stands."""
    retracted = frozenset(incident.retractions.seqs)
    redacted, wordings, pinned = incident.redactions.by_seq, incident.wordings, incident.annotations.marks
    return lambda seq: Since(seq in retracted, redacted.get(seq), wordings.of(seq), seq in pinned)
