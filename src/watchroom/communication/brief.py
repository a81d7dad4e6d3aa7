"""Briefs made from the record: what whoever takes a role over, or comes in new, has to know, in lines.

To be corrected by a person, not to be composed: the state is written out as it was said, with its ids. Read by the
hand-over's form, `GET /api/v1/incidents/{id}/brief` and the room's panel. Never says what nobody has recorded.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from watchroom.base.clock import day_and_time
from watchroom.communication.awaited import View as Waits
from watchroom.communication.awaited import awaited
from watchroom.communication.inbound import Inbound
from watchroom.communication.update import Updates
from watchroom.detection.declaration import Declaration
from watchroom.detection.severity import Rating
from watchroom.detection.unknown import Unknowns
from watchroom.mitigation.decision import Decision, Decisions
from watchroom.mitigation.hypothesis import Hypotheses
from watchroom.mitigation.impact import Impact
from watchroom.mitigation.intervention import Interventions
from watchroom.mitigation.page import Pages
from watchroom.mitigation.priority import Priorities
from watchroom.mitigation.recruiting import Presence
from watchroom.mitigation.roles import ROLES, Roles
from watchroom.mitigation.task import Tasks
from watchroom.mitigation.workstream import Workstreams

BriefFor = Literal["role", "joiner"]
"""Whom it is for; both are told the same: whoever takes over has to know what was tried, as much as who comes in."""
Called = Callable[[str], str]


class Line(msgspec.Struct, frozen=True):
    """One thing to know: what it is about, and what is so."""

    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text}" if self.about else self.text


class Resolved(Protocol):
    """Whether it is over, as far as a brief says it; a later cycle's state fits."""

    @property
    def resolved_at(self) -> datetime | None: ...
    @property
    def understood(self) -> str | None: ...


class Closed(Protocol):
    """Whether the room was put away, as far as a brief says it; a later cycle's state fits."""

    @property
    def closed_at(self) -> datetime | None: ...


class View(Waits, Protocol):
    """What a brief reads."""

    @property
    def resolution(self) -> Resolved: ...
    @property
    def closing(self) -> Closed: ...

    @property
    def last_at(self) -> datetime | None: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def rating(self) -> Rating: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def presence(self) -> Presence: ...
    @property
    def workstreams(self) -> Workstreams: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def hypotheses(self) -> Hypotheses: ...
    @property
    def interventions(self) -> Interventions: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def unknowns(self) -> Unknowns: ...
    @property
    def priorities(self) -> Priorities: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def inbound(self) -> Inbound: ...
    @property
    def updates(self) -> Updates: ...


def _same(ref: str) -> str:
    return ref


def brief(view: View, called: Called = _same) -> list[Line]:
    """The brief in lines; `called` gives the name of a person. Empty lines are left out."""
    parts = [*_impact(view), *_theories(view), *_tries(view)]
    parts = [Line("", view.declaration.title), _over(view), _severity(view), *parts, _tried(view)]
    parts += [*_people(view, called), _reach(view, called)]
    parts += [*_work(view, called), *_decisions(view, called), _told(view), *_due(view, called)]
    return [line for line in parts if line.text]


def brief_text(view: View, called: Called = _same) -> str:
    """The brief as one text, a line each."""
    return "\n".join(str(line) for line in brief(view, called))


def _severity(view: View) -> Line:
    severity = view.rating.severity or ""
    return Line("Severity", severity + (" (proposed)" if severity and not view.rating.confirmed else ""))


def _is_over(view: View) -> bool:
    return view.resolution.resolved_at is not None or view.closing.closed_at is not None


def _over(view: View) -> Line:
    """That it is over, where it is: whoever comes in must not begin to work on what has ended."""
    resolved_at, understood, closed_at = view.resolution.resolved_at, view.resolution.understood, view.closing.closed_at
    parts = []
    if resolved_at is not None:
        said = f", understood: {understood}" if understood else ""
        parts.append(f"resolved {day_and_time(resolved_at, view.last_at)}{said}")
    if closed_at is not None:
        parts.append(f"closed {day_and_time(closed_at, view.last_at)}")
    return Line("It is over", "; ".join(parts))


def _by(view: View, at: datetime | None, late: bool) -> str:
    """By when, and whether that has passed; empty where no time was given."""
    return f" (by {day_and_time(at, view.last_at)}{', late' if late else ''})" if at is not None else ""


def _impact(view: View) -> Iterable[Line]:
    impact = view.impact
    yield Line("Impact", impact.text)
    if impact.mitigated_at is not None:
        at = day_and_time(impact.mitigated_at, view.last_at)
        yield Line("", f"Mitigated {at}" + ("" if _is_over(view) else ", not resolved"))


