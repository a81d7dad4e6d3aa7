"""How serious a log line is, where nothing but the line says so: Loki's `detected_level`.

Source: Grafana Loki, "Log level detection" (labels first, then fields of JSON and logfmt, then words of the line).
"""

import re
from collections.abc import Mapping

LABEL = "detected_level"
_KEYS = ("level", "LEVEL", "Level", "log.level", "severity", "SEVERITY", "Severity", "lvl", "LVL", "severity_text")
_NAMES = {
    "trace": "trace", "trc": "trace", "debug": "debug", "dbg": "debug", "info": "info", "inf": "info",
    "information": "info", "informational": "info", "notice": "info", "warn": "warn", "wrn": "warn",
    "warning": "warn", "error": "error", "err": "error", "critical": "critical", "fatal": "fatal",
}  # fmt: skip
_FIELD = re.compile(r"\"?\b(?:log\.level|level|severity|severity_text|lvl)\"?\s*[=:]\s*\"?([a-zA-Z]+)", re.IGNORECASE)
_WORD = re.compile(r"\b(fatal|critical|error|err|warning|warn|debug|trace|info)\b", re.IGNORECASE)
CHARACTERS_MAX = 4_096
"""How far into a line it is looked for."""


def detected_level(labels: Mapping[str, str], line: str) -> str:
    """One of trace, debug, info, warn, error, critical, fatal, unknown."""
    for key in _KEYS:
        named = _NAMES.get(labels.get(key, "").lower())
        if named:
            return named
    text = line[:CHARACTERS_MAX]
    field = _FIELD.search(text)
    if field and field[1].lower() in _NAMES:
        return _NAMES[field[1].lower()]
    word = _WORD.search(text)
    return _NAMES[word[1].lower()] if word else "unknown"
