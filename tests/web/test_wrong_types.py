"""Wrong types in every field of every command and of every JSON address: the refusal names the field, says what it must
be in plain words, and hints at what is right."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.rooms.stage import Stage, staged
from watchroom.base.errors import Malformed
from watchroom.incident import commands
from watchroom.integrations.delivery import Limits
from watchroom.integrations.fields import flat, time_of
from watchroom.web.http.door import front
from watchroom.web.routes import ROUTES

WRONG: tuple[Any, ...] = (None, True, -7, 1.5, "\x07", "x" * 30_000, [], [[1]], {}, {"\x00": [None]})
JARGON = re.compile(
    r"`|\b(str|int|bool|float|dict|tuple|NoneType|None|datetime|Struct|array|enum|msgspec|pydantic|validation|codec|"
    r"RFC ?3339|Expected|Traceback|Error)\b|\$\.|<class|object at 0x|watchroom\."
)
# What the rest of a body says, so that only the field in question is wrong.
NEEDED = {"text": "x", "title": "x", "name": "x", "rules": [], "verdict": "noise", "kind": "generic", "every_s": 60}


def plain(message: str, hint: str, field: str) -> None:
    """That a refusal is fit for people."""
    said = message.replace("x" * 80, "")
    assert not (found := JARGON.search(said)), (found, message)
    assert not (found := JARGON.search(hint)), (found, hint)
    assert hint, message
    assert len(message) < 1_000
    assert field in message or field in hint, (field, message, hint)


def fields_of(kind: type) -> Iterator[tuple[str, Any]]:
    """Each field of a shape with each wrong value."""
    for field in msgspec.structs.fields(kind):
        for value in WRONG:
            yield field.encode_name, value


@pytest.mark.parametrize("name", sorted(commands.BY_NAME))
def test_every_field_of_every_command(name: str) -> None:
    refused = 0
    needed = {
        each.encode_name: NEEDED[each.encode_name]
        for each in msgspec.structs.fields(commands.BY_NAME[name])
        if each.required and each.encode_name in NEEDED
    }
    for field, value in fields_of(commands.BY_NAME[name]):
        body = msgspec.json.encode({**needed, "command": name, field: value})
        try:
            commands.decode(body)
        except Malformed as error:
            refused += 1
            message = error.message
            assert name in message
            # Another field that is missing may be found first.
            plain(message, error.hint, "is missing" if "is missing" in message else field)
    assert refused


def handlers() -> list[HTTPRouteHandler]:
    """Every address that takes a JSON body of a declared shape."""
    return [each for each in ROUTES if isinstance(each, HTTPRouteHandler) and isinstance(each.opt.get("body"), type)]


async def client_of(stage: Stage) -> httpx.AsyncClient:
    """A program that may do everything, in this process."""
    token = await stage.house.credentials.tokens.create("all", ["admin"], None, actor="system:test", via="test")
    app: Any = front(stage.house)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )


async def test_every_field_of_every_address(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        checked = set()
        async with await client_of(stage) as client:
            for number, handler in enumerate(handlers()):
                # A source of its own for each: some of what is not refused ends one.
                source = f"src{number}"
                await stage.house.credentials.sources.create(source, "generic", actor="system:test", via="test")
                method = next(iter(handler.http_methods))
                path = sorted(handler.paths)[0].replace("{name:str}", source).replace("{id:str}", room)
                path = path.replace("{email:str}", "bo@example.com")
                kind = handler.opt["body"]
                needed = {
                    each.encode_name: NEEDED[each.encode_name]
                    for each in msgspec.structs.fields(kind)
                    if each.required and each.encode_name in NEEDED
                }
                for field, value in [*fields_of(kind), ("no_such_field", 1)]:
                    answer = await client.request(method, path, json={**needed, field: value})
                    if answer.status_code == 400:
                        error = answer.json()["error"]
                        checked.add((number, field))
                        plain(error["message"], error["hint"], "")
                    assert answer.status_code < 500, answer.text
                for body in (b"", b"{", b"[]", b"7", b'"x"', b"\xff", b"[" * 5_000, b'{"a":1}'):
                    answer = await client.request(method, path, content=body)
                    assert answer.status_code < 500, answer.text
                    if answer.status_code == 400:
                        checked.add((number, ""))
                        plain(answer.json()["error"]["message"], answer.json()["error"]["hint"], "")
        # Of an address that asks for nothing the body is not read.
        asking = {number for number, each in enumerate(handlers()) if msgspec.structs.fields(each.opt["body"])}
        assert {number for number, _ in checked} == asking


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ({"text": ["x"], "hypothesis": "H1", "direction": "for"}, "text must be text of 1 to 2,000 characters, not a list", '"text": "in words"'),
        ({"text": "x", "hypothesis": "H1", "direction": "up"}, "direction must be one of against, for, not 'up'", '"direction": "against"'),
        ({"text": "x", "direction": "for"}, "hypothesis is missing", '"hypothesis": "in words"'),
        ({"text": "x", "hypothesis": "H1", "direction": "for", "z": 1}, "there is no field z", "Leave it out; the fields are"),
        ({"text": "x", "hypothesis": "H1", "direction": "for", "at": "noon"}, "at must be a time with its zone", '"at": "2026-11-23T03:00:00Z"'),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_and_what_is_right(body: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(Malformed) as refused:
        commands.decode(msgspec.json.encode({"command": "add_evidence", **body}))
    assert refused.value.message == f"add_evidence: {message}."
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        (b'{"command":"assign_role","role":"incident_comander","person":"me"}', "assign_role: role must be one of incident_commander, technical_lead, communications_lead, scribe, customer_liaison, subject_expert, not 'incident_comander'.", "Did you mean incident_commander?"),
        (b'{"command":"assign_role","role":7,"person":"me"}', "subject_expert, not a whole number.", '"role": "incident_commander"'),
        (b'{"command":"set_severity","severity":"sev"}', "one of SEV1, SEV2, SEV3, SEV4, not 'sev'.", '"severity": "SEV1"'),
        (b'{"command":"add_evidence","hypothesis":"H1","direction":"fro","text":"x"}', "not 'fro'.", "Did you mean for?"),
        (b'{"command":"page","person":"me","txt":"x","text":"x"}', "there is no field txt.", "Did you mean text? Leave it out"),
        (b'{"command":"set_severity","severity":"sevv1"}', "not 'sevv1'.", "Did you mean SEV1?"),
        (b'{"command":"join","command":"declare"}', "The body names its command more than once.", "Say which one is meant."),
        (b'{"command":"jion"}', "There is no command 'jion'.", "Did you mean join?"),
        (b'{"command":"assign_task","person":"me","text":"x","due_s":0}', "due_s must be a whole number from 1 to 2,592,000.", '"due_s": 1'),
        (b'{"command":"mark_timeline","text":"x","seq":0}', "seq must be a whole number at least 1.", '"seq": 1'),
        (b"", "The body is empty.", "GET /api/v1/commands"),
        (b" \n", "The body is empty.", "GET /api/v1/commands"),
        (b'{"command":"jo', "The body is no command: it ends too early.", "GET /api/v1/commands"),
        (b'{"command":"declare","title":"\\ud800"}', "it holds a half of a surrogate pair", "GET /api/v1/commands"),
        (b'{"command":"declare","title":"\\ud800x"}', "it holds a half of a surrogate pair", "GET /api/v1/commands"),
        (b'{"command":"declare","title":"\\udc00"}', "it holds a half of a surrogate pair", "GET /api/v1/commands"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_the_nearest_right_word(body: bytes, message: str, hint: str) -> None:
    with pytest.raises(Malformed) as refused:
        commands.decode(body)
    assert message in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        (b'{"command":"set_severity","severity":"Sev-1"}', "severity", "SEV1"),
        (b'{"command":"set_severity","severity":"sev 2","impact":"ALL"}', "impact", "all"),
        (b'{"command":"assign_role","role":"Technical Lead","person":"me"}', "role", "technical_lead"),
        (b'{"command":"close","review":"Required"}', "review", "required"),
    ],
)
def test_a_choice_may_be_written_in_any_case(body: bytes, field: str, value: str) -> None:
    assert getattr(commands.decode(body), field) == value


def test_a_field_s_time_is_named_as_its_sender_spells_it() -> None:
    body = b'{"title":"x","startsAt":"1850-01-01T00:00:00Z"}'
    with pytest.raises(Malformed, match="startsAt lies in the year 1850"):
        time_of(flat(msgspec.json.decode(body)), ("startsat",), Limits())
