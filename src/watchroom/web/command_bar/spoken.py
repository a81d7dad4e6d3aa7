"""A refusal's words for somebody at a page: the typed word where a program reads the name of a command or a field.

The room's own rules speak the language of the API, since programs read them too. Called wherever such a sentence is
put on a page. Pure.
"""

import re
from collections.abc import Mapping

from watchroom.incident.commands import BY_NAME

COMMANDS: Mapping[str, str] = {
    "accept_role": "/accept",
    "acknowledge_page": "/heard",
    "acknowledge_task": "/ack",
    "add_action": "/action",
    "add_evidence": "/evidence",
    "add_factor": "/factor",
    "add_finding": "/finding",
    "add_inbound": "/inbound",
    "add_mystery": "/mystery",
    "add_shim": "/shim",
    "adopt_profile": "/adopt",
    "answer_inbound": "/answer",
    "approve_update": "/approve",
    "assign_role": "/lead",
    "assign_task": "/task",
    "check_in": "/checkin",
    "close_workstream": "/endstream",
    "confirm_read": "/read",
    "correct_incident": "/title or /services",
    "defer_review": "/defer",
    "edit_message": "/edit",
    "hand_over_role": "/handover",
    "judge_detection": "/judge",
    "mark_impact_returned": "/returned",
    "mark_mitigated": "/mitigated",
    "mark_timeline": "/mark",
    "note_observation": "/note",
    "observe_intervention": "/helped, /noeffect or /worse",
    "open_workstream": "/workstream",
    "own_cycle": "/own",
    "post_message": "a message",
    "post_update": "/update",
    "propose_hypothesis": "/theory",
    "propose_intervention": "/try",
    "put_away_question": "/notnow",
    "record_belief": "/believed",
    "release_responder": "/letgo",
    "release_role": "/release",
    "report_task": "/report",
    "revert_intervention": "/revert",
    "run_probe": "/probe",
    "save_artefact": "/keep",
    "set_guidance": "/guidance",
    "set_hypothesis": "/supported, /test or /ruleout",
    "set_severity": "/sev",
    "share_review": "/share",
    "start_intervention": "/start",
    "state_impact": "/impact",
    "state_priority": "/priority",
    "state_trend": "/trend",
    "state_unknown": "/unknown",
    "take_inbound": "/takein",
    "undo_shim": "/undoshim",
    "watch_stability": "/watch",
}
"""What is typed for a command of the API whose name nobody would say."""
FIELDS: Mapping[str, str] = {
    "due_s": "by",
    "share_low": "the lower share",
    "share_high": "the higher share",
    "began_at": "since",
    "noticed_at": "noticed",
    "noticed_by": "who noticed",
    "look_again_at": "the time",
    "next_at": "next",
    "due_at": "by",
    "expires_at": "expires",
    "settle_s": "settles",
    "objections_asked": "objections",
}
"""What is typed, or said, for a field of the API."""

_PHRASES = (
    (re.compile(r'assign_role with "person": "me"'), "/take"),
    (re.compile(r"\bpost_message with reply_to"), "reply to it"),
    (re.compile(r"\bdue_s 600 is ten minutes"), "by 10m is ten minutes"),
    (re.compile(r"\s*Its fields: [^.]*\."), ""),
    (re.compile(r"\s*See GET /api/v1/commands\."), ""),
    (re.compile(r'Give "timing": early, timely or late, or "noticed_by": monitor, engineer or customer\.'),
     "Type /judge early, timely or late, or /noticed monitor, engineer or customer."),
)  # fmt: skip
_NAMES = re.compile(rf"(?<![\w/=])({'|'.join(sorted((*COMMANDS, *FIELDS), key=len, reverse=True))})(?!\w)")
NAMES_OF_THE_API = frozenset(name for name in BY_NAME if "_" in name)
"""Names of commands that no sentence on a page may hold."""


def spoken(sentence: str) -> str:
    """The sentence with what is typed instead of the API's names."""
    if "_" not in sentence and "GET " not in sentence:
        return sentence
    for pattern, instead in _PHRASES:
        sentence = pattern.sub(instead, sentence)
    return _NAMES.sub(lambda found: COMMANDS.get(found[1]) or FIELDS[found[1]], sentence).strip()
