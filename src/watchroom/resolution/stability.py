"""Stability: a watch over some minutes before anybody says that it is over.

It is broken by a watched signal that fires, or by customers who hurt again. How it ended is written by
`incident/timers`: it passed, was broken, or lapsed, which says that its time is over and that nobody can say it stayed
well: it was never well, there was nothing to hear, or nobody listened. Never resolves by itself, and never reads a
clock.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import UnknownThing
from watchroom.detection.declaration import Declaration
from watchroom.detection.signal import RoomSignal, SignalRecorded, Signals
from watchroom.detection.triage import DISMISSING, Judgements
from watchroom.mitigation.impact import Impact, ImpactReturned
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.resolution.reopening import ReopeningOffered

Outcome = Literal["running", "passed", "lapsed", "broken", "replaced"]
LATE = timedelta(seconds=5)
"""A watch that was stated to have begun this long before it was recorded was not heard for that time."""


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
    """The watch ended, and nothing had come back. Written by the timers, once somebody listened to all of it, there
    was something to hear, and it was well."""

    until: datetime


class StabilityWatchWentUnheard(Fact, frozen=True, kw_only=True):
    """For a part of a watch nobody listened: no server was there. Written by the timers of the one that came."""

    since: Annotated[datetime, msgspec.Meta(description="The last sign of a server, or when the watch began.")]
    until: Annotated[datetime, msgspec.Meta(description="When one was there again, or when the watch was to end.")]


class StabilityWatchLapsed(Fact, frozen=True, kw_only=True):
    """The watch ended, and nobody can say that it stayed well. Written by the timers; at least one field says why."""

    until: datetime
    firing: Annotated[list[str], msgspec.Meta(description="Watched signals that fire at its end, by id.")] = []
    nothing_to_hear: Annotated[bool, msgspec.Meta(description="No signal that a sender would send was there.")] = False
    not_mitigated: Annotated[bool, msgspec.Meta(description="Nobody had said that customers hurt no longer.")] = False
    unheard_s: Annotated[float, msgspec.Meta(description="For how many of its seconds nobody listened.")] = 0.0


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
    unheard: list[tuple[datetime, datetime]] = []
    """From when to when nobody listened, in order."""
    lapsed: StabilityWatchLapsed | None = None
    """Why nobody can say that it stayed well, where that is how it ended."""

    @property
    def unheard_s(self) -> float:
        """For how many seconds nobody listened."""
        return sum((until - since).total_seconds() for since, until in self.unheard)

    @property
    def unheard_for(self) -> str:
        """For how long nobody listened, in words; empty where somebody always did. Once it is said it cannot pass."""
        return span(timedelta(seconds=self.unheard_s)) if self.unheard_s else ""


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
    """What the decision here, and the end of a watch, reads."""

    @property
    def declaration(self) -> Declaration: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def judgements(self) -> Judgements: ...
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
            watch = Watch(by=by, began_at=event.at, until=fact.until, minutes=fact.minutes, signals=fact.signals)
            if event.recorded_at - event.at > LATE:
                watch.unheard = [(event.at, min(event.recorded_at, fact.until))]
            state.watches.append(watch)
        case StabilityWatchPassed():
            if (watch := state.running) is not None and watch.until == fact.until:
                watch.state, watch.ended_at = "passed", event.at
        case StabilityWatchWentUnheard():
            if (watch := state.running) is not None:
                watch.unheard = [*watch.unheard, (fact.since, fact.until)]
        case StabilityWatchLapsed():
            if (watch := state.running) is not None and watch.until == fact.until:
                watch.state, watch.ended_at, watch.lapsed = "lapsed", event.at, fact
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


def listened_to(view: View, ids: list[str]) -> list[RoomSignal]:
    """The signals that a watch on these (none: on all) can hear: a report ends by nobody's word, what was judged away
    means nothing."""
    judged = view.judgements.by_signal
    return [
        signal
        for signal in view.signals.by_id.values()
        if (not ids or signal.id in ids)
        and signal.kind in ("alert", "slo_burn")
        and not (signal.id in judged and judged[signal.id].verdict in DISMISSING)
    ]


def unheard(watch: Watch, since: datetime, until: datetime) -> StabilityWatchWentUnheard | None:
    """What of a running watch falls into a time in which no server was there; None when nothing does."""
    since, until = max(since, watch.began_at), min(until, watch.until)
    return StabilityWatchWentUnheard(since=since, until=until) if since < until else None


def ending(watch: Watch, view: View) -> StabilityWatchPassed | StabilityWatchLapsed:
    """How a running watch ends, once its time has come, from what could be heard in it."""
    heard = listened_to(view, watch.signals)
    lapsed = StabilityWatchLapsed(
        until=watch.until,
        firing=[signal.id for signal in heard if signal.state == "firing"],
        nothing_to_hear=not heard,
        not_mitigated=view.declaration.declared_at is not None and view.impact.mitigated_at is None,
        unheard_s=watch.unheard_s,
    )
    if lapsed == StabilityWatchLapsed(until=watch.until):
        return StabilityWatchPassed(until=watch.until)
    return lapsed


def why_lapsed(fact: StabilityWatchLapsed, titles: Mapping[str, str]) -> str:
    """Why nobody can say that it stayed well, as parts of one sentence; `titles` are those of signals by id."""
    said = []
    if fact.firing:
        more = f" and {len(fact.firing) - 1} more" if len(fact.firing) > 1 else ""
        first = titles.get(fact.firing[0], "a signal")
        said.append(f"{first}{more} still {'fire' if more else 'fires'}")
    if fact.not_mitigated:
        said.append("nobody has said that customers hurt no longer")
    if fact.nothing_to_hear:
        said.append("no alert belongs to it, so nothing would have been heard")
    if fact.unheard_s:
        said.append(f"nobody listened for {span(timedelta(seconds=fact.unheard_s))} of it")
    return "; ".join(said)


def span(length: timedelta) -> str:
    """A part of a watch in words: `45 s`, `3 min`."""
    seconds = length.total_seconds()
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"


def watch_stability(command: WatchStability, view: View, act: Act) -> Decided:
    """Begin a watch; another that is on ends with it."""
    for id in command.signals:
        if id not in view.signals.by_id:
            raise UnknownThing(
                f"There is no signal {id} in this room.", hint="Leave signals away to watch all of this incident."
            )
    cautions = []
    watched = listened_to(view, command.signals)
    firing = [signal.title for signal in watched if signal.state == "firing"]
    if firing:
        more = f" and {len(firing) - 1} more" if len(firing) > 1 else ""
        hint = "The watch passes only if that ends before it does."
        cautions.append(Caution("still_firing", f"{firing[0]}{more} fires already.", hint))
    if not watched:
        said = "No alert belongs to this incident: nobody would notice if it came back, and the watch cannot pass."
        cautions.append(
            Caution("nothing_to_hear", said, "Say by what you would notice it; resolve with that as the reason.")
        )
    if view.impact.mitigated_at is None:
        cautions.append(
            Caution("not_mitigated", "Nobody has said that customers hurt no longer.", "Mark it mitigated first.")
        )
    until = act.at + timedelta(minutes=command.minutes)
    fact = StabilityWatchBegan(minutes=command.minutes, until=until, signals=command.signals)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (
    StabilityWatchBegan,
    StabilityWatchPassed,
    StabilityWatchWentUnheard,
    StabilityWatchLapsed,
    StabilityWatchBroken,
)
HEEDS: tuple[type[Fact], ...] = (SignalRecorded, ReopeningOffered, ImpactReturned)
DECISIONS = {WatchStability: watch_stability}
