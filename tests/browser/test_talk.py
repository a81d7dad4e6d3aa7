"""Talking in the room, by two people in two browsers: who is meant is lit, answers, edits, links, pins, filters, what is
new since one looked, and what completes while one types.
"""

from base64 import b64encode

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.conftest import COLLEAGUE, OWNER
from tests.browser.install import Install
from tests.browser.patience import until
from tests.web.pictures import SECRET, png, png_chunk

pytestmark = pytest.mark.peer("chromium", "chromedriver")


def last(install: Install, room: str, kind: str = "message_posted") -> int:
    """The number of the room's last event of this kind."""
    return int([event["seq"] for event in install.events(room) if event["kind"] == kind][-1])


def said(page: Browser, install: Install, room: str, line: str) -> int:
    """Say it, wait until it stands there; its number."""
    before = len(install.events(room))
    page.say(line)
    until(lambda: len(install.events(room)) > before, f"{line!r} to be recorded")
    seq = last(install, room)
    page.reads(f"#e-{seq}", f"#{seq}")
    return seq


def holds(page: Browser, expression: str, what: str) -> None:
    """Wait until this is so in the page."""
    until(lambda: page.script(f"return {expression}"), what)


def menu(page: Browser, seq: int, words: str) -> None:
    """Choose something from an entry's menu."""
    page.click(f"Entry #{seq}", f"#e-{seq}")
    until(lambda: page.find("#do-line").is_displayed(), "the entry's menu to open")
    page.act(lambda: page.within("#do-line", f".//button[.//b[normalize-space()='{words}']]"), page.hit, words)


def test_two_people_talk(browser: Browser, colleague: Browser, install: Install) -> None:
    room = install.declare("They talk")
    for page in (browser, colleague):
        page.go(f"/incidents/{room}")
        page.reads("#timeline", "They talk")
    asked = said(browser, install, room, f"@{COLLEAGUE} is it the cache? :fire: see #1")
    colleague.reads(f"#e-{asked}", "is it the cache? \N{FIRE}")
    lit = "return document.querySelector(arguments[0]).classList.contains('meant-me')"
    until(lambda: colleague.script(lit, f"#e-{asked}"), "it to be lit for whoever is meant")
    assert not browser.script(lit, f"#e-{asked}")
    assert browser.script(f"return document.querySelector('#e-{asked} .md a.ref').getAttribute('href')") == "#e-1"

    menu(colleague, asked, "Reply")
    colleague.reads("#answering", f"Answers #{asked}", "is it the cache?")
    colleague.shoot("talk-1-answering")
    answered = said(colleague, install, room, "No, the idnex")
    assert install.events(room)[answered - 1]["data"]["reply_to"] == asked
    until(lambda: not colleague.find("#answering").is_displayed(), "the next message to answer nothing")
    browser.reads(f"#e-{answered} .re", f"#{asked}", "is it the cache?")

    menu(colleague, answered, "Edit")
    until(lambda: colleague.script("return document.activeElement.value") == "No, the idnex", "the words to be there")
    install.do(room, "post_message", text="Something comes in meanwhile.")
    colleague.reads("#timeline", "Something comes in meanwhile.")
    field = "return document.querySelector('.editing textarea').value"
    assert colleague.script(field) == "No, the idnex"
    colleague.shoot("talk-2-editing")
    assert colleague.faults(within="#room") == []
    colleague.write("Your message in other words", "No, the index", ".editing")
    colleague.click("Save", ".editing")
    for page in (browser, colleague):
        page.reads(f"#e-{answered}", "No, the index", "edited")
        holds(page, "!document.querySelector('.editing')", "the form to go")
    browser.act(
        lambda: browser.find(f"#e-{answered} .was summary"), lambda summary: summary.click(), "open the history"
    )
    browser.reads(f"#e-{answered} .was", "No, the idnex")
    colleague.click(f"Entry #{asked}", f"#e-{asked}")
    until(lambda: colleague.find("#do-line").is_displayed(), "the menu to open")
    assert "Edit" not in colleague.text("#do-line")
    colleague.keys(Keys.ESCAPE)


