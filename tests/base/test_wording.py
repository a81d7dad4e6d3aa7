"""What people write: blanks go, what must be said is said, links lead to pages."""

import msgspec
import pytest

from watchroom.base.errors import Malformed
from watchroom.base.wording import tidied
from watchroom.communication.message import PostMessage
from watchroom.detection.category import Categorise
from watchroom.detection.declaration import Declare
from watchroom.detection.signal import NoteObservation
from watchroom.detection.triage import Triage
from watchroom.incident.commands import COMMANDS, name_of
from watchroom.mitigation.intervention import Lever, ProposeIntervention


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Checkout fails \n", "Checkout fails"),
        ("first\r\n\tsecond", "first\n\tsecond"),
        ("a\x00b\x1b[31mc\x7f\x85", "ab[31mc"),
        ("né 障害 🔥", "né 障害 🔥"),
    ],
)
def test_a_text_is_kept_without_control_characters_and_outer_blanks(sent: str, kept: str) -> None:
    assert tidied(PostMessage(text=sent)).text == kept


@pytest.mark.parametrize(
    "blank", ["   ", "\n\t", "\x00", "\u00a0", "\u200b\u2060", "\ufeff", "\u3164", "\u2800 ", "\u115f\ufe0f"]
)
def test_a_text_of_which_nothing_is_seen_is_refused_where_something_must_be_said(blank: str) -> None:
    for said, field in (
        (PostMessage(text=blank), "text"),
        (Declare(title=blank), "title"),
        (Declare(title="x", services=["checkout", blank]), "services"),
        (Categorise(categories=[blank]), "categories"),
        (ProposeIntervention(text="x", lever=Lever(name=blank)), "lever: name"),
        (Triage(verdict="slow_burn", owner=blank), "owner"),
    ):
        with pytest.raises(Malformed, match="is blank") as refused:
            tidied(said, "it")
        assert refused.value.message == f"it: {field} is blank."
        assert refused.value.hint.startswith("Say something")


def test_what_may_be_left_out_is_left_out_when_it_is_blank() -> None:
    assert tidied(PostMessage(text="x", reason="  ")).reason == ""
    assert tidied(NoteObservation(text="x", link=" ")).link == ""


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "grafana.example.com", "http://", "https:///x", "https://a b"]
)
def test_a_link_leads_to_a_page(link: str) -> None:
    with pytest.raises(Malformed, match="must begin with http") as refused:
        tidied(NoteObservation(text="x", link=link), "note_observation")
    assert refused.value.message.startswith("note_observation: link")
    assert "https://" in refused.value.hint


def test_a_link_is_kept_as_it_is() -> None:
    said = NoteObservation(text="Slow", link="HTTPS://grafana.example.com/d/1?from=now-1h#p=2")
    assert tidied(said) is said


def test_no_command_takes_an_address_that_is_not_looked_at() -> None:
    for command in COMMANDS:
        if "link" in command.__struct_fields__:
            needed = {"text": "x", "kind": "x", "hypothesis": "H1", "direction": "for", "link": "javascript:alert(1)"}
            given = {name: value for name, value in needed.items() if name in command.__struct_fields__}
            with pytest.raises(Malformed, match="is no link"):
                tidied(msgspec.convert(given, command))


def test_a_command_is_named_as_it_is_sent() -> None:
    assert name_of(Declare(title="x")) == "declare"
