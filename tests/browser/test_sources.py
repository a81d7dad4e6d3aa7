"""A sender's pages in a real browser: a mapping tried while it is typed, a test sent and cleared, silence come in live."""

import json

from tests.browser.chromium import NARROW, Browser
from tests.browser.install import Install

BODY = '{"alert": {"name": "Disk full on db-1", "state": "BAD"}}'


def test_a_mapping_is_tried_while_it_is_typed(browser: Browser, install: Install) -> None:
    install.source("mapped-live", "generic")
    browser.go("/settings/sources/mapped-live/mapping")
    browser.reads("#mapped", "Put a body here")
    browser.write("A body, as JSON", BODY)
    browser.reads("#fault-title", "Nothing stands at title")
    browser.write("Title", "alert.")
    browser.reads("#fault-title", "no path")
    browser.write("Title", "alert.name")
    browser.reads("#mapped", "Disk full on db-1", "firing")
    browser.lacks("#fault-title", "path")
    browser.write("State", "alert.state")
    browser.reads("#fault-status", "'BAD' is not among the words")
    browser.write("Its words for the state", "BAD = resolved")
    browser.reads("#mapped", "Disk full on db-1", "resolved")
    assert browser.script("return document.querySelector('[name=title]').value") == "alert.name", "typed words stay"
    assert browser.faults() == []
    assert browser.overflow() == []
    browser.scheme("dark")
    assert browser.faults("color-contrast") == []
    browser.width(NARROW)
    assert browser.overflow() == []
    browser.shoot("mapping-narrow")
    browser.click("Keep this mapping")
    browser.at("/settings/sources/mapped-live")
    browser.reads("main", "By a mapping", "alert.name")


def test_a_test_is_sent_and_cleared_away(browser: Browser, install: Install) -> None:
    install.source("tested-live", "grafana")
    browser.go("/settings/sources/tested-live")
    browser.click("Send a test")
    browser.reads("#test-result", "recorded", "room")
    browser.click("Clear it away")
    browser.reads("#test-result", "Cleared away")
    (item,) = install.get("/api/v1/signals", q="tested-live")["items"]
    assert (item["triage"], item["verdict"]) == ("done", "false_alarm")


def test_silence_comes_into_the_inbox_and_goes_by_itself(browser: Browser, install: Install) -> None:
    made = json.loads(install.shell("source", "create", "quiet-live", "--json"))
    browser.go("/signals")
    install.post("/api/v1/sources/quiet-live/expect", every_s=10)
    browser.reads("#inbox", "quiet-live", "has been silent")
    assert browser.faults() == []
    install.shell("source", "test", "quiet-live")
    browser.lacks("#inbox", "has been silent")
    assert made["name"] == "quiet-live"


def test_somebody_reports_with_a_telephone(browser: Browser, install: Install) -> None:
    made = json.loads(install.shell("source", "create", "customers-live", "--kind", "report", "--json"))
    browser.width(NARROW)
    browser.go(made["urls"]["form"].removeprefix(install.url))
    assert not browser.script(
        "return document.querySelector('[name=homepage]').checkVisibility({checkOpacity: true}) && document.querySelector('[name=homepage]').getBoundingClientRect().right > 0"
    )
    browser.write("What can you not do?", "I cannot log in since the update")
    browser.click("Within the last hour")
    browser.write("How can we reach you?", "x@example.com")
    browser.click("Send it")
    browser.reads("main", "Thank you", "R-")
    assert browser.faults() == []
    (item,) = install.get("/api/v1/signals", q="customers-live")["items"]
    assert (item["kind"], item["labels"]["since"]) == ("report", "within the last hour")
