"""Hindsight: whether it was declared early, in time or late, and who noticed first, as people judge afterwards.

Both errors cost: declared too early wears people out, too late lets customers wait. Until somebody says who noticed
first, the kind of the room's first signal does. Never judged by a clock alone.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command
from watchroom.base.errors import AlreadyDone, Malformed
from watchroom.detection.signal import Kind, SignalRecorded
from watchroom.record.event import Decided, Deed, Event, Fact

Timing = Literal["early", "timely", "late"]
Noticer = Literal["monitor", "engineer", "customer"]

BY_KIND: dict[Kind, Noticer] = {
    "alert": "monitor",
    "slo_burn": "monitor",
    "observation": "engineer",
    "report": "customer",
}


class JudgeDetection(Command, frozen=True, kw_only=True, tag="judge_detection"):
    """Say afterwards whether it was declared early, in time or late, and who noticed first."""

    timing: Timing | None = None
    noticed_by: Annotated[Noticer | None, msgspec.Meta(description="Who or what noticed first.")] = None


class DetectionJudged(Deed, frozen=True, kw_only=True):
    """Somebody judged how it was noticed and declared. The last word counts."""

    timing: Timing | None = None
    noticed_by: Noticer | None = None

    def is_work(self) -> bool:
        """Judged in hindsight, on another day."""
        return False


class Hindsight(msgspec.Struct):
    """How detection is judged now."""

    timing: Timing | None = None
    noticed_by: Noticer | None = None
    by: str = ""
    """Who judged it; empty while only the first signal speaks."""
    at: datetime | None = None
    reason: str = ""


class View(Protocol):
    """What the decision here reads."""

    @property
    def hindsight(self) -> Hindsight: ...


def apply(state: Hindsight, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case SignalRecorded():
            state.noticed_by = state.noticed_by or BY_KIND[fact.kind]
        case DetectionJudged():
            state.timing = fact.timing or state.timing
            state.noticed_by = fact.noticed_by or state.noticed_by
            state.by, state.at = event.actor.removeprefix("person:"), event.at
            state.reason = fact.reason


def judge_detection(command: JudgeDetection, view: View, act: Act) -> Decided:
    """A judgement; it may be changed, and wants a reason."""
    if command.timing is None and command.noticed_by is None:
        raise Malformed(
            "judge_detection names neither a timing nor who noticed.",
            hint='Give "timing": early, timely or late, or "noticed_by": monitor, engineer or customer.',
        )
    before = view.hindsight
    same = command.timing in (None, before.timing) and command.noticed_by in (None, before.noticed_by)
    if before.by and same and act.reason in ("", before.reason):
        raise AlreadyDone("It is judged so already.", hint="Nothing needs doing.")
    cautions: tuple[Caution, ...] = ()
    if command.timing in ("early", "late") and not act.reason:
        cautions = (Caution("no_reason", f"Judged {command.timing} without a reason.", "What could have been seen?"),)
    fact = DetectionJudged(timing=command.timing, noticed_by=command.noticed_by, reason=act.reason)
    return Decided((fact,), cautions)


FACTS: tuple[type[Fact], ...] = (DetectionJudged,)
HEEDS: tuple[type[Fact], ...] = (SignalRecorded,)
DECISIONS = {JudgeDetection: judge_detection}
