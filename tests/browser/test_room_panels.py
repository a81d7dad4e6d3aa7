"""The room's panels in Chromium: they fold by life, role and choice, and nothing jumps under the hand."""

from collections.abc import Iterator
from typing import Final

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.patience import until
from tests.web.preview import Preview
from watchroom.communication.inbound import InboundAdded
from watchroom.communication.message import MessagePosted
from watchroom.mitigation.hypothesis import HypothesisProposed
from watchroom.mitigation.intervention import InterventionProposed
from watchroom.mitigation.task import TaskAssigned
from watchroom.record.event import Fact
from watchroom.web.live.frames import room_frame
from watchroom.web.patterns.examples import RAVI, TOMASZ, ExamplePeople, Story, story_until
from watchroom.web.patterns.page import entries_html
from watchroom.web.room.panels import panels_html

pytestmark = pytest.mark.peer("chromium", "chromedriver")

PEOPLE = ExamplePeople()
SHIFTS: Final = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    shifts.push(entry.value + " " + entry.sources.map((s) => `${s.node?.id || s.node?.className || s.node?.nodeName} ${s.previousRect.y}>${s.currentRect.y}`).join(", "));
  }
}).observe({ type: "layout-shift" });
"""
SETTLED: Final = "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


@pytest.fixture
def page(looker: Browser, preview: Preview) -> Iterator[Browser]:
    """A wide window in the light, of somebody who has chosen nothing yet."""
    looker.width(WIDE)
    looker.scheme("light")
    preview.forget()
    looker.go("/people")
    # Whatever path they are for.
    looker.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    looker.wrong()
    yield looker
    assert looker.wrong() == []
    looker.go("/people")


class Room:
    """One of the preview's rooms, open and followed, into which a test may let things come."""

    def __init__(self, page: Browser, preview: Preview, name: str) -> None:
        self.page, self._preview = page, preview
        state = {"begun": "begun"}.get(name, name)
        self.story: Story = story_until(state)
        page.go(f"/incidents/{name}")
        until(lambda: preview.streams, "the page to follow")

    def tell(self, actor: str, *facts: Fact) -> int:
        """Let these facts come in, and say the number of the last."""
        known = len(self.story.events)
        self.story.tell(16, actor, *facts)
        incident = self.story.incident()
        entries = entries_html(self.story.events[known:], PEOPLE)
        self._preview.push(room_frame(incident, entries, panels_html(incident, PEOPLE)))
        return incident.seq

    def open(self, panel: str) -> bool:
        return bool(
            self.page.script(
                "return document.querySelector(`#panel-${arguments[0]} > :not(h2)`).checkVisibility()", panel
            )
        )

    def said(self, panel: str) -> str:
        return str(self.page.find(f"#panel-{panel} .fold").get_attribute("aria-expanded"))


def _rect(page: Browser, css: str) -> list[float]:
    return list(
        page.script("const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.x, r.y]", css)
    )


def _stays(page: Browser, css: str, before: list[float]) -> None:
    """It stands where it stood: a scroll is counted in whole pixels, a place in parts of them."""
    assert _rect(page, css) == pytest.approx(before, abs=1)


def _wiggle(page: Browser, css: str, steps: int = 6) -> None:
    """Move the pointer about over an element, as a hand does that aims at it."""
    element = page.find(css)
    hand = webdriver.ActionChains(page.driver, duration=40)
    for step in range(steps):
        hand.move_to_element_with_offset(element, step % 3, 0)
    hand.perform()


# Folding


def test_a_quiet_panel_is_one_line_and_wakes(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "begun")
    assert not room.open("theories")
    assert room.said("theories") == "false"
    assert page.find("#panel-theories").size["height"] < 40
    room.tell(RAVI, HypothesisProposed(id="H1", text="PayPort is slow"))
    until(lambda: room.open("theories"), "the panel to wake")
    assert room.said("theories") == "true"


def test_a_choice_is_kept_for_the_person_and_its_opposite_forgets_it(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "worked")
    assert room.open("theories")
    page.click("Theories", "#panel-theories")
    assert not room.open("theories")
    room.tell(RAVI, HypothesisProposed(id="H3", text="It is the CDN"))
    page.reads("#panel-theories h2", "3")
    assert not room.open("theories")
    page.go("/incidents/mitigated")
    assert page.script("return document.cookie.includes('wr_folds_') && document.cookie.includes('theories.0')")
    page.go("/incidents/worked")
    page.click("Theories", "#panel-theories")
    assert room.open("theories")
    assert not page.script("return document.cookie.includes('theories')")


