"""Maintenance: work on the product that is announced before it is done, with its window and what is said of it.

It begins and ends with its window unless somebody says otherwise. Facts of the stream `directory`, folded by
`status_book`, shown by the status page. Never changes a component by itself: what a window covers is said to be under
maintenance while it lasts. Pure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from watchroom.base.errors import AlreadyDone, Malformed, NotFound
from watchroom.communication.status_page import NAME_CHARS_MAX
from watchroom.record.event import Event, Fact

MaintenanceState = Literal["scheduled", "in_progress", "verifying", "completed"]
"""Source: Statuspage's public API, `status` of a scheduled maintenance."""
TEXT_CHARS_MAX = 4_000
WINDOW_MAX = timedelta(days=31)
PLANNED_MAX = 500


class MaintenanceScheduled(Fact, frozen=True, kw_only=True):
    """Work was announced for a window of time; said again of its id, it is so from now on."""

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    text: str = ""
    components: Annotated[list[str], msgspec.Meta(description="Ids of the components that it covers.")] = []


class MaintenanceNoted(Fact, frozen=True, kw_only=True):
    """Customers were told how announced work goes, or that it is over."""

    id: str
    state: MaintenanceState
    text: str = ""


class MaintenanceCalledOff(Fact, frozen=True, kw_only=True):
    """Announced work is not done, and stands on no page any more."""

    id: str


FACTS: tuple[type[Fact], ...] = (MaintenanceScheduled, MaintenanceNoted, MaintenanceCalledOff)


class Note(msgspec.Struct, frozen=True):
    """What was said of a window, and when."""

    at: datetime
    state: MaintenanceState
    text: str


class Maintenance(msgspec.Struct):
    """One window of maintenance."""

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    updated_at: datetime
    text: str = ""
    components: tuple[str, ...] = ()
    notes: list[Note] = []

    @property
    def said(self) -> MaintenanceState | None:
        """The last state that somebody stated after it was announced."""
        return self.notes[-1].state if self.notes else None

    def state(self, now: datetime) -> MaintenanceState:
        """How it stands: as somebody said, else by its window."""
        if self.said in ("in_progress", "verifying") and now >= self.ends_at:
            return "completed"
        if self.said is not None and self.said != "scheduled":
            return self.said
        if now < self.starts_at:
            return "scheduled"
        return "in_progress" if now < self.ends_at else "completed"

    def over_at(self, now: datetime) -> datetime | None:
        """When it was over; None while it is not."""
        if self.state(now) != "completed":
            return None
        return self.notes[-1].at if self.said == "completed" else self.ends_at

    def began_at(self) -> datetime:
        """When the work began, or begins."""
        said = [note.at for note in self.notes if note.state in ("in_progress", "verifying")]
        return min([*said, self.starts_at])


class Maintenances(msgspec.Struct):
    """Every window that was not called off."""

    by_id: dict[str, Maintenance] = {}


def apply(state: Maintenances, fact: Fact | None, event: Event) -> bool:
    """Fold one fact into the state, in place; whether it was one of these."""
    match fact:
        case MaintenanceScheduled():
            before = state.by_id.get(fact.id)
            state.by_id[fact.id] = Maintenance(
                id=fact.id,
                name=fact.name,
                starts_at=fact.starts_at,
                ends_at=fact.ends_at,
                created_at=before.created_at if before is not None else event.at,
                updated_at=event.at,
                text=fact.text,
                components=tuple(fact.components),
                notes=before.notes if before is not None else [],
            )
        case MaintenanceNoted():
            if (window := state.by_id.get(fact.id)) is not None:
                window.notes.append(Note(event.at, fact.state, fact.text))
                window.updated_at = event.at
        case MaintenanceCalledOff():
            state.by_id.pop(fact.id, None)
        case _:
            return False
    return True


def scheduled(
    state: Maintenances,
    id: str,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    *,
    text: str = "",
    components: Sequence[str] = (),
) -> MaintenanceScheduled:
    """The fact that work is announced. Raises Malformed."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_CHARS_MAX * 2 or not name.isprintable():
        raise Malformed("The maintenance has no name.", hint="Say in a few words what is done: Database upgrade.")
    if ends_at <= starts_at:
        raise Malformed("It ends before it begins.", hint="Give the beginning first, then the end.")
    if ends_at - starts_at > WINDOW_MAX:
        raise Malformed(f"It lasts longer than {WINDOW_MAX.days} days.", hint="Announce it in parts.")
    if id not in state.by_id and len(state.by_id) >= PLANNED_MAX:
        raise Malformed(f"{PLANNED_MAX} windows are kept at most.", hint="Call off old ones that nobody needs.")
    return MaintenanceScheduled(
        id=id,
        name=name,
        starts_at=starts_at,
        ends_at=ends_at,
        text=_text(text),
        components=list(dict.fromkeys(components)),
    )


def noted(state: Maintenances, id: str, said: MaintenanceState, text: str, now: datetime) -> MaintenanceNoted:
    """The fact that customers are told how it goes. Raises NotFound, AlreadyDone, Malformed."""
    window = state.by_id.get(id)
    if window is None:
        raise unknown_maintenance(id)
    if window.state(now) == "completed":
        raise AlreadyDone("That maintenance is over already.", hint="Announce another one.")
    return MaintenanceNoted(id=id, state=said, text=_text(text))


def _text(text: str) -> str:
    text = text.strip().replace("\r\n", "\n")
    if len(text) > TEXT_CHARS_MAX:
        raise Malformed(f"The text is longer than {TEXT_CHARS_MAX} characters.", hint="Say less, or link to the rest.")
    return text


def unknown_maintenance(id: str) -> NotFound:
    """What is said of a window that there is not."""
    return NotFound(f"There is no maintenance {id[:80]!r}.", hint="Load the settings of the status page again.")
