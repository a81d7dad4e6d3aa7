"""Live frames: what one append changes on an open page, as one Server-Sent Event whose data is one line of HTML.

Called by `streams` once for each kind of viewer; the same bytes go to all of them. Also the answers to what a person
did, which carry no page content: that comes by the stream alone, to everybody alike. Never knows who looks.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from watchroom.base.command import Caution
from watchroom.base.errors import WatchroomError
from watchroom.incident.incident import CODEC, Incident
from watchroom.mitigation.page import PageRequested
from watchroom.record.event import Event
from watchroom.web.command_bar.spoken import spoken
from watchroom.web.html.pages import Board
from watchroom.web.html.template import People, render, template
from watchroom.web.html.words import word
from watchroom.web.triage.inbox import Inbox

# What everybody sees appear by itself needs no word of its own.
_CONSEQUENCES = frozenset({"page_requested", "profile_adopted", "roles_proposed"})
_SELF_EVIDENT = frozenset({"message_posted"})


@template("notice.html")
@dataclass(frozen=True)
class Notice:
    """A word to the one who did something: done, done with a caution, or refused with what to do instead."""

    done: str
    """What was recorded, in a few words; empty when nothing was."""
    lead: str
    """What a time in it is: until, by; empty when it has none."""
    at: datetime | None
    """The time that was stated, to be shown with its day: whoever typed 04:00 reads which one it was taken for."""
    cautions: Sequence[Caution]
    """What to look at, though nothing was blocked."""
    error: WatchroomError | None
    """The refusal, if it was refused."""
    undo_seq: int | None
    """The number to take back with one click; None when there is nothing to take back."""


def partial(target: str, swap: str, html: str) -> str:
    """One `<hx-partial>`: the element of that id is swapped in that style, if the page has it."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def frame(id: int, html: str) -> str:
    """One Server-Sent Event (source: HTML Standard, 9.2.6): `html` on one line under the number `id`."""
    line = html.replace("\r", " ").replace("\n", " ")
    return f"id: {id}\ndata: {line}\n\n"


def room_frame(
    incident: Incident,
    new_entries_html: str,
    changed_panels: Mapping[str, str],
    changed_entries: Mapping[int, str] | None = None,
) -> str:
    """The frame that brings an open room to `incident.seq`.

    `changed_entries` are earlier entries, by number, that look different now (one that was taken back).
    """
    parts = [partial(f"e-{seq}", "outerHTML", html) for seq, html in (changed_entries or {}).items()]
    if new_entries_html:
        parts.append(partial("timeline", "beforeend", new_entries_html))
    parts.extend(partial(f"panel-{name}", "outerMorph", html) for name, html in changed_panels.items())
    return frame(incident.seq, "".join(parts))


def board_frame(position: int, board: Board) -> str:
    """The frame that brings an open board to `position`."""
    return frame(position, partial("board", "outerMorph", render(board)))


def inbox_frame(position: int, inbox: Inbox) -> str:
    """The frame that brings an open inbox to `position`."""
    return frame(position, partial("inbox", "outerMorph", render(inbox)))


_TIMES = {
    "until": "until",
    "next_at": "next",
    "look_again_at": "look again",
    "answer_by": "by",
    "due_at": "by",
    "by": "by",
    "expires_at": "expires",
}
"""Fields of facts that hold a time to come, and how it is said."""


def stated(events: Sequence[Event]) -> tuple[str, datetime | None]:
    """The time to come that the events of a command state, and what it is; nothing where they state none."""
    for event in events:
        fact = CODEC.decode(event)
        if isinstance(fact, PageRequested):
            # When it counts as unanswered nobody stated.
            continue
        for field, lead in _TIMES.items():
            if isinstance(at := getattr(fact, field, None), datetime):
                return lead, at
    return "", None


def called(events: Sequence[Event], people: People) -> str:
    """Who is called, where the events do nothing else; empty otherwise."""
    facts = [CODEC.decode(event) for event in events]
    names = [people.name(fact.to) for fact in facts if isinstance(fact, PageRequested)]
    return f"Calls {', '.join(names)}" if names and len(names) == len(facts) else ""


def notice_html(
    events: Sequence[Event],
    cautions: Sequence[Caution] = (),
    error: WatchroomError | None = None,
    undo_seq: int | None = None,
    done: str = "",
) -> str:
    """The answer to a command given in the browser: a notice for `#notices`, or nothing when nothing needs saying."""
    kinds = [event.kind for event in events if event.kind not in _SELF_EVIDENT]
    # What a command brings with it is its consequence; what was done stands before it.
    own = [kind for kind in kinds if kind not in _CONSEQUENCES] or kinds[:1]
    done = done or (word(own[-1]).capitalize() if own and error is None else "")
    if not done and not cautions and error is None:
        return ""
    if error is not None:
        error = copy(error)
        error.message, error.hint = spoken(error.message), spoken(error.hint)
    cautions = [Caution(each.code, spoken(each.message), spoken(each.hint)) for each in cautions]
    lead, at = stated(events) if done else ("", None)
    html = render(
        Notice(
            done=done, lead=lead, at=at, cautions=cautions, error=error, undo_seq=undo_seq if error is None else None
        )
    )
    return partial("notices", "beforeend", html)