def test_a_panel_folds_by_the_arrows_on_its_name(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "worked")
    page.script("document.querySelector('#panel-theories .fold').focus()")
    page.keys(Keys.ARROW_LEFT)
    assert not room.open("theories")
    page.keys(Keys.ARROW_RIGHT)
    assert room.open("theories")
    page.keys(Keys.ARROW_DOWN)
    assert page.script("return document.activeElement.closest('section').id") == "panel-interventions"
    page.keys(Keys.ARROW_UP)
    assert page.script("return document.activeElement.closest('section').id") == "panel-theories"


def test_whoever_is_led_into_a_folded_panel_sees_it(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "worked")
    page.click("Theories", "#panel-theories")
    page.act(lambda: page.find('#timeline a.ref[href="#theory-H1"]'), page.hit, "follow a reference")
    until(lambda: room.open("theories"), "the panel to open")


# Under the hand


def test_nothing_moves_while_somebody_points(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "worked")
    page.reads("#panel-theories", "PayPort is slow")
    aim = "#theory-H2 .acts button"
    _wiggle(page, aim)
    page.script(SHIFTS)
    before = _rect(page, aim)
    for number in range(3, 7):
        _wiggle(page, aim, 3)
        last = room.tell(
            RAVI,
            InboundAdded(id=f"Q{number}", kind="report", text="Another twelve tickets from Ireland"),
            TaskAssigned(id=f"T{number}", person=TOMASZ, text="Look at Ireland"),
            InterventionProposed(id=f"I{number}", text="Restart the adapter"),
        )
        _wiggle(page, aim, 3)
        # What is said comes at once.
        page.reads(f"#e-{last}", "Restart the adapter")
    _wiggle(page, aim, 2)
    assert page.script("return shifts") == []
    _stays(page, aim, before)
    page.reads("#panel-interventions", "Restart the adapter")
    page.reads("#panel-inbound", "Another twelve tickets")
    _stays(page, aim, before)


def test_nothing_moves_while_somebody_types(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "worked")
    page.reads("#panel-theories", "PayPort is slow")
    page.script("document.getElementById('line').focus()")
    page.keys("we ")
    page.script(SHIFTS)
    for number in range(3, 6):
        last = room.tell(
            RAVI, MessagePosted(text=f"news {number}"), HypothesisProposed(id=f"H{number}", text="It is the CDN")
        )
        page.keys("look ")
        page.reads(f"#e-{last - 1}", f"news {number}")
    page.keys("on")
    assert page.script("return shifts") == []
    page.reads("#panel-theories", "It is the CDN")
    assert page.script("return document.getElementById('line').value") == "we look look look on"


def test_what_has_the_keyboard_stays_where_it_is(page: Browser, preview: Preview) -> None:
    room = Room(page, preview, "worked")
    page.script("document.getElementById('evidence-H2').open = true")
    field = "#evidence-H2 [name=text]"
    page.script("document.querySelector(arguments[0]).focus()", field)
    before = _rect(page, field)
    room.tell(RAVI, *(HypothesisProposed(id=f"H{number}", text="It is the CDN") for number in (3, 4)))
    page.reads("#panel-theories", "It is the CDN")
    page.script(SETTLED)
    _stays(page, field, before)
    assert page.script("return document.activeElement.name") == "text"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_click_lands_on_what_was_aimed_at(width: int, page: Browser, preview: Preview) -> None:
    page.width(width, 844)
    room = Room(page, preview, "worked")
    aim = "#theory-H2 .acts button"
    page.script("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", aim)
    _wiggle(page, aim)
    before = _rect(page, aim)
    room.tell(
        RAVI,
        *(InboundAdded(id=f"Q{number}", kind="report", text="Tickets " * 40) for number in range(3, 9)),
        *(HypothesisProposed(id=f"H{number}", text="It is the CDN") for number in range(3, 9)),
    )
    page.reads("#panel-theories", "It is the CDN")
    page.script(SETTLED)
    _stays(page, aim, before)


def test_the_page_comes_as_it_stays(page: Browser, preview: Preview) -> None:
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SHIFTS})
    page.go("/incidents/worked")
    until(lambda: preview.streams, "the page to follow")
    page.script(SETTLED)
    assert page.script("return shifts") == []
