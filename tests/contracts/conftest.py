"""Fixtures of the contract suites: every test with `log` or `store` runs once for each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.stores import DURABLE, STORES, Opened, opened
from watchroom.record.log import Log


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Each store in turn."""
    with opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture
def log(store: Opened) -> Log:
    """An empty log of each store in turn."""
    return store.open()


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Each store that keeps its data when closed, and that queues its writes."""
    with opened(request.param, tmp_path) as store:
        yield store
