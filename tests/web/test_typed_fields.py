"""What is typed by name: every field that a program can send can be typed, and a value that cannot be read is refused."""

from typing import Any

import msgspec
import pytest

from tests.web.test_commandline import KNOWN, LINES, NOW
from watchroom.base.errors import Malformed
from watchroom.incident.commands import BY_NAME, decode
from watchroom.web.command_bar.line import COMPLETIONS, FORMS, parse, vocabulary
from watchroom.web.command_bar.named import FIELDS, NAMED, NOBODY, named

NAMED_LINES: list[tuple[str, dict[str, Any]]] = [
    (
        "/declare UK cannot pay impact=many urgency=h services=checkout, payments noticed=13:50",
        {
            "command": "declare",
            "title": "UK cannot pay",
            "impact": "many",
            "urgency": "high",
            "services": ["checkout", "payments"],
            "noticed_at": "2026-11-23T13:50:00Z",
        },
    ),
    (
        "/impact UK cannot pay share=20-40% since=18:41 regions=UK,IE tiers=gold platforms=web",
        {
            "command": "state_impact",
            "text": "UK cannot pay",
            "share_low": 0.2,
            "share_high": 0.4,
            "began_at": "2026-11-22T18:41:00Z",
            "regions": ["UK", "IE"],
            "tiers": ["gold"],
            "platforms": ["web"],
        },
    ),
    (
        "/impact x share=0.3 services=checkout",
        {"command": "state_impact", "text": "x", "share_low": 0.3, "services": ["checkout"]},
    ),
    (
        "/note p99 up link=https://g/2",
        {"command": "note_observation", "text": "p99 up", "link": "https://g/2"},
    ),
    (
        "/sev 2 impact=few urgency=low",
        {"command": "set_severity", "severity": "SEV2", "impact": "few", "urgency": "low"},
    ),
    ("/redact 12 people=yes", {"command": "redact", "seq": 12, "people": True}),
    ("/theory v412 workstream=w1", {"command": "propose_hypothesis", "text": "v412", "workstream": "W1"}),
    (
        "/evidence H1 for null link=https://g/1?from=2",
        {
            "command": "add_evidence",
            "hypothesis": "H1",
            "direction": "for",
            "text": "null",
            "link": "https://g/1?from=2",
        },
    ),
    (
        "/try roll back risk=carts drop settles=5m services=checkout workstream=1 lever=roll_back service: checkout",
        {
            "command": "propose_intervention",
            "text": "roll back",
            "risk": "carts drop",
            "settle_s": 300,
            "workstream": "W1",
            "services": ["checkout"],
            "lever": {"name": "roll_back", "arguments": {"service": "checkout"}},
        },
    ),
    ("/mitigated I1 text=UK at 0.97", {"command": "mark_mitigated", "by": "I1", "text": "UK at 0.97"}),
    ("/task me look workstream=W2", {"command": "assign_task", "person": "me", "text": "look", "workstream": "W2"}),
    ("/decide go on objections=asked", {"command": "decide", "text": "go on", "objections_asked": True}),
    ("/priority sale from=16:00", {"command": "state_priority", "text": "sale", "from": "2026-11-23T16:00:00Z"}),
    (
        "/inbound question may we? audience=lead",
        {"command": "add_inbound", "kind": "question", "text": "may we?", "audience": "leadership"},
    ),
    (
        "/draft customers Orders fail next 20m doing=undoing need=wait state=inv title=Orders to=ines brief=short",
        {
            "command": "post_update",
            "audience": "customers",
            "impact": "Orders fail",
            "next_at": "2026-11-23T14:25:00Z",
            "draft": True,
            "doing": "undoing",
            "need": "wait",
            "state": "investigating",
            "title": "Orders",
            "to": "ines@example.com",
            "brief": "short",
        },
    ),
    (
        "/update customers Slow components=Checkout: partial outage; Search: operational replaces=U1",
        {
            "command": "post_update",
            "audience": "customers",
            "impact": "Slow",
            "components": {"Checkout": "partial_outage", "Search": "operational"},
            "replaces": "U1",
        },
    ),
    (
        "/letgo ravi also=leila, me",
        {"command": "release_responder", "person": "ravi@example.com", "also": ["leila@example.com", "me"]},
    ),
    (
        "/looked errors query=sum(x) start=13:00 end=5m ago",
        {
            "command": "look",
            "panel": "errors",
            "query": "sum(x)",
            "start": "2026-11-23T13:00:00Z",
            "end": "2026-11-23T14:00:00Z",
        },
    ),
    ("/probe pay arguments=path: /my pay", {"command": "run_probe", "probe": "pay", "arguments": {"path": "/my pay"}}),
    ("/resolve no x owner=ines", {"command": "resolve", "understood": "no", "text": "x", "owner": "ines@example.com"}),
    ("/watch 30m signals=a1,a2", {"command": "watch_stability", "minutes": 30, "signals": ["a1", "a2"]}),
    (
        "/keep log https://g expires=2h",
        {"command": "save_artefact", "kind": "log", "link": "https://g", "expires_at": "2026-11-23T16:05:00Z"},
    ),
    (
        "/mystery why?, ines due=2026-11-27",
        {"command": "add_mystery", "text": "why?", "owner": "ines@example.com", "due_at": "2026-11-27T12:00:00Z"},
    ),
    ("/join at=10m reason=late", {"command": "join", "at": "2026-11-23T13:55:00Z", "reason": "late"}),
]
BY_THE_HOUSE = {"expected_seq", "images"}
"""What nobody types: programs send it to find out whether somebody was faster; images are pasted, dropped or picked."""