def test_pins_stand_above_and_can_be_taken_down(browser: Browser, colleague: Browser, install: Install) -> None:
    room = install.declare("Pinned")
    for page in (browser, colleague):
        page.go(f"/incidents/{room}")
        page.reads("#timeline", "Pinned")
    seq = said(browser, install, room, "The runbook is at https://example.com/runbook")
    menu(browser, seq, "Pin")
    browser.reads("#do-pin", "Why does it matter?")
    browser.write("Why does it matter?", "The runbook", "#do-pin")
    browser.click("Pin it", "#do-pin")
    for page in (browser, colleague):
        page.reads("#panel-pins", "Pinned", f"#{seq}", "The runbook")
        page.reads(f"#e-{seq}", "runbook")
        holds(page, f"document.querySelector('#e-{seq} .pin') !== null", "the entry's sign")
    browser.shoot("talk-3-pinned")
    assert browser.faults() == []
    browser.width(NARROW)
    browser.shoot("talk-3-pinned-narrow")
    assert browser.overflow() == []
    browser.width(WIDE)
    browser.click(f"Take the pin at #{seq} down", "#panel-pins")
    for page in (browser, colleague):
        holds(page, "document.querySelector('#panel-pins').hidden", "the strip to go")


def test_filters_hold_while_more_comes_in_and_stand_in_the_address(browser: Browser, install: Install) -> None:
    room = install.declare("Filtered")
    install.do(room, "post_message", text="first words")
    browser.go(f"/incidents/{room}")
    browser.act(lambda: browser.find("#line"), lambda line: line.send_keys("half a sente"), "type")
    browser.click("Decided", "#shows")
    browser.lacks("#timeline", "first words")
    browser.reads("#timeline", "Incident declared")
    assert browser.path == f"/incidents/{room}?show=decisions"
    assert browser.script("return document.getElementById('line').value") == "half a sente"
    install.do(room, "post_message", text="more words")
    install.do(room, "decide", text="Roll back now")
    browser.reads("#timeline", "Roll back now")
    assert "more words" not in browser.text("#timeline")
    browser.shoot("talk-4-filtered")
    assert browser.faults() == []
    browser.go(f"/incidents/{room}?show=speech")
    browser.reads("#timeline", "first words", "more words")
    assert "Roll back now" not in browser.text("#timeline")
    browser.click("Alerts", "#shows")
    browser.reads("#room", "Nothing of this kind yet")
    browser.click("All", "#shows")
    browser.reads("#timeline", "first words", "more words", "Roll back now")
    assert browser.path == f"/incidents/{room}"
    browser.script("history.back()")
    browser.reads("#room", "Nothing of this kind yet")
    events = [int(event["seq"]) for event in install.events(room)]
    browser.script("history.forward()")
    until(lambda: browser.entries() == events, "every entry once", otherwise=lambda: str(browser.entries()))


def test_a_link_leads_to_an_entry_that_is_not_on_the_page(browser: Browser, install: Install) -> None:
    room = install.declare("Long ago")
    install.do(room, "post_message", text="where it began")
    seq = last(install, room)
    for number in range(230):
        install.do(room, "post_message", text=f"message {number}")
    install.do(room, "post_message", text=f"as said in #{seq}")
    browser.go(f"/incidents/{room}")
    browser.reads("#timeline", "as said in")
    assert browser.script(f"return document.getElementById('e-{seq}')") is None
    browser.click(f"#{seq}", "#timeline")
    browser.reads(f"#e-{seq}", "where it began")
    browser.go("/people")
    browser.go(f"/incidents/{room}#e-{seq}")
    browser.reads(f"#e-{seq}", "where it began")


