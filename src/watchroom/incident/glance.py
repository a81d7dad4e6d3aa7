"""An incident at a glance, for whoever looks at many: what is done about it now, and what waits for a judgement.

Called by `summary`. Pure; words of people are cut, never changed.
"""

import msgspec

from watchroom.incident.flow import open_decisions
from watchroom.incident.incident import CYCLES, Incident

TEXT_CHARS_MAX = 160
_STANDING = {"supported": "Supported", "testing": "Testing", "proposed": "Theory"}


class Glance(msgspec.Struct, frozen=True):
    """What goes on, in one line, and what stands open."""

    doing: str = ""
    """What is done now, or thought: a word for which it is, then the words of whoever wrote it."""
    asked: tuple[str, ...] = ()
    """Decisions that stand open, most pressing first."""


def glance(incident: Incident) -> Glance:
    """The incident at a glance; empty once it is over."""
    if incident.status not in ("triage", "declared", "mitigated"):
        return Glance()
    asked = [each for cycle in CYCLES for each in open_decisions(incident, cycle)]
    return Glance(_doing(incident), tuple(asked))


def _doing(incident: Incident) -> str:
    """A running try before a hold, a hold before a theory: what changes the world comes first."""
    running = [each for each in incident.interventions.by_id.values() if each.state == "started"]
    if running:
        more = f" (and {len(running) - 1} more)" if len(running) > 1 else ""
        return f"Trying: {_cut(running[-1].text)}{more}"
    held = [each for each in incident.decisions.holds if each.state == "holding"]
    if held:
        return f"Holding: {_cut(held[-1].text)}" if held[-1].text else "Holding: nothing is changed for now"
    if incident.impact.mitigated_at is not None:
        return "Watching whether it stays well" if incident.stability.running is not None else ""
    for state, says in _STANDING.items():
        standing = [each for each in incident.hypotheses.by_id.values() if each.state == state]
        if standing:
            return f"{says}: {_cut(standing[-1].text)}"
    return ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TEXT_CHARS_MAX else f"{line[: TEXT_CHARS_MAX - 1]}…"
