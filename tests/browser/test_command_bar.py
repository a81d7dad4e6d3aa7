"""The command bar in Chromium: every part completes by arrows and by mouse, explains itself, and comes back.

From the preview's content: what a line does to a room is tested elsewhere; here it is what a hand meets.
"""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.patience import until
from tests.web.preview import Preview
from watchroom.web.command_bar.line import COMPLETIONS

pytestmark = pytest.mark.peer("chromium", "chromedriver")


@pytest.fixture
def page(looker: Browser, preview: Preview) -> Iterator[Browser]:
    """The room in the middle of its work. What goes wrong on the page fails the test."""
    looker.width(WIDE)
    looker.scheme("light")
    preview.forget()
    looker.wrong()
    looker.go("/incidents/worked")
    yield looker
    assert looker.wrong() == []
    looker.script("sessionStorage.clear()")
    looker.go("/people")


def _value(page: Browser) -> str:
    return str(page.script("return document.getElementById('line').value"))


def _sets_off(page: Browser, part: str) -> None:
    marked = "return document.querySelector('#hint mark')?.innerText ?? ''"
    until(lambda: page.script(marked) == part, f"{part} to be set off", otherwise=lambda: page.script(marked))


def _sent(preview: Preview, count: int) -> None:
    until(lambda: len(preview.posted) == count, f"{count} lines to be sent")


def _offered(page: Browser, line: str, *words: str) -> None:
    """Type a line into the empty bar and wait until these words are offered."""
    page.script("const l = document.getElementById('line'); l.value = ''; l.focus()")
    page.keys(line)
    page.reads("#above", *words)


OFFERED = (
    ("/evi", ("/evidence H1 for|against TEXT", "what speaks for or against it")),
    ("/hypothesis", ("/theory TEXT",)),
    ("/evidence ", ("H1", "PayPort is slow")),
    ("/evidence H1 ", ("for", "against")),
    ("/task ", ("me", "yourself", "Tomasz Kowal")),
    ("/task Tomasz Kowal look at it ", ("by 10m|14:30", "workstream=")),
    ("/task tomasz look by ", ("10m", "in 10 min", "1h")),
    ("/hold 23:5", ("/hold", "until when")),
    ("/hold 04:00", ("04:00", "in ")),
    ("/call pay", ("payments", "a team")),
    ("/own ", ("mitigation",)),
    ("/sev 2 ", ("because WHY", "impact=", "urgency=")),
    ("/impact UK cannot pay services=ch", ("checkout",)),
    ("/impact UK cannot pay services=checkout,se", ("search",)),
    ("/impact UK cannot pay since=", ("10m", "ago")),
    ("/declare x urgency=", ("low", "medium", "high")),
    ("/mark ", ("Theory H1", "a moment that matters")),
    ("/close review ines ", ("tomorrow",)),
    ("/resolve ", ("yes", "partly", "no", "it is over; is it understood?")),
    ("/join ", ("say that you are here", "Enter sends it")),
)


def test_each_part_is_offered_and_explained(page: Browser) -> None:
    for line, words in OFFERED:
        _offered(page, line, *words)


def test_the_part_that_is_typed_is_set_off(page: Browser) -> None:
    for line, part in (
        ("/task ", "WHO"),
        ("/task me ", "TEXT"),
        ("/task me look by ", "[by 10m|14:30]"),
        ("/try roll back | ", "[| EXPECTED]"),
        ("/try roll back | errors gone | ", "[| WAY BACK]"),
        ("/handover comms ines they ", "[BRIEF]"),
        ("/impact x share=", "share="),
    ):
        _offered(page, line)
        _sets_off(page, part)


def test_a_command_is_put_together_by_mouse_alone(page: Browser, preview: Preview) -> None:
    page.click("All commands")
    page.reads("#palette", "Page somebody", "Find out why")
    page.shoot("palette")
    page.act(lambda: page.find("#palette-ack"), page.hit, "choose a command")
    assert _value(page) == "/ack "
    page.reads("#options", "T1")
    page.act(lambda: page.find("#option-0"), page.hit, "choose a task")
    assert _value(page).startswith("/ack T")
    page.click("Send")
    until(lambda: preview.posted, "the line to be sent")


def test_every_command_is_in_the_palette_once(page: Browser) -> None:
    page.click("All commands")
    names = page.script("return [...document.querySelectorAll('#palette [role=option]')].map((e) => e.dataset.name)")
    assert sorted(names) == sorted(each.name for each in COMPLETIONS)
    assert page.faults(within="#palette") == []


def test_the_palette_by_keyboard(page: Browser) -> None:
    page.keys(Keys.ESCAPE)
    page.script("document.body.focus()")
    page.script(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true, cancelable: true}))"
    )
    until(page.find("#palette").is_displayed, "the palette")
    page.keys("customers hurt")
    page.reads("#palette-list", "no longer", "again")
    page.keys(Keys.ARROW_DOWN, Keys.ENTER)
    until(lambda: _value(page) == "/returned ", "the command in the line", otherwise=lambda: _value(page))
    assert page.script("return document.activeElement.id") == "line"
    page.keys(Keys.ESCAPE)
    page.click("All commands")
    page.keys("zzzz")
    page.reads("#palette", "No command does that")
    page.keys(Keys.ESCAPE)


def test_what_was_sent_comes_back_with_the_arrow_up(page: Browser, preview: Preview) -> None:
    for count, line in enumerate(("looking", "/theory PayPort is slow"), 1):
        page.say(line)
        _sent(preview, count)
    page.keys("half")
    page.keys(Keys.ARROW_UP)
    assert _value(page) == "/theory PayPort is slow"
    page.keys(Keys.ARROW_UP, Keys.ARROW_UP)
    assert _value(page) == "looking"
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert _value(page) == "half"
    page.go("/incidents/worked")
    page.script("document.getElementById('line').focus()")
    page.keys(Keys.ARROW_UP)
    assert _value(page) == "/theory PayPort is slow"


def test_what_is_removed_for_ever_does_not_come_back(page: Browser, preview: Preview) -> None:
    page.say("the password is hunter2")
    until(lambda: preview.posted, "the line to be sent")
    page.script("""
        document.getElementById('timeline').insertAdjacentHTML('beforeend', '<article class="ev k-redacted"></article>');
        document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
        document.getElementById('line').focus();
    """)
    page.keys(Keys.ARROW_UP)
    assert _value(page) == ""
    assert "hunter2" not in page.script("return JSON.stringify({...sessionStorage})")


def test_a_refused_line_is_not_lost_to_whoever_types_on(page: Browser, preview: Preview) -> None:
    page.say("/teory v412")
    page.reads("#notices", "There is no command /teory")
    assert _value(page) == "/teory v412"
    assert [line for line in page.wrong() if "400" not in line] == []


def test_on_a_telephone_the_palette_and_the_parts_are_whole(page: Browser) -> None:
    page.width(NARROW, 844)
    page.go("/incidents/worked")
    page.click("All commands")
    page.shoot("palette-narrow")
    page.act(lambda: page.find("#palette-task"), page.hit, "choose a command")
    page.reads("#above", "WHO", "Tomasz Kowal")
    page.shoot("parts-narrow")
    assert page.overflow() == []
    box = page.script(
        "const r = document.getElementById('above').getBoundingClientRect(); return [r.left, r.right, r.top]"
    )
    assert box[0] >= 0
    assert box[1] <= NARROW
    assert box[2] >= 0
