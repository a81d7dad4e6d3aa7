"""Every command of the room: how it is read, who decides it, and what it looks like to a program.

Put together from the cycles' concept files. Called by `handle`, the API (`GET /api/v1/commands`) and the command
bar. Pure.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from watchroom.base import shape
from watchroom.base.command import Command
from watchroom.base.errors import Malformed
from watchroom.communication import editing, inbound, message, update
from watchroom.detection import category, declaration, hindsight, looking, severity, signal, unknown
from watchroom.incident import adopting, ownership, redaction, undo, visibility
from watchroom.incident.guidance import deciding
from watchroom.mitigation import (
    decision,
    escalation,
    hypothesis,
    impact,
    intervention,
    page,
    priority,
    recruiting,
    roles,
    task,
    workstream,
)
from watchroom.record.event import Decided
from watchroom.resolution import closing, reopening, resolving, shim, stability
from watchroom.review import action_item, artefact, finding, recovery, review, sharing, timeline

Decision = Callable[[Any, Any, Any], Decided]

DECISIONS: dict[type[Command], Decision] = {
    command: decision
    for module in (
        declaration,
        severity,
        category,
        signal,
        unknown,
        looking,
        hindsight,
        roles,
        recruiting,
        page,
        escalation,
        workstream,
        task,
        decision,
        priority,
        hypothesis,
        intervention,
        impact,
        message,
        update,
        inbound,
        shim,
        stability,
        resolving,
        closing,
        reopening,
        recovery,
        artefact,
        timeline,
        review,
        finding,
        action_item,
        sharing,
        ownership,
        visibility,
        deciding,
    )
    for command, decision in module.DECISIONS.items()
}
# Decided by the write path itself, since they look at an earlier event, or at the house's profile.
COMMANDS: tuple[type[Command], ...] = (
    *DECISIONS,
    adopting.AdoptProfile,
    editing.EditMessage,
    undo.Retract,
    redaction.Redact,
)

# Fields that name a person; `me` in them is the caller.
PERSON_FIELDS = ("person", "to", "owner", "lead")

OTHERS_TOO = frozenset({("escalate", "to"), ("state_priority", "owner"), ("release_responder", "person")})
"""Fields that may name somebody who is no person of ours: a vendor, a department, or whom an entered timeline names."""

BY_NAME: dict[str, type[Command]] = {str(command.__struct_config__.tag): command for command in COMMANDS}


def name_of(command: Command) -> str:
    """The name by which the command is sent."""
    return str(command.__struct_config__.tag)


def decode(body: bytes) -> Command:
    """A command from its JSON body; a choice may be written in any case (`sev-1`). Raises Malformed, naming the field
    or the nearest command."""
    name = _named(body)
    decoder = _decoders().get(name)
    if decoder is None:
        known = ", ".join(sorted(BY_NAME))
        hint = f"{shape.nearest(name, sorted(BY_NAME))}Known: {known}."
        raise Malformed(f"There is no command {name[:80]!r}.", hint=hint, code="unknown_command")
    try:
        command: Command = decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        if (better := shape.respelt(error, BY_NAME[name], body)) is not None:
            return decode(better)
        if str(error).endswith(" - at `$.command`"):
            raise Malformed("The body names its command more than once.", hint="Say which one is meant.") from error
        says = shape.wrong(error, BY_NAME[name], body)
        hint = f"{shape.right(error, BY_NAME[name], body)} Its fields: {fields(name)}. See GET /api/v1/commands."
        raise Malformed(f"{name}: {says}.", hint=hint.strip()) from error
    return command


class _Named(msgspec.Struct):
    command: str


@lru_cache(maxsize=1)
def _decoders() -> dict[str, msgspec.json.Decoder[Command]]:
    return {name: msgspec.json.Decoder(command) for name, command in BY_NAME.items()}


def _named(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Named).command
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            f"The body is no command: {shape.wrong(error, _Named, body)}." if body.strip() else "The body is empty.",
            hint='Send {"command": NAME, …its fields}; see GET /api/v1/commands.',
        ) from error


def fields(name: str) -> str:
    """The names of a command's own fields, for a hint."""
    own = [field.encode_name for field in msgspec.structs.fields(BY_NAME[name])]
    return ", ".join(field for field in own if field not in ("at", "reason", "expected_seq")) or "none"


@lru_cache(maxsize=1)
def schemas() -> list[dict[str, Any]]:
    """Every command with its JSON Schema (source: JSON Schema 2020-12)."""
    shown = []
    for name, command in sorted(BY_NAME.items()):
        (schema,), components = msgspec.json.schema_components([command], ref_template="#/$defs/{name}")
        defs = dict(components)
        own = defs.pop(command.__name__, schema)
        shown.append(
            {
                "command": name,
                "description": (command.__doc__ or "").strip(),
                "schema": {**own, "$defs": defs} if defs else own,
            }
        )
    return shown
