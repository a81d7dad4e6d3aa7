"""The timeline's entries: every kind of fact says something, purely, and what people write stays words."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.web.preview import HOSTILE
from tests.web.test_panels import nesting
from watchroom.communication.message import MessagePosted
from watchroom.incident.incident import CODEC, ROOM_FACTS
from watchroom.incident.undo import is_retractable
from watchroom.record.event import Event, Fact
from watchroom.web.patterns.examples import ANA, ExamplePeople, Story, every_kind
from watchroom.web.room.timeline import Since, entry_html
from watchroom.web.sayings.of_incident import SAYINGS

PEOPLE = ExamplePeople()
AT = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)


def told(fact: Fact, actor: str = ANA) -> Event:
    story = Story("k7m2-9qxd", AT)
    story.tell(0, actor, fact)
    return story.events[0]


def shown(text: str) -> str:
    return entry_html(told(MessagePosted(text=text)), MessagePosted(text=text), PEOPLE)


def test_every_fact_of_a_room_has_a_saying() -> None:
    assert set(SAYINGS) == set(ROOM_FACTS)


def test_the_example_tells_every_kind() -> None:
    """So that /patterns shows each of them, and the test below sees each of them."""
    assert {event.kind for event in every_kind().events} == set(CODEC.kinds.values())


@pytest.mark.parametrize("event", every_kind().events, ids=lambda event: f"{event.seq}-{event.kind}")
def test_an_entry_is_one_element_on_one_line(event: Event) -> None:
    fact = CODEC.decode(event)
    for retracted in (False, True):
        html = entry_html(event, fact, PEOPLE, Since(retracted))
        assert "\n" not in html
        parsed = nesting(html)
        assert not parsed.fault
        assert not parsed.open
        assert parsed.roots == 1
        assert html.startswith("<article ")
        assert f'id="e-{event.seq}"' in html
        assert f"k-{event.kind}" in html
        assert ("gone" in html.split(">")[0]) == retracted
        assert html == entry_html(event, fact, PEOPLE, Since(retracted))


@pytest.mark.parametrize("event", every_kind().events, ids=lambda event: f"{event.seq}-{event.kind}")
def test_what_cannot_be_taken_back_offers_no_way_to(event: Event) -> None:
    fact = CODEC.decode(event)
    offered = 'form="undo"' in entry_html(event, fact, PEOPLE)
    assert offered == (is_retractable(fact) and event.actor.startswith("person:") and not event.redacted)
    assert 'form="undo"' not in entry_html(event, fact, PEOPLE, Since(retracted=True))


def test_a_redacted_entry_says_so() -> None:
    html = entry_html(told(MessagePosted(text="secret")), None, PEOPLE)
    assert "Redacted" in html
    assert "secret" not in html


def test_a_fact_of_a_newer_version_is_shown_and_not_hidden() -> None:
    event = told(MessagePosted(text="x"))
    later = msgspec.structs.replace(event, kind="moon_phase_noted", data=b'{"phase":"full"}')
    html = entry_html(later, CODEC.decode(later), PEOPLE)
    assert "Moon phase noted" in html


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        (HOSTILE, "&lt;script&gt;alert(1)&lt;/script&gt;", "<script"),
        ("<img src=x onerror=alert(1)>", "&lt;img", "<img"),
        ("[x](javascript:alert(1))", "", "href"),
        ("[x](data:text/html,boo)", "", "href"),
        ("![x](https://example.com/p.png)", "", "<img"),
        ("**bold** and `code`", "<strong>bold</strong> and <code>code</code>", "**"),
        ("see https://example.com/a?b=1&c=2.", 'href="https://example.com/a?b=1&amp;c=2"', "c=2.&quot;"),
        ('https://example.com/"onmouseover="alert(1)', "", ' onmouseover="'),
        ("```\na\n  b\n```", "<code>a&#10;  b&#10;</code>", "\n"),
        ("one\ntwo", "one<br>&#10;two", "\n"),
        ("# not a heading", "# not a heading", "<h1"),
        ("<hx-partial hx-target='#strip'>gone</hx-partial>", "&lt;hx-partial", "<hx-"),
    ],
)
def test_words_are_shown_safely(text: str, there: str, not_there: str) -> None:
    html = shown(text)
    assert there in html
    assert not_there not in html
    assert not nesting(html).fault


def test_a_link_tells_nobody_where_it_was_clicked() -> None:
    assert 'rel="noopener noreferrer nofollow"' in shown("https://example.com")


def test_a_message_to_one_says_to_whom_and_does_not_pretend_to_be_private() -> None:
    fact = MessagePosted(text="hm", channel="direct", to="ines@example.com")
    html = entry_html(told(fact), fact, PEOPLE)
    assert "Inès Duarte" in html
    assert "only" not in html


def test_nobody_in_person_gives_no_face() -> None:
    event = every_kind().events[0]
    html = entry_html(event, CODEC.decode(event), PEOPLE)
    assert "data-actor" not in html
    assert "prod-alertmanager" in html


def test_what_is_said_to_one_is_not_shown_as_a_secret() -> None:
    """Everybody in the room reads it, so it names whom it speaks to and promises nothing."""
    fact = MessagePosted(text="Are you fit to go on?", channel="direct", to="bo@example.com")
    html = entry_html(told(fact), fact, PEOPLE)
    assert "to <" in html
    assert "only" not in html
