"""What the record lets an update say: whether a cause is supported, which times it knows, whether it is over.

Gathered from the room for each check; the names that only a house knows (services, people) arrive with it. Pure.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from watchroom.communication.inbound import Inbound
from watchroom.detection.declaration import Declaration
from watchroom.mitigation.decision import Decisions
from watchroom.mitigation.hypothesis import Hypotheses
from watchroom.mitigation.impact import Impact
from watchroom.mitigation.intervention import Interventions
from watchroom.mitigation.task import Tasks

EXTERNAL = frozenset({"customers", "regulator"})
"""Audiences outside the house."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when an update is written."""

    at: datetime
    audience: str = "customers"
    state: str | None = None
    """The update's own state, if it says one."""
    status: str = "declared"
    """Where the room stands."""
    cause_supported: bool = False
    times: tuple[datetime, ...] = ()
    """Times to come that the record names: when a task is due, when a hold ends."""
    said: tuple[str, ...] = ()
    """What was written about running tries and decisions: an expectation that stands there is no invention."""
    checked: tuple[str, ...] = ()
    """What somebody found: evidence, the effects of tries."""
    services: tuple[str, ...] = ()
    """Names of services as the house calls them."""
    called: Mapping[str, str] = {}
    """What outsiders call some of them."""
    ids: frozenset[str] = frozenset()
    """Numbers of the room's own things: H1, T3."""
    public: tuple[str, ...] = ()
    """Names of components on the status page: whatever word stands in one, its readers know."""
    people: tuple[str, ...] = ()
    """Names of people of the house."""
    customers: tuple[str, ...] = ()
    """Names of those who wrote in."""

    @property
    def is_external(self) -> bool:
        """Whether it leaves the house."""
        return self.audience in EXTERNAL


class View(Protocol):
    """What is read of a room."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def status(self) -> str: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def hypotheses(self) -> Hypotheses: ...
    @property
    def interventions(self) -> Interventions: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def inbound(self) -> Inbound: ...


def ground_of(
    view: View,
    at: datetime,
    audience: str,
    state: str | None = None,
    services: Iterable[str] = (),
    people: Iterable[str] = (),
    public: Iterable[str] = (),
    called: Mapping[str, str] | None = None,
) -> Ground:
    """What this room lets an update to `audience` say at `at`."""
    theories = view.hypotheses.by_id.values()
    tries = view.interventions.by_id.values()
    times = [*(task.due_at for task in view.tasks.open), *(hold.until for hold in view.decisions.holds)]
    said = [
        *(text for each in tries if each.state in ("started", "observed") for text in (each.text, each.expected)),
        *(decision.text for decision in view.decisions.by_id.values()),
    ]
    checked = [
        *(evidence.text for theory in theories for evidence in theory.evidence),
        *(each.observed for each in tries),
    ]
    return Ground(
        at=at,
        audience=audience,
        state=state,
        status=view.status,
        cause_supported=any(theory.state == "supported" for theory in theories),
        times=tuple(time for time in times if time is not None),
        said=tuple(filter(None, said)),
        checked=tuple(filter(None, checked)),
        services=tuple(dict.fromkeys([*services, *view.declaration.services, *view.impact.services])),
        ids=frozenset(f"{letter}{n}" for letter, last in view.issued.items() for n in range(1, min(last, 999) + 1)),
        called=dict(called or {}),
        people=tuple(people),
        public=tuple(public),
        customers=tuple(dict.fromkeys(item.sender for item in view.inbound.by_id.values() if item.sender)),
    )
