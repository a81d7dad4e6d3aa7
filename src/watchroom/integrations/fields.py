"""Finding fields in a sender's JSON by name, whatever their case, their spelling or their depth.

`alert_title`, `alertTitle` and `ALERT TITLE` are one name. Used by `generic` and by the readers of senders whose
bodies their users compose. Pure; never says what a field means.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchroom.base.wording import is_blank
from watchroom.detection.signal import State
from watchroom.integrations.delivery import Limits, plausible

_json = msgspec.json.Decoder(Any)

Fields = Mapping[str, Any]
"""Values by plain name: small letters and digits alone."""

OVER = frozenset(
    {
        "resolved", "resolve", "resolves", "close", "closed", "ok", "okay", "up", "online", "recovered", "recovery",
        "recover", "recoveries", "clear", "cleared", "normal", "healthy", "success", "successful", "succeeded",
        "passed", "passing", "inactive", "end", "ended", "fixed", "completed", "complete", "green", "deactivated",
        "restored", "operational", "done", "canceled", "cancelled", "archived", "good",
    }
)  # fmt: skip
BEGUN = frozenset(
    {
        "firing", "fired", "fire", "trigger", "triggered", "retriggered", "down", "offline", "open", "opened",
        "reopened", "alarm", "alert", "alerting", "critical", "crit", "error", "problem", "failed", "failure",
        "failing", "fatal", "unreachable", "degraded", "warning", "warn", "active", "activated", "anomalous",
        "breached", "violated", "unresolved", "unhealthy", "emergency", "major", "minor", "outage", "renotify",
        "start", "started", "danger", "create", "created", "new",
    }
)  # fmt: skip
NOT = frozenset({"not", "no", "never"})
ACKNOWLEDGED = frozenset({"acknowledge", "acknowledged", "acknowledgement", "acknowledgment", "ack", "acked"})
EMPTY = frozenset({"null", "none", "n/a", "undefined", "*unknown*"})
"""What templates write where they have nothing (source: Zabbix, `*UNKNOWN*`)."""

DEPTH_MAX = 5
INNER_JSON_CHARS_MAX = 256 * 1024
TITLE_CHARS_MAX = 500
URL_CHARS_MAX = 2_000
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STATED = (
    r"(?:manually )?(?:auto[- ]?)?resolved|recovered|recovery|problem|firing|(?:re-?)?triggered|alarm|alerting|alert|"
    r"ok|up|down|closed?|opened?|warn(?:ing)?|critical|no data|renotify|cleared|fired|activated|deactivated"
)
_BRACKET = re.compile(r"^\W*\[([^\]]{1,200})\]\s*")
_COLON = re.compile(rf"^\W*(?:{_STATED})\s*(?::|\s[\u2013|-])\s*", re.IGNORECASE)
_EPOCH = re.compile(r"\d{10,19}(?:\.\d+)?")


def plain(name: str) -> str:
    """The plain name of a field."""
    return "".join(filter(str.isalnum, name)).lower()


class Flat(dict[str, Any]):
    """Fields by plain name, which remember how their sender spells them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}


def flat(item: Mapping[str, Any]) -> Flat:
    """Fields by plain name, outer ones winning over those further in."""
    fields = Flat()
    for name, value in _walk(item):
        known = fields.get(key := plain(name))
        if known is None or known == "":
            fields[key] = value
            fields.sent[key] = name
    return fields


