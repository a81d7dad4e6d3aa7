"""An empty install in the real Chromium: from the printed link to a board with a team, a sender and a call that rang."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.install import environment
from tests.browser.patience import until

pytestmark = pytest.mark.peer("chromium", "chromedriver")
GOOD = "four calm herons waiting"


class Fresh:
    """`watchroom serve` on an empty folder, and the link that it printed."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "watchroom", "serve", "--port", "0", "--data", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self.process.stdout.readline()
        self.link = self.process.stdout.readline().strip().removeprefix(self.url)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    made = Fresh(tmp_path / "data")
    with made.process:
        yield made
        made.process.terminate()


def look(page: Browser, name: str, found: dict[str, list[str]]) -> None:
    """What is amiss with the page wide and narrow."""
    for width in (NARROW, WIDE):
        page.width(width)
        if amiss := [*page.faults(), *page.overflow()]:
            found[f"{name} {width}"] = amiss


def test_somebody_who_has_read_nothing_is_set_up(fresh: Fresh, shots: Path, tmp_path: Path) -> None:
    found: dict[str, list[str]] = {}
    with Browser(tmp_path / "profile", shots) as page:
        page.base = fresh.url
        page.go("/sign-in")
        page.reads("main", "Nobody has an account yet", "watchroom user link owner@localhost")
        page.go(fresh.link)
        page.click("Begin")
        page.reads("main h1", "Set up Watchroom")
        look(page, "account", found)
        page.write("Your name", "Ana Meyer")
        page.write("E-mail", "ana@example.com")
        page.write("Password", "anaanaanaana")
        page.click("Make my account")
        page.reads("#step-account", "among the first that somebody would guess")
        assert page.wrong(), "a refused form is a 400"
        page.write("Password", GOOD)
        page.click("Make my account")
        page.reads("#step-account summary", "Ana Meyer")
        page.write("Team", "payments")
        page.click("Make the team")
        page.reads("#step-team summary", "payments")
        page.write("E-mails", "bo@example.com\nkim@example.com")
        page.click("Invite them")
        page.reads("#step-people", "A link for bo@example.com", "A link for kim@example.com", "2 besides you")
        look(page, "links", found)
        page.click("Go on", "#step-people")
        page.reads("#step-sender", "Waiting for the first signal")
        look(page, "sender", found)
        address = page.script("return document.getElementById('try-curl').textContent").split()[1]
        # A first try that is wrong leaves the lines where they are, for another.
        assert httpx.post(address, content=b"[").status_code == 400
        page.go("/setup")
        page.reads("#step-sender", "Waiting for the first signal", address)
        assert httpx.post(address, json={"title": "Hello from my shell"}).status_code == 200
        page.reads("#setup-sender", "Heard", "Hello from my shell")
        page.click("Go on", "#step-sender")
        page.click("Ring me", "#step-ring")
        page.reads("#ring", "This is a test call")
        page.reads("#rang", "It rings, at the top of this page")
        look(page, "ringing", found)
        page.click("I see it")
        page.reads("main h1", "Ready")
        look(page, "ready", found)
        page.click("To the board", "main form")
        until(lambda: page.path == "/", "the board")
        page.lacks("nav", "Set-up")
        page.go("/settings/audit")
        page.reads(
            "main", "A test call rang for", "Invited kim@example.com as responder", "The team payments", "127.0.0.1"
        )
        look(page, "audit", found)
        page.click("Sign out", "nav")
        page.write("E-mail", "ana@example.com")
        page.write("Password", GOOD)
        page.click("Sign in", "main")
        until(lambda: page.path == "/", "the board again")
        assert page.wrong() == []
    assert found == {}


def test_every_part_can_be_put_off(fresh: Fresh, shots: Path, tmp_path: Path) -> None:
    with Browser(tmp_path / "profile", shots) as page:
        page.base = fresh.url
        page.go(fresh.link)
        page.click("Begin")
        for step in ("account", "team", "people", "sender", "ring"):
            page.click("Later", f"#step-{step}")
            page.reads(f"#step-{step} summary", "later")
        page.go("/")
        page.reads("nav", "Set-up")
        page.reads("main", "All quiet")
        page.go("/setup?at=team")
        page.write("Team", "payments")
        page.click("Make the team")
        page.reads("#step-team summary", "payments")
        page.click("That is all for now")
        until(lambda: page.path == "/", "the board")
        page.lacks("nav", "Set-up")
