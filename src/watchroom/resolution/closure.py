"""Closure: what is asked before a room is put away, from which severity a review is expected, and by when.

A part of the profile; read by `closing` and the panel of the ending. Asks and proposes; never blocks, never decides
about a review.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol, get_args

import msgspec

from watchroom.base.business_time import Calendar, end_of_business_day
from watchroom.communication.inbound import Inbound
from watchroom.communication.update import Updates
from watchroom.detection.category import Categories
from watchroom.detection.severity import Rating, Severity
from watchroom.detection.signal import Signals
from watchroom.mitigation.task import Tasks
from watchroom.resolution.resolving import Resolution
from watchroom.resolution.shim import Shims

Item = Literal[
    "resolved",
    "signals_quiet",
    "shims_undone",
    "severity_confirmed",
    "categorised",
    "tasks_done",
    "inbound_answered",
    "customers_told",
]
ITEMS: tuple[Item, ...] = get_args(Item)


class ReviewDue(msgspec.Struct, frozen=True, kw_only=True):
    """How long after the closing a review is due."""

    days: Annotated[int, msgspec.Meta(ge=1, le=366, description="Days from the closing.")]
    business: Annotated[bool, msgspec.Meta(description="Count open days of the calendar, and end with the last.")] = (
        False
    )


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """The checklist of closing, and the policy of reviews."""

    asks: Annotated[
        tuple[Item, ...],
        msgspec.Meta(max_length=len(ITEMS), description="The checklist, of: " + ", ".join(ITEMS)),
    ] = ("resolved", "signals_quiet", "shims_undone")
    review_from: Annotated[
        Severity | None, msgspec.Meta(description="The mildest severity that a review is expected of; null: of none.")
    ] = None
    review_due: Annotated[
        dict[Severity, ReviewDue], msgspec.Meta(description="By severity, when a review is due; else it has no date.")
    ] = {}

    def expects_review(self, severity: Severity | None) -> bool:
        """Whether a review is expected of this severity; of an unrated incident none is."""
        return severity is not None and self.review_from is not None and severity <= self.review_from

    def due_at(self, severity: Severity | None, closed_at: datetime, calendar: Calendar) -> datetime | None:
        """When a review is due; None when the profile gives no date."""
        due = self.review_due.get(severity) if severity is not None else None
        if due is None:
            return None
        if due.business:
            return end_of_business_day(calendar, closed_at, due.days)
        return closed_at + timedelta(days=due.days)


class View(Protocol):
    """What the checklist reads."""

    @property
    def rating(self) -> Rating: ...
    @property
    def categories(self) -> Categories: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def inbound(self) -> Inbound: ...
    @property
    def updates(self) -> Updates: ...
    @property
    def resolution(self) -> Resolution: ...
    @property
    def shims(self) -> Shims: ...


def unmet(closure: Closure, view: View) -> list[tuple[Item, str]]:
    """What the checklist asks and is not so yet, with the words for it, in the profile's order."""
    found = ((item, _open(item, view)) for item in closure.asks)
    return [(item, words) for item, words in found if words]


def _open(item: Item, view: View) -> str:
    match item:
        case "resolved":
            return "" if view.resolution.resolved_at is not None else "Nobody has said that it is over."
        case "signals_quiet":
            firing = view.signals.firing
            return _listed("Still fires", [signal.title for signal in firing])
        case "shims_undone":
            return _listed("Not undone yet", [f"{shim.id} {shim.text}" for shim in view.shims.open])
        case "severity_confirmed":
            return "" if view.rating.confirmed else "Nobody has confirmed the severity."
        case "categorised":
            return "" if view.categories.names else "It has no category."
        case "tasks_done":
            return _listed("Not reported yet", [task.id for task in view.tasks.open])
        case "inbound_answered":
            return _listed("Not answered yet", [each.id for each in view.inbound.open])
        case "customers_told":
            last = view.updates.last_posted("customers")
            if last is not None and last.state == "resolved":
                return ""
            return "Customers were not told that it is over."


def _listed(what: str, things: list[str]) -> str:
    if not things:
        return ""
    more = f" and {len(things) - 3} more" if len(things) > 3 else ""
    return f"{what}: {'; '.join(things[:3])}{more}."
