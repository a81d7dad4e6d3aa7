"""Log lines: one a thing, as text for people or as JSON for programs, with the request, stream and actor that they
belong to.

`set_up` is called once, by the server; the web boundary says with `about` what the lines of a request are about.
Secrets are cut from every line, whoever wrote it. Uses the standard library's logging; never writes to a file.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec

Format = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

LINE_CHARS_MAX = 20_000
"""A longer line is cut: a body that was logged by mistake must not fill the disk."""
CUT = "<secret>"


class About(msgspec.Struct):
    """What the lines of one request are about."""

    request_id: str = ""
    stream: str = ""
    actor: str = ""
    origin: str = ""
    """The network address that it comes from; what is done about access and settings is recorded with it."""


_nothing = About()
_about: ContextVar[About] = ContextVar("about", default=_nothing)


def about() -> About:
    """What lines are about here; a request fills it in as far as it is known."""
    return _about.get()


def begin(request_id: str, origin: str = "") -> About:
    """Lines of this task are about a new request from now on, which comes from this address."""
    made = About(request_id, origin=origin)
    _about.set(made)
    return made


_SECRETS = (
    # Keys in addresses, before any path; what a program shows; our own secrets by their prefix, wherever they stand.
    (re.compile(r"(/in/)[^/\s\"'?#]+"), rf"\1{CUT}"),
    (re.compile(r"(/(?:sign-in|password|invitation)/)[^/\s\"'?#]+"), rf"\1{CUT}"),
    (re.compile(r"(?i)\b(bearer|basic|geniekey)\s+[^\s\"',;]{12,}"), rf"\1 {CUT}"),
    (re.compile(r"(?i)\b(wr_session=)[^\s\"';]+"), rf"\1{CUT}"),
    (re.compile(r"\bwr_[a-z]{2,8}_[0-9A-Za-z]{16,}"), CUT),
    (re.compile(r"(?i)\b((?:routing|api)_key|passw(?:or)?d|token)([\"']?\s*[:=]\s*[\"']?)[^\s\"',;&]+"), rf"\1\2{CUT}"),
    (re.compile(r"(?i)(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{CUT}@"),
)  # fmt: skip


def without_secrets(text: str) -> str:
    """The text with keys, tokens and passwords cut out."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class _Lines(logging.Formatter):
    """What both forms share: the fields of a line, in order."""

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """The line's fields; those without a value are left out."""
        here = _about.get()
        told = getattr(record, "fields", None) or {}
        found = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": self._cut(record.getMessage()),
            "request_id": here.request_id,
            "stream": here.stream,
            "actor": here.actor,
            **{name: self._cut(value) if isinstance(value, str) else value for name, value in told.items()},
        }
        if record.exc_info:
            found["error"] = self._cut(self.formatException(record.exc_info))
        return {name: value for name, value in found.items() if value not in ("", None)}

    def _cut(self, text: str) -> str:
        plain = without_secrets(text)
        return plain if len(plain) <= LINE_CHARS_MAX else plain[:LINE_CHARS_MAX] + "…"


class JsonLines(_Lines):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        return json.dumps(self.fields(record), ensure_ascii=False, default=str)


class TextLines(_Lines):
    """Time, level, logger, message, and what it is about; the traceback of an error on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        found = self.fields(record)
        error = found.pop("error", "")
        head = f"{found.pop('ts')} {found.pop('level').upper()} {found.pop('logger')}: {found.pop('msg')}"
        line = " ".join([head.replace("\n", " "), *(f"{name}={value}" for name, value in found.items())])
        return f"{line}\n{error}" if error else line


def set_up(form: Format, level: Level, to: TextIO | None = None) -> None:
    """Every line of this process goes to `to` (standard error), in this form, from this level on."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Other libraries speak of their own affairs at lower levels.
    logging.getLogger("asyncio").setLevel("WARNING")


def fields(**named: Any) -> dict[str, Any]:
    """Further fields of one line: `log.warning("…", extra=fields(status=503))`."""
    return {"fields": named}
