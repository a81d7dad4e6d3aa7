"""The names that others rely on: every command with its fields and their values, as programs outside call them.

A name here is never taken away and never changes meaning; a command may gain fields. When this fails, the code is wrong.
"""

from typing import Any

import msgspec
import pytest

from tests.rooms.stage import at
from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed
from watchroom.incident.commands import COMMANDS, decode, schemas

TIME = rfc3339(at(600))
IMPACT = ("none", "few", "many", "all")
URGENCY = ("low", "medium", "high")
SEVERITY = ("SEV1", "SEV2", "SEV3", "SEV4")
ROLES = ("incident_commander", "technical_lead", "communications_lead", "scribe", "customer_liaison", "subject_expert")
CYCLES = ("detection", "mitigation", "communication", "resolution", "review", "preparation")
AUDIENCES = ("responders", "leadership", "support", "customers", "regulator")
STATES = ("investigating", "identified", "monitoring", "resolved")
TEXT, LIST, BOTH = ("words",), (["one", "two"],), (True, False)
PERSON = ("ana@example.com", "me", "character:dba")

# Command -> its fields, each with values that must be taken. A field with a star may not be left out.
TABLE: dict[str, dict[str, tuple[Any, ...]]] = {
    "declare": {"title": TEXT, "impact": IMPACT, "urgency": URGENCY, "services": LIST, "noticed_at": (TIME,)},
    "correct_incident": {"title": TEXT, "services": LIST},
    "set_severity": {"severity": SEVERITY, "impact": IMPACT, "urgency": URGENCY},
    "categorise": {"*categories": LIST},
    "assign_role": {"*role": ROLES, "*person": PERSON, "limit": TEXT},
    "accept_role": {"*role": ROLES},
    "hand_over_role": {"*role": ROLES, "*to": PERSON, "brief": TEXT},
    "release_role": {"*role": ROLES},
    "own_cycle": {"*cycle": CYCLES, "*person": PERSON},
    "release_responder": {"*person": PERSON},
    "open_workstream": {"*name": TEXT, "lead": PERSON, "limit": TEXT},
    "close_workstream": {"*workstream": ("W1",)},
    "assign_task": {"*person": PERSON, "*text": TEXT, "due_s": (300,), "workstream": ("W1",)},
    "acknowledge_task": {"*task": ("T1",)},
    "report_task": {"*task": ("T1",), "text": TEXT},
    "escalate": {"to": PERSON, "text": TEXT, "known": TEXT, "look_again_at": (TIME,)},
    "page": {"person": PERSON, "team": ("payments",), "*text": TEXT},
    "acknowledge_page": {"*page": ("P1",)},
    "join": {},
    "note_observation": {"*text": TEXT, "link": ("https://example.com/1",)},
    "state_unknown": {"*text": TEXT, "person": PERSON, "by": (TIME,)},
    "propose_hypothesis": {"*text": TEXT, "workstream": ("W1",)},
    "add_evidence": {"*hypothesis": ("H1",), "*direction": ("for", "against"), "*text": TEXT, "link": ("https://example.com/1",)},
    "set_hypothesis": {"*hypothesis": ("H1",), "*state": ("testing", "supported", "ruled_out")},
    "propose_intervention": {
        "*text": TEXT, "expected": TEXT, "risk": TEXT, "rollback": TEXT,
        "lever": ({"name": "roll_back", "arguments": {"service": "checkout"}},),
    },
    "start_intervention": {"*intervention": ("I1",)},
    "observe_intervention": {
        "*intervention": ("I1",), "*outcome": ("helped", "no_effect", "worse", "too_early"), "text": TEXT,
    },
    "revert_intervention": {"*intervention": ("I1",)},
    "decide": {"*text": TEXT, "alternatives": LIST, "unknown": TEXT, "objections_asked": BOTH},
    "hold": {"*until": (TIME,), "text": TEXT},
    "state_impact": {
        "*text": TEXT, "share_low": (0.1,), "share_high": (0.9,), "services": LIST, "regions": LIST, "tiers": LIST,
        "platforms": LIST, "began_at": (TIME,),
    },
    "state_trend": {"*trend": ("worse", "stable", "better")},
    "mark_mitigated": {"by": ("I1",), "text": TEXT},
    "mark_impact_returned": {"text": TEXT},
    "state_priority": {"*text": TEXT, "owner": PERSON, "from": (TIME,), "until": (TIME,)},
    "post_message": {"*text": TEXT, "channel": ("room", "direct"), "to": PERSON},
    "post_update": {
        "*audience": AUDIENCES, "impact": TEXT, "doing": TEXT, "need": TEXT, "next_at": (TIME,),
        "components": ({"checkout": "major_outage"},), "state": STATES, "draft": BOTH,
        "to": PERSON, "brief": TEXT, "replaces": ("U1",),
    },
    "approve_update": {"*update": ("U1",)},
    "add_inbound": {"*kind": ("report", "question", "decision", "priority"), "*text": TEXT, "from": ("Support",)},
    "take_inbound": {"*inbound": ("Q1",)},
    "answer_inbound": {"*inbound": ("Q1",), "text": TEXT, "until": (TIME,), "used": BOTH},
    "look": {"panel": ("p99",), "query": ("up",), "start": (TIME,), "end": (TIME,), "shown": TEXT},
    "run_probe": {"*probe": ("checkout",), "arguments": ({"region": "uk"},)},
    "add_shim": {"*text": TEXT, "intervention": ("I1",)},
    "undo_shim": {"*shim": ("S1",), "expected": TEXT},
    "watch_stability": {"*minutes": (10,), "signals": LIST},
    "resolve": {"*understood": ("yes", "partly", "no"), "text": TEXT, "owner": PERSON},
    "close": {"review": ("required", "not_required"), "due_at": (TIME,), "owner": PERSON},
    "reopen": {},
    "save_artefact": {"*kind": ("graph",), "link": ("https://example.com/1",), "body": TEXT, "expires_at": (TIME,)},
    "mark_timeline": {"*seq": (1,), "*text": TEXT},
    "add_finding": {"*text": TEXT},
    "add_mystery": {"*text": TEXT, "owner": PERSON, "due_at": (TIME,)},
    "add_factor": {"*text": TEXT},
    "add_action": {"*text": TEXT, "owner": PERSON, "due_at": (TIME,)},
    "share_review": {"*to": LIST},
    "check_in": {"*text": TEXT},
    "record_belief": {"*seq": (1,), "*text": TEXT},
    "defer_review": {"due_at": (TIME,)},
    "confirm_read": {},
    "retract": {"*seq": (1,)},
    "redact": {"*seq": (1,)},
}  # fmt: skip
COMMON: dict[str, tuple[Any, ...]] = {"at": (TIME,), "reason": TEXT, "expected_seq": (3,)}
# Built beside this, in their own part.
ELSEWHERE = {"restrict", "admit"}


