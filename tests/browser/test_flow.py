"""The chart of the flow in a real browser: reached from the room, live, and reaching to the present."""

from pathlib import Path

import pytest

from tests.browser.chromium import NARROW, Browser
from tests.browser.install import Install
from tests.browser.patience import until
from tests.web.preview import Preview

pytestmark = pytest.mark.peer("chromium", "chromedriver")


LIT = "return document.querySelector('.for-wide [data-cycle=mitigation] .edge')?.classList.contains('b4') ?? false"


def test_the_chart_is_reached_from_the_room_and_follows_it(browser: Browser, install: Install) -> None:
    page = browser
    room = install.declare(
        "The flow of this one", [{"command": "assign_role", "role": "incident_commander", "person": "me"}]
    )
    page.go(f"/incidents/{room}")
    page.click("Flow chart", "#panel-lanes")
    page.at(f"/incidents/{room}/flow")
    page.reads("#panel-flow", "The flow of this one", "Mitigation", "now", "declared")
    page.lacks("#panel-flow", "What did I1 do?")

    page.click("The same in words", "#panel-flow")
    install.do(room, "propose_intervention", text="Roll back", expected="orders succeed", rollback="redeploy")
    install.do(room, "start_intervention", intervention="I1")
    page.reads("#panel-flow", "What did I1 do?", "Trying")
    page.reads("#words-mitigation", "To decide: What did I1 do?")
    assert page.script(LIT)

    install.do(room, "observe_intervention", intervention="I1", outcome="helped")
    install.do(room, "mark_mitigated", by="I1")
    page.reads("#panel-flow", "mitigated", "Stopped the bleeding, or understood?")
    page.lacks("#panel-flow", "What did I1 do?")
    # What the viewer has opened stays open through all of it.
    page.reads("#words-resolution", "To decide: Stopped the bleeding, or understood?")


def test_the_axis_reaches_to_the_present(preview: Preview, looker: Browser) -> None:
    page = looker
    page.go("/incidents/worked/flow")
    first = "return Number(document.querySelector('.for-wide [data-cycle=detection] .spell').getAttribute('width'))"
    bright = "return document.querySelector('.for-wide [data-cycle=communication] .edge').classList"
    until(lambda: "b3" in page.script(f"{bright}.value"), "the lane to be as bright as its age")
    at_first = page.script(first)
    # A quarter of an hour later, as the page counts it.
    page.script("const then = Date.now; Date.now = () => then() + 900_000")
    until(lambda: page.script(first) < at_first - 20, "the spell to shrink", otherwise=lambda: page.script(first))
    until(lambda: "b2" in page.script(f"{bright}.value"), "the lane to dim")
    page.reads("#panel-flow", "late", "now")
    assert page.wrong() == []


def test_on_a_telephone_the_lanes_stand_below_each_other(browser: Browser, install: Install) -> None:
    page = browser
    room = install.declare("On a telephone", [])
    page.width(NARROW)
    page.go(f"/incidents/{room}/flow")
    assert not page.find(".for-wide").is_displayed()
    page.reads("#panel-flow", "Detection", "Preparation")
    assert page.overflow() == []


def test_the_picture_alone_is_shown_by_its_own_policy(browser: Browser, install: Install, shots: Path) -> None:
    page = browser
    room = install.declare("As a picture", [])
    page.go(f"/incidents/{room}/flow.svg")
    said = str(page.script("return document.documentElement.textContent"))
    assert all(word in said for word in ("As a picture", "Mitigation", "UTC"))
    family = "await document.fonts.ready; return [...document.fonts].map((font) => font.family + ' ' + font.status)"
    assert page.script(f"return (async () => {{ {family} }})()") == ["Inter loaded"]
    page.scheme("dark")
    fill = "return getComputedStyle(document.querySelector('rect')).fill"
    assert page.script(fill) == "rgb(19, 21, 25)"
