"""The whole path on a telephone, and by keyboard alone from an empty board: nothing needs a mouse or a wide window."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser import course
from tests.browser.chromium import NARROW, Browser
from tests.browser.conftest import OWNER
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")


def test_the_whole_path_on_a_telephone(browser: Browser, install: Install) -> None:
    page = browser
    page.width(NARROW, 844)
    page.go("/signals")
    page.write("Something that worries you", "Orders from the UK fall to zero")
    page.click("Note it")
    page.reads("#inbox", "Orders from the UK fall to zero")
    (signal,) = install.get("/api/v1/signals", q="Orders from the UK fall")["items"]
    room = signal["stream"]
    page.shoot("narrow-1-inbox")
    page.click("Incident", f"#signal-{signal['id']}")
    page.at(f"/incidents/{room}")
    page.shoot("narrow-2-declared")
    course.take_command(page)
    course.rate(page)
    course.investigate(page)
    course.say_impact(page)
    course.tell_customers(page)
    course.hand_over(page, "tomasz@demo.example")
    course.intervene(page)
    page.shoot("narrow-3-worked")
    for part in ("Now", "Room", "Work"):
        page.click(part, ".jump")
        page.shoot(f"narrow-3-worked-{part.casefold()}")
    course.mitigate(page)
    course.resolve_and_close(page)
    page.shoot("narrow-4-closed")
    assert page.overflow() == []
    kinds = [event["kind"] for event in install.events(room)]
    assert sorted(kinds) == sorted(["room_opened", "signal_recorded", "signal_triaged", *course.FACTS])
    course.same_as_fresh(page, install)


def _options(page: Browser, *words: str) -> None:
    page.reads("#options", *words)


def _line_is_empty(page: Browser) -> None:
    until(lambda: page.script("return document.getElementById('line').value === ''"), "the line to be sent")


def test_the_whole_path_by_keyboard_from_an_empty_board(chromium: Browser, shots: Path, tmp_path: Path) -> None:
    with Install(tmp_path / "install") as install, Browser(tmp_path / "profile", shots) as page:
        page.scheme("light")
        page.sign_in(install, OWNER)
        page.reads("#board", "All quiet")
        page.shoot("keyboard-1-empty-board")
        page.press("Send a sample alert", "#board")
        page.at("/signals")
        page.reads("#inbox", "CheckoutErrorBudgetBurn")
        (signal,) = install.get("/api/v1/signals")["items"]
        room = signal["stream"]
        page.press("Incident", "#inbox")
        page.at(f"/incidents/{room}")

        page.press("I take command", "#panel-ask")
        page.reads("#role-incident_commander", "You")
        page.press("Rate it", "#panel-strip")
        until(page.find("#do-rate").is_displayed, "the sheet")
        page.keys(Keys.ESCAPE)
        until(lambda: not page.find("#do-rate").is_displayed(), "the sheet to be gone")
        assert page.focused.text.startswith("Rate it")
        page.keys(Keys.ENTER)
        page.press("SEV 2: few, high urgency", "#do-rate")
        page.reads("#panel-strip", "SEV 2")

        page.keys("/")
        _options(page, "/theory TEXT")
        page.keys("theo", Keys.TAB, "v412 breaks UK addresses", Keys.ENTER)
        page.reads("#theory-H1", "v412 breaks UK addresses")
        _line_is_empty(page)
        for line in (
            "Looking. Is it all of the UK?",
            "/theory PayPort is slow",
            "/evidence H1 for null postcode only in v412",
            "/ruleout H2 p99 normal since 18:57",
            "/impact UK customers cannot pay",
            "/update customers You may be unable to pay. We are undoing a change. next 20m",
            "/take tech",
            "/handover tech tomasz@demo.example yours until 05:00",
            "/try Roll back to v411 | UK success above 0.95 | redeploy v412",
            "/start I1",
            "/helped I1 UK success 0.97",
        ):
            page.keys(line, Keys.ENTER)
            _line_is_empty(page)
        page.reads("#intervention-I1", "helped", "saw UK success 0.97")
        page.reads("#told-customers", "You may be unable to pay.", "next")
        page.shoot("keyboard-2-worked")
        page.keys(Keys.ESCAPE)

        page.press("Not mitigated", "#panel-strip")
        page.type("What stopped it?", "I1", "#do-mitigated")
        page.keys(Keys.ENTER)
        page.reads("#panel-closing", "Mitigated, not resolved")
        page.press("Resolve", "#panel-closing")
        page.tab_to(lambda: page.find("#do-resolve input[value=yes]"), "the answers")
        page.keys(Keys.ARROW_RIGHT)
        page.type("What was it", "v412", "#do-resolve")
        page.press("Resolve", "#do-resolve")
        page.reads("#panel-closing", "Resolved", "partly understood")
        page.keys("/")
        page.keys("close no review because it is known", Keys.ENTER)
        page.reads("#panel-closing", "No review: it is known")
        _line_is_empty(page)
        page.keys(Keys.ESCAPE)
        page.press("Reopen", "#panel-closing")
        page.type("Why?", "it came back", "#do-reopen")
        page.press("Reopen", "#do-reopen")
        page.reads("#panel-strip", "Not resolved")
        page.shoot("keyboard-3-reopened")
        assert install.incident(room)["reopened"] == 1
        assert page.wrong() == []
        course.same_as_fresh(page, install)
