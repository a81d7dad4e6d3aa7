"""A page that is left open: two people see the same, and nothing is lost, doubled or disturbed by what happens to
the network, the window, the many tabs or the server.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser import course
from tests.browser.chromium import Browser
from tests.browser.conftest import OWNER
from tests.browser.install import Install
from tests.browser.patience import until
from tests.browser.wire import Wire
from watchroom.base.clock import WallClock, rfc3339

pytestmark = pytest.mark.peer("chromium", "chromedriver")

# What a browser's console rightly says of a server that cannot be reached.
UNREACHABLE = ("net::ERR_", "htmx:sse:error", "htmx: htmx:error", "503 (Service Unavailable)")


def unexpected(page: Browser) -> list[str]:
    """What went wrong, apart from the network that the test took away."""
    return [line for line in page.wrong() if not any(word in line for word in UNREACHABLE)]


def write_much(install: Install, room: str) -> None:
    """Thirty messages, and facts that change every panel."""
    for number in range(10):
        install.do(room, "post_message", text=f"message {3 * number}")
        install.do(room, "post_message", text=f"message {3 * number + 1}")
        install.do(room, "post_message", text=f"message {3 * number + 2}")
        install.do(room, "propose_hypothesis", text=f"theory {number}")
    install.do(room, "propose_intervention", text="Roll back")
    install.do(room, "start_intervention", intervention="I1")
    install.do(room, "set_severity", severity="SEV2")
    install.do(room, "post_update", audience="customers", impact="Some cannot pay.", next_at="2030-01-01T00:00:00Z")
    slip = next(event for event in install.events(room) if event["kind"] == "message_posted")
    install.do(room, "retract", seq=slip["seq"])


def begin_words(page: Browser) -> None:
    """Type in two places and send neither; the focus stays in the command bar."""
    page.open_seat("technical_lead")
    page.write("Ask somebody", "tomasz@", "#role-technical_lead")
    page.act(lambda: page.find("#line"), lambda line: line.send_keys("half a sente"), "type")
    page.script("document.getElementById('line').setSelectionRange(3, 5)")


def words_are_kept(page: Browser) -> None:
    """What was typed, and the focus, are as they were."""
    line = "const l = document.activeElement; return [l.id, l.value, l.selectionStart, l.selectionEnd]"
    assert page.script(line) == ["line", "half a sente", 3, 5]
    assert page.script("return document.querySelector('#give-technical_lead [name=person]').value") == "tomasz@"


def test_two_browsers_see_the_same_over_a_cut_network(browser: Browser, colleague: Browser, install: Install) -> None:
    room = install.declare("Two watch one room")
    install.do(room, "post_message", text="to be taken back")
    with Wire(install.url) as wire:
        colleague.base = wire.url
        try:
            for page in (browser, colleague):
                page.go(f"/incidents/{room}")
            colleague.say("Is anybody there?")
            browser.reads("#timeline", "Is anybody there?")
            begin_words(browser)
            begin_words(colleague)

            wire.cut()
            colleague.offline(True)
            until(colleague.find("#lost").is_displayed, "the page to say that it is cut off")
            write_much(install, room)
            seqs = [event["seq"] for event in install.events(room)]
            browser.until_entries(seqs)
            words_are_kept(browser)
            assert len(colleague.entries()) < len(seqs)
            words_are_kept(colleague)

            colleague.offline(False)
            wire.mend()
            colleague.until_entries(seqs)
            until(lambda: not colleague.find("#lost").is_displayed(), "the page to be back")
            words_are_kept(colleague)
            colleague.script("document.activeElement.value = ''; document.activeElement.form.reset()")
            for page in (browser, colleague):
                course.same_as_fresh(page, install)
        finally:
            colleague.offline(False)
            colleague.base = install.url
            colleague.go("/people")
            assert unexpected(colleague) == []


def test_a_hidden_page_goes_on_and_says_so_in_its_title(browser: Browser, install: Install) -> None:
    room = install.declare("Nobody looks")
    browser.go(f"/incidents/{room}")
    browser.reads("#timeline", "Incident declared")
    with browser.hidden():
        install.do(room, "post_message", text="one")
        install.do(room, "post_message", text="two")
        until(lambda: "(2) Nobody looks" in browser.driver.title, "the title to count")
        browser.reads("#timeline", "one", "two")
        soon = rfc3339(WallClock().now() + timedelta(seconds=2))
        install.do(room, "post_update", audience="customers", impact="x", next_at=soon)
        until(lambda: browser.driver.title.startswith("Update late"), "the title to warn")
    until(
        lambda: "(" not in browser.driver.title, "the title to have been seen", otherwise=lambda: browser.driver.title
    )


def test_eight_tabs_of_one_session_all_follow(browser: Browser, install: Install) -> None:
    rooms = [install.declare(f"Room {number}") for number in range(8)]
    with browser.tabs(8) as tabs:
        for tab, room in zip(tabs, rooms, strict=True):
            browser.driver.switch_to.window(tab)
            browser.go(f"/incidents/{room}")
            browser.reads("#timeline", "Incident declared")
        for news in ("first news", "second news"):
            for room in rooms:
                install.do(room, "post_message", text=news)
            for tab, room in zip(tabs, rooms, strict=True):
                browser.driver.switch_to.window(tab)
                browser.reads("#timeline", news)
                browser.until_entries([event["seq"] for event in install.events(room)])
                assert not browser.find("#lost").is_displayed()
        for tab, room in zip(tabs, rooms, strict=True):
            browser.driver.switch_to.window(tab)
            browser.say(f"said in {room}")
            browser.reads("#timeline", f"said in {room}")
            assert browser.wrong() == []


def test_an_open_page_outlives_a_restart_of_the_server(browser: Browser, install: Install) -> None:
    room = install.declare("The server goes")
    browser.go(f"/incidents/{room}")
    begin_words(browser)
    install.stop()
    until(browser.find("#lost").is_displayed, "the page to say that it is cut off")
    install.start()
    write_much(install, room)
    browser.until_entries([event["seq"] for event in install.events(room)])
    until(lambda: not browser.find("#lost").is_displayed(), "the page to be back")
    words_are_kept(browser)
    browser.script("document.activeElement.value = ''; document.activeElement.form.reset()")
    browser.say("still signed in")
    browser.reads("#timeline", "still signed in")
    assert unexpected(browser) == []
    course.same_as_fresh(browser, install)


def test_a_page_notices_that_its_connection_died_without_a_word(shots: Path, tmp_path: Path, chromium: Browser) -> None:
    """A dead access point closes nothing: the signs of life stop, and the page says so and comes back by itself."""
    with (
        Install(tmp_path / "install", heartbeat_s=0.5) as install,
        Browser(tmp_path / "profile", shots) as page,
        Wire(install.url) as wire,
    ):
        room = install.declare("The access point dies")
        page.sign_in(install, OWNER)
        page.base = wire.url
        page.go(f"/incidents/{room}")
        page.reads("#timeline", "Incident declared")
        wire.hush()
        install.do(room, "post_message", text="said meanwhile")
        until(page.find("#lost").is_displayed, "the page to notice the silence")
        assert "said meanwhile" not in page.find("#timeline").text
        wire.mend()
        page.reads("#timeline", "said meanwhile")
        until(lambda: not page.find("#lost").is_displayed(), "the page to be back")
        page.until_entries([event["seq"] for event in install.events(room)])
        assert unexpected(page) == []


def test_a_refused_line_and_a_refused_form_keep_their_words(browser: Browser, install: Install) -> None:
    room = install.declare("Words are kept")
    browser.go(f"/incidents/{room}")
    browser.say("/evidence H9 for something long that nobody types twice")
    browser.reads("#notices", "There is no theory H9 here")
    until(
        lambda: browser.script("return document.getElementById('line').value").endswith("nobody types twice"),
        "the words to be back in the line",
        deadline_s=5,
    )
    browser.click("Write an update", "#panel-updates")
    browser.write("What are we doing?", "A long careful sentence", "#do-update")
    # The command as another version of the page would name it.
    browser.script("document.querySelector('#do-update [name=command]').value = 'post_updates'")
    browser.click("Send it", "#do-update")
    browser.reads("#notices", "There is no command 'post_updates'")
    assert browser.find("#do-update").is_displayed()
    assert browser.script("return document.querySelector('#do-update [name=doing]').value") == "A long careful sentence"
    assert [line for line in browser.wrong() if "400 (Bad Request)" not in line and "409 (Conflict)" not in line] == []
