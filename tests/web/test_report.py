"""The report's tables: who said what to whom, as the record has it."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from watchroom.communication.brief import brief_text
from watchroom.communication.inbound import InboundAdded, InboundTaken
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import UpdateDrafted, UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, RoomOpened
from watchroom.detection.signal import SignalMoved, SignalRecorded
from watchroom.detection.unknown import UnknownStated
from watchroom.incident.guidance.question import short
from watchroom.incident.incident import CODEC
from watchroom.incident.redaction import PEOPLE
from watchroom.mitigation.page import PageAcknowledged, PageRequested
from watchroom.mitigation.priority import PriorityStated
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned, RoleHandedOver, RoleReleased
from watchroom.record.event import Event, Fact
from watchroom.resolution.stability import StabilityWatchBroken
from watchroom.web.exports.report import lines_of, tables_of, when
from watchroom.web.patterns.examples import ANA, Story, every_kind
from watchroom.web.patterns.examples import PEOPLE as KNOWN
from watchroom.web.room.panels import PANELS, panel_html, panels_html
from watchroom.web.room.timeline import entry_html

OWNER, INES, TOMASZ = "owner@localhost", "ines@example.com", "tomasz@example.com"
NAMES = {OWNER: "Olga Winter", INES: "Ines Roth", TOMASZ: "Tomasz Nowak"}


class Names:
    """A directory."""

    def name(self, ref: str) -> str:
        return NAMES.get(ref, ref)


def told(*facts: tuple[str, Fact]) -> Story:
    story = Story("k7m2-9qxd")
    story.tell(0, OWNER, RoomOpened(practice=False, title="Checkout"), IncidentDeclared(title="Checkout"))
    for minute, (actor, fact) in enumerate(facts, 1):
        story.tell(minute, actor, fact)
    return story


def rows(story: Story, title: str) -> list[tuple[str, ...]]:
    said = [(event, CODEC.decode(event)) for event in story.events]
    return next(list(table.rows) for table in tables_of(story.incident(), said, Names()) if table.title == title)


def timeline(story: Story) -> str:
    said = [(event, CODEC.decode(event)) for event in story.events]
    return "\n".join(f"{line.says} {line.quote}" for line in lines_of(story.incident(), said, Names(), {}))


@pytest.mark.parametrize(
    ("actor", "known", "how"),
    [
        (INES, "was briefed by Ines Roth: Ines goes home", "from Ines Roth: Ines goes home"),
        (
            OWNER,
            "wrote down, taking over as commander from Ines Roth: Ines goes home",
            "from Ines Roth, as Olga Winter wrote: Ines goes home",
        ),
        (
            TOMASZ,
            "was briefed by Tomasz Nowak for Ines Roth: Ines goes home",
            "from Ines Roth, as Tomasz Nowak wrote: Ines goes home",
        ),
    ],
)
def test_a_brief_is_whose_who_wrote_it(actor: str, known: str, how: str) -> None:
    handed = RoleHandedOver(role="incident_commander", was=INES, to=OWNER, brief="Ines goes home")
    story = told((OWNER, RoleAssigned(role="incident_commander", person=INES)), (actor, handed))
    assert [what for _, who, what, _ in rows(story, "Who knew what, and when") if "Ines goes" in what] == [known]
    assert [each for _, _, _, each in rows(story, "Roles")] == ["given", how]
    strip = panel_html("strip", story.incident(), Names())
    assert f">{NAMES[actor]}</bdi></small>" in strip.partition("Ines goes home")[2][:200]


def test_a_brief_that_reached_nobody_is_no_knowledge() -> None:
    handed = RoleHandedOver(role="scribe", was=INES, to=TOMASZ, brief="Ines goes home")
    call = PageRequested(id="P1", to=TOMASZ, text="x", cause="role", about="scribe", answer_by=Story("x").at(9))

    def known(*more: tuple[str, Fact]) -> list[str]:
        story = told((INES, RoleAssigned(role="scribe", person=INES)), (INES, handed), (INES, call), *more)
        return [what for _, who, what, _ in rows(story, "Who knew what, and when") if "Ines goes" in what]

    left = ["was not reached; a brief was left by Ines Roth: Ines goes home"]
    assert known() == left
    assert known((INES, RoleReleased(role="scribe", person=TOMASZ))) == left
    assert known((OWNER, PageAcknowledged(page="P1", to=TOMASZ))) == left
    heard = f"was briefed by Ines Roth, heard {when(Story('x').at(4))}: Ines goes home"
    assert known((TOMASZ, RoleAccepted(role="scribe", person=TOMASZ))) == [heard]
    assert known((TOMASZ, MessagePosted(text="Here"))) == [heard]


def test_a_brief_of_a_role_that_nobody_held_is_kept() -> None:
    call = PageRequested(id="P1", to=TOMASZ, text="x", cause="role", about="scribe", answer_by=Story("x").at(9))
    story = told((INES, RoleAssigned(role="scribe", person=TOMASZ, brief="Notes are in the wiki")), (INES, call))
    known = [what for _, _, what, _ in rows(story, "Who knew what, and when") if "Notes" in what]
    assert known == ["was not reached; a brief was left by Ines Roth: Notes are in the wiki"]
    assert rows(story, "Roles")[-1][-1] == "given: Notes are in the wiki"
    assert "Notes are in the wiki" in timeline(story)


def test_a_hand_over_without_a_brief_says_who_recorded_it() -> None:
    handed = RoleHandedOver(role="scribe", was=INES, to=TOMASZ)
    story = told((INES, RoleAssigned(role="scribe", person=INES)), (OWNER, handed))
    assert rows(story, "Roles")[-1][-1] == "from Ines Roth, as Olga Winter recorded"


@pytest.mark.parametrize("kind", [UpdatePosted, UpdateDrafted])
def test_a_headline_is_shown_wherever_its_update_is(kind: type[UpdatePosted] | type[UpdateDrafted]) -> None:
    alone = told((INES, kind(id="U1", audience="customers", title="Checkout is slow")))
    assert [row[3] for row in rows(alone, "Updates")] == ["Checkout is slow · a headline alone"]
    assert "Headline: Checkout is slow" in timeline(alone)
    assert "without a word" not in timeline(alone)
    with_words = told((INES, kind(id="U1", audience="customers", title="Checkout is slow", impact="You wait")))
    assert [row[3] for row in rows(with_words, "Updates")] == ["Checkout is slow · You wait"]
    assert "Headline: Checkout is slow" in timeline(with_words)
    assert "a headline alone" not in timeline(with_words)
    assert "Checkout is slow" in panel_html("updates", with_words.incident(), Names())
    bare = told((INES, kind(id="U1", audience="customers")))
    assert [row[3] for row in rows(bare, "Updates")] == ["without a word"]
    assert "without a word" in timeline(bare)


class Marked:
    """A directory in which nobody is called as their e-mail begins."""

    def name(self, ref: str) -> str:
        email = ref.removeprefix("person:")
        return f"N{sorted(KNOWN).index(email)} Surname" if email in KNOWN else ref


def naming(fact: Fact) -> Fact:
    """The fact with an e-mail wherever it names one of our people."""
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(fact)):
        if field.name in PEOPLE and type(fact) is not SignalMoved:
            before = getattr(fact, field.name)
            changes[field.name] = [ANA] if isinstance(before, list) else ANA
    return msgspec.structs.replace(fact, **changes)


def seen(html: str) -> str:
    """What of HTML a person reads: no attribute, no tag."""
    return re.sub(r"<[^>]*>", " ", html)


def every_naming() -> Iterator[tuple[Event, Fact]]:
    for event in every_kind().events:
        fact = CODEC.decode(event)
        if fact is not None and any(name in PEOPLE for name in type(fact).__struct_fields__):
            yield event, naming(fact)


@pytest.mark.parametrize(("event", "fact"), list(every_naming()), ids=lambda each: getattr(each, "kind", ""))
def test_an_entry_names_people_and_never_shows_their_e_mail(event: Event, fact: Fact) -> None:
    if "@" not in repr(fact):
        return
    story = Story("k7m2-9qxd")
    story.tell(0, "system:timers", fact)
    (told_of,) = story.events
    for text in (
        seen(entry_html(told_of, fact, Marked())),
        *(line.says + line.quote for line in lines_of(every_kind().incident(), [(told_of, fact)], Marked(), {})),
    ):
        assert not set(KNOWN).intersection(re.findall(r"[\w.+-]+@[\w.-]+", text)), text


@pytest.mark.parametrize("panel", [panel.name for panel in PANELS])
def test_a_panel_names_people_and_never_shows_their_e_mail(panel: str) -> None:
    text = seen(panels_html(every_kind().incident(), Marked())[panel])
    assert not set(KNOWN).intersection(re.findall(r"[\w.+-]+@[\w.-]+", text))


def test_a_report_and_a_brief_name_people() -> None:
    signal = SignalRecorded(
        signal="8c0efbaf", source="am", key="8c0efbaf", group="g", title="Orders fail", kind="alert"
    )
    story = told(
        (OWNER, PriorityStated(id="B1", text="Mail", owner=TOMASZ, since=Story("x").at(0))),
        (OWNER, UnknownStated(id="N1", text="How many", person=INES)),
        (OWNER, InboundAdded(id="Q1", kind="question", text="Since when?")),
        (INES, InboundTaken(inbound="Q1")),
        ("source:am", signal),
        ("system:timers", StabilityWatchBroken(signal="8c0efbaf", until=Story("x").at(9), broken_at=Story("x").at(7))),
    )
    brief = brief_text(story.incident(), Names().name)
    assert "Mail, Tomasz Nowak decides" in brief
    assert "How many, Ines Roth finds out" in brief
    assert "Since when?, Ines Roth deals with it" in brief
    said = timeline(story)
    assert "The watch was broken [not quiet] · Orders fail" in said
    assert "Tomasz Nowak decides" in said
    assert "8c0efbaf" not in said
    assert "@" not in said


def test_the_house_calls_under_its_own_name() -> None:
    assert short("system:timers") == "Watchroom"
