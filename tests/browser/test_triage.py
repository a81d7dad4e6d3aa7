"""Triage by one key, by mouse and by touch: the frame, the verdicts, several at once, filters, and the way back."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.install import Install
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")


def _item(install: Install, title: str) -> dict[str, object]:
    (found,) = [each for each in install.get("/api/v1/signals", q=title)["items"] if each["title"] == title]
    item: dict[str, object] = found
    return item


def _is(install: Install, title: str, triage: str, verdict: str | None) -> None:
    until(
        lambda: (_item(install, title)["triage"], _item(install, title)["verdict"]) == (triage, verdict),
        f"{title} to be {triage} {verdict}",
        otherwise=lambda: _item(install, title),
    )


def _begin(page: Browser, install: Install, name: str, count: int) -> list[str]:
    """So many signals of a service of their own, and the inbox that shows only them, the newest first."""
    titles = [f"{name} {number}" for number in range(count)]
    for title in titles:
        install.signal(title, service=name)
    page.go(f"/signals?service={name}")
    page.reads("#inbox", *titles)
    return titles[::-1]


def _frame(page: Browser) -> str:
    return page.text("#inbox .signal.current .row p")


def test_one_key_judges_and_one_key_takes_it_back(browser: Browser, install: Install) -> None:
    page = browser
    first, second, third, fourth = _begin(page, install, "keys", 4)
    assert _frame(page) == first
    page.keys("j", "j", "k")
    assert _frame(page) == second
    page.keys("f")
    _is(install, second, "done", "false_alarm")
    # The frame goes to what has taken its place, and the way back is a key.
    until(lambda: _frame(page) == third, "the frame to move on", otherwise=lambda: _frame(page))
    page.reads("#notices", "Judged false alarm")
    page.shoot("triage-undo")
    assert page.faults(within="#notices") == []
    page.keys("u")
    _is(install, second, "open", None)
    page.reads("#inbox #waiting-t", "4")
    kinds = [event["kind"] for event in install.events(str(_item(install, second)["stream"]))]
    assert kinds[-2:] == ["signal_triaged", "judgement_withdrawn"]
    page.keys("n")
    _is(install, third, "done", "noise")
    until(lambda: _frame(page) == fourth, "the frame to move on", otherwise=lambda: _frame(page))
    page.keys("s")
    _is(install, fourth, "done", "slow_burn")
    assert _item(install, fourth)["owner"] == "owner@localhost"
    assert _item(install, fourth)["look_again_at"] is not None
    page.write("Why?", "It flaps", "#notices")
    page.keys(Keys.ENTER)
    until(lambda: _item(install, third)["reason"] == "It flaps", "the reason to be kept")


def test_an_incident_by_mistake_and_a_duplicate(browser: Browser, install: Install) -> None:
    page = browser
    other = install.declare("What the duplicates belong to")
    first, second = _begin(page, install, "wrongkey", 2)
    room = _item(install, first)["stream"]
    page.keys("i")
    page.at(f"/incidents/{room}")
    page.reads("#notices", "Judged an incident")
    page.keys("u")
    page.at("/signals")
    _is(install, first, "open", None)
    assert install.incident(str(room))["status"] == "triage"

    page.go("/signals?service=wrongkey")
    page.reads("#inbox", first, second)
    page.keys("d")
    titles = page.script("return [...document.querySelectorAll('#inbox .current .same .btn')].map((e) => e.innerText)")
    page.shoot("triage-duplicate")
    page.keys(str(titles.index("What the duplicates belong to") + 1))
    until(lambda: _item(install, first)["stream"] == other, "the signal to be moved")
    page.reads("#notices", "Judged duplicate of")
    page.keys("u")
    until(lambda: _item(install, first)["stream"] == room, "the signal to be put back")
    _is(install, first, "open", None)


def test_several_at_once_are_one_incident(browser: Browser, install: Install) -> None:
    page = browser
    first, second, third = _begin(page, install, "storm", 3)
    page.keys("x", "j", "x")
    page.reads(".marked-count", "2 marked")
    page.shoot("triage-marked")
    assert page.faults() == []
    page.keys("n")
    _is(install, first, "done", "noise")
    _is(install, second, "done", "noise")
    page.reads("#notices", "2 signals judged noise")
    page.keys("u")
    _is(install, first, "open", None)
    _is(install, second, "open", None)
    page.reads("#waiting-t", "3")
    for title in (first, second, third):
        page.script("document.querySelector(`[aria-label='Mark: ${arguments[0]}']`).click()", title)
    page.click("One incident", "#together")
    room = str(_item(install, first)["stream"])
    page.at(f"/incidents/{room}")
    streams = {str(_item(install, title)["stream"]) for title in (first, second, third)}
    assert streams == {room}
    assert install.incident(room)["status"] == "declared"


def test_filters_stand_in_the_address_and_stay_live(browser: Browser, install: Install) -> None:
    page = browser
    _begin(page, install, "filtered", 2)
    page.lacks("#waiting-t + .filters", "keys 1")
    assert page.script("return document.querySelector('.filter[aria-current]').innerText").startswith("filtered")
    install.signal("Another of those", service="filtered")
    install.signal("None of those", service="elsewhere")
    page.reads("#inbox", "Another of those", "not shown by the filter")
    page.lacks("#inbox", "None of those")
    page.go("/signals?q=another+of&service=filtered")
    page.reads("#waiting-t", "1")
    page.keys("/")
    assert page.focused.get_attribute("id") == "find"
    page.go("/signals?service=nobody-has-this")
    page.reads("#inbox", "Nothing that waits is shown by this filter")


def test_on_a_telephone_nothing_needs_a_key(browser: Browser, install: Install) -> None:
    page = browser
    first, *_ = _begin(page, install, "thumb", 2)
    page.width(NARROW, 844)
    id = _item(install, first)["id"]
    page.shoot("triage-narrow")
    assert page.overflow() == []
    page.click("Noise", f"#signal-{id}")
    _is(install, first, "done", "noise")
    page.click("Undo", "#notices")
    _is(install, first, "open", None)
    page.click("False alarm", f"#signal-{id}")
    _is(install, first, "done", "false_alarm")
    page.go("/signals?service=thumb")
    page.click(f"Take back: {first}")
    _is(install, first, "open", None)
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        page.shoot(f"triage-narrow-{scheme}")
        assert page.faults() == []
    page.width(WIDE)
    page.shoot("triage-wide-dark")
