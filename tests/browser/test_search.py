"""Search in a real browser: from any page by a key, with arrows, Enter and Escape, at both widths, light and dark."""

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Browser
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")
TITLE = "Parcels are lost between depots"


@pytest.fixture(scope="module")
def room(install: Install) -> str:
    """An incident with some of everything."""
    made = install.declare(
        TITLE,
        [
            {"command": "set_severity", "severity": "SEV2", "reason": "Every parcel of the night"},
            {
                "command": "propose_hypothesis",
                "text": "ParcelQueueLag grew since the depot-router was deployed at 02:10",
            },
            {
                "command": "decide",
                "text": "Roll the depot-router back. We look for the reason afterwards.",
                "alternatives": ["Drain the parcel queue by hand"],
            },
            {"command": "post_message", "text": "The depots say that 4,000 parcels have no label."},
            {"command": "add_action", "text": "Alert on the lag of the parcel queue", "owner": "owner@localhost"},
        ],
    )
    install.declare("Parcels arrive twice", [{"command": "post_message", "text": "Two parcels for one label."}])
    return made


def looked_at(browser: Browser, name: str) -> None:
    """The page in both widths and colours: nothing that axe finds, nothing that scrolls sideways."""
    assert browser.every_look(f"search-{name}") == []


def at_room(browser: Browser, room: str) -> None:
    there = f"/incidents/{room}"
    until(lambda: browser.path.startswith(there), f"to be in {room}", otherwise=lambda: browser.path)


def chosen(browser: Browser) -> str:
    return str(browser.script("return document.querySelector('#found [aria-selected=true]')?.textContent ?? ''"))


def test_the_box_in_the_head_offers_what_is_typed(browser: Browser, room: str) -> None:
    browser.go("/signals")
    browser.keys("/")
    browser.reads("#found", "Words match from their beginning", "is:open")
    browser.shoot("search-box-empty")
    browser.keys("parcel queue")
    browser.reads("#found", "ParcelQueueLag", "Drain the parcel queue", "All that was found")
    assert browser.faults() == []
    browser.shoot("search-box")
    browser.scheme("dark")
    browser.shoot("search-box-dark")
    assert chosen(browser) == ""
    browser.keys(Keys.ARROW_DOWN)
    first = chosen(browser)
    browser.keys(Keys.ARROW_DOWN)
    second = chosen(browser)
    assert first
    assert second not in ("", first)
    browser.keys(Keys.ARROW_UP)
    assert chosen(browser) == first
    browser.keys(Keys.ESCAPE)
    assert browser.script("return document.querySelector('#found').hidden")
    browser.keys(Keys.ARROW_DOWN)
    until(lambda: not browser.script("return document.querySelector('#found').hidden"), "what was found to be back")
    browser.keys(Keys.ARROW_DOWN, Keys.ENTER)
    at_room(browser, room)


def test_a_filter_is_offered_and_goes_on_being_typed(browser: Browser, room: str) -> None:
    browser.go("/people")
    browser.keys("/")
    browser.reads("#found", "is:open")
    browser.keys(Keys.ARROW_DOWN, Keys.ENTER)
    until(lambda: browser.script("return document.querySelector('#find').value") == "is:", "the filter to be typed")
    browser.keys("opne")
    browser.reads("#found", "Did you mean is:open?")
    browser.keys(Keys.BACKSPACE, Keys.BACKSPACE, "en parcels")
    browser.reads("#found", TITLE)
    browser.keys(Keys.ENTER)
    browser.reads("#main", TITLE, "Parcels arrive twice")


def test_in_a_room_the_second_slash_searches(browser: Browser, room: str) -> None:
    browser.go(f"/incidents/{room}")
    browser.keys("/")
    until(lambda: browser.focused.get_attribute("id") == "line", "the line to have the keyboard")
    browser.keys("/")
    until(lambda: browser.focused.get_attribute("id") == "find", "the box to have the keyboard")
    assert browser.script("return document.querySelector('#line').value") == ""
    browser.keys("label")
    browser.reads("#found", "parcels have no label")
    browser.go(f"/incidents/{room}")
    browser.find("#line").click()
    chain = ActionChains(browser.driver, duration=0)
    # Once is the palette of commands.
    chain.key_down(Keys.CONTROL).send_keys("kk").key_up(Keys.CONTROL).perform()
    until(lambda: browser.focused.get_attribute("id") == "find", "the box to have the keyboard")


def test_what_was_found_is_walked_by_keyboard_and_leads_to_the_entry(browser: Browser, room: str) -> None:
    browser.go("/search?q=parcel")
    browser.reads("#main", TITLE, "Written down", "SEV 2", "decision", "theory", "action")
    looked_at(browser, "found")
    browser.width(1440)
    browser.keys("/", Keys.ARROW_DOWN)
    assert "Parcels" in browser.focused.text
    browser.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ESCAPE)
    assert browser.focused.get_attribute("id") == "search-q"
    browser.go('/search?q="have no label"')
    browser.keys("/", Keys.ARROW_DOWN, Keys.ENTER)
    at_room(browser, room)
    assert browser.script("return document.querySelector(':target').textContent").count("4,000 parcels") == 1


def test_an_empty_search_teaches_the_filters(browser: Browser, room: str) -> None:
    browser.go("/search")
    browser.reads("#main", "Narrow it down", "sev:1", "before:2026-11-01", "Begin with one of these")
    looked_at(browser, "empty")
    browser.width(1440)
    browser.click("is:open")
    browser.reads("#main", TITLE)
    browser.go("/search?q=nothingsaysthis")
    browser.reads("#main", "Nothing that you can see says", "Narrow it down")
    looked_at(browser, "nothing")
    browser.go("/search?q=sev:9")
    browser.reads("#main", "One of sev:1")
    looked_at(browser, "wrong")
    # What cannot be a query is answered as such, which the browser notes.
    assert all("400 (Bad Request)" in each for each in browser.wrong())


def test_on_a_narrow_screen_one_touch_leads_to_search(browser: Browser, room: str) -> None:
    browser.width(390)
    browser.go("/signals")
    assert browser.find(".seek-link").is_displayed()
    browser.shoot("search-narrow-head")
    browser.find(".seek-link").click()
    browser.at("/search")
    browser.write("Look for", "parcels twice")
    browser.keys(Keys.ENTER)
    browser.reads("#main", "Parcels arrive twice")
