"""The closing checklist: what is settled and what is left open, from the room's state. It warns and never blocks.

Called by the panel of the ending. Pure; decides nothing, and the review is decided by closing itself.
"""

from collections.abc import Sequence

import msgspec

from watchroom.incident.incident import Incident
from watchroom.resolution import closure
from watchroom.resolution.closure import Item
from watchroom.resolution.stability import Watch, why_lapsed

NAMED_MAX = 3


class Check(msgspec.Struct, frozen=True):
    """One thing to look at before the room is put away."""

    what: str
    """What it says when it is settled, or what stands before what is left."""
    settled: bool
    left: str = ""
    """What is left, in words; empty when it is settled."""
    opens: str = ""
    """The element of the room that it leads to: `#panel-shims`, or a sheet such as `do-update`."""


def checklist(incident: Incident) -> list[Check]:
    """All of it, always in the same order, and at its end what the room's profile asks beyond it."""
    firing = [signal.title for signal in incident.signals.firing]
    shims = [shim.id for shim in incident.shims.open]
    running = [i.id for i in incident.interventions.by_id.values() if i.state == "started"]
    tasks = [task.id for task in incident.tasks.open]
    inbound = [item.id for item in incident.inbound.open]
    promises = [f"to {promise.audience}" for promise in incident.cadence.promises.values()]
    unclear = ["nobody goes on looking"] if _nobody_looks(incident) else []
    return [
        _check("No signal fires", "Still fires", firing, "#panel-signals"),
        _watched(incident),
        _check("Nothing rushed is left", "Not undone", shims, "#panel-shims"),
        _check("Every try was looked at", "Nobody said what it did", running, "#panel-interventions"),
        _check("No task is open", "Tasks open", tasks, "#panel-work"),
        _check("Everybody was answered", "Wait for an answer", inbound, "#panel-inbound"),
        _check("No update is due", "An update is due", promises, "do-update"),
        _check("Somebody goes on looking, or need not", "Not understood", unclear, "#panel-lanes"),
        *_asked(incident),
    ]


_BEYOND: dict[Item, tuple[str, str]] = {
    "severity_confirmed": ("The severity is confirmed", "do-rate"),
    "categorised": ("It has a category", "do-more"),
    "customers_told": ("Customers were told that it is over", "do-update"),
}


def _asked(incident: Incident) -> list[Check]:
    """What the profile asks for that not every room is asked."""
    unmet = dict(closure.unmet(incident.closure, incident))
    return [
        Check(_BEYOND[item][0], item not in unmet, unmet.get(item, "").rstrip("."), _BEYOND[item][1])
        for item in incident.closure.asks
        if item in _BEYOND
    ]


def _check(settled: str, open_: str, left: Sequence[str], opens: str) -> Check:
    more = f" and {len(left) - NAMED_MAX} more" if len(left) > NAMED_MAX else ""
    return Check(open_ if left else settled, not left, ", ".join(left[:NAMED_MAX]) + more, opens)


def _watched(incident: Incident) -> Check:
    watch = incident.stability.last
    left = "nobody watched" if watch is None and incident.impact.mitigated_at is not None else ""
    if watch is not None and watch.state != "passed":
        left = watch_left(incident, watch)
    return Check("Whether it stays well" if left else "It stayed well", not left, left, "do-watch")


def watch_left(incident: Incident, watch: Watch) -> str:
    """What speaks against "it stayed well", in words; empty where the watch passed."""
    match watch.state:
        case "passed":
            return ""
        case "broken":
            return f"broken by {watch.broken_by}"
        case "lapsed" if watch.lapsed is not None:
            titles = {signal.id: signal.title for signal in incident.signals.by_id.values()}
            return why_lapsed(watch.lapsed, titles)
    return "the watch is still on"


def _nobody_looks(incident: Incident) -> bool:
    return incident.resolution.understood in ("partly", "no") and not incident.resolution.owner


def free_to_go(incident: Incident) -> list[str]:
    """Who is here, holds nothing, and could be let go now that customers hurt no longer; longest here first."""
    if incident.status not in ("mitigated", "resolved"):
        return []
    return [person for person in incident.presence.since if not incident.holdings(person)]