def _theories(view: View) -> Iterable[Line]:
    alive = [
        f"{h.id} {h.text} ({h.state.replace('_', ' ')})"
        for h in view.hypotheses.by_id.values()
        if h.state != "ruled_out"
    ]
    yield Line("Theories alive", "; ".join(alive))


def _tries(view: View) -> Iterable[Line]:
    running = [f"{i.id} {i.text}" for i in view.interventions.by_id.values() if i.state == "started"]
    yield Line("Running", "; ".join(running))


def _tried(view: View) -> Line:
    done = [
        f"{i.id} {i.text} ({(i.outcome or i.state).replace('_', ' ')})"
        for i in view.interventions.by_id.values()
        if i.state in ("observed", "reverted")
    ]
    return Line("Tried", "; ".join(done))


def _people(view: View, called: Called) -> Iterable[Line]:
    held = [f"{ROLES[role].lower()} {called(holding.person)}" for role, holding in view.roles.held.items()]
    yield Line("Roles", "; ".join(held))
    yield Line("Here", ", ".join(called(person) for person in view.presence.since))


def _reach(view: View, called: Called) -> Line:
    waiting = [f"{page.id} to {called(page.to)}" for page in view.pages.open]
    return Line("Called, no answer yet", "; ".join(waiting))


def _work(view: View, called: Called) -> Iterable[Line]:
    threads = [
        f"{w.name}{f', led by {called(w.lead)}' if w.lead else ''}{f', may {w.limit}' if w.limit else ''}"
        for w in view.workstreams.open
    ]
    yield Line("Workstreams", "; ".join(threads))
    tasks = [
        f"{t.id} {called(t.person) if t.person else 'nobody'}: {t.text}{_by(view, t.due_at, t.overdue)}"
        for t in view.tasks.open
    ]
    yield Line("Tasks", "; ".join(tasks))


def _decisions(view: View, called: Called) -> Iterable[Line]:
    decided = [each for each in view.decisions.by_id.values() if each.state == "decided"]
    if decided:
        last = decided[-1]
        yield Line("Last decision", f"{last.id} {last.text}" + (f"; not known: {last.unknown}" if last.unknown else ""))
    yield Line(
        "Held",
        "; ".join(
            f"until {day_and_time(held.until, view.last_at)}{', which is over' if _has_ended(view, held) else ''}: "
            f"{held.text or 'no reason said'}"
            for held in view.decisions.holds
            # Where it is over nothing is held any more.
            if held.until is not None and not _is_over(view)
        ),
    )
    yield Line(
        "Not known",
        "; ".join(
            f"{n.id} {n.text}{f', {called(n.person)} finds out' if n.person else ''}{_by(view, n.by, n.overdue)}"
            for n in view.unknowns.open
        ),
    )
    yield Line(
        "Business",
        "; ".join(
            f"{b.text}"
            + (f", {called(b.owner)} decides" if b.owner else "")
            + (f" until {day_and_time(b.until, view.last_at)}" if b.until else "")
            for b in view.priorities.by_id.values()
            if b.until is None or view.last_at is None or b.until > view.last_at
        ),
    )


def _has_ended(view: View, held: Decision) -> bool:
    """Whether its time has passed, also where the timers have not said so yet."""
    passed = held.until is not None and view.last_at is not None and held.until <= view.last_at
    return held.state == "due" or passed


def _told(view: View) -> Line:
    """What customers heard last, as it was written to them."""
    last = view.updates.last_posted("customers")
    if last is None or last.told_at is None:
        return Line("Customers were told", "nothing yet")
    words = " ".join(part for part in (last.impact, last.doing, last.need) if part)
    return Line("Customers were told", f"{last.id} at {day_and_time(last.told_at, view.last_at)}: {words}".rstrip(": "))


def _due(view: View, called: Called) -> Iterable[Line]:
    waiting = [
        f"{item.id} {item.text}{f', {called(item.owner)} deals with it' if item.owner else ''}"
        f"{_by(view, item.answer_by, item.overdue)}"
        for item in view.inbound.open
    ]
    yield Line("Waiting for an answer", "; ".join(waiting))
    owed = [
        f"update to {due.audience} by {day_and_time(due.next_at, view.last_at)}"
        + ("" if due.promised else ", by profile")
        + (", late" if due.overdue else "")
        for due in awaited(view)
    ]
    yield Line("Due", "; ".join(owed))
