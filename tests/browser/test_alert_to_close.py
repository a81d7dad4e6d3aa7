"""A real alert from a real Prometheus through a real Alertmanager, taken to its close by a person in Chromium.

Then it fires again, and the closed incident is opened again. Nothing is reloaded in between.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import course
from tests.browser.chromium import Browser
from tests.browser.install import Install
from tests.browser.patience import until
from tests.peer_alerting import Gauge, alertmanager, prometheus

pytestmark = pytest.mark.peer("chromium", "chromedriver", "prometheus", "alertmanager")

ALERT = "CheckoutErrorBudgetBurn"


@pytest.fixture
def gauge() -> Iterator[Gauge]:
    with Gauge() as gauge:
        yield gauge


@pytest.fixture
def alerting(install: Install, gauge: Gauge, tmp_path: Path) -> Iterator[None]:
    """A Prometheus that watches the gauge, and its Alertmanager, which tells Watchroom."""
    webhook = f"{install.url}/in/{install.source('production', 'alertmanager')}/api/v1/signals/alertmanager"
    with (
        alertmanager(tmp_path / "alertmanager", webhook) as hands_on,
        prometheus(tmp_path / "prometheus", gauge, ALERT, hands_on.url),
    ):
        until(lambda: gauge.scrapes, "the first scrape")
        yield


def test_a_real_alert_is_taken_to_its_close_and_comes_back(
    alerting: None, gauge: Gauge, browser: Browser, colleague: Browser, install: Install
) -> None:
    page = browser
    page.go("/signals")
    colleague.go("/signals")
    page.script("window.sameDocument = true")

    gauge.value = 0.31
    page.reads("#inbox", ALERT, "firing", "31% of the orders from <UK> fail & nobody knows why.")
    page.shoot("1-inbox")
    assert page.script("return window.sameDocument")
    signal = install.get("/api/v1/signals", q=ALERT)["items"][0]
    room = signal["stream"]

    page.click("Incident", f"#signal-{signal['id']}")
    page.at(f"/incidents/{room}")
    page.script("window.sameDocument = true")
    page.shoot("2-declared")
    course.take_command(page)
    course.rate(page)
    course.investigate(page)
    course.say_impact(page)
    course.tell_customers(page)
    course.hand_over(page, "tomasz@demo.example")
    course.intervene(page)
    page.shoot("3-worked")
    course.mitigate(page)
    page.reads(f"#signal-{signal['id']}", "firing")

    gauge.value = 0.0
    page.reads(f"#signal-{signal['id']}", "resolved")
    page.shoot("4-mitigated")
    course.resolve_and_close(page)
    page.shoot("5-closed")
    kinds = [event["kind"] for event in install.events(room)]
    assert sorted(kinds) == sorted(
        ["room_opened", "signal_recorded", "signal_triaged", "signal_resolved", *course.FACTS]
    )

    gauge.value = 0.44
    page.reads("#panel-reopening", "It fired again", ALERT)
    colleague.reads(f"#signal-{signal['id']}", "firing", "Incident")
    page.shoot("6-offered")
    waiting = install.get("/api/v1/signals", q=ALERT)["items"][0]["stream"]
    assert waiting != room
    page.click("Reopen this one", "#panel-reopening")
    page.reads(f"#signal-{signal['id']}", "firing")
    page.reads("#panel-strip", "Not resolved")
    page.shoot("7-reopened")
    assert page.script("return window.sameDocument")

    incident = install.incident(room)
    assert (incident["status"], incident["reopened"], incident["reopening"]) == ("mitigated", 1, [])
    assert [one["state"] for one in incident["signals"]] == ["firing"]
    (item,) = install.get("/api/v1/signals", q=ALERT)["items"]
    assert (item["stream"], item["triage"], item["state"]) == (room, "done", "firing")
    assert install.incident(waiting)["status"] == "dismissed"
    kinds = [event["kind"] for event in install.events(room)]
    assert (kinds.count("incident_reopened"), kinds.count("signal_recorded")) == (1, 2)
    course.same_as_fresh(page, install)
    assert "holds together" in install.shell("incident", "verify")


def test_a_prometheus_may_send_straight_to_watchroom(
    gauge: Gauge, install: Install, browser: Browser, tmp_path: Path
) -> None:
    key = install.source("straight", "alertmanager")
    with prometheus(tmp_path / "prometheus", gauge, "StraightFromPrometheus", f"{install.url}/in/{key}"):
        browser.go("/signals")
        gauge.value = 0.2
        browser.reads("#inbox", "StraightFromPrometheus", "firing")
        (signal,) = install.get("/api/v1/signals", q="StraightFromPrometheus")["items"]
        gauge.value = 0.0
        browser.reads(f"#signal-{signal['id']}", "resolved")
