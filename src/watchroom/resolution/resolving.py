"""Resolving: "stopped the bleeding, or understood?" Not understood is an honest answer.

Mitigated is never resolved: it takes a person to say so. Never resolves by itself, and never refuses for order.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, OptionalText
from watchroom.base.errors import AlreadyDone
from watchroom.detection.declaration import Declaration, undeclared_caution
from watchroom.detection.signal import Signals
from watchroom.mitigation.impact import Impact
from watchroom.mitigation.page import Pages, withdraw_help
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.resolution.shim import Shims

Understood = Literal["yes", "partly", "no"]


class Resolve(Command, frozen=True, kw_only=True, tag="resolve"):
    """Say that it is over, and whether it is understood."""

    understood: Understood
    text: Annotated[OptionalText, msgspec.Meta(description="What was fixed; what is not known.")] = ""
    owner: Annotated[Name | None, msgspec.Meta(description="Who goes on looking, where it is not understood.")] = None


class IncidentResolved(Deed, frozen=True, kw_only=True):
    """A person said that it is over."""

    understood: Understood
    text: str = ""
    owner: str = ""


class Resolution(msgspec.Struct):
    """Whether it is over, and what is known of why."""

    resolved_at: datetime | None = None
    resolved_by: str = ""
    understood: Understood | None = None
    text: str = ""
    owner: str = ""


HOW_ELSE = "Watch again, or say in the reason how you know that it is well."


class Watched(Protocol):
    """A watch for stability, as far as resolving asks about it."""

    @property
    def state(self) -> str: ...
    @property
    def broken_by(self) -> str: ...
    @property
    def unheard_for(self) -> str: ...


class Watching(Protocol):
    """The room's watches."""

    @property
    def last(self) -> Watched | None: ...


class View(absence.Room, Protocol):
    """What the decision here reads."""

    @property
    def declaration(self) -> Declaration: ...
    @property
    def resolution(self) -> Resolution: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def shims(self) -> Shims: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def stability(self) -> Watching: ...


def apply(state: Resolution, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, IncidentResolved):
        state.resolved_at = event.at
        state.resolved_by = event.actor.removeprefix("person:")
        state.understood = fact.understood
        state.text = fact.text
        state.owner = fact.owner


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Once it is over nobody is called to help with it any more; other calls may be about what is left."""
    if isinstance(fact, IncidentResolved):
        withdraw_help(state, event)


def firing_caution(signals: Signals) -> tuple[Caution, ...]:
    """What still fires, said once."""
    firing = signals.firing
    if not firing:
        return ()
    more = f" and {len(firing) - 1} more" if len(firing) > 1 else ""
    return (
        Caution("still_firing", f"{firing[0].title}{more} still fires.", "Wait until it ends, or say why it may fire."),
    )


def shims_caution(shims: Shims) -> tuple[Caution, ...]:
    """What was rushed and is not undone, said once."""
    if not shims.open:
        return ()
    listed = "; ".join(f"{shim.id} {shim.text}" for shim in shims.open[:3])
    more = f" and {len(shims.open) - 3} more" if len(shims.open) > 3 else ""
    return (Caution("open_shims", f"Not undone yet: {listed}{more}.", "Undo them, or say who does and when."),)


def _watch_caution(watch: Watched | None, reason: str) -> tuple[Caution, ...]:
    """Whether anybody has watched that it stays well; a reason for less is as good."""
    if watch is not None and watch.state == "broken":
        said = f"The watch was broken: {watch.broken_by}."
        return (Caution("watch_broken", said, "Look at it first, or say why it does not count."),)
    if watch is not None and watch.state == "running" and watch.unheard_for:
        if reason:
            return ()
        said = f"The watch runs, and cannot pass: nobody listened for {watch.unheard_for} of it."
        return (Caution("watch_cannot_pass", said, HOW_ELSE),)
    if watch is not None and watch.state == "running":
        return (Caution("watch_running", "The watch is not over yet.", "Wait for its end, or say why not."),)
    if watch is not None and watch.state == "lapsed" and not reason:
        said = "The watch ended, and nobody can say that it stayed well."
        return (Caution("watch_lapsed", said, HOW_ELSE),)
    if watch is None and not reason:
        hint = "Watch for some minutes with watch_stability, or give a reason for less."
        return (Caution("no_watch", "Nobody has watched whether it stays well.", hint),)
    return ()


def resolve(command: Resolve, view: View, act: Act) -> Decided:
    """It is over; what speaks against it is said, and does not block."""
    if view.resolution.resolved_at is not None:
        raise AlreadyDone("It is resolved already.", hint="If it came back, reopen it.")
    cautions = [*undeclared_caution(view.declaration), *firing_caution(view.signals), *shims_caution(view.shims)]
    # What never hurt customers, or was never said to have stopped, is no case for a watch: the caution below says so.
    if view.impact.mitigated_at is not None:
        cautions += _watch_caution(view.stability.last, act.reason)
    if view.impact.mitigated_at is None:
        cautions.append(
            Caution("not_mitigated", "Nobody has said that customers hurt no longer.", "Mark it mitigated, and when.")
        )
    if command.understood != "yes" and command.owner is None:
        cautions.append(
            Caution("no_owner", "It is not fully understood, and nobody goes on looking.", "Name an owner.")
        )
    fact = IncidentResolved(
        understood=command.understood, text=command.text, owner=command.owner or "", reason=act.reason
    )
    cautions += not_told([fact.owner], "what is not understood", view, act)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (IncidentResolved,)
DECISIONS = {Resolve: resolve}
