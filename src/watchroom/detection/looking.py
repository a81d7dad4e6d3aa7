"""Looking: which panel or query somebody looked at, over what time, and which probe they ran themselves.

What was shown goes on record, so that a claim can be held against what its author had seen. The drill runs the
probe and says what came of it; in a real incident the person does. Never queries anything.
"""

from datetime import datetime
from typing import Annotated, Any, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, OptionalText, When
from watchroom.base.errors import Malformed
from watchroom.record.event import Decided, Deed, Event, Fact


class Look(Command, frozen=True, kw_only=True, tag="look"):
    """Say what you looked at: a panel or a query, from when to when, and what it showed."""

    panel: Annotated[Name | None, msgspec.Meta(description="A panel's id or title.")] = None
    query: Annotated[OptionalText, msgspec.Meta(description="A query in the language of its source.")] = ""
    start: When | None = None
    end: When | None = None
    shown: Annotated[OptionalText, msgspec.Meta(description="What was seen, in words or as it was shown.")] = ""


class RunProbe(Command, frozen=True, kw_only=True, tag="run_probe"):
    """Try it yourself: walk the user's path, call the endpoint."""

    probe: Name
    arguments: Annotated[dict[str, Any], msgspec.Meta(max_length=100)] = {}


class LookedAt(Deed, frozen=True, kw_only=True):
    """Somebody looked at telemetry."""

    panel: str = ""
    query: str = ""
    start: datetime | None = None
    end: datetime | None = None
    shown: str = ""


class ProbeRun(Deed, frozen=True, kw_only=True):
    """Somebody tried it for themselves."""

    probe: str
    arguments: dict[str, Any] = {}


class Looks(msgspec.Struct):
    """When the room first looked and first tried it for itself; each look stays in the record."""

    looked: int = 0
    probed: int = 0
    first_probe_at: datetime | None = None


class View(Protocol):
    """What the decisions here read."""

    @property
    def looks(self) -> Looks: ...


def apply(state: Looks, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case LookedAt():
            state.looked += 1
        case ProbeRun():
            state.probed += 1
            state.first_probe_at = state.first_probe_at or event.at


def look(command: Look, view: View, act: Act) -> Decided:
    """What was looked at; a span that ends before it begins is malformed."""
    if not (command.panel or command.query):
        raise Malformed("look names neither a panel nor a query.", hint='Give "panel": "checkout errors", or a query.')
    if command.start is not None and command.end is not None and command.end < command.start:
        raise Malformed("end lies before start.", hint="Give the earlier time first.")
    cautions: tuple[Caution, ...] = ()
    if not command.shown:
        cautions = (Caution("nothing_shown", "It does not say what was seen.", "One sentence saves others the look."),)
    fact = LookedAt(
        panel=command.panel or "", query=command.query, start=command.start, end=command.end, shown=command.shown
    )
    return Decided((fact,), cautions)


def run_probe(command: RunProbe, view: View, act: Act) -> Decided:
    """A probe is taken as it is run."""
    return Decided((ProbeRun(probe=command.probe, arguments=command.arguments),))


FACTS: tuple[type[Fact], ...] = (LookedAt, ProbeRun)
DECISIONS = {Look: look, RunProbe: run_probe}
