"""Stability: a watch over some minutes before anybody says that it is over.

It is broken by a watched signal that fires, or by customers who hurt again. That it has passed, or was broken, is
written by `incident/timers`. Never resolves by itself, and never reads a clock.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import UnknownThing
from watchroom.detection.signal import SignalRecorded, Signals
from watchroom.mitigation.impact import Impact, ImpactReturned
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.resolution.reopening import ReopeningOffered

Outcome = Literal["running", "passed", "broken", "replaced"]


class WatchStability(Command, frozen=True, kw_only=True, tag="watch_stability"):
    """Watch for some minutes whether it stays well."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080, description="How long to watch.")]
    signals: Annotated[
        list[Name],
        msgspec.Meta(max_length=200, description="Signals to watch, by id; none means all of this incident."),
    ] = []


class StabilityWatchBegan(Deed, frozen=True, kw_only=True):
    """Somebody watches whether it stays well, until then."""

    minutes: int
    until: datetime
    signals: list[str] = []


class StabilityWatchPassed(Fact, frozen=True, kw_only=True):
    """The watch ended, and nothing had come back. Written by the timers."""

    until: datetime


class StabilityWatchBroken(Fact, frozen=True, kw_only=True):
    """Something came back before the watch had ended. Written by the timers, once for each watch."""

    until: Annotated[datetime, msgspec.Meta(description="The end that the watch was to have.")]
    broken_at: datetime
    signal: Annotated[str, msgspec.Meta(description="The signal that fired; empty when customers hurt again.")] = ""


class Watch(msgspec.Struct):
    """One watch and what became of it."""

    by: str
    began_at: datetime
    until: datetime
    minutes: int
    signals: list[str] = []
    state: Outcome = "running"
    ended_at: datetime | None = None
    broken_by: str = ""
    """The signal that fired, or the words about customers who hurt again."""
    broken_signal: str = ""
    """Its id, where a signal broke it."""
    told: bool = False
    """Whether the record says already that it was broken."""


class Stability(msgspec.Struct):
    """The room's watches; the last one counts."""

    watches: list[Watch] = []

    @property
    def last(self) -> Watch | None:
        """The newest watch."""
        return self.watches[-1] if self.watches else None

    @property
    def running(self) -> Watch | None:
        """The watch that is on, if one is."""
        return self.last if self.last is not None and self.last.state == "running" else None

    @property
    def untold(self) -> list[Watch]:
        """Watches that were broken, which no fact says yet."""
        return [watch for watch in self.watches if watch.state == "broken" and not watch.told]


class View(Protocol):
    """What the decision here reads."""

    @property
    def impact(self) -> Impact: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def stability(self) -> Stability: ...


def apply(state: Stability, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case StabilityWatchBegan():
            if (watch := state.running) is not None:
                watch.state, watch.ended_at = "replaced", event.at
            by = event.actor.removeprefix("person:")
            state.watches.append(
                Watch(by=by, began_at=event.at, until=fact.until, minutes=fact.minutes, signals=fact.signals)
            )
        case StabilityWatchPassed():
            if (watch := state.running) is not None and watch.until == fact.until:
                watch.state, watch.ended_at = "passed", event.at
        case StabilityWatchBroken():
            for watch in state.untold:
                watch.told = watch.told or watch.until == fact.until
        case SignalRecorded():
            _break(state, event, fact.signal, fact.title)
        case ReopeningOffered():
            _break(state, event, fact.signal, fact.title)
        case ImpactReturned():
            _break(state, event, "", fact.text or "customers hurt again")


def _break(state: Stability, event: Event, signal: str, words: str) -> None:
    watch = state.running
    if (
        watch is not None
        and event.at >= watch.began_at
        and (not signal or not watch.signals or signal in watch.signals)
    ):
        watch.state, watch.ended_at, watch.broken_by, watch.broken_signal = "broken", event.at, words, signal


def watch_stability(command: WatchStability, view: View, act: Act) -> Decided:
    """Begin a watch; another that is on ends with it."""
    for id in command.signals:
        if id not in view.signals.by_id:
            raise UnknownThing(
                f"There is no signal {id} in this room.", hint="Leave signals away to watch all of this incident."
            )
    cautions = []
    watched = command.signals or list(view.signals.by_id)
    firing = [signal.title for signal in view.signals.firing if signal.id in watched]
    if firing:
        more = f" and {len(firing) - 1} more" if len(firing) > 1 else ""
        cautions.append(
            Caution("still_firing", f"{firing[0]}{more} fires already.", "The watch hears what begins, not what lasts.")
        )
    if not watched:
        cautions.append(
            Caution("nothing_to_hear", "No signal belongs to this incident.", "Say by what you would notice it.")
        )
    if view.impact.mitigated_at is None:
        cautions.append(
            Caution("not_mitigated", "Nobody has said that customers hurt no longer.", "Mark it mitigated first.")
        )
    until = act.at + timedelta(minutes=command.minutes)
    fact = StabilityWatchBegan(minutes=command.minutes, until=until, signals=command.signals)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (StabilityWatchBegan, StabilityWatchPassed, StabilityWatchBroken)
HEEDS: tuple[type[Fact], ...] = (SignalRecorded, ReopeningOffered, ImpactReturned)
DECISIONS = {WatchStability: watch_stability}
