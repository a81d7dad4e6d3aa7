"""An absent peer skips a test loudly, or fails it where peers are required."""

import pytest

from tests import peers


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> str:
    """A peer that no machine has, and nobody remembers as missing afterwards."""
    monkeypatch.setitem(peers.PROGRAMS, "stethoscope", ("no-such-program-anywhere",))
    monkeypatch.setattr(peers, "missing", set())
    return "stethoscope"


def test_an_absent_peer_skips_and_is_shouted_about(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHROOM_REQUIRE_PEERS", raising=False)
    assert peers.shout() == ""
    with pytest.raises(pytest.skip.Exception, match="apt-get install"):
        peers.require_peer(absent)
    assert absent in peers.shout()
    assert peers.INSTALL in peers.shout()


def test_an_absent_peer_fails_where_peers_are_required(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHROOM_REQUIRE_PEERS", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install"):
        peers.require_peer(absent)


def test_a_misspelled_peer_is_an_error() -> None:
    with pytest.raises(LookupError, match="prometheus"):
        peers.find_peer("promethius")


def test_peers_are_programs_and_all_there_where_they_are_required() -> None:
    found = {name: peers.find_peer(name) for name in peers.PROGRAMS}
    assert all(path.is_file() for path in found.values() if path is not None)
    assert not peers.required() or None not in found.values(), found
