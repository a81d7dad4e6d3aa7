"""Which panels stand as one line: by life, by role, by choice, and the same marks for every viewer."""

import re

import pytest

from watchroom.web.patterns.examples import ANA, LEILA, TOMASZ, ExamplePeople, story_until
from watchroom.web.room.folding import WANTED_BY, alive, chosen, cookie_of, folded
from watchroom.web.room.panels import panels_html

READER = "somebody@example.com"


def test_what_is_quiet_is_one_line_for_everybody() -> None:
    begun = story_until("begun").incident()
    assert {"theories", "interventions", "updates", "work"} <= set(folded(begun, READER, {}))
    assert "signals" not in folded(begun, READER, {})


def test_a_role_sees_open_what_it_works_with_and_one_line_of_the_rest() -> None:
    worked = story_until("worked").incident()
    commander, tech, comms = (folded(worked, who, {}) for who in (ANA, TOMASZ, LEILA))
    assert {panel for panel in WANTED_BY if not alive(worked, panel)} == set(commander)
    assert {"inbound", "priorities"} <= set(tech)
    assert not {"theories", "interventions", "work"} & set(tech)
    assert {"theories", "interventions", "work"} <= set(comms)
    assert not {"inbound", "priorities"} & set(comms)
    # Whoever holds no role has come to see what is going on.
    assert folded(worked, READER, {}) == commander


def test_a_choice_goes_before_life_and_role() -> None:
    worked = story_until("worked").incident()
    assert "theories" in folded(worked, ANA, {"theories": False})
    assert "theories" not in folded(worked, LEILA, {"theories": True})


def test_what_is_over_falls_quiet() -> None:
    closed = story_until("closed").incident()
    assert {"theories", "activities", "updates", "lanes", "interventions"} <= set(folded(closed, ANA, {}))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", {}),
        ("theories.0-work.1", {"theories": False, "work": True}),
        ("theories.2-nothing.1-work", {}),
        ("<script>.1", {}),
        ("theories.0-" * 1000, {"theories": False}),
    ],
)
def test_choices_are_read_from_the_persons_own_cookie(said: str, found: dict[str, bool]) -> None:
    assert chosen(ANA, {cookie_of(ANA): said}) == found
    assert chosen(LEILA, {cookie_of(ANA): said}) == {}


def test_a_cookie_is_named_without_naming_the_person() -> None:
    assert re.fullmatch(r"wr_folds_[0-9a-f]{12}", cookie_of(ANA))


def test_each_panel_that_folds_says_so_itself() -> None:
    html = panels_html(story_until("worked").incident(), ExamplePeople())
    for panel, text in html.items():
        assert ("data-folds=" in text) == (panel in WANTED_BY), panel
        assert text.count('class="fold"') == (1 if panel in WANTED_BY else 0), panel
    assert 'id="panel-theories" data-alive="true" data-folds="incident_commander' in html["theories"]
