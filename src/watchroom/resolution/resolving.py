"""Resolving: "stopped the bleeding, or understood?" Not understood is an honest answer.

Mitigated is never resolved: it takes a person to say so. Never resolves by itself, and never refuses for order.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, OptionalText
from watchroom.base.errors import AlreadyDone
from watchroom.detection.signal import Signals
from watchroom.mitigation.impact import Impact
from watchroom.record.event import Decided, Event, Fact

Understood = Literal["yes", "partly", "no"]


class Resolve(Command, frozen=True, kw_only=True, tag="resolve"):
    """Say that it is over, and whether it is understood."""

    understood: Understood
    text: Annotated[OptionalText, msgspec.Meta(description="What was fixed; what is not known.")] = ""
    owner: Annotated[Name | None, msgspec.Meta(description="Who goes on looking, where it is not understood.")] = None


class IncidentResolved(Fact, frozen=True, kw_only=True):
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


class View(Protocol):
    """What the decision here reads."""

    @property
    def resolution(self) -> Resolution: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def signals(self) -> Signals: ...


def apply(state: Resolution, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, IncidentResolved):
        state.resolved_at = event.at
        state.resolved_by = event.actor.removeprefix("person:")
        state.understood = fact.understood
        state.text = fact.text
        state.owner = fact.owner


def firing_caution(signals: Signals) -> tuple[Caution, ...]:
    """What still fires, said once."""
    firing = signals.firing
    if not firing:
        return ()
    more = f" and {len(firing) - 1} more" if len(firing) > 1 else ""
    return (
        Caution("still_firing", f"{firing[0].title}{more} still fires.", "Wait until it ends, or say why it may fire."),
    )


def resolve(command: Resolve, view: View, act: Act) -> Decided:
    """It is over; what speaks against it is said, and does not block."""
    if view.resolution.resolved_at is not None:
        raise AlreadyDone("It is resolved already.", hint="If it came back, reopen it.")
    cautions = list(firing_caution(view.signals))
    if view.impact.mitigated_at is None:
        cautions.append(
            Caution("not_mitigated", "Nobody has said that customers hurt no longer.", "Mark it mitigated, and when.")
        )
    if command.understood != "yes" and command.owner is None:
        cautions.append(
            Caution("no_owner", "It is not fully understood, and nobody goes on looking.", "Name an owner.")
        )
    fact = IncidentResolved(understood=command.understood, text=command.text, owner=command.owner or "")
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (IncidentResolved,)
DECISIONS = {Resolve: resolve}
