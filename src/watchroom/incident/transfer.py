"""Moving signals from one room into another: a duplicate joins its room, a relapse goes back to the incident it
belongs to.

Pure: yields the facts for both rooms; `handle` appends them together or not at all.
"""

from collections.abc import Sequence

from watchroom.detection.signal import RoomSignal, SignalMoved, SignalRecorded, SignalResolved
from watchroom.detection.triage import SignalTriaged
from watchroom.incident.incident import Incident
from watchroom.record.event import Fact


def move(signals: Sequence[str], source: Incident, target: str, why: str = "") -> tuple[list[Fact], list[Fact]]:
    """Facts that take the signals out of `source`, and those that bring them into `target`, with why it is there."""
    away: list[Fact] = []
    arriving: list[Fact] = []
    for id in signals:
        away.append(SignalMoved(signal=id, to=target))
        arriving += _arrival(source.signals.by_id[id], source.id, why)
    return away, arriving


def give_back(waiting: Incident, target: str) -> tuple[list[Fact], list[Fact]]:
    """Move everything of a room that waits in triage, judging it a duplicate of `target`."""
    signals = list(waiting.signals.by_id)
    judged: list[Fact] = [
        SignalTriaged(signal=id, verdict="duplicate", of=target, reason="The incident was reopened.") for id in signals
    ]
    away, arriving = move(signals, waiting, target)
    return judged + away, arriving


def _arrival(signal: RoomSignal, source: str, why: str) -> list[Fact]:
    facts: list[Fact] = [
        SignalRecorded(
            signal=signal.id,
            source=signal.source,
            key=signal.key,
            group=signal.group,
            title=signal.title,
            kind=signal.kind,
            severity=signal.severity,
            service=signal.service,
            labels=signal.labels,
            annotations=signal.annotations,
            starts_at=signal.starts_at,
            url=signal.url,
            moved_from=source,
            why=why or f"moved here from {source}",
            leads=signal.leads,
        )
    ]
    if signal.state == "resolved":
        facts.append(SignalResolved(signal=signal.id, ends_at=signal.ends_at))
    return facts
