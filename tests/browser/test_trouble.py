"""A record that cannot be written, as a person in the room sees it: told in plain words, nothing typed is lost, and the
band goes away by itself."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.browser.install import Install
from tests.browser.patience import until
from tests.peers import require_peer

pytestmark = pytest.mark.peer("chromium", "chromedriver")
TYPED = "The database is back since 03:20"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Install]:
    """An install of the test's own, which gets into trouble and may say so."""
    require_peer("chromium")
    with Install(tmp_path / "own") as install:
        install.expecting = "record"
        yield install


def test_trouble_is_said_calmly_and_clears_by_itself(own: Install, shots: Path, tmp_path: Path) -> None:
    room = own.declare("UK customers cannot check out")
    with Browser(tmp_path / "profile", shots) as page:
        page.sign_in(own, "ana@example.com")
        page.go(f"/incidents/{room}")
        page.reads("#timeline", "Incident declared")
        assert page.script("return document.getElementById('trouble').hidden")
        _soft, hard = resource.prlimit(own.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (1, hard))
        page.say(TYPED)
        page.reads("#notices", "The record cannot be written just now", "Nothing was written")
        until(lambda: page.find("#trouble").is_displayed(), "the band")
        assert "cannot be written just now" in page.text("#trouble")
        assert page.script("return document.getElementById('line').value") == TYPED
        for width in (1440, 390):
            page.width(width)
            page.shoot(f"trouble-{width}")
        assert page.faults() == []
        resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (hard, hard))
        until(lambda: page.script("return document.getElementById('trouble').hidden"), "the band to go away")
        # What was kept is sent now with one key.
        page.say("")
        page.reads("#timeline", TYPED)
        page.wrong()
