"""The chart of the flow: pure, true to the room in each state, readable whatever people write."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.web.preview import told
from watchroom.incident.incident import CYCLES, Incident
from watchroom.mitigation.hypothesis import HypothesisProposed
from watchroom.web.drawing.letters import width
from watchroom.web.flow.chart import chart
from watchroom.web.flow.drawing import file, pictures, words
from watchroom.web.flow.page import flow_panel_html
from watchroom.web.flow.scale import SILENCE_DRAWN, Scale, gaps, knots
from watchroom.web.patterns.examples import ANA, BEGIN, LEILA, STATES, ExamplePeople, story_until

PEOPLE = ExamplePeople()
NAMES = [state.__name__ for state in STATES]
SVG = "{http://www.w3.org/2000/svg}"
DAY = timedelta(days=1)


def lane(state: str, cycle: str) -> tuple[str, ...]:
    """What a lane shows as open: sort and words."""
    shown = chart(story_until(state).incident(), PEOPLE)
    (found,) = [each for each in shown.lanes if each.cycle == cycle]
    return tuple(f"{line.sort}: {line.text}" for line in found.lines)


@pytest.mark.parametrize("state", NAMES)
def test_the_six_lanes_keep_their_places(state: str) -> None:
    shown = chart(story_until(state).incident(), PEOPLE)
    assert tuple(each.cycle for each in shown.lanes) == CYCLES
    root = ET.fromstring(file(shown, PEOPLE))
    groups = [g for g in root.iter(f"{SVG}g") if g.get("class") == "chart-lane"]
    assert tuple(g.get("data-cycle") for g in groups) == CYCLES
    tops = [float(g.find(f"{SVG}rect").get("y")) for g in groups]  # type: ignore[union-attr, arg-type]
    empty = ET.fromstring(file(chart(Incident("x"), PEOPLE), PEOPLE))
    still = [g for g in empty.iter(f"{SVG}g") if g.get("class") == "chart-lane"]
    assert tops == [float(g.find(f"{SVG}rect").get("y")) for g in still]  # type: ignore[union-attr, arg-type]


def test_what_is_open_is_told_decisions_first() -> None:
    assert lane("begun", "detection") == ("decide: False alarm, slow burn, or incident?",)
    assert lane("worked", "mitigation")[0] == "decide: What did I1 do?"
    assert {"due: End of hold D2", "due: Report of T1"} <= set(lane("worked", "mitigation"))
    assert "due: Update to customers" in lane("worked", "communication")
    assert lane("mitigated", "resolution")[:2] == (
        "decide: Stopped the bleeding, or understood?",
        "decide: When is S1 undone?",
    )
    assert lane("closed", "review")[0] == "due: Review"


def test_who_looks_after_it_and_where_nobody_does() -> None:
    begun = {each.cycle: each for each in chart(story_until("declared").incident(), PEOPLE).lanes}
    assert (begun["detection"].owner, begun["detection"].hole) == ("", False)
    worked = {each.cycle: each for each in chart(story_until("worked").incident(), PEOPLE).lanes}
    assert (worked["mitigation"].owner, worked["communication"].owner) == (ANA, LEILA)
    assert "Mitigation: Ana Meyer." in words(chart(story_until("worked").incident(), PEOPLE), PEOPLE)
    story = story_until("declared")
    story.tell(4, ANA, HypothesisProposed(id="H1", text="PayPort is slow"))
    shown = chart(story.incident(), PEOPLE)
    assert [each.cycle for each in shown.lanes if each.hole] == ["mitigation"]
    assert "Mitigation: nobody." in words(shown, PEOPLE)
    assert ">nobody</text>" in pictures(shown, PEOPLE)[0]


def test_what_passed_leads_from_one_cycle_to_another_when_it_did() -> None:
    story = story_until("mitigated")
    shown = chart(story.incident(), PEOPLE)
    passed = {(each.source, each.target, each.what): each.at for each in shown.passings}
    assert passed["detection", "mitigation", "declared"] == story.at(3)
    assert passed["mitigation", "resolution", "mitigated"] == story.at(15)
    assert passed["mitigation", "resolution", "S1 to undo"] == story.at(15.2)
    assert passed["communication", "mitigation", "came in"] == story.at(11)
    assert [each.at for each in shown.passings] == sorted(each.at for each in shown.passings)


@pytest.mark.parametrize("state", [*NAMES, "kinds", "hostile", "drill"])
def test_no_arrow_and_no_name_lies_on_another(state: str) -> None:
    story = told(BEGIN + DAY)[state] if state in ("kinds", "hostile", "drill") else story_until(state)
    root = ET.fromstring(file(chart(story.incident(), PEOPLE), PEOPLE))
    arrows = [g for g in root.iter(f"{SVG}g") if g.get("class") == "passing"]
    xs = sorted(float(re.findall(r"[-\d.]+", g.get("transform", ""))[0]) for g in arrows)
    assert all(other - one >= 13.9 for one, other in pairwise(xs))
    boxes = []
    for g in arrows:
        for name in g.iter(f"{SVG}text"):
            x = float(re.findall(r"[-\d.]+", g.get("transform", ""))[0]) + float(name.get("x", 0))
            long = width(name.text or "", 11, 600)
            begin = x - long if name.get("text-anchor") == "end" else x
            boxes.append((begin, begin + long, float(name.get("y", 0))))
    for number, (begin, end, y) in enumerate(boxes):
        for begins, ends, other in boxes[:number]:
            assert end < begins or ends < begin or abs(y - other) >= 11


@pytest.mark.parametrize("state", [*NAMES, "kinds", "hostile", "drill"])
def test_nothing_reaches_out_of_the_picture(state: str) -> None:
    story = told(BEGIN + DAY)[state] if state in ("kinds", "hostile", "drill") else story_until(state)
    shown = chart(story.incident(), PEOPLE)
    for picture, wide in zip(pictures(shown, PEOPLE), (1200, 366), strict=True):
        root = ET.fromstring(str(picture))
        for text in root.iter("text"):
            if "name" in (text.get("class") or "").split():
                continue
            long = width(text.text or "", float(text.get("font-size", 0)), int(text.get("font-weight", 400)))
            x = float(text.get("x", 0))
            left = {"end": x - long, "middle": x - long / 2}.get(text.get("text-anchor", ""), x)
            assert left >= -60 if text.get("text-anchor") == "middle" else left >= 0, text.text
            assert left + long <= wide, text.text


@pytest.mark.parametrize("state", NAMES)
def test_the_words_tell_what_the_picture_shows(state: str) -> None:
    incident = story_until(state).incident()
    shown = chart(incident, PEOPLE)
    html = flow_panel_html(incident, PEOPLE)
    told_in_words = re.sub(r"<[^>]+>", "", html[html.index("in-words") :])
    for each in shown.lanes:
        for line in each.lines:
            assert line.text in told_in_words.replace("&#39;", "'")
        if each.owner:
            assert f"{PEOPLE.name(each.owner)} looks after it" in told_in_words
    for passing in shown.passings:
        assert f"{passing.what.capitalize()}, to {passing.target}" in told_in_words
    assert "\n" not in html
    assert " style=" not in html


def test_colour_is_never_alone() -> None:
    """What is late says so; what waits for a decision carries a mark of its own shape; a hole says "nobody"."""
    story = story_until("declared")
    incident = story.incident()
    html = flow_panel_html(incident, PEOPLE)
    assert ">?</text>" in html
    assert "(late)" in flow_panel_html(told(BEGIN + DAY)["kinds"].incident(), PEOPLE)


def test_a_long_silence_is_drawn_short() -> None:
    begin = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    def at(minute: float) -> datetime:
        return begin + timedelta(minutes=minute)

    chain = knots(begin, at(1000), [(at(0), at(10)), (at(8), at(20)), (at(900), at(910))])
    assert [(knot.at, knot.place / 60) for knot in chain] == [
        (at(0), 0), (at(10), 10), (at(20), 20), (at(900), 30), (at(910), 40), (at(1000), 50),
    ]  # fmt: skip
    assert [gap.lasted for gap in gaps(chain)] == [timedelta(minutes=880), timedelta(minutes=90)]
    scale = Scale(chain, 100, 600)
    assert [scale.x(at(minute)) for minute in (-5, 0, 10, 20, 460, 905, 1000, 2000)] == pytest.approx(
        [100, 100, 200, 300, 350, 450, 600, 600]
    )
    assert timedelta(minutes=10) == SILENCE_DRAWN
    assert knots(None, None, []) == ()
    assert Scale((), 100, 600).x(begin) == 100


def test_the_picture_in_the_documentation_is_fresh() -> None:
    """Made anew by writing `file(chart(…), …)` of the example `mitigated` there."""
    kept = (Path(__file__).parents[2] / "docs" / "flow.svg").read_text(encoding="utf-8")
    assert kept == file(chart(story_until("mitigated").incident(), PEOPLE), PEOPLE)
