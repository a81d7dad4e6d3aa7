"""The brief says where it stands: not resolved yet, or over; and holds nothing that has ended."""

from tests.web.test_report import INES, told
from watchroom.communication.brief import brief_text
from watchroom.mitigation.decision import HoldBegun
from watchroom.mitigation.impact import ImpactMitigated
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.web.patterns.examples import Story

MITIGATED = (INES, ImpactMitigated(by="rolled back"))
RESOLVED = (INES, IncidentResolved(understood="partly", text="The pool"))
CLOSED = (INES, IncidentClosed())


def lines(story: Story) -> list[str]:
    return brief_text(story.incident()).splitlines()


def test_it_says_that_it_is_over() -> None:
    assert "Mitigated 20 Nov 18:49 UTC, not resolved" in lines(told(MITIGATED))
    assert not any("It is over" in line for line in lines(told(MITIGATED)))
    resolved = lines(told(MITIGATED, RESOLVED))
    assert resolved[1] == "It is over: resolved 20 Nov 18:50 UTC, understood: partly"
    assert "Mitigated 20 Nov 18:49 UTC" in resolved
    closed = lines(told(MITIGATED, RESOLVED, CLOSED))
    assert closed[1] == "It is over: resolved 20 Nov 18:50 UTC, understood: partly; closed 20 Nov 18:51 UTC"
    assert not any("It is over" in line for line in lines(told(MITIGATED, RESOLVED, (INES, IncidentReopened()))))


def test_a_hold_that_has_ended_does_not_hold() -> None:
    held = (INES, HoldBegun(id="D1", until=Story("x").at(2.5), text="I1 settles"))
    assert "Held: until 20 Nov 18:50 UTC: I1 settles" in lines(told(held))
    passed = lines(told(held, MITIGATED, MITIGATED))
    assert "Held: until 20 Nov 18:50 UTC, which is over: I1 settles" in passed
    assert not any(line.startswith("Held") for line in lines(told(held, RESOLVED)))
