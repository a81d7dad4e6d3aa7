"""Workstreams: named threads of work ("Alpha", "Bravo"), each with a lead and what the lead may do alone.

Hypotheses, interventions and tasks may belong to one. The limit gives authority and not only work: it names what may
be done without asking, and before what to ask. Never closes by itself.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Name, OptionalText
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.detection.declaration import Declaration
from watchroom.mitigation.page import Pages, ask_other, withdraw
from watchroom.record.event import Decided, Deed, Event, Fact


class OpenWorkstream(Command, frozen=True, kw_only=True, tag="open_workstream"):
    """Open a thread of work, with somebody who leads it."""

    name: Name
    lead: Name | None = None
    limit: Annotated[OptionalText, msgspec.Meta(description="What the lead may do alone, and before what to ask.")] = ""


class CloseWorkstream(Command, frozen=True, kw_only=True, tag="close_workstream"):
    """Say that a thread of work is at its end."""

    workstream: Id


class WorkstreamOpened(Deed, frozen=True, kw_only=True):
    """A thread of work was opened."""

    id: str
    name: str
    lead: str = ""
    limit: str = ""


class WorkstreamClosed(Deed, frozen=True, kw_only=True):
    """A thread of work came to its end."""

    workstream: str


class Workstream(msgspec.Struct):
    """A thread of work as it stands."""

    id: str
    name: str
    state: Literal["open", "closed"]
    lead: str
    limit: str
    by: str
    at: datetime
    closed_at: datetime | None = None
    reason: str = ""


class Workstreams(msgspec.Struct):
    """The room's threads in the order in which they were opened."""

    by_id: dict[str, Workstream] = {}

    @property
    def open(self) -> list[Workstream]:
        """Those that go on."""
        return [stream for stream in self.by_id.values() if stream.state == "open"]


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def players(self) -> frozenset[str]: ...
    @property
    def workstreams(self) -> Workstreams: ...
    def unfinished(self, workstream: str) -> list[str]: ...


def apply(state: Workstreams, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case WorkstreamOpened():
            state.by_id[fact.id] = Workstream(
                id=fact.id,
                name=fact.name,
                state="open",
                lead=fact.lead,
                limit=fact.limit,
                by=event.actor.removeprefix("person:"),
                at=event.at,
            )
        case WorkstreamClosed():
            if (stream := state.by_id.get(fact.workstream)) is not None:
                stream.state, stream.closed_at, stream.reason = "closed", event.at, fact.reason


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Nobody is called to lead what is closed."""
    if isinstance(fact, WorkstreamClosed):
        withdraw(state, event, fact.workstream)


def known(workstreams: Workstreams, id: str) -> Workstream:
    """The thread of that id. Raises UnknownThing."""
    stream = workstreams.by_id.get(id)
    if stream is None:
        there = ", ".join(workstreams.by_id) or "none yet"
        raise UnknownThing(f"There is no workstream {id} here.", hint=f"Known: {there}. Open one first, or leave it.")
    return stream


def open_workstream(command: OpenWorkstream, view: View, act: Act) -> Decided:
    """Open a thread; a lead is asked for, and what they may do without asking."""
    cautions: list[Caution] = []
    if any(stream.name.casefold() == command.name.casefold() for stream in view.workstreams.open):
        cautions.append(Caution("same_name", f"There is an open {command.name} already.", "Give it another name."))
    if command.lead is None:
        cautions.append(Caution("no_lead", "Nobody leads it.", "Name a lead, so that not every step needs you."))
    elif not command.limit:
        cautions.append(
            Caution("no_limit", "It does not say what the lead may do alone.", "May roll back; asks before a restart?")
        )
    leads = [stream.name for stream in view.workstreams.open if command.lead and stream.lead == command.lead]
    if leads:
        cautions.append(
            Caution("leads_several", f"{command.lead} leads {', '.join(leads)} too.", "Find another lead for one.")
        )
    id = f"W{view.issued.get('W', 0) + 1}"
    fact = WorkstreamOpened(id=id, name=command.name, lead=command.lead or "", limit=command.limit)
    asked = Decided()
    if command.lead:
        text = f"You lead {command.name}" + (f": you may {command.limit}" if command.limit else ".")
        asked = ask_other(command.lead, text, view, act, "workstream", id)
    return Decided((fact, *asked.facts), (*cautions, *asked.cautions))


def close_workstream(command: CloseWorkstream, view: View, act: Act) -> Decided:
    """Close it; what is still open in it is named."""
    stream = known(view.workstreams, command.workstream)
    if stream.state == "closed":
        raise AlreadyDone(f"{stream.name} is closed already.", hint="Nothing needs doing.")
    open_work = view.unfinished(stream.id)
    cautions: tuple[Caution, ...] = ()
    if open_work:
        cautions = (
            Caution(
                "work_open", f"Still open in it: {', '.join(open_work)}.", "Give it to another thread, or drop it."
            ),
        )
    return Decided((WorkstreamClosed(workstream=stream.id, reason=act.reason),), cautions)


FACTS: tuple[type[Fact], ...] = (WorkstreamOpened, WorkstreamClosed)
DECISIONS = {OpenWorkstream: open_workstream, CloseWorkstream: close_workstream}
