"""The closing checklist: what is settled and what is left open, from the room's state. It warns and never blocks.

Called by the panel of the ending. Pure; decides nothing, and the review is decided by closing itself.
"""

from collections.abc import Sequence

import msgspec

from watchroom.incident.incident import Incident

NAMED_MAX = 3


class Check(msgspec.Struct, frozen=True):
    """One thing to look at before the room is put away."""

    what: str
    settled: bool
    left: str = ""
    """What is left, in words; empty when it is settled."""
    opens: str = ""
    """The element of the room that it leads to: `#panel-shims`, or a sheet such as `do-update`."""


def checklist(incident: Incident) -> list[Check]:
    """All of it, always in the same order; what does not concern this incident is settled."""
    firing = [signal.title for signal in incident.signals.firing]
    shims = [shim.id for shim in incident.shims.open]
    running = [i.id for i in incident.interventions.by_id.values() if i.state == "started"]
    tasks = [task.id for task in incident.tasks.open]
    inbound = [item.id for item in incident.inbound.open]
    promises = [f"to {promise.audience}" for promise in incident.cadence.promises.values()]
    unclear = incident.resolution.understood in ("partly", "no") and not incident.resolution.owner
    return [
        _check("No signal fires", firing, "#panel-signals"),
        Check("It was watched", *_watched(incident), "do-watch"),
        _check("Nothing rushed is left", shims, "#panel-shims"),
        _check("Every try was looked at", running, "#panel-interventions"),
        Check("Somebody goes on looking", not unclear, "not understood, and nobody's" if unclear else "", "do-reopen"),
        _check("No task is open", tasks, "#panel-work"),
        _check("Everybody was answered", inbound, "#panel-inbound"),
        _check("No update is promised", promises, "do-update"),
    ]


def _check(what: str, left: Sequence[str], opens: str) -> Check:
    more = f" and {len(left) - NAMED_MAX} more" if len(left) > NAMED_MAX else ""
    return Check(what, not left, ", ".join(left[:NAMED_MAX]) + more, opens)


def _watched(incident: Incident) -> tuple[bool, str]:
    watch = incident.stability.last
    if watch is None:
        mitigated = incident.impact.mitigated_at is not None
        return not mitigated, "nobody watched whether it stays well" if mitigated else ""
    said = {"running": "still on", "broken": f"broken by {watch.broken_by}"}.get(watch.state, "")
    return not said, said


def free_to_go(incident: Incident) -> list[str]:
    """Who is here, holds nothing, and could be let go now that customers hurt no longer; longest here first."""
    if incident.status not in ("mitigated", "resolved"):
        return []
    return [person for person in incident.presence.since if not incident.holdings(person)]
