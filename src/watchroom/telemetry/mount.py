"""A telemetry API as it is mounted: a question in, a reply out, whatever the server around it.

`telemetry serve` mounts such APIs at paths of its own, `web` below a drill. An API blocks while it computes, so a
server asks it in a worker thread and tells it, by `canceled`, when nobody waits for the reply any more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from watchroom.telemetry import loki_api
from watchroom.telemetry.loki_api import LokiApi
from watchroom.telemetry.prometheus_api import Answer, PrometheusApi
from watchroom.telemetry.tempo_api import TempoApi

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Question:
    """A request: `path` below the mount, beginning with a slash; parameters of the form first, then of the query."""

    method: str
    path: str
    parameters: Mapping[str, Sequence[str]]
    if_none_match: str = ""
    """The ETag of what the one who asks has already."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, beside those of length and kind."""


class Api(Protocol):
    """What can be mounted."""

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        """Never raises for what the question says: an error is a reply too."""
        ...

    def busy(self, says: str) -> Reply:
        """The reply, in this API's own shape, to a question that there is no room for."""
        ...


NOT_ALLOWED = Reply(405, b"Method Not Allowed\n", TEXT)
NOT_FOUND = Reply(404, b"404 page not found\n", TEXT)


@dataclass(frozen=True, slots=True)
class PrometheusMount:
    """Prometheus's paths: the API, the base that clients try first, and the two that ask whether it is up."""

    api: PrometheusApi

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        """As `Api` says."""
        if question.method not in ("GET", "HEAD", "POST"):
            return NOT_ALLOWED
        path = question.path.rstrip("/")
        if path == "":
            return Reply(200, b"Watchroom answers as Prometheus here: ask /api/v1/query.\n", TEXT)
        if path in ("/-/healthy", "/-/ready"):
            return Reply(200, b"Prometheus Server is Ready.\n", TEXT)
        if not path.startswith(_PREFIX):
            return NOT_FOUND
        return _of(self.api.answer(path.removeprefix(_PREFIX), question.parameters, canceled=canceled))

    def busy(self, says: str) -> Reply:
        """As `Api` says."""
        return _of(self.api.busy(says))


@dataclass(frozen=True, slots=True)
class LokiMount:
    """Loki's paths. Its clients are given a base and add `/loki/api/v1/`; who takes the base for that may do so too."""

    api: LokiApi

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        """As `Api` says."""
        if question.method not in ("GET", "HEAD", "POST"):
            return NOT_ALLOWED
        path = question.path.rstrip("/").removeprefix("/loki")
        if path in ("", "/ready"):
            return Reply(200, b"ready\n", TEXT)
        if not path.startswith(_PREFIX):
            return NOT_FOUND
        return _told(self.api.answer(path.removeprefix(_PREFIX), question.parameters, canceled=canceled))

    def busy(self, says: str) -> Reply:
        """As `Api` says."""
        return Reply(503, f"{says}\n".encode(), TEXT)


@dataclass(frozen=True, slots=True)
class TempoMount:
    """Tempo's paths."""

    api: TempoApi

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        """As `Api` says."""
        if question.method not in ("GET", "HEAD"):
            return NOT_ALLOWED
        path = question.path.rstrip("/")
        if path in ("", "/ready"):
            return Reply(200, b"ready\n", TEXT)
        if not path.startswith("/api/"):
            return NOT_FOUND
        return _told(self.api.answer(path.removeprefix("/api/"), question.parameters))

    def busy(self, says: str) -> Reply:
        """As `Api` says."""
        return Reply(503, f"{says}\n".encode(), TEXT)


def _of(answer: Answer) -> Reply:
    return Reply(answer.status, answer.body)


def _told(answer: loki_api.Answer) -> Reply:
    return Reply(answer.status, answer.body, answer.media_type)
