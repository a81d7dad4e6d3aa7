"""Planning a redaction: the event, its copies, the facts that say so in each stream, the claims whose names repeat its
words.

Called by the write path, which appends the whole plan at once. Decides nothing about who may; that is `redaction`'s.
"""

import msgspec

from watchroom.base.command import Act
from watchroom.base.errors import Refused
from watchroom.communication.message import MessagePosted
from watchroom.incident import doors
from watchroom.incident.copies import Copy, with_copies
from watchroom.incident.folds import Folds
from watchroom.incident.idempotency import Keys
from watchroom.incident.images import key_of
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.redaction import Redact, redact, redacted, split
from watchroom.record.codec import UnknownFact
from watchroom.record.event import Claim, Decided, Fact, Redaction
from watchroom.record.log import Log
from watchroom.record.redaction import Redacted, left_bytes


class Redacting(msgspec.Struct):
    """All that one redaction writes and forgets."""

    decided: Decided
    others: list[tuple[Incident, int, list[Fact]]] = []
    """Facts for other rooms, and the number that each stood at."""
    sources: dict[str, list[Fact]] = {}
    """Facts for the streams of sources."""
    redactions: list[Redaction] = []
    claims: list[Claim] = []
    words: set[str] = set()
    """Every word that goes."""
    images: set[str] = set()
    """Every image that goes (`images.key_of`)."""


async def plan_redaction(
    log: Log, folds: Folds, keys: Keys, incident: Incident, command: Redact, act: Act
) -> Redacting:
    """What the command comes to in this room and elsewhere. Raises Refused, AlreadyDone."""
    room = incident.id
    events = await log.read(room, command.seq - 1, 1)
    if not events or command.seq > incident.seq:
        raise Refused(f"The room has no event {command.seq}.", hint=f"It has 1 to {incident.seq}.")
    (event,) = events
    fact = CODEC.decode(event)
    plan = Redacting(redact(command, incident, act, event, fact))
    if event.redacted:
        # Only a reason was added to it: nothing more is purged.
        return plan
    if fact is None or isinstance(fact, UnknownFact):
        # Written by a newer version: nothing is left of it, and no copies are known.
        plan.redactions = [Redaction(room, command.seq)]
        return plan
    copies = await with_copies(log, event, fact, people=command.people)
    streams: dict[str, list[Fact]] = {}
    for copy in copies:
        streams.setdefault(copy.event.stream, []).append(_said(plan, copy, command))
    # The event that was asked for comes first, then its copies in this room.
    plan.decided = Decided(tuple(streams.pop(room)), plan.decided.cautions)
    for stream, facts in streams.items():
        if not doors.is_room(stream):
            plan.sources[stream] = facts
        elif (other := await folds.get(stream)) is not None:
            plan.others.append((other, other.seq, facts))
    for changed in (incident, *(other for other, _seq, _facts in plan.others)):
        after = await folds.redacted(changed.id, [each for each in plan.redactions if each.stream == changed.id])
        plan.claims += await doors.claims_between(log, changed, after)
    plan.claims += await keys.without_hashes({(copy.event.stream, copy.event.seq) for copy in copies})
    return plan


def _said(plan: Redacting, copy: Copy, command: Redact) -> Redacted:
    """The fact that this event was purged; what is purged is added to the plan."""
    said = redacted(copy.event, copy.fact, command.reason, people=command.people)
    plan.redactions.append(Redaction(copy.event.stream, copy.event.seq, left_bytes(said.left)))
    plan.words |= split(copy.fact, people=command.people)[1]
    if isinstance(copy.fact, MessagePosted):
        plan.images |= {key_of(copy.event.stream, each.image) for each in copy.fact.images}
    return said