def _walk(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """All fields, level by level; of a list only its first object, of a text that is an object in JSON its fields."""
    level: list[Mapping[str, Any]] = [item]
    for _ in range(DEPTH_MAX + 1):
        inner: list[Mapping[str, Any]] = []
        for fields in level:
            for name, value in fields.items():
                first = value[0] if isinstance(value, list) and value else value
                within = inner_json(first) if isinstance(first, str) and first.lstrip()[:1] == "{" else first
                if isinstance(within, dict):
                    inner.append(within)
                if not isinstance(value, str) or within is value:
                    yield name, value
        level = inner


def inner_json(text: str) -> Any:
    """What a text says that is JSON itself (source: Amazon SNS, `Message`); the text when it is none."""
    if len(text) > INNER_JSON_CHARS_MAX:
        return text
    try:
        return _json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def as_text(value: Any) -> str:
    """A text or a number as text; empty for anything else, and for what templates write instead of nothing."""
    if isinstance(value, str):
        stripped = value.strip()
        return "" if stripped.lower() in EMPTY or is_blank(stripped) or _is_unfilled(stripped) else stripped
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def _is_unfilled(text: str) -> bool:
    """Whether a macro of Zabbix was left as it stands: `{EVENT.RECOVERY.ID}`."""
    return text[:1] == "{" and text[-1:] == "}" and len(text) < 80 and text[1:-1].replace(".", "").isupper()


def text_of(fields: Fields, names: tuple[str, ...]) -> str:
    """The first of the names that has a text or a number."""
    for name in names:
        found = as_text(fields.get(name))
        if found:
            return found
    return ""


def first_line(text: str) -> str:
    """The first line of a text, as long as a title may be."""
    return text.strip().split("\n", 1)[0].strip()[:TITLE_CHARS_MAX]


def words_of(text: str) -> set[str]:
    """The words of a text, small: `ALERT_NOTIFICATION_CLEAR` has three, `monitorOffline` two."""
    return {word.lower() for word in _WORD.findall(text[:200])}


def state_word(value: Any) -> State | None:
    """The state that a text speaks of, or None."""
    if not isinstance(value, str):
        return None
    words = words_of(value)
    if words & OVER:
        return "firing" if words & NOT else "resolved"
    return "firing" if words & BEGUN else None


def split_prefix(title: str) -> tuple[str, str]:
    """The words about its state in front of a title, and the rest: `[RESOLVED] Disk full` is `RESOLVED`, `Disk full`.

    A bracket is taken for a state only if it holds a word of one: `[Shop] Down` stays whole.
    """
    said, rest = [], title
    while True:
        bracket = _BRACKET.match(rest)
        if bracket is not None and _is_state(bracket[1]):
            said.append(bracket[1])
            rest = rest[bracket.end() :]
            continue
        colon = _COLON.match(rest)
        if colon is None or colon.end() == len(rest):
            return " ".join(said), rest if rest.strip() else title
        said.append(colon[0].strip(" :|-\u2013"))
        rest = rest[colon.end() :]


def _is_state(text: str) -> bool:
    words = words_of(text)
    return bool(words & (OVER | BEGUN | ACKNOWLEDGED)) or "data" in words


def labels_of(value: Any) -> dict[str, str]:
    """Labels of an object of texts, of `name:value` or `name=value` in a list or between commas, or of pairs."""
    if isinstance(value, dict):
        return {str(name): as_label(entry) for name, entry in value.items() if entry is not None}
    if isinstance(value, str):
        value = value.split(",")
    found: dict[str, str] = {}
    for entry in value if isinstance(value, list) else ():
        match entry:
            case str():
                name, separator, rest = entry.partition(":" if ":" in entry else "=")
                if separator and name.strip():
                    found[name.strip()] = rest.strip()
            case [str() as name, str() | int() | float() as rest]:
                found[name] = as_label(rest)
            case {"name": str() as name, "value": rest} | {"tag": str() as name, "value": rest} if rest is not None:
                found[name] = as_label(rest)
            case _:
                continue
    return found


def as_label(value: Any) -> str:
    """A value as the text of a label."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def time_of(fields: Fields, names: tuple[str, ...], limits: Limits) -> datetime | None:
    """The first of the names that holds a time. Raises Malformed when it is out of the limits."""
    for name in names:
        at = as_time(fields.get(name))
        if at is not None:
            sent = fields.sent.get(name, name) if isinstance(fields, Flat) else name
            return plausible(at, sent, limits)
    return None


def as_time(value: Any) -> datetime | None:
    """A time: ISO 8601, or seconds, milliseconds or nanoseconds since 1970, as a number or a text. Else None."""
    if isinstance(value, str):
        value = value.strip()
        if not _EPOCH.fullmatch(value):
            try:
                return datetime.fromisoformat(value.removesuffix(" UTC")) if "-" in value else None
            except ValueError:
                return None
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e20:
        return None
    divisor = 1e9 if value > 1e17 else 1e6 if value > 1e14 else 1e3 if value > 1e11 else 1
    try:
        return datetime.fromtimestamp(value / divisor, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def url_of(fields: Fields, names: tuple[str, ...]) -> str:
    """The first of the names that holds an address of the web."""
    for name in names:
        found = as_url(fields.get(name))
        if found:
            return found
    return ""


def as_url(value: Any) -> str:
    """An address of the web; empty for anything else."""
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return value[:URL_CHARS_MAX]
    return ""


def annotations_of(found: Mapping[str, Any]) -> dict[str, str]:
    """What there is to say beside the labels: texts as they are, numbers and objects as JSON, nothing left out."""
    return {name: as_label(value) for name, value in found.items() if value not in (None, "", [], {})}
