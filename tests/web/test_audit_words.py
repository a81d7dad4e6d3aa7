"""The audit log has an area and a sentence for every fact of access and settings, and stays within its bound."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec

from docs.generate import import_everything, subclasses
from watchroom.incident.audit import AuditLog, Wanted, area_of
from watchroom.people.stream import ACCESS, DirectoryFact
from watchroom.people.stream import STREAM as DIRECTORY
from watchroom.record.event import Event, kind_of
from watchroom.record.log import Placed
from watchroom.web.access.audit_words import AREA_WORDS, SENTENCES, sentence

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


class Names:
    def name(self, ref: str) -> str:
        return ref


def placed(position: int, kind: str, stream: str = DIRECTORY, **data: Any) -> Placed:
    body = msgspec.json.encode(data)
    return Placed(
        position, Event(stream, position, AT, AT, "person:ana@x.org", "web", None, kind, b"", body, b"s", b"")
    )


def kinds() -> set[str]:
    import_everything()
    return {kind_of(fact) for fact in subclasses(DirectoryFact)}


def test_each_kind_has_a_sentence_and_an_area() -> None:
    assert kinds() <= set(SENTENCES)
    assert {kind for kind in kinds() if area_of(kind) == "other"} == set()
    assert {area_of(kind) for kind in SENTENCES} <= set(AREA_WORDS)


def test_a_sentence_can_be_said_of_a_fact_that_says_nothing() -> None:
    log = AuditLog(1_000)
    for position, kind in enumerate(SENTENCES, 1):
        log.apply(placed(position, kind))
    for item in log.items.values():
        assert sentence(item, Names())
    assert len(log.items) == len(SENTENCES)


def test_only_the_newest_are_listed() -> None:
    log = AuditLog(100)
    numbers = count(1)
    for position in range(1, 251):
        log.apply(placed(position, "person_added", email=f"p{next(numbers)}@x.org"))
    found = [item.data["email"] for item in log.newest(Wanted())]
    assert found == [f"p{number}@x.org" for number in range(250, 150, -1)]
    rows = {key: row for key in log.items if (row := log.row(key)) is not None}
    again = AuditLog(100)
    again.restore(rows)
    assert list(again.items.values()) == list(log.items.values())


def test_rooms_show_only_that_they_are_restricted_and_who_broke_the_glass() -> None:
    log = AuditLog(100)
    room = "k7m2-9qxd"
    log.apply(placed(1, "room_restricted", room, people=["zebra@x.org"], reason="zebra"))
    log.apply(placed(2, "person_admitted", room, person="zebra@x.org", because="role"))
    log.apply(placed(3, "person_admitted", room, person="ana@x.org", because="break_glass", reason="zebra"))
    log.apply(placed(4, "message_posted", room, text="zebra"))
    log.apply(placed(5, "session_opened", ACCESS, email="ana@x.org"))
    assert [(item.kind, item.data) for item in log.items.values()] == [
        ("room_restricted", {}),
        ("person_admitted", {}),
        ("session_opened", {"email": "ana@x.org"}),
    ]
