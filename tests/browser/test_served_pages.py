"""The pages as the real server serves them: nothing inaccessible, nothing that the policy forbids, nothing too wide.

What each page looks like in every state is the preview's matter (test_pages); here the server's own headers, content
and errors are met.
"""

import pytest

from tests.browser.chromium import Browser
from tests.browser.install import Install

pytestmark = pytest.mark.peer("chromium", "chromedriver")

WORKED = (
    {"command": "assign_role", "role": "incident_commander", "person": "me"},
    {"command": "assign_role", "role": "technical_lead", "person": "tomasz@demo.example", "limit": "roll back"},
    {"command": "set_severity", "impact": "many", "urgency": "high"},
    {"command": "state_impact", "text": "UK customers cannot pay", "share_low": 0.2, "share_high": 0.4},
    {"command": "post_message", "text": "Looking. `checkout` says:\n```\nnull postcode\n```"},
    {"command": "propose_hypothesis", "text": "v412 breaks UK addresses"},
    {"command": "add_evidence", "hypothesis": "H1", "direction": "for", "text": "only in v412"},
    {"command": "propose_hypothesis", "text": "PayPort is slow"},
    {"command": "set_hypothesis", "hypothesis": "H2", "state": "ruled_out", "reason": "p99 is normal"},
    {"command": "propose_intervention", "text": "Roll back", "expected": "above 0.95", "rollback": "redeploy"},
    {"command": "start_intervention", "intervention": "I1"},
    {
        "command": "post_update",
        "audience": "customers",
        "impact": "Some cannot pay.",
        "next_at": "2030-01-01T00:00:00Z",
    },
)
MITIGATED = (
    {"command": "observe_intervention", "intervention": "I1", "outcome": "helped", "text": "0.97"},
    {"command": "mark_mitigated", "by": "I1"},
)
CLOSED = (
    {"command": "resolve", "understood": "partly", "text": "null postcode"},
    {"command": "close", "review": "required", "owner": "ana@demo.example", "due_at": "2030-01-01T00:00:00Z"},
)


def offered(install: Install) -> str:
    """A closed incident whose signal fires again."""
    room = install.signal("BasketsVanish", service="checkout")
    (signal,) = install.get("/api/v1/signals", q="BasketsVanish")["items"]
    install.post(f"/api/v1/signals/{signal['id']}/triage", verdict="incident")
    for command in (*WORKED, *MITIGATED, *CLOSED):
        install.post(f"/api/v1/incidents/{room}/commands", **command)
    install.signal("BasketsVanish", status="resolved")
    install.signal("BasketsVanish", service="checkout")
    return room


def test_every_page_is_clean(browser: Browser, install: Install) -> None:
    worked = install.declare("UK customers cannot check out", WORKED)
    mitigated = install.declare("Search is slow", (*WORKED, *MITIGATED))
    closed = offered(install)
    pages = {
        "board": "/",
        "inbox": "/signals",
        "room-worked": f"/incidents/{worked}",
        "room-mitigated": f"/incidents/{mitigated}",
        "room-offered": f"/incidents/{closed}",
        "people": "/people",
        "settings": "/settings",
        "grouping": "/settings/grouping",
        "services": "/settings/services",
        "categories": "/settings/categories",
        "patterns": "/patterns",
        "error": "/incidents/none-such",
    }
    found: dict[str, list[str]] = {}
    for name, path in pages.items():
        browser.go(path)
        amiss = browser.every_look(f"page-{name}")
        wrong = [line for line in browser.wrong() if not (name == "error" and "404 (Not Found)" in line)]
        found |= {name: amiss + wrong} if amiss + wrong else {}
    assert found == {}


def test_the_doors_are_clean(browser: Browser, install: Install) -> None:
    cookies = browser.driver.get_cookies()
    link = install.sign_in_link("new@demo.example").removeprefix(install.url)
    try:
        browser.driver.delete_all_cookies()
        found: dict[str, list[str]] = {}
        for name, path in {"sign-in": "/sign-in", "sign-in-link": link, "signed-out": "/"}.items():
            browser.go(path)
            amiss = browser.every_look(f"page-{name}")
            found |= {name: amiss} if amiss else {}
        assert browser.path == "/sign-in"
        assert found == {}
    finally:
        for cookie in cookies:
            browser.driver.add_cookie(cookie)
