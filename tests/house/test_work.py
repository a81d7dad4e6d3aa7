"""Each kind of fact of a room has decided whether it is work: what it took of people is counted by nothing else."""

import pytest

from watchroom.incident.incident import ROOM_FACTS
from watchroom.record.event import Deed, Fact, kind_of

CYCLES = ("detection", "mitigation", "communication", "resolution")
"""The cycles of the response: a deed in one of them is work, unless it says otherwise."""


@pytest.mark.parametrize("fact", ROOM_FACTS, ids=kind_of)
def test_each_kind_has_decided_whether_it_is_work(fact: type[Fact]) -> None:
    if not issubclass(fact, Deed):
        assert fact.is_work is Fact.is_work, f"{kind_of(fact)} is nobody's deed: let it be a Deed, or no work."
    elif fact.__module__.split(".")[1] not in CYCLES:
        assert "is_work" in fact.__dict__, f"{kind_of(fact)} is outside the response: define is_work and say why."
