"""What is worth asking on the inbox and the board, where somebody looks before they are in any room.

Made from rows, since no room is folded for a list. Each leads into its room by its one action. Called by the lists and
`GET /api/v1/guidance`. Pure.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from watchroom.incident.guidance.detecting import UNSURE
from watchroom.incident.guidance.question import COMMANDER, quoted
from watchroom.incident.inbox import SignalItem
from watchroom.incident.summary import Summary

SHOWN_MAX = 3
_GRAVITY = {"SEV1": 0, "SEV2": 1, "SEV3": 2, "SEV4": 3}
_WORST = {"critical": 0, "error": 1, "warning": 2}


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """A question about a room that somebody is not in."""

    incident: str
    """The room's id."""
    question: str
    why: str
    action: str
    command: dict[str, Any] | None = None
    """The body to send to the room; null where the room itself is the next step."""


def inbox_pointers(items: Sequence[SignalItem]) -> list[Pointer]:
    """About signals that nobody has judged: one question for each room, what is worst first."""
    rooms: dict[str, list[SignalItem]] = {}
    for item in items:
        if item.triage == "open":
            rooms.setdefault(item.stream, []).append(item)
    pressing = sorted(rooms.items(), key=_pressing)[:SHOWN_MAX]
    return [_judge(room, signals, first=place == 0) for place, (room, signals) in enumerate(pressing)]


def _pressing(room: tuple[str, list[SignalItem]]) -> tuple[bool, int, int, float]:
    """Firing before over, reports of people and what is critical before the rest, many before few, old before new."""
    signals = room[1]
    worst = min(0 if each.kind == "report" else _WORST.get(each.severity.casefold(), 3) for each in signals)
    began = min(each.since for each in signals).timestamp()
    return all(each.state != "firing" for each in signals), worst, -len(signals), began


def _judge(room: str, signals: Sequence[SignalItem], *, first: bool) -> Pointer:
    shown = next((each for each in signals if each.state == "firing"), signals[0])
    more = f"{len(signals)} signals came in together. " if len(signals) > 1 else ""
    besides = "It came in besides. If both are one, declare once, and judge this one a duplicate."
    return Pointer(
        incident=room,
        question=f"Do customers feel “{quoted(shown.title)}”?",
        why=f"{more}{UNSURE if first else besides}",
        action="Declare an incident",
        command={"command": "declare", "title": shown.title},
    )


def board_pointers(rows: Sequence[Summary]) -> list[Pointer]:
    """About incidents that run and rooms that wait: what hurts most first."""
    running = [row for row in rows if row.status in ("declared", "mitigated") and not row.imported]
    running.sort(key=lambda row: (row.status == "mitigated", _GRAVITY.get(row.severity or "", 1)))
    found = [_command(row) for row in running if COMMANDER not in row.roles]
    found += [_late(row) for row in running if row.update_overdue and COMMANDER in row.roles]
    found += [_waits(row) for row in rows if row.status == "triage" and row.firing and not row.imported]
    found += [_back(row) for row in rows if row.status in ("resolved", "closed") and row.offers and not row.imported]
    found += [
        _unreached(row) for row in running if row.unanswered and COMMANDER in row.roles and not row.update_overdue
    ]
    return found[:SHOWN_MAX]


def _command(row: Summary) -> Pointer:
    return Pointer(
        incident=row.id,
        question=f"Who commands “{quoted(row.title)}”?",
        why="It is declared, and nobody looks up. Take it now; it can be handed over in a minute.",
        action="I take command",
        command={"command": "assign_role", "role": COMMANDER, "person": "me"},
    )


def _late(row: Summary) -> Pointer:
    return Pointer(
        incident=row.id,
        question=f"Who tells {row.next_update_audience or 'them'} about “{quoted(row.title)}”?",
        why="The update is late. “No news yet, next at …” is an update too.",
        action="Go there",
    )


def _waits(row: Summary) -> Pointer:
    more = f"{row.firing} signals fire. " if row.firing > 1 else ""
    return Pointer(
        incident=row.id,
        question=f"Do customers feel “{quoted(row.title)}”?",
        why=f"{more}{UNSURE}",
        action="Declare an incident",
        command={"command": "declare", "title": row.title} if row.title else {"command": "declare"},
    )


def _back(row: Summary) -> Pointer:
    return Pointer(
        incident=row.id,
        question=f"Is “{quoted(row.title)}” back?",
        why="A signal of it fired again after it was over. Reopening counts it once, and loses nothing.",
        action="Look at it",
    )


def _unreached(row: Summary) -> Pointer:
    return Pointer(
        incident=row.id,
        question=f"Who else can come to “{quoted(row.title)}”?",
        why="Somebody was called and has not answered: nobody has been reached by it.",
        action="Go there",
    )
