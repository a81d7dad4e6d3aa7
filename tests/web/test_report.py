"""The report's tables: who said what to whom, as the record has it."""

import pytest

from watchroom.communication.update import UpdateDrafted, UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, RoomOpened
from watchroom.incident.incident import CODEC
from watchroom.mitigation.roles import RoleAssigned, RoleHandedOver
from watchroom.record.event import Fact
from watchroom.web.exports.report import lines_of, tables_of
from watchroom.web.patterns.examples import Story
from watchroom.web.room.panels import panel_html

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
    return "\n".join(f"{line.says} {line.quote}" for line in lines_of(story.incident(), said, Names()))


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
