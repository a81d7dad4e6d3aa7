"""Other words for what can be typed, and what is offered for a word that is none.

Read by `line`. The API's names and the usual words of the field are taken as they are. Whatever shows, hides or ends
something is offered only for its own name misspelt: nobody is let into a room because a word sounds alike. Pure.
"""

from collections.abc import Collection
from difflib import get_close_matches

SYNONYMS = {
    "page": "call",
    "hypothesis": "theory",
    "propose_hypothesis": "theory",
    "add_evidence": "evidence",
    "intervention": "try",
    "propose_intervention": "try",
    "observation": "note",
    "note_observation": "note",
    "severity": "sev",
    "set_severity": "sev",
    "state_impact": "impact",
    "state_trend": "trend",
    "post_update": "update",
    "assign_task": "task",
    "acknowledge_task": "ack",
    "report_task": "report",
    "escalation": "escalate",
    "hand_over_role": "handover",
    "state_unknown": "unknown",
    "state_priority": "priority",
    "add_inbound": "inbound",
    "open_workstream": "workstream",
    "retract": "undo",
    "correct_incident": "title",
    "rename": "title",
    "dm": "tell",
    "msg": "tell",
    "hypo": "theory",
    "observe": "note",
    "edit_message": "edit",
    "pin": "mark",
    "mark_timeline": "mark",
}
"""Another word, and the one that the bar's help shows."""

CAREFUL = frozenset(
    ("admit", "restrict", "redact", "close", "undo", "reopen", "resolve", "release", "letgo", "declare", "mitigated")
)
"""What shows a room, hides or purges something, or ends something."""
NEAR, VERY_NEAR = 0.7, 0.85


def offered(word: str, known: Collection[str]) -> str | None:
    """The command that is meant by a word that is none; None where nothing is near enough."""
    near = get_close_matches(word, {*known, *SYNONYMS}, n=1, cutoff=NEAR)
    if not near:
        return None
    meant = SYNONYMS.get(near[0], near[0])
    if meant in CAREFUL and not get_close_matches(word, near, n=1, cutoff=VERY_NEAR):
        return None
    return meant
