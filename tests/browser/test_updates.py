"""The editor of updates in a real browser: what changed at a click, words looked at while one types, a word on leaving."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Browser
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")

SHEET = "#do-update"
HISTORY = [
    {"command": "set_severity", "severity": "SEV1"},
    {"command": "state_impact", "text": "UK customers cannot pay by card."},
    {"command": "assign_role", "role": "communications_lead", "person": "leila@example.com"},
    {"command": "propose_hypothesis", "text": "v412 breaks UK addresses"},
    {"command": "propose_intervention", "text": "Roll back checkout to v411", "rollback": "redeploy"},
    {"command": "start_intervention", "intervention": "I1"},
]


def room_of(browser: Browser, install: Install) -> str:
    """A room with something to tell, open in the browser."""
    room = install.declare("UK cards are declined", HISTORY)
    browser.go(f"/incidents/{room}")
    browser.click("Write an update", "#panel-updates")
    browser.reads(SHEET, "Changed since it began", "Roll back checkout to v411")
    return room


def updates(install: Install, room: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = install.incident(room)["updates"]
    return found


def looked_at(browser: Browser, name: str) -> None:
    """The page in both widths and colours: nothing that axe finds, nothing that scrolls sideways."""
    assert browser.every_look(f"update-{name}") == []


def test_what_leaves_the_house_is_looked_at_and_goes_with_a_reason(browser: Browser, install: Install) -> None:
    room = room_of(browser, install)
    assert browser.field("What can they not do?", SHEET).get_attribute("value") == "UK customers cannot pay by card."
    browser.click("Roll back checkout to v411", SHEET)
    browser.reads("#update-words", "Inside word", "v411")
    browser.write("What are we doing?", " It failed due to a bad deploy by an engineer.", SHEET)
    browser.reads("#update-words", "Cause not supported", "Blame", "before it leaves")
    looked_at(browser, "words")
    browser.act(lambda: browser.find("#update-words [data-select=doing]"), browser.hit, "show it in the text")
    assert browser.script("return document.activeElement.name") == "doing"
    assert browser.script("return getSelection().toString() || document.activeElement.selectionEnd") != ""
    browser.click("Send it", SHEET)
    browser.reads("#update-held", "Not sent yet", "flagged")
    looked_at(browser, "held")
    assert updates(install, room) == []
    browser.write("Why does it go all the same?", "The press has it already", SHEET)
    browser.click("Send all the same", SHEET)
    browser.reads("#panel-updates", "Customers", "sent though flagged")
    (update,) = updates(install, room)
    assert update["reason"] == "The press has it already"
    assert {"blame", "unsupported_cause"} <= set(update["flagged"])  # type: ignore[call-overload]  # a list of codes
    until(lambda: not browser.find(SHEET).is_displayed(), "the sheet to close")
    assert browser.wrong() == []


def test_words_for_one_audience_wait_while_another_is_told(browser: Browser, install: Install) -> None:
    room = room_of(browser, install)
    browser.write("What are we doing?", " We look.", SHEET)
    browser.click("support", SHEET)
    browser.write("What do callers see?", "Cards are declined, bank transfers work.", SHEET)
    browser.click("customers", SHEET)
    browser.reads(SHEET, "What can they not do?")
    assert browser.field("What are we doing?", SHEET).get_attribute("value") == " We look."
    browser.click("support", SHEET)
    browser.reads(SHEET, "What do callers see?")
    browser.click("Send it", SHEET)
    browser.reads("#panel-updates", "Support", "bank transfers work")
    (update,) = updates(install, room)
    assert (update["audience"], update["draft"]) == ("support", False)


def test_a_draft_is_handed_over_written_anew_and_sent(browser: Browser, install: Install) -> None:
    room = room_of(browser, install)
    browser.click("identified", SHEET)
    browser.click("Use the usual words", SHEET)
    browser.reads("#update-words", "A place that you meant to fill")
    browser.click("Hand it over", SHEET)
    browser.write("What do they have to know?", "Legal has not seen it.", SHEET)
    browser.click("Hand over", SHEET)
    browser.reads("#panel-updates", "Draft for customers", "Legal has not seen it.")
    (draft,) = updates(install, room)
    assert (draft["to"], draft["draft"], draft["state"]) == ("leila@example.com", True, "identified")
    browser.click("Approve and send", "#panel-updates")
    browser.reads("#notices", "Not sent yet", "Vague")
    looked_at(browser, "approve")
    browser.click("Change the words", "#notices")
    browser.reads("#update-editor", "This takes the place of the draft U1", "Legal has not seen it.")
    browser.script("document.querySelector('#update-form [name=doing]').value = ''")
    browser.write("What are we doing?", "We are undoing a change.", "#update-editor")
    browser.reads("#update-words", "Nothing stands out")
    browser.click("Send it", "#update-editor")
    browser.reads("#panel-updates", "We are undoing a change.")
    first, second = updates(install, room)
    assert (first["replaced_by"], second["draft"], second["audience"]) == ("U2", False, "customers")


def test_by_keyboard_alone(browser: Browser, install: Install) -> None:
    room = room_of(browser, install)
    browser.type("What are we doing?", "We are undoing a change.", SHEET)
    # Past what we need of them, when they hear next and the headline, each one stop.
    browser.keys(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB)
    assert browser.focused.text == "Send it"
    browser.keys(Keys.ENTER)
    browser.reads("#panel-updates", "We are undoing a change.")
    browser.click("Write an update", "#panel-updates")
    browser.reads(SHEET, "You begin from it")
    browser.type("What do we need of them?", "Please pay by bank transfer.", SHEET)
    keys = ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL)
    keys.perform()
    browser.reads("#panel-updates", "Please pay by bank transfer.")
    assert [update["draft"] for update in updates(install, room)] == [False, False]


def test_the_command_bar_asks_too(browser: Browser, install: Install) -> None:
    room = room_of(browser, install)
    browser.keys(Keys.ESCAPE)
    browser.say("/update customers Cards fail due to AWS next 30m")
    browser.reads("#notices", "Not sent yet", "Cause not supported")
    assert updates(install, room) == []
    browser.write("Why does it go all the same?", "They said so themselves", "#notices")
    browser.click("Send all the same", "#notices")
    browser.reads("#panel-updates", "Cards fail due to AWS", "sent though flagged")
    until(lambda: "Not sent yet" not in browser.text("#notices"), "the word to go")


def test_the_editor_as_a_page_of_its_own(browser: Browser, install: Install) -> None:
    room = install.declare("UK cards are declined", HISTORY)
    browser.go(f"/incidents/{room}/updates/leadership")
    browser.reads("#main", "What does it mean for the business?", "Changed since it began")
    browser.write("What does it mean for the business?", " A third of UK orders is lost.", "#main")
    looked_at(browser, "page")
    browser.click("Send it", "#main")
    until(lambda: browser.path == f"/incidents/{room}", "the room again")
    assert [update["audience"] for update in updates(install, room)] == ["leadership"]