def test_what_is_new_since_one_looked(browser: Browser, install: Install) -> None:
    room = install.declare("Looked away")
    browser.go(f"/incidents/{room}")
    browser.reads("#timeline", "Looked away")
    assert not browser.find("#unread").is_displayed()
    browser.go("/people")
    install.do(room, "post_message", text="while you were away")
    install.do(room, "post_message", text=f"@{OWNER} look at this")
    browser.go(f"/incidents/{room}")
    browser.reads("#unread", "2 new since you looked · 1 for you")
    seq = last(install, room) - 1
    assert browser.script("return [...document.querySelectorAll('.first-new')].map((e) => e.id)") == [f"e-{seq}"]
    browser.shoot("talk-5-unread")
    assert browser.faults() == []
    browser.click("2 new since you looked · 1 for you", "#shows")
    browser.go(f"/incidents/{room}")
    browser.reads("#timeline", "while you were away")
    assert not browser.find("#unread").is_displayed()


def test_people_entries_and_emoji_complete(browser: Browser, install: Install) -> None:
    room = install.declare("Completes")
    install.do(room, "post_message", text="the first thing said")
    browser.go(f"/incidents/{room}")
    browser.reads("#timeline", "the first thing said")
    line = "return document.getElementById('line').value"

    def complete(typed: str, offered: str, whole: str) -> None:
        browser.act(lambda: browser.find("#line"), lambda field: field.send_keys(typed), f"type {typed!r}")
        browser.reads("#options", offered)
        browser.keys(Keys.TAB)
        until(lambda: browser.script(line).endswith(whole), f"{whole!r}", otherwise=lambda: str(browser.script(line)))

    complete("look @comma", "whoever has the role", "@commander ")
    complete(f"#{last(install, room)}", "the first thing said", f"#{last(install, room)} ")
    # The list of emoji is asked for by the first colon; a further letter finds it there.
    browser.act(lambda: browser.find("#line"), lambda field: field.send_keys(":fi"), "type")

    def offered() -> bool:
        browser.keys("r")
        found = ":fire:" in browser.text("#options")
        if not found:
            browser.keys(Keys.BACKSPACE)
        return found

    until(offered, "emoji to be offered")
    browser.shoot("talk-6-completes")


PASTE = """
const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], arguments[1], {type: arguments[2]}));
const event = new Event("paste", {bubbles: true, cancelable: true});
Object.defineProperty(event, "clipboardData", {value: data});
document.getElementById("line").dispatchEvent(event);
"""


def test_a_pasted_image_is_described_and_shown_to_both(browser: Browser, colleague: Browser, install: Install) -> None:
    room = install.declare("With a picture")
    for page in (browser, colleague):
        page.go(f"/incidents/{room}")
        page.reads("#timeline", "With a picture")
    picture = b64encode(png(320, 180, png_chunk(b"tEXt", SECRET))).decode()
    browser.script(PASTE, picture, "shot.png", "image/png")
    browser.reads("#tray", "What does it show?")
    holds(browser, "document.querySelector('#tray img')?.naturalWidth === 320", "the picture in the tray")
    browser.write("What does it show?", "Errors climb from 14:02", "#tray")
    browser.shoot("talk-7-picture")
    assert browser.faults(within=".cmd") == []
    browser.width(NARROW)
    assert browser.overflow() == []
    browser.shoot("talk-7-picture-narrow")
    browser.width(WIDE)
    browser.click("Send", ".cmd")
    for page in (browser, colleague):
        shown = "document.querySelector('#timeline .pics img')"
        holds(page, f"{shown}?.naturalWidth === 320", "the picture in the timeline")
        assert page.script(f"return {shown}.alt") == "Errors climb from 14:02"
    colleague.shoot("talk-8-shown")
    assert colleague.faults(within="#room") == []
    holds(browser, "document.getElementById('tray').hidden", "the tray to be empty")
    browser.script(PASTE, b64encode(b"<svg/>").decode(), "evil.png", "image/png")
    browser.reads("#notices", "no picture that is taken here", "Send a PNG, JPEG, GIF or WebP")
    holds(browser, "document.getElementById('tray').hidden", "the tray to be empty")
    # The browser says rightly that this one was refused.
    assert [line for line in browser.wrong() if "400" not in line] == []
