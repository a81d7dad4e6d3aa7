"""The usual words of an update, by audience and state: a beginning that asks for what only this incident knows.

Offered by the editor; nobody is told them unless somebody sends them. States as on status pages (source: Statuspage,
incident statuses). A place to be filled reads `…`. Pure.
"""

from typing import get_args

import msgspec

from watchroom.communication.update import Audience, UpdateState

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
STATES: tuple[UpdateState, ...] = get_args(UpdateState)


class Phrases(msgspec.Struct, frozen=True):
    """The usual words for the three parts."""

    impact: str = ""
    doing: str = ""
    need: str = ""


_DOING: dict[str, dict[str, str]] = {
    "investigating": {
        "responders": "Alive now: …. Next we try ….",
        "leadership": "The team looks for the cause. The plan: …. What could go wrong: ….",
        "support": "We are looking for the cause. You can tell callers: ….",
        "customers": "We are looking for the cause.",
        "regulator": "The response began at … UTC. The cause is not known yet.",
    },
    "identified": {
        "responders": "Supported: …. Running: ….",
        "leadership": "We know the cause: …. The remedy is …, its risk ….",
        "support": "We know the cause and are undoing it. Until then callers can ….",
        "customers": "We know the cause and are putting it right. Until then you can ….",
        "regulator": "The cause is …. The measures taken are ….",
    },
    "monitoring": {
        "responders": "It holds since … UTC; we watch ….",
        "leadership": "Customers no longer feel it. We watch …, and say so when it is over.",
        "support": "It works again; ask callers to try once more, and tell us if it fails.",
        "customers": "It works again. We keep watching before we call it over.",
        "regulator": "The impact ended at … UTC. It is being watched.",
    },
    "resolved": {
        "responders": "Over. Still to undo: …. Review: ….",
        "leadership": "It is over. What it cost: …. What follows: ….",
        "support": "It is over. For those who were affected: ….",
        "customers": "It is over. If you still see it, write to us.",
        "regulator": "It ended at … UTC. A report follows by ….",
    },
}
_NEED: dict[str, str] = {
    "responders": "",
    "leadership": "From you we need …, by ….",
    "support": "Tell us what callers say that is not in here.",
    "customers": "",
    "regulator": "",
}
_BEGAN = "Since … UTC, … cannot …."
_ENDED = "From … to … UTC, … could not …."


def phrases(audience: Audience, state: UpdateState, impact: str = "") -> Phrases:
    """The usual words; `impact` is what the room says of it, which goes before any phrase while it lasts."""
    over = state in ("monitoring", "resolved")
    said = _ENDED if over else (impact or _BEGAN)
    return Phrases(said, _DOING[state][audience], "" if state == "resolved" else _NEED[audience])


def state_of(status: str, cause_supported: bool) -> UpdateState:
    """The state that a room's status stands for."""
    if status in ("resolved", "closed"):
        return "resolved"
    if status == "mitigated":
        return "monitoring"
    return "identified" if cause_supported else "investigating"
