"""The opposite of what somebody did last: the command that undoes it, always a fact more and never one less.

Most of what a person says is taken back by `retract`. What has had consequences beyond the room has an opposite of its
own: what was resolved or closed is reopened, a restriction is lifted or put back. Where there is none, the refusal says
what to do instead. Called by the pages for "Undo" and by the command bar for `/undo`. Pure.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from watchroom.base.command import Command
from watchroom.base.errors import Refused
from watchroom.communication.update import UpdateApproved, UpdatePosted
from watchroom.incident.undo import (
    CORRECTED_OTHERWISE,
    Retract,
    Retracted,
    is_retractable,
)
from watchroom.incident.visibility import (
    EVERYONE,
    PersonAdmitted,
    Restrict,
    RestrictionLifted,
    RoomRestricted,
    TeamAdmitted,
    Visibility,
)
from watchroom.mitigation.page import PageRequested, PageShown
from watchroom.record.event import Event, Fact
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened, Reopen
from watchroom.resolution.resolving import IncidentResolved

RESTRICTS = (RoomRestricted, RestrictionLifted, PersonAdmitted, TeamAdmitted)
HAS_AN_OPPOSITE = (IncidentResolved, IncidentClosed, *RESTRICTS)
"""What cannot be taken back, and is undone by another command."""
WHY = "undone"
"""The reason that an opposite gives."""
_PASSED_OVER = (Retracted, PageShown)
"""What is no deed to be undone: taking back itself, and what a page says without its reader's hand."""
_HINTS: dict[type[Fact], str] = {
    IncidentReopened: "Resolve it again, or close it.",
    UpdatePosted: "Post another that corrects it.",
    UpdateApproved: "Post another that corrects it.",
}

Said = tuple[Event, Fact | None]


class Deed(msgspec.Struct, frozen=True):
    """What one command of somebody wrote, in its order."""

    said: tuple[Said, ...]

    @property
    def seqs(self) -> tuple[int, ...]:
        """The numbers of its events."""
        return tuple(event.seq for event, _ in self.said)

    @property
    def restricts(self) -> bool:
        """Whether it said who sees the room; its opposite depends on who saw it before."""
        return not self._retractable() and any(isinstance(fact, RESTRICTS) for _, fact in self.said)

    @property
    def undoable(self) -> bool:
        """Whether it has an opposite."""
        return bool(self._retractable()) or any(isinstance(fact, HAS_AN_OPPOSITE) for _, fact in self.said)

    def _retractable(self) -> list[int]:
        return [event.seq for event, fact in self.said if is_retractable(fact)]

    def opposite(self, before: Visibility | None = None) -> list[Command]:
        """The commands that undo it, in their order; `before` is who saw the room without it. Raises Refused."""
        facts = [fact for _, fact in self.said if fact is not None]
        back: list[Command] = [Retract(seq=seq, reason=WHY) for seq in reversed(self._retractable())]
        if any(isinstance(fact, (IncidentResolved, IncidentClosed)) for fact in facts):
            # With it goes what was decided about its review.
            return [Reopen(reason=WHY), *back]
        if back:
            return back
        if self.restricts and before is not None:
            if not before.restricted:
                return [Restrict(people=[EVERYONE], reason=WHY)]
            return [Restrict(people=list(before.people), teams=list(before.teams), reason=before.reason or WHY)]
        first = facts[0] if facts else None
        hint = _HINTS.get(type(first)) or CORRECTED_OTHERWISE.get(type(first)) if first is not None else None
        raise Refused(
            "What you did last has no opposite.", hint=hint or "Say in the room what is to be done about it instead."
        )

    @property
    def calls(self) -> bool:
        """Whether somebody was called by it: a call that rings is not taken back with it."""
        return any(isinstance(fact, PageRequested) for _, fact in self.said)


def last_deed(newest_first: Sequence[Said], actor: str, retracted: Sequence[int]) -> Deed | None:
    """What the actor did last that was not taken back yet; None where they did nothing."""
    own = [(event, fact) for event, fact in newest_first if event.actor == actor and event.seq not in retracted]
    own = [(event, fact) for event, fact in own if not isinstance(fact, _PASSED_OVER)]
    return Deed(tuple(reversed([*_together(own)]))) if own else None


def _together(own: Sequence[Said]) -> Iterator[Said]:
    """The first and those beside it that were written with it: in one append, at one moment of the house's clock."""
    at = own[0][0].recorded_at
    numbered = enumerate(takewhile(lambda said: said[0].recorded_at == at, own))
    yield from (said for place, said in numbered if said[0].seq == own[0][0].seq - place)