def bodies(name: str) -> list[dict[str, Any]]:
    """The command with what must be there, then with each field and value that there is."""
    fields = TABLE[name]
    least = {field[1:]: values[0] for field, values in fields.items() if field.startswith("*")}
    every = [(field.lstrip("*"), value) for field, values in {**fields, **COMMON}.items() for value in values]
    return [{"command": name, **least}, *({"command": name, **least, field: value} for field, value in every)]


@pytest.mark.parametrize("name", TABLE)
def test_every_field_and_value_is_taken(name: str) -> None:
    for body in bodies(name):
        command = decode(msgspec.json.encode(body))
        again = msgspec.json.decode(msgspec.json.encode(command))
        assert {field: again[field] for field in body} == body


@pytest.mark.parametrize("name", TABLE)
def test_what_must_be_there_is_asked_for_and_nothing_else(name: str) -> None:
    (least, *_) = bodies(name)
    for field in set(least) - {"command"}:
        with pytest.raises(Malformed):
            decode(msgspec.json.encode({each: value for each, value in least.items() if each != field}))
    with pytest.raises(Malformed):
        decode(msgspec.json.encode({**least, "no_such_field": 1}))


def test_the_schemas_name_the_same_fields_and_values() -> None:
    shown = {each["command"]: each for each in schemas()}
    assert shown.keys() >= TABLE.keys()
    for name, fields in TABLE.items():
        schema = shown[name]["schema"]
        assert shown[name]["description"]
        assert {field.lstrip("*") for field in {**fields, **COMMON}} <= schema["properties"].keys(), name
        wanted = {field[1:] for field in fields if field.startswith("*")}
        assert set(schema.get("required", ())) - {"command"} == wanted, name
        for field in ("state", "outcome", "direction", "trend", "understood", "review", "audience", "channel", "cycle"):
            if (values := fields.get(field) or fields.get(f"*{field}")) is not None:
                assert set(values) == enum_of(schema["properties"][field]), (name, field)


def enum_of(schema: dict[str, Any]) -> set[Any]:
    """The values that a field's schema allows, without null."""
    choices = schema.get("anyOf", [schema])
    return {value for choice in choices for value in choice.get("enum", ())} - {None}


def test_a_new_command_is_put_into_the_table() -> None:
    # These came after the table was agreed upon.
    ours = {str(command.__struct_config__.tag) for command in COMMANDS}
    assert ours - ELSEWHERE - TABLE.keys() == {
        "adopt_profile", "edit_message", "judge_detection", "put_away_question", "set_guidance",
    }  # fmt: skip
