"""Removing an entry's text for ever by a click: who may, what it says, by keyboard and on a telephone, and how it goes in
another browser that looks at it.
"""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import NARROW, Browser
from tests.browser.conftest import OWNER
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")

SECRET = "hunter2-correct-horse"


def said(install: Install, room: str, text: str = f"The password is {SECRET}.") -> int:
    """The number of a message with the text."""
    install.do(room, "post_message", text=text)
    return int(install.events(room)[-1]["seq"])


def entry(seq: int) -> str:
    return f"#e-{seq}"


def ready(page: Browser, room: str, seq: int) -> None:
    page.go(f"/incidents/{room}")
    page.reads("#timeline", f"#{seq}")


def gone(page: Browser, seq: int) -> None:
    """The words are nowhere in the page, also not where nobody sees them; who removed them and why is."""
    page.reads(entry(seq), "Redacted", "removed what stood here", "A password.")
    until(lambda: SECRET not in page.script("return document.documentElement.outerHTML"), "the words to be gone")
    assert page.script("return [...document.querySelectorAll('input')].every((i) => !i.value.includes('hunter2'))")


def test_it_goes_in_two_browsers_and_says_who_removed_it_and_why(
    browser: Browser, colleague: Browser, install: Install
) -> None:
    room = install.declare("A secret was pasted")
    seq = said(install, room)
    for page in (browser, colleague):
        ready(page, room, seq)
        page.reads(entry(seq), SECRET)
    browser.click(f"Entry #{seq}", entry(seq))
    browser.reads("#do-line", f"Entry #{seq}", SECRET, "Remove this text for ever")
    browser.shoot("redact-1-line")
    assert browser.faults(within="#do-line") == []
    browser.click("Remove this text for ever", "#do-line")
    browser.reads("#do-redact", "There is no undo", "Stays", "who wrote it and when", SECRET)
    browser.shoot("redact-2-confirm")
    assert browser.faults(within="#do-redact") == []
    # Not modal: what happens meanwhile is seen, and the sheet stays.
    install.do(room, "post_message", text="Life goes on.")
    browser.reads("#timeline", "Life goes on.")
    assert browser.find("#do-redact").is_displayed()
    browser.click("Remove for ever", "#do-redact")
    assert browser.find("#do-redact").is_displayed(), "a reason is asked for"
    browser.write("Why?", "A password.", "#do-redact")
    browser.click("Remove for ever", "#do-redact")
    for page in (browser, colleague):
        gone(page, seq)
    until(lambda: not browser.find("#do-redact").is_displayed(), "the sheet to shut")
    assert browser.script(f"return document.querySelector('{entry(seq)} .act')") is None
    browser.shoot("redact-3-gone")
    browser.go(f"/incidents/{room}")
    gone(browser, seq)
    assert install.events(room)[seq - 1]["data"] is None


def menu_open(browser: Browser) -> None:
    """An entry's menu opens in a turn of its own; a key pressed before would go on from the entry."""
    until(lambda: browser.find("#do-line").is_displayed(), "the entry's menu to open")


def test_it_works_by_keyboard_and_can_be_left(browser: Browser, install: Install) -> None:
    room = install.declare("By keyboard")
    seq = said(install, room)
    ready(browser, room, seq)
    browser.press(f"Entry #{seq}", entry(seq))
    menu_open(browser)
    browser.press("Remove this text for ever", "#do-line")
    browser.reads("#do-redact", SECRET)
    browser.keys(Keys.ESCAPE)
    until(lambda: not browser.find("#do-redact").is_displayed(), "Escape to shut the sheet")
    quoted = "return document.querySelector('#do-redact [data-line-says]').textContent"
    until(lambda: browser.script(quoted) == "", "the sheet to hold the words no longer")
    until(lambda: browser.script("return document.activeElement.dataset.line") == str(seq), "the focus to come back")
    browser.keys(Keys.ENTER)
    menu_open(browser)
    browser.press("Remove this text for ever", "#do-line")
    until(lambda: browser.script("return document.activeElement.name") == "reason", "the reason to be asked for")
    browser.keys("A password.", Keys.ENTER)
    gone(browser, seq)


def test_on_a_telephone(browser: Browser, install: Install) -> None:
    room = install.declare("On a telephone")
    seq = said(install, room)
    browser.width(NARROW, 844)
    ready(browser, room, seq)
    box = browser.script(
        f"const r = document.querySelector('{entry(seq)} .act').getBoundingClientRect(); return [r.width, r.height]"
    )
    assert min(box) >= 24
    browser.click(f"Entry #{seq}", entry(seq))
    browser.click("Remove this text for ever", "#do-line")
    browser.reads("#do-redact", SECRET)
    browser.shoot("redact-narrow")
    assert browser.overflow() == []
    assert browser.faults(within="#do-redact") == []
    browser.write("Why?", "A password.", "#do-redact")
    browser.click("Remove for ever", "#do-redact")
    gone(browser, seq)
    assert browser.overflow() == []
    browser.shoot("redact-narrow-gone")


def test_what_somebody_else_removes_leaves_the_sheet_too(browser: Browser, install: Install) -> None:
    room = install.declare("Both at once")
    seq = said(install, room)
    ready(browser, room, seq)
    browser.click(f"Entry #{seq}", entry(seq))
    browser.reads("#do-line", SECRET)
    install.do(room, "redact", seq=seq, reason="A password.")
    gone(browser, seq)
    browser.reads("#notices", f"entry #{seq} has just been removed")
    assert not browser.find("#do-line").is_displayed()


def test_only_the_commander_and_admins_are_offered_it(browser: Browser, install: Install) -> None:
    room = install.declare("Who may")
    seq = said(install, room)
    ready(browser, room, seq)
    assert "Remove this text for ever" in menu(browser, seq)
    # As the page is for somebody who is no admin; the rest of the menu is everybody's.
    browser.script("delete document.getElementById('main').dataset.admin")
    assert "Remove this text for ever" not in menu(browser, seq)
    assert "Pin" in menu(browser, seq)
    install.do(room, "assign_role", role="incident_commander", person=OWNER)
    browser.reads("#role-incident_commander", "You")
    assert "Remove this text for ever" in menu(browser, seq)


def menu(browser: Browser, seq: int) -> str:
    """What the menu of an entry offers."""
    browser.click(f"Entry #{seq}", entry(seq))
    menu_open(browser)
    offered = browser.text("#do-line")
    browser.keys(Keys.ESCAPE)
    until(lambda: not browser.find("#do-line").is_displayed(), "the menu to shut")
    return offered
