"""What may leave the house: the one question that every outward effect asks first.

Pages, mail, webhooks, chat and the status page call `may_leave` before anything is sent; a house test forbids
senders elsewhere. Practice never leaves, except to the people who play in it, and is then marked. Pure.
"""

from collections.abc import Callable, Collection

from watchroom.base.errors import Refused
from watchroom.incident.incident import Incident
from watchroom.incident.visibility import Guard, Viewer, guard_of

PERSONAL = frozenset({"browser", "email"})
"""Channels that lead to one person and to nobody else."""
DRILL = "DRILL"
"""How everything that leaves a practice room begins."""


Sees = Callable[[Viewer, Guard | None], bool]
"""Whether a viewer sees what stands behind a guard, by the teams as they are."""


def by_room(viewer: Viewer, guard: Guard | None) -> bool:
    """Whether the room itself lets the viewer in; whether a team does is asked where the teams are known."""
    return guard is None or bool(guard.teams) or viewer.ref in guard.people


def may_leave(incident: Incident, channel: str, to: str | None = None, sees: Sees = by_room) -> bool:
    """Whether something about this room may go out by this channel, to this person where it leads to one.

    Of a restricted room nothing leaves but to a person who sees it.
    """
    guard = guard_of(incident)
    if guard is not None and (channel not in PERSONAL or to is None or not sees(Viewer(to), guard)):
        return False
    if not incident.declaration.practice:
        return True
    return channel in PERSONAL and to is not None and to in incident.players


def may_mail_access(to: str, expected: Collection[str]) -> bool:
    """Whether a mail with a link that lets somebody in may go to this address: only to one of an account or an
    invitation, so that nobody can have the house write to a stranger."""
    return to in expected


def marked(incident: Incident, text: str) -> str:
    """The text as it may be shown outside the room: practice says so."""
    return f"{DRILL} · {text}" if incident.declaration.practice else text


def check_may_leave(incident: Incident, channel: str) -> None:
    """Raises Refused for practice, and for a restricted room."""
    if guard_of(incident) is not None and not may_leave(incident, channel):
        raise Refused(
            f"This room is restricted; nothing leaves by {channel}.", hint="Tell people yourself, or lift it: restrict."
        )
    if not may_leave(incident, channel):
        raise Refused(
            f"This is practice; nothing leaves by {channel}.", hint="Declare a real incident to reach people."
        )
