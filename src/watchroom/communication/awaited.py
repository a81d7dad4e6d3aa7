"""Which update each audience waits for: the one that was promised, else the one that the room's profile asks for.

Read by whatever counts down to an update (strip, board, flow, brief, API) and by `incident/deadlines`, so that what is
late has been seen coming. Pure.
"""

from datetime import datetime
from typing import Protocol

from watchroom.communication.cadence import Cadence, Promise
from watchroom.communication.policy import CadencePolicy
from watchroom.communication.update import Updates
from watchroom.detection.declaration import Declaration
from watchroom.detection.severity import Rating


class Asks(Protocol):
    """What is read of a profile."""

    @property
    def cadence(self) -> CadencePolicy: ...


class Reopened(Protocol):
    """What is read of a reopening."""

    @property
    def reopened_at(self) -> datetime | None: ...


class View(Protocol):
    """What is read of a room."""

    @property
    def status(self) -> str: ...
    @property
    def imported(self) -> bool: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def rating(self) -> Rating: ...
    @property
    def updates(self) -> Updates: ...
    @property
    def cadence(self) -> Cadence: ...
    @property
    def reopening(self) -> Reopened: ...
    @property
    def profile(self) -> Asks: ...


def asked(view: View) -> list[Promise]:
    """What the profile asks for where nobody promised, while customers hurt; none of it is late yet."""
    declared_at = view.declaration.declared_at
    # Nothing continues what was imported.
    if declared_at is None or view.imported or view.status != "declared":
        return []
    policy, severity = view.profile.cadence, view.rating.severity
    began = max(declared_at, view.reopening.reopened_at or declared_at)
    return [
        Promise(audience=audience, next_at=at, promised=False)
        for audience in policy.audiences(severity)
        if audience not in view.cadence.promises
        and (at := policy.due(severity, audience, began, view.updates)) is not None
    ]


def awaited(view: View) -> list[Promise]:
    """Every update that somebody waits for, the earliest first."""
    return sorted([*view.cadence.promises.values(), *asked(view)], key=lambda promise: promise.next_at)
