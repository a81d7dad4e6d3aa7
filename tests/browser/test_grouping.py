"""The grouping rules in a real browser: what a way of grouping does not ask for is not shown, and Return does no harm."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Browser
from tests.browser.install import Install

pytestmark = pytest.mark.peer("chromium", "chromedriver")


def shown(browser: Browser, name: str) -> bool:
    visible: bool = browser.script("return document.querySelector(`[name='${arguments[0]}']`).checkVisibility()", name)
    return visible


def choose(browser: Browser, name: str, value: str) -> None:
    script = "const field = document.querySelector(`[name='${arguments[0]}']`); field.value = arguments[1]; "
    browser.script(script + "field.dispatchEvent(new Event('change', {bubbles: true}))", name, value)


def test_a_rule_is_made_tried_out_and_kept(browser: Browser, install: Install) -> None:
    browser.go("/settings/grouping")
    browser.click("Add a rule")
    browser.reads("#rules", "Declare the incident")
    assert (shown(browser, "by.0"), shown(browser, "hops.0"), shown(browser, "impact.0")) == (True, False, False)
    choose(browser, "group.0", "topology")
    assert (shown(browser, "by.0"), shown(browser, "hops.0"), shown(browser, "window.0")) == (False, True, True)
    choose(browser, "group.0", "separate")
    assert (shown(browser, "by.0"), shown(browser, "hops.0"), shown(browser, "window.0")) == (False, False, False)
    choose(browser, "group.0", "labels")
    browser.click("Declare the incident")
    assert shown(browser, "impact.0")
    browser.write("Name", "only this test")
    browser.write("Speaks of signals where", "nobody=has-this")
    browser.write("Whose values are the same", "nobody")
    browser.find("[name='by.0']").send_keys(Keys.RETURN)
    browser.reads("#seen", "Nothing was changed.")
    assert browser.find("[name='name.0']").get_attribute("value") == "only this test"
    browser.click("Save changes")
    browser.reads("#main", "Kept as version 1.")
    browser.lacks("#main", "not tried out")
    browser.click("Remove", within="#rule-0")
    browser.reads("#rules", "No rule yet")
    browser.click("Save changes")
    browser.reads("#main", "Kept as version 2.", "not tried out")
