"""A room is restricted by click while somebody else has it open: their page is emptied and says so; the lock is shown
to those who are in; an admin lets themself in with a reason.
"""

import pytest

from tests.browser.chromium import Browser
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")


def test_shutting_a_room_empties_the_pages_of_those_outside(
    browser: Browser, colleague: Browser, install: Install
) -> None:
    room = install.declare("Somebody signed in as a customer")
    browser.go(f"/incidents/{room}")
    colleague.go(f"/incidents/{room}")
    browser.script("document.getElementById('do-more').showPopover()")
    browser.script("document.querySelector('#do-more [popovertarget=do-restrict]').click()")
    browser.script(
        "const form = document.querySelector('#do-restrict form');"
        "form.elements.people.value = 'me'; form.elements.reason.value = 'It may be one of us';"
        "form.requestSubmit();"
    )
    until(lambda: "It may be one of us" in browser.text("#panel-access"), "the lock to be shown")
    assert browser.faults() == []
    browser.shoot("restricted-inside")
    until(lambda: "This room is restricted now" in colleague.text("body"), "the other page to be emptied")
    assert "signed in as a customer" not in colleague.script("return document.documentElement.outerHTML")
    assert colleague.faults() == []
    colleague.shoot("restricted-outside")
    # The colleague is an admin: they are told that it is there, and may let themselves in, with a reason.
    colleague.go(f"/incidents/{room}")
    colleague.reads("main", "You are not in this room")
    assert all("403" in line for line in colleague.wrong())
    assert colleague.faults() == []
    colleague.script(
        "const form = document.querySelector('main form');"
        "form.elements.reason.value = 'Nobody in it answers'; form.requestSubmit();"
    )
    colleague.reads("#panel-access", "looked in")
    browser.reads("#timeline", "An admin looked in", "Nobody in it answers")
