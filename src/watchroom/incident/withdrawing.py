"""Taking a judgement of a signal back: the opposite facts, for each thing that a verdict can have brought about.

A verdict may have moved the signal into another room (a duplicate) or declared the incident; both are undone in the
same append, or the whole is refused. Pure: `handle` reads, and appends the facts together.
"""

from collections.abc import Sequence

from watchroom.base.command import Act
from watchroom.base.errors import AlreadyDone, Refused
from watchroom.detection.declaration import DeclarationWithdrawn
from watchroom.detection.severity import SeverityProposed
from watchroom.detection.signal import SignalMoved, SignalRecorded, SignalResolved
from watchroom.detection.triage import withdraw as withdraw_judgement
from watchroom.incident import transfer
from watchroom.incident.adopting import ProfileAdopted, RolesProposed
from watchroom.incident.incident import Incident
from watchroom.record.event import Event, Fact, kind_of

FOLLOWING_MAX = 50
"""So many events after a declaration are looked through: a room in which more has happened has been gone on from."""
_BROUGHT = frozenset(
    kind_of(fact)
    for fact in (SeverityProposed, ProfileAdopted, RolesProposed, SignalRecorded, SignalResolved, SignalMoved)
)
"""What a declaration brings with it by itself, and signals that were judged the same with it, or taken back before."""


def declared_by_it(signal: str, incident: Incident) -> bool:
    """Whether the verdict on this signal is what declared the room."""
    judgement, declaration = incident.judgements.by_signal.get(signal), incident.declaration
    return (
        judgement is not None
        and judgement.verdict == "incident"
        and declaration.declared_at is not None
        and (declaration.declared_by, declaration.declared_at) == (judgement.by, judgement.at)
    )


def withdraw(
    signal: str, incident: Incident, into: Incident | None, following: Sequence[Event], act: Act
) -> tuple[list[Fact], list[Fact]]:
    """The facts for the room in which the signal was judged, and those for the room that a duplicate went into.

    `following` are the events after a declaration that the verdict brought about. Raises what `detection.triage` does,
    and Refused where others have gone on.
    """
    withdrawn = withdraw_judgement(signal, incident, act)
    if withdrawn.verdict == "duplicate" and signal not in incident.signals.by_id:
        if into is None or signal not in into.signals.by_id:
            raise AlreadyDone(
                "The signal has gone on from the room that it was moved into.", hint="Judge it where it stands now."
            )
        why = f"put back: taken for a duplicate of {into.id} by mistake"
        away, arriving = transfer.move([signal], into, incident.id, why)
        return [withdrawn, *arriving], away
    if not declared_by_it(signal, incident):
        return [withdrawn], []
    gone_on = next((event for event in following if not _goes_with_it(event)), None)
    if gone_on is not None or len(following) >= FOLLOWING_MAX:
        number = f" (#{gone_on.seq})" if gone_on is not None else ""
        raise Refused(
            f"The incident was gone on from already{number}: its declaration stands.",
            hint="Say in the room that it was none; resolve it, and close it without a review.",
        )
    return [DeclarationWithdrawn(reason=act.reason), withdrawn], []


def _goes_with_it(event: Event) -> bool:
    """Whether it came by itself: with the declaration, or from a sender."""
    return event.kind in _BROUGHT or event.actor.startswith(("source:", "system:"))
