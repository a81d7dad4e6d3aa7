"""From a form to a command: the fields' texts become what the command's schema says.

Lists may be repeated fields or have commas between; a time without a zone is taken as UTC. Called by the pages'
handlers. Pure.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from watchroom.base import shape
from watchroom.base.command import Command
from watchroom.base.errors import Malformed
from watchroom.incident import commands
from watchroom.web.http.reading import Form

T = TypeVar("T", bound=msgspec.Struct)


def command_of(form: Form) -> Command:
    """The command that a form gives. Raises Malformed, naming the field."""
    name = form.get("command")
    kind = commands.BY_NAME.get(name)
    if kind is None:
        raise Malformed(f"There is no command {name!r}.", hint="Load the page again.", code="unknown_command")
    return convert(form, kind)


def convert(form: Form, kind: type[T]) -> T:
    """The struct that a form fills. Raises Malformed, naming the field."""
    given = form.fields()
    given.pop("command", None)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if dict in _kinds(field.type):
            # Each entry is a field of its own: `components.Checkout`.
            prefix = f"{field.encode_name}."
            entries = {name.removeprefix(prefix): given.pop(name) for name in list(given) if name.startswith(prefix)}
            if entries:
                values[field.encode_name] = entries
        if field.encode_name in given:
            values[field.encode_name] = _value(given.pop(field.encode_name), field.type)
    if given:
        raise Malformed(
            f"The form has a field that is not asked for: {sorted(given)[0][:80]}.", hint="Load the page again."
        )
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        says, hint = shape.wrong(error, kind, values), shape.right(error, kind, values)
        raise Malformed(
            f"The form cannot be taken: {says}.", hint=f"Correct the field and send it again. {hint}".strip()
        ) from error


def _value(value: Any, declared: Any) -> Any:
    kinds = _kinds(declared)
    if list in kinds:
        texts = value if isinstance(value, list) else [value]
        return [part.strip() for text in texts for part in text.split(",") if part.strip()]
    if isinstance(value, list):
        value = value[-1]
    if datetime in kinds:
        return _time(value)
    if bool in kinds:
        return value.lower() in ("true", "on", "1", "yes")
    return value


def moment(value: str) -> datetime | None:
    """The time that a field says, UTC where it names no zone; None when it says none."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _time(value: str) -> Any:
    return moment(value) or value


def _kinds(declared: Any) -> set[Any]:
    """The plain types inside an annotation such as `Annotated[list[str] | None, …]`."""
    origin = get_origin(declared)
    if origin in (list, dict):
        return {origin}
    inner = get_args(declared)
    if not inner:
        return {declared}
    if hasattr(declared, "__metadata__"):
        return _kinds(inner[0])
    return set().union(*(_kinds(part) for part in inner))
