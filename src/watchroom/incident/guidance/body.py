"""A question as the API shows it: its words, and the body of its command with what still has to be filled.

A field that a person must fill stands in the body as its JSON Schema, an object where a value belongs, with a title
for people and, where the record suggests something, examples. Called by `GET …/guidance`. Pure.
"""

from datetime import datetime, timedelta
from typing import Any

from watchroom.base.clock import rfc3339
from watchroom.incident import commands
from watchroom.incident.guidance.asking import Standpoint, guidance
from watchroom.incident.guidance.question import Field, Question
from watchroom.incident.incident import Incident


def guidance_json(incident: Incident, looks: Standpoint, at: datetime) -> dict[str, Any]:
    """The answer of `GET /api/v1/incidents/{id}/guidance`."""
    level = incident.guided.level_of(looks.person)
    items = [item(question, at, level == "full") for question in guidance(incident, looks, at)]
    return {"items": items, "level": level}


def item(question: Question, at: datetime, full: bool) -> dict[str, Any]:
    """One question. Where only questions are wanted, `why` is empty and `command` is null."""
    return {
        "question": question.text,
        "why": question.why if full else "",
        "command": command_body(question, at) if full else None,
        "action": question.action if full else "",
        "name": question.name,
        "about": question.about,
        "facts": question.facts if full else (),
        "due_at": question.due_at,
        "heads_off": question.heads_off,
    }


def command_body(question: Question, at: datetime) -> dict[str, Any]:
    """The body to send; what still must be filled stands in it as its schema."""
    body: dict[str, Any] = {"command": question.command, **question.given}
    properties = _properties(question.command)
    for field in question.fields:
        if field.kind == "after":
            body[field.name] = rfc3339(at + timedelta(minutes=int(field.value)))
        elif field.value:
            body[field.name] = field.value
        elif field.required:
            body[field.name] = _marked(field, properties[field.name])
    return body


def _marked(field: Field, schema: dict[str, Any]) -> dict[str, Any]:
    """The field's schema with its label, its choices and what is suggested."""
    kinds = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    # What may be null may be left out; here it is asked for.
    found = {**schema, **kinds[0]} if len(kinds) == 1 else schema
    marked = {key: value for key, value in found.items() if key not in ("default", "anyOf")} | {"title": field.label}
    if len(kinds) > 1:
        marked["anyOf"] = kinds
    if field.choices and marked.get("type") != "boolean":
        # In the order in which the page offers them.
        marked["enum"] = [value for value, _ in field.choices]
    if field.suggestions:
        marked["examples"] = list(field.suggestions)
    return marked


def _properties(command: str) -> dict[str, Any]:
    properties: dict[str, Any] = next(s["schema"]["properties"] for s in commands.schemas() if s["command"] == command)
    return properties