@pytest.mark.parametrize(("line", "body"), NAMED_LINES, ids=[line for line, _ in NAMED_LINES])
def test_a_named_value_is_a_field(line: str, body: dict[str, Any]) -> None:
    assert parse(line, NOW, KNOWN) == body
    decode(msgspec.json.encode(body))


def test_every_field_that_a_program_sends_can_be_typed() -> None:
    typed: dict[str, set[str]] = {}
    for _, body in (*LINES, *NAMED_LINES):
        typed.setdefault(body["command"], set()).update(body)
    missing = {
        name: fields
        for name, command in BY_NAME.items()
        if (
            fields := {field.encode_name for field in msgspec.structs.fields(command)}
            - typed[name]
            - BY_THE_HOUSE
            - {"at", "reason"}
        )
    }
    assert missing == {}


def test_what_is_said_by_name_is_a_field_of_its_command() -> None:
    commands = {line[1:].split()[0].casefold(): body["command"] for line, body in LINES if line.startswith("/")}
    for word in NAMED:
        fields = {field.encode_name for field in msgspec.structs.fields(BY_NAME[commands[word]])}
        for part in named(word):
            name = part.shown[:-1]
            assert name == "share" or FIELDS.get(name, name) in fields, (word, name)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("/impact x share=lots", "no share", "/impact"),
        ("/impact x share=40-20%", "no share", "/impact"),
        ("/impact x share=", "share= says nothing", "/impact"),
        ("/impact x since=yesterday", "no time", "/impact"),
        ("/try x settles=soon", "no length of time", "/try"),
        ("/task me x workstream=W9", "no workstream W9", "Known: W1, W2"),
        ("/declare x urgency=medium-ish", "not one of low, medium, high", "/declare"),
        ("/probe x arguments=path", "NAME: VALUE", "/probe"),
        ("/resolve no owner=nobody", "Nobody is called", "e-mail"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused(line: str, message: str, hint: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(line, NOW, KNOWN)
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_words_with_an_equals_sign_stay_words() -> None:
    assert parse("/note set x=1 and y=2", NOW, KNOWN)["text"] == "set x=1 and y=2"
    assert parse("/theory a=b", NOW, KNOWN)["text"] == "a=b"


def test_the_vocabulary_explains_every_part() -> None:
    commands = msgspec.json.decode(vocabulary())["commands"]
    assert [command["name"] for command in commands] == [each.name for each in COMPLETIONS]
    for command in commands:
        assert command["does"], command
        assert command["form"] == FORMS[command["name"]]
        assert bool(command["named"]) == (command["name"] not in NOBODY)
        for part in (*command["parts"], *command["named"]):
            assert part["does"], (command["name"], part)
            assert part["choices"] or part["kind"] not in ("choice", "flag")
