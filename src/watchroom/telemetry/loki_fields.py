"""Fields that log lines seem to have, for the clients that offer them. Source: Grafana Loki, "detected_fields"."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from watchroom.telemetry.logql.entry import Entry
from watchroom.telemetry.logql.expression import Parser
from watchroom.telemetry.logql.label_filter import number_of
from watchroom.telemetry.logql.parsers import parsed
from watchroom.telemetry.logql.units import bytes_of, duration_ns

FIELDS_MAX = 1_000
"""Different fields that are told of."""
VALUES_MAX = 1_000
"""Different values of one field that are kept."""
_PARSERS = {"json": parsed(Parser("json")), "logfmt": parsed(Parser("logfmt"))}


@dataclass(slots=True)
class DetectedField:
    """One field: its name as a label, its values, and what reads it."""

    label: str
    values: set[str] = field(default_factory=set)
    parsers: set[str] = field(default_factory=set)

    def shown(self) -> dict[str, Any]:
        """As Loki answers it."""
        return {
            "label": self.label,
            "type": _type(self.values),
            "cardinality": len(self.values),
            "parsers": sorted(self.parsers),
        }


def detected_fields(lines: Iterable[str]) -> list[DetectedField]:
    """The fields of JSON and logfmt lines, by name."""
    found: dict[str, DetectedField] = {}
    for line in lines:
        name = "json" if line.lstrip().startswith("{") else "logfmt"
        entry = Entry(0, line, {}, {})
        _PARSERS[name](entry)
        if entry.error:
            continue
        for label, value in entry.labels.items():
            if label not in found and len(found) >= FIELDS_MAX:
                continue
            known = found.setdefault(label, DetectedField(label))
            known.parsers.add(name)
            if len(known.values) < VALUES_MAX:
                known.values.add(value)
    return [found[name] for name in sorted(found)]


def _type(values: Iterable[str]) -> str:
    for name, read in (("int", int), ("float", number_of), ("duration", duration_ns), ("bytes", bytes_of)):
        try:
            for value in values:
                read(value)
        except ValueError:
            continue
        return name
    return "boolean" if all(value in ("true", "false") for value in values) else "string"
