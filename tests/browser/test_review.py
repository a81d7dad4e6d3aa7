"""The end of an incident and its review in a real browser: by mouse, by typing, live for somebody else who looks."""

import pytest

from tests.browser.chromium import NARROW, Browser
from tests.browser.conftest import COLLEAGUE
from tests.browser.install import Install

pytestmark = pytest.mark.peer("chromium", "chromedriver")

ENDED = [
    {"command": "join"},
    {"command": "propose_intervention", "text": "Roll back checkout", "expected": "orders succeed", "rollback": "redeploy"},
    {"command": "start_intervention", "intervention": "I1"},
    {"command": "observe_intervention", "intervention": "I1", "outcome": "helped"},
    {"command": "add_shim", "text": "v411 pinned", "intervention": "I1"},
    {"command": "mark_mitigated", "by": "I1"},
]  # fmt: skip


def test_the_end_by_mouse(browser: Browser, install: Install) -> None:
    page = browser
    room = install.declare("The end by mouse", ENDED)
    page.go(f"/incidents/{room}")
    page.reads("#panel-shims", "v411 pinned", "Roll back checkout")
    page.click("Watch for 30 min", "#panel-closing")
    page.reads("#panel-closing", "Watching", "left")
    page.click("Undo", "#shim-S1")
    page.write("What should be seen, and by when?", "deploys pass", "#undo-S1")
    page.click("Begin to undo it", "#undo-S1")
    page.reads("#panel-shims", "being undone")
    undo = install.incident(room)["interventions"][1]
    assert (undo["state"], undo["expected"]) == ("started", "deploys pass")
    page.click("Let them go", "#panel-closing .going")
    page.lacks("#panel-closing", "Who can go?")
    install.do(room, "resolve", understood="yes", text="A typo")
    page.reads("#panel-closing", "Not undone", "S1", "the watch is still on")
    page.click("Review", "#panel-closing")
    page.at(f"/incidents/{room}/review")


def test_a_review_by_mouse_and_by_typing_is_live_for_others(
    browser: Browser, colleague: Browser, install: Install
) -> None:
    room = install.declare("The review", [*ENDED, {"command": "resolve", "understood": "partly", "text": "A race?"}])
    for page in (browser, colleague):
        page.go(f"/incidents/{room}/review")
    page = browser
    page.reads("#panel-learnt", "Here is what the record already shows", "It is only partly understood: A race?")
    page.click("A mystery: It is only partly understood: A race?", "#panel-learnt")
    colleague.reads("#panel-learnt", "Mysteries", "F1")
    page.write("How are you, what do you need, who should take over?", "Tired, but fine", "#check-in")
    page.click("Check in", "#check-in")
    colleague.reads("#panel-recovery", "Tired, but fine")
    page.click("Mark", "#moment-3")
    page.write("Why does it matter?", "Here it began", "#moment-3")
    page.click("Mark", "#mark-form-3")
    colleague.reads("#moment-3", "Here it began")
    page.say("/believed 3 It was the vendor")
    colleague.say("/believed 3 It was our release")
    page.reads("#moment-3", "It was the vendor", "It was our release", "accounts differ")
    page.say("/join")
    colleague.reads("#panel-recovery", "of work")
    page.say("/finding owner pressed the wrong button")
    page.reads("#notices", "It names")
    colleague.reads("#panel-learnt", "owner pressed the wrong button", "What made it easy to go wrong")
    page.click("None follows", "#panel-actions")
    colleague.reads("#panel-actions", "No action follows")
    page.click("Give it to…", "#panel-sharing")
    page.write("People and teams, with commas between", COLLEAGUE, "#do-share")
    page.click("Give it", "#do-share")
    colleague.reads("#panel-sharing", "not yet")
    colleague.click("I have read it", "#panel-sharing")
    page.reads("#panel-sharing", "read")
    page.shoot("review")
    assert page.faults() == []
    page.width(NARROW, 844)
    assert page.overflow() == []
    assert page.faults() == []
    page.shoot("review-narrow")
