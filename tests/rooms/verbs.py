"""The verbs of the `.room` language: which words stand for which command of the contract, and what follows them.

A new command needs nothing here: its own name is a verb already, its fields are words. A phrase is added where the
line should read well. Called by `play`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.rooms.script import Deed, Script, Word, near
from watchroom.incident.commands import BY_NAME, PERSON_FIELDS, schemas

Value = Callable[[str, Mapping[str, Any], Sequence[Word]], Any]


@dataclass(frozen=True)
class Verb:
    """A phrase, the command it stands for, the fields that follow it in order, and those that are fixed."""

    phrase: str
    command: str
    fields: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)


VERBS: tuple[Verb, ...] = (
    Verb("declares", "declare", ("title",)),
    Verb("declares anew", "declare", ("title",)),
    Verb("renames it", "correct_incident", ("title",)),
    Verb("names services", "correct_incident", ("services",)),
    Verb("rates", "set_severity", ("severity",)),
    Verb("calls it", "categorise", ("categories",)),
    Verb("joins", "join"),
    Verb("lets go", "release_responder", ("person",)),
    Verb("pages", "page", ("person", "text")),
    Verb("pages team", "page", ("team", "text")),
    Verb("hears", "acknowledge_page", ("page",)),
    Verb("escalates to", "escalate", ("to", "text", "known")),
    Verb("does not escalate yet", "escalate", ("text",)),
    Verb("opens workstream", "open_workstream", ("name", "lead", "limit")),
    Verb("closes workstream", "close_workstream", ("workstream",)),
    Verb("gives task", "assign_task", ("person", "text")),
    Verb("has task", "acknowledge_task", ("task",)),
    Verb("reports", "report_task", ("task", "text")),
    Verb("decides", "decide", ("text",)),
    Verb("holds", "hold", ("until", "text")),
    Verb("does not know", "state_unknown", ("text",)),
    Verb("states priority", "state_priority", ("text",)),
    Verb("brings in", "add_inbound", ("kind", "text", "from")),
    Verb("takes on", "take_inbound", ("inbound",)),
    Verb("answers", "answer_inbound", ("inbound", "text")),
    Verb("looks at", "look", ("panel", "shown")),
    Verb("probes", "run_probe", ("probe",)),
    Verb("finds it was", "judge_detection", ("timing",)),
    Verb("takes role", "assign_role", ("role",), {"person": "me"}),
    Verb("gives role", "assign_role", ("role", "person")),
    Verb("accepts role", "accept_role", ("role",)),
    Verb("hands over", "hand_over_role", ("role", "to", "brief")),
    Verb("releases role", "release_role", ("role",)),
    Verb("looks after", "own_cycle", ("cycle",), {"person": "me"}),
    Verb("notes", "note_observation", ("text",)),
    Verb("raises hypothesis", "propose_hypothesis", ("text",)),
    Verb("finds for", "add_evidence", ("hypothesis", "text"), {"direction": "for"}),
    Verb("finds against", "add_evidence", ("hypothesis", "text"), {"direction": "against"}),
    Verb("tests", "set_hypothesis", ("hypothesis",), {"state": "testing"}),
    Verb("supports", "set_hypothesis", ("hypothesis",), {"state": "supported"}),
    Verb("rules out", "set_hypothesis", ("hypothesis",), {"state": "ruled_out"}),
    Verb("proposes", "propose_intervention", ("text",)),
    Verb("starts", "start_intervention", ("intervention",)),
    Verb("sees", "observe_intervention", ("intervention", "outcome", "text")),
    Verb("reverts", "revert_intervention", ("intervention",)),
    Verb("states impact", "state_impact", ("text",)),
    Verb("states trend", "state_trend", ("trend",)),
    Verb("marks mitigated", "mark_mitigated"),
    Verb("marks impact returned", "mark_impact_returned", ("text",)),
    Verb("says", "post_message", ("text",)),
    Verb("replies to", "post_message", ("reply_to", "text")),
    Verb("edits", "edit_message", ("seq", "text")),
    Verb("tells", "post_update", ("audience", "impact")),
    Verb("drafts for", "post_update", ("audience", "impact"), {"draft": True}),
    Verb("approves", "approve_update", ("update",)),
    Verb("resolves", "resolve", ("understood", "text")),
    Verb("closes", "close", ("review",)),
    Verb("reopens", "reopen"),
    Verb("adopts the profile", "adopt_profile"),
    Verb("takes back", "retract", ("seq",)),
    Verb("redacts", "redact", ("seq",)),
    Verb("restricts to", "restrict", ("people",)),
    Verb("restricts to team", "restrict", ("teams",)),
    Verb("lifts the restriction", "restrict", (), {"people": ["everyone"]}),
    Verb("lets in", "admit", ("person",)),
    Verb("puts away", "put_away_question", ("question",)),
    Verb("wants guidance", "set_guidance", ("level",), {"person": "me"}),
    Verb("sets guidance", "set_guidance", ("level",)),
    Verb("lets in team", "admit", ("person",)),
)
JUDGES = "judges"
"""`judges SIGNAL VERDICT …`: what `POST /api/v1/signals/{id}/triage` takes; no command of a room."""
WITHDRAWS = "withdraws"
"""`withdraws SIGNAL`: the last verdict on it that was given in this room is taken back; no command of a room."""
JUDGE_FIELDS = ("reason", "of", "owner", "look_again_at")
SENDS = ("fires", "resolves", "forgets", "repeats", "sends")
"""What a sender does."""
RULES = ("adds rule", "drops rule", "defines service", "chooses profile", "composes team")
"""What people say of the house; no commands of a room."""
NEW_ROOM = "declares anew"

# Words that read better than the field's own name, where the command has that field.
FIELD_WORDS = {
    "because": "reason",
    "next": "next_at",
    "since": "began_at",
    "noticed": "noticed_at",
    "due": "due_at",
    "look-again": "look_again_at",
    "stated": "at",
}

_PHRASES = {tuple(verb.phrase.split()): verb for verb in VERBS}
_SCHEMAS: dict[str, Mapping[str, Any]] = {shown["command"]: shown["schema"]["properties"] for shown in schemas()}
TRIAGE_SCHEMA: Mapping[str, Any] = {name: {"type": "string"} for name in ("reason", "of", "owner")} | {
    "look_again_at": {"type": "string", "format": "date-time"}
}


def verb_of(script: Script, deed: Deed) -> tuple[Verb, tuple[Word, ...]]:
    """The verb that a deed begins with, the longest phrase that fits, and the words after it."""
    for length in (4, 3, 2, 1):
        phrase = tuple(word.text for word in deed.words[:length] if not word.quoted)
        if len(phrase) == length and phrase in _PHRASES:
            return _PHRASES[phrase], deed.words[length:]
    name = deed.words[0].text
    if name in BY_NAME:
        return Verb(name, name), deed.words[1:]
    known = [*(verb.phrase for verb in VERBS), JUDGES, WITHDRAWS, *RULES, *BY_NAME]
    raise script.error(deed.line, f"nobody can {name!r} here; {near(name, known)}")


def fields_of(
    script: Script, deed: Deed, verb: Verb, words: Sequence[Word], value: Value, schema: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The command's fields from the words: first those that follow the verb in order, then pairs of name and value."""
    properties = _SCHEMAS[verb.command] if schema is None else schema
    found: dict[str, Any] = dict(verb.fixed)
    in_order = list(verb.fields)
    rest = list(words)
    while rest:
        name = FIELD_WORDS.get(rest[0].text, rest[0].text)
        named = not rest[0].quoted and name in properties and len(rest) > 1
        if named and not (in_order and _is_value_of(properties[in_order[0]], rest[0])):
            rest = rest[1:]
            in_order = []
        elif in_order:
            name = in_order.pop(0)
        else:
            known = [*FIELD_WORDS, *properties]
            raise script.error(deed.line, f"{verb.phrase!r} takes no {rest[0].text!r}; {near(rest[0].text, known)}")
        taken = _taken(properties[name], rest)
        found[name] = value(name, properties[name], rest[:taken])
        rest = rest[taken:]
    return found


def _is_value_of(schema: Mapping[str, Any], word: Word) -> bool:
    return word.text in schema.get("enum", ())


def _taken(schema: Mapping[str, Any], words: Sequence[Word]) -> int:
    """How many words make up the value: `in 20m` and `room 2` are two."""
    return 2 if words[0].text in ("in", "room") and not words[0].quoted and len(words) > 1 else 1


def shapes(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A field's schema, and those that it may be any of."""
    yield schema
    for each in schema.get("anyOf", ()):
        yield from shapes(each)


def is_time(schema: Mapping[str, Any]) -> bool:
    """Whether a field holds a time."""
    return any(shape.get("format") == "date-time" for shape in shapes(schema))


def is_a(schema: Mapping[str, Any], *types: str) -> bool:
    """Whether a field is of one of these types (source: JSON Schema 2020-12, `type`)."""
    return any(shape.get("type") in types for shape in shapes(schema))


def is_person(name: str) -> bool:
    """Whether a field names a person."""
    return name in PERSON_FIELDS
