"""The profile in a real browser: tables that are read, a change that is seen before it is made, clocks in the strip."""

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Browser
from tests.browser.install import Install

pytestmark = pytest.mark.peer("chromium", "chromedriver")
HERE = "/settings/profile"


@pytest.fixture
def house(install: Install) -> Iterator[Install]:
    """An install whose profile is as before afterwards: the others go by it too."""
    yield install
    install.shell("profile", "set", "sre-15")


def looked_at(browser: Browser, name: str) -> None:
    """The page in both widths and colours: nothing that axe finds, nothing that scrolls sideways."""
    assert browser.every_look(f"profile-{name}") == []


def test_a_profile_is_tried_out_and_gone_by(browser: Browser, house: Install) -> None:
    browser.go(HERE)
    browser.reads("#main", "In force: SRE, a team of 15", "Roles called for")
    looked_at(browser, "read")
    browser.find("button[value='try:itil-50']").click()
    browser.reads("#main", "Trying out: ITIL, a team of 50", "Nothing was changed yet", "Service levels")
    looked_at(browser, "tried")
    browser.write("Why", "The contract")
    browser.click("Go by it")
    browser.reads("#main", "Kept as version", "In force: ITIL, a team of 50", "The contract")


def test_the_strip_shows_clocks_where_times_are_promised(browser: Browser, house: Install) -> None:
    plain = house.declare("Nobody can pay", [{"command": "set_severity", "severity": "SEV1"}])
    browser.go(f"/incidents/{plain}")
    browser.reads("#panel-strip", "Comms lead")
    browser.lacks("#panel-strip", "promised")
    looked_at(browser, "strip-sre")
    house.shell("profile", "set", "itil-50")
    promised = house.declare("Nobody can pay", [{"command": "set_severity", "severity": "SEV1"}])
    browser.go(f"/incidents/{promised}")
    browser.reads("#panel-strip", "left respond by", "left restore by", "Customer liaison")
    looked_at(browser, "strip-itil")
    browser.say("/join")
    browser.reads("#panel-strip", "in time responded")
