"""The whole room by keyboard alone: every part is reached, every kind of thing done, and taken back."""

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.browser import course
from tests.browser.chromium import Browser
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")


def _with(page: Browser, held: str, key: str) -> None:
    webdriver.ActionChains(page.driver, duration=0).key_down(held).send_keys(key).key_up(held).perform()


def _focused_in(page: Browser) -> str:
    return str(
        page.script(
            "const e = document.activeElement; return e.id === 'line' ? 'line' : e.closest('#panel-strip, #now, #room, #work')?.id"
        )
    )


def _line(page: Browser, text: str) -> None:
    """Type a line, taking whatever is offered where a Tab stands in it, and send it."""
    page.keys(text, Keys.ENTER)
    until(lambda: page.script("return document.getElementById('line').value === ''"), f"{text!r} to be sent")


def test_the_whole_room_by_keyboard_alone(browser: Browser, install: Install) -> None:
    page = browser
    room = install.declare("UK customers cannot pay")
    page.go(f"/incidents/{room}")
    page.reads("#panel-strip", "UK customers cannot pay")

    # Every part of the room by one key, forwards and backwards.
    parts = []
    for _ in range(5):
        page.keys(Keys.F6)
        parts.append(_focused_in(page))
    assert parts == ["panel-strip", "now", "room", "work", "line"]
    _with(page, Keys.SHIFT, Keys.F6)
    assert _focused_in(page) == "work"

    # A seat, by Tab and Enter.
    page.tab_to(lambda: page.find("#role-incident_commander > summary"), "the commander's seat")
    page.keys(Keys.ENTER)
    page.press("I take it", "#role-incident_commander")
    page.reads("#role-incident_commander", "You")

    # The palette: found by what it does, put together by what is offered.
    _with(page, Keys.CONTROL, "k")
    until(page.find("#palette").is_displayed, "the palette")
    page.keys("put up", Keys.ENTER)
    until(lambda: page.script("return document.getElementById('line').value") == "/theory ", "the command")
    _line(page, "PayPort is slow")
    page.reads("#theory-H1", "PayPort is slow")

    # Completed by Tab, part by part, with a field by its name.
    page.keys("/tas", Keys.TAB)
    page.reads("#options", "yourself")
    page.keys("me ask PayPort b")
    page.keys(Keys.BACKSPACE)
    page.reads("#options", "by 10m|14:30")
    _line(page, "by 10m")
    page.reads("#panel-work", "ask PayPort")

    # Taken back by the key of every editor, while nothing is being typed.
    _line(page, "/note wrong window")
    page.reads("#notices", "Undo")
    _with(page, Keys.CONTROL, "z")
    page.reads("#notices", "Taken back")
    _line(page, "/impact UK cannot pay")
    _line(page, "/trend worse")
    page.reads("#panel-strip", "getting worse")
    _line(page, "/undo")
    page.lacks("#panel-strip", "getting worse")

    # What was sent comes back, is mended and sent again.
    page.keys(Keys.ARROW_UP, Keys.ARROW_UP)
    page.keys(Keys.BACKSPACE * 5, "better", Keys.ENTER)
    page.reads("#panel-strip", "getting better")

    # A panel folded and opened, and a form in it filled.
    page.keys(Keys.ESCAPE, Keys.ESCAPE)
    page.tab_to(lambda: page.find("#panel-theories .fold"), "the theories")
    page.keys(Keys.ARROW_LEFT)
    until(lambda: not page.find("#theory-H1").is_displayed(), "the panel to fold")
    page.keys(Keys.ENTER)
    until(page.find("#theory-H1").is_displayed, "the panel to open")
    page.press("Evidence", "#theory-H1")
    page.type("What did you see?", "p99 is normal", "#evidence-H1")
    page.press("Speaks against", "#evidence-H1")
    page.reads("#theory-H1", "against", "p99 is normal")

    # A sheet, opened and left, and the help.
    page.press("Propose a try", "#panel-interventions")
    until(page.find("#do-try").is_displayed, "the sheet")
    page.keys(Keys.ESCAPE)
    until(lambda: not page.find("#do-try").is_displayed(), "the sheet to be gone")
    page.keys("?")
    page.reads("#help", "F6", "Ctrl", "/theory TEXT")
    page.keys(Keys.ESCAPE)

    kinds = [event["kind"] for event in install.events(room)]
    assert kinds.count("retracted") == 2
    assert {"role_assigned", "hypothesis_proposed", "task_assigned", "trend_stated", "evidence_added"} <= set(kinds)
    course.same_as_fresh(page, install)
