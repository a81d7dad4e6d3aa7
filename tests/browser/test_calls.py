"""Being called: it rings on whatever page the person has open, and one click answers. And a room full of work, looked at.

What the server promises of pages is tested in tests/http/test_paging.py; here a real browser is called.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.conftest import COLLEAGUE
from tests.browser.install import Install
from tests.browser.patience import until
from tests.browser.test_served_pages import WORKED

pytestmark = pytest.mark.peer("chromium", "chromedriver")


# Where everything stands on the page, but for the ring itself.
PLACES = """
return [...document.querySelectorAll("nav.top *, main, main *")]
  .map((e) => e.getBoundingClientRect()).map((r) => [Math.round(r.left), Math.round(r.top)]);
"""


# What a click would reach in the corner of the call, and the same in the moment in which a call comes.
UNDER_THE_HAND = "return document.elementFromPoint(1300, innerHeight - 110)?.closest('#ring, #work')?.id"
CALL_OVER_THE_WORK = f"""
document.getElementById("ring").innerHTML = '<div class="ringing"><p>You are called</p></div>'.repeat(3);
{UNDER_THE_HAND}
"""


def page_state(install: Install, room: str, id: str = "P1") -> str:
    pages = {page["id"]: page for page in install.incident(room)["pages"]}
    return str(pages[id]["state"])


def test_a_call_rings_on_any_page_and_one_click_answers(browser: Browser, colleague: Browser, install: Install) -> None:
    room = install.declare("Checkout is down")
    colleague.go("/people")
    until(lambda: colleague.script("return Boolean(document.getElementById('stream')._htmx?.sse?.reader)"), "a stream")
    before = colleague.script(PLACES)
    browser.go(f"/incidents/{room}")
    browser.say(f"/call {COLLEAGUE} We need you for the payments")
    colleague.reads("#ring", "You are called", "We need you for the payments", "Checkout is down")
    # It floats: nothing that was under the hand has moved.
    assert before
    assert colleague.script(PLACES) == before
    until(lambda: colleague.script("return document.title").startswith("You are called"), "the title to say so")
    until(lambda: page_state(install, room) == "shown", "the page to be shown")
    colleague.shoot("called")
    colleague.width(NARROW)
    assert colleague.overflow() == []
    assert colleague.faults() == []
    colleague.shoot("called-narrow")
    colleague.width(WIDE)
    browser.reads("#panel-pages", "nobody has been reached", "rings")
    # Another page that is opened now holds it already.
    colleague.go("/settings" if colleague.path == "/none" else "/signals")
    colleague.reads("#ring", "We need you for the payments")
    colleague.click("I have heard it", "#ring")
    until(lambda: page_state(install, room) == "acknowledged", "the page to be answered")
    until(lambda: not colleague.script("return document.querySelector('.ringing') !== null"), "the ring to end")
    browser.reads("#panel-pages", "all reached")


def test_whoever_says_that_another_heard_is_asked_how_they_know(browser: Browser, install: Install) -> None:
    room = install.declare("Checkout is down")
    install.do(room, "page", person="ravi@demo.example", text="Is the adapter yours?")
    install.do(room, "acknowledge_page", page="P1")
    form = "#heard-form-P1"
    for px, name in ((NARROW, "heard-how-narrow"), (WIDE, "heard-how")):
        browser.width(px)
        browser.go(f"/incidents/{room}")
        browser.reads("#panel-pages", "nobody has been reached", "says that they heard")
        browser.click("They have heard it", "#panel-pages")
        until(lambda: browser.find(form).is_displayed(), "the field for how they know")
        browser.script("document.getElementById('page-P1').scrollIntoView({block: 'center'})")
        assert browser.overflow() == []
        assert browser.faults() == []
        browser.shoot(name)
    browser.click("Say so", form)
    assert page_state(install, room) == "waiting"
    browser.write("How do you know?", "He called me back", form)
    browser.click("Say so", form)
    until(lambda: page_state(install, room) == "acknowledged", "the page to be answered")
    browser.reads("#panel-pages", "all reached")


def test_a_click_reaches_what_stood_there_before_the_call_came(looker: Browser) -> None:
    looker.width(WIDE)
    looker.go("/incidents/worked")
    assert looker.script(CALL_OVER_THE_WORK) == "work"
    until(lambda: looker.script(UNDER_THE_HAND) == "ring", "the call to take clicks")


def test_a_room_full_of_work(browser: Browser, install: Install) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=12)).isoformat()
    room = install.declare("UK customers cannot check out", WORKED)
    for command, fields in (
        ("state_priority", {"text": "Weekend campaign mail at 20:00", "owner": "ines@demo.example", "until": soon}),
        ("open_workstream", {"name": "Alpha: checkout", "lead": "tomasz@demo.example", "limit": "roll back"}),
        ("assign_task", {"person": "leila@demo.example", "text": "Watch the p99", "due_s": 600, "workstream": "W1"}),
        ("assign_task", {"person": "me", "text": "Ask support for two customers who try"}),
        ("state_unknown", {"text": "How many orders in Ireland", "person": "ines@demo.example", "by": soon}),
        (
            "decide",
            {"text": "Roll back to v411", "alternatives": ["wait"], "unknown": "Ireland", "objections_asked": True},
        ),
        ("hold", {"until": soon, "text": "I1 settles"}),
        ("escalate", {"text": "One more graph", "look_again_at": soon}),
        ("add_inbound", {"kind": "report", "text": "31 tickets: stuck after the address", "from": "Support"}),
        ("add_inbound", {"kind": "question", "text": "What did it cost?", "from": "Marcus"}),
        ("take_inbound", {"inbound": "Q2"}),
        ("look", {"panel": "checkout success", "shown": "0.31"}),
        ("page", {"person": "ravi@demo.example", "text": "Is the adapter yours?"}),
    ):
        install.do(room, command, **fields)
    for px, name in ((WIDE, "work"), (NARROW, "work-narrow")):
        browser.width(px)
        browser.go(f"/incidents/{room}")
        browser.reads("#panel-inbound", "31 tickets")
        assert browser.faults() == []
        assert browser.overflow() == []
        browser.shoot(name)
    browser.width(NARROW, 5_000)
    browser.shoot("work-tall")
    browser.width(WIDE)
    browser.script("document.getElementById('do-more').showPopover()")
    browser.shoot("do-more")
    for sheet in (
        "do-page",
        "do-task",
        "do-decide",
        "do-hold",
        "do-escalate",
        "do-unknown",
        "do-inbound",
        "do-priority",
    ):
        browser.script(f"document.getElementById('{sheet}').showPopover()")
        assert browser.faults(within=f"#{sheet}") == []
    browser.shoot("do-priority")
    browser.script("document.getElementById('do-priority').hidePopover()")
    browser.click("I take it", "#inbound-Q1")
    browser.reads("#inbound-Q1", "You")
    browser.click("Report", "#task-T2")
    browser.write("What came of it?", "Two of two can order", "#task-T2")
    browser.act(lambda: browser.find("#task-T2 form button"), lambda button: button.click(), "report")
    until(lambda: install.incident(room)["tasks"][1]["state"] == "reported", "the report")
