"""One install, two browsers and one Prometheus with its Alertmanager for all tests of this folder.

Where the pictures lie is said at the end of the run.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import WIDE, Browser
from tests.browser.install import Install
from tests.peers import require_peer
from tests.web.preview import Preview
from watchroom.base.clock import WallClock

OWNER, COLLEAGUE = "owner@localhost", "ana@demo.example"
_shots: list[Path] = []


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pictures."""
    _shots.append(tmp_path_factory.mktemp("shots"))
    return _shots[0]


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Install]:
    """The install that the tests share; each keeps to rooms of its own."""
    require_peer("chromium")
    require_peer("chromedriver")
    with Install(tmp_path_factory.mktemp("install")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium(install: Install, shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile"), shots) as browser:
        browser.sign_in(install, OWNER)
        yield browser


@pytest.fixture(scope="session")
def second_chromium(install: Install, shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile"), shots) as browser:
        browser.sign_in(install, COLLEAGUE)
        yield browser


@pytest.fixture(scope="module")
def preview() -> Iterator[Preview]:
    """Pages of the examples, without an install: what only the page itself does is looked at there."""
    with Preview(WallClock().now()) as running:
        yield running


@pytest.fixture(scope="module")
def looker(preview: Preview, shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that looks at the preview."""
    with Browser(tmp_path_factory.mktemp("profile"), shots) as browser:
        browser.base = preview.url
        yield browser


def _tidy(browser: Browser) -> Iterator[Browser]:
    browser.width(WIDE)
    browser.scheme("light")
    browser.wrong()
    yield browser
    assert browser.wrong() == []
    browser.go("/people")


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The owner's browser. A test in which anything went wrong on a page fails, unless it asked what and took it."""
    yield from _tidy(chromium)


@pytest.fixture
def colleague(second_chromium: Browser) -> Iterator[Browser]:
    """Another person's browser, watched in the same way."""
    yield from _tidy(second_chromium)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says where the pictures are."""
    for folder in _shots:
        terminalreporter.write_line(f"screenshots: {folder}")
