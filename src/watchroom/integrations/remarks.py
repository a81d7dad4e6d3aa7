"""Remarks: what people did or said about a signal in the sender's own tool, taken into its room.

An acknowledgement from outside is no state of the signal and no role in the room: it is noted, with who and what.
Called by the intake, over the same sorting as the signals. Pure.
"""

from collections.abc import Mapping, Sequence, Set

from watchroom.detection.grouping import Known
from watchroom.detection.signal import ObservationNoted, Outcome, Receipt, Remark
from watchroom.incident.inbox import SignalItem
from watchroom.integrations.sorting import Sorting, Written

QUIET = frozenset({"renamed", "described"})
"""What programs do with each repeat (source: Alertmanager's Opsgenie receiver, `update_alerts`); receipts keep it."""


def take_remarks(
    remarks: Sequence[Remark],
    source: str,
    via: str,
    taken: Set[str],
    sorting: Sorting,
    before: Mapping[str, Known],
    items: Mapping[str, SignalItem],
) -> list[Receipt]:
    """Note remarks in the rooms of their signals; receipts of those signals that are not in `taken` already.

    The same remark again is not noted again, since some senders repeat it with every request.
    """
    receipts: list[Receipt] = []
    for remark in remarks:
        known = sorting.known.get(remark.signal) or before.get(remark.signal)
        item = items.get(remark.signal)
        news = item is None or item.remark != remark
        if known is not None and news and remark.action not in QUIET:
            noted = Written(f"source:{source}", via, ObservationNoted(text=remark.sentence(source)))
            sorting.facts.setdefault(known.room, []).append(noted)
        if remark.signal not in taken:
            outcome: Outcome = "repeated" if known is not None else "unmatched"
            receipts.append(Receipt(remark.signal, outcome, known.room if known is not None else None))
    return receipts
