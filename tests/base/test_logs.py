"""Log lines: one a thing, with what they are about, and never with a secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from watchroom.base.logs import LINE_CHARS_MAX, about, begin, fields, set_up, without_secrets

SECRETS = (
    "POST /in/0123456789abcdef0123456789abcdef/api/v2/alerts failed",
    "GET /sign-in/wr_link_0123456789abcdef0123456789abcdef01234567",
    "headers: Authorization: Bearer 0123456789abcdef",
    "authorization: basic MDEyMzQ1Njc4OWFiY2RlZjowMTIzNDU2Nzg5YWJjZGVm=0123456789abcdef",
    "Authorization: GenieKey 0123456789abcdef-4321",
    "cookie wr_session=0123456789abcdef; other=1",
    "a token wr_tok_0123456789abcdef0123456789abcdef01234567 in words",
    '{"routing_key": "0123456789abcdef0123456789abcdef"}',
    "token=0123456789abcdef&x=1",
    "postgresql://watchroom:0123456789abcdef@db/watchroom",
)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where lines go; the process's own logging is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_cut(text: str) -> None:
    shown = without_secrets(text)
    assert "0123456789abcdef" not in shown
    assert "<secret>" in shown


@pytest.mark.parametrize(
    "text", ["GET /incidents/k7m2-9qxd/live", "The token was revoked", "a basic mistake", "/in", ""]
)
def test_what_is_none_stays(text: str) -> None:
    assert without_secrets(text) == text


def test_json_has_a_line_for_each_thing(lines: io.StringIO) -> None:
    set_up("json", "info", lines)
    log = logging.getLogger("watchroom.test")
    begin("r-1").actor = "person:ana@example.com"
    about().stream = "k7m2-9qxd"
    log.info("Two\nlines, and wr_tok_0123456789abcdef0123", extra=fields(status=503, path="/in/0123456789abcdef/x"))
    try:
        raise ValueError("no /in/0123456789abcdef/api")
    except ValueError:
        log.exception("It failed")
    log.debug("Not said")
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert first.pop("ts").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "watchroom.test",
        "msg": "Two\nlines, and <secret>",
        "request_id": "r-1",
        "stream": "k7m2-9qxd",
        "actor": "person:ana@example.com",
        "status": 503,
        "path": "/in/<secret>/x",
    }
    assert second["msg"] == "It failed"
    assert "ValueError" in second["error"]
    assert "0123456789abcdef" not in lines.getvalue()
    begin("")


def test_text_is_one_line_with_its_fields(lines: io.StringIO) -> None:
    set_up("text", "warning", lines)
    begin("r-2")
    logging.getLogger("watchroom.test").warning("Forged\nline", extra=fields(status=500))
    logging.getLogger("watchroom.test").info("Not said")
    (line,) = lines.getvalue().splitlines()
    assert line.endswith("WARNING watchroom.test: Forged line request_id=r-2 status=500")
    begin("")


def test_a_line_has_a_longest_length(lines: io.StringIO) -> None:
    set_up("json", "warning", lines)
    logging.getLogger("watchroom.test").warning("x" * (LINE_CHARS_MAX * 3))
    assert len(json.loads(lines.getvalue())["msg"]) == LINE_CHARS_MAX + 1
