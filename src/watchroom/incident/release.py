"""What may leave the house: the one question that every outward effect asks first.

Pages, mail, webhooks, chat and the status page call `may_leave` before anything is sent; a house test forbids
senders elsewhere. Practice never leaves, except to the people who play in it, and is then marked. Pure.
"""

from watchroom.base.errors import Refused
from watchroom.incident.incident import Incident

PERSONAL = frozenset({"browser", "email"})
"""Channels that lead to one person and to nobody else."""
DRILL = "DRILL"
"""How everything that leaves a practice room begins."""


def may_leave(incident: Incident, channel: str, to: str | None = None) -> bool:
    """Whether something about this room may go out by this channel, to this person where it leads to one."""
    if not incident.declaration.practice:
        return True
    return channel in PERSONAL and to is not None and to in incident.players


def marked(incident: Incident, text: str) -> str:
    """The text as it may be shown outside the room: practice says so."""
    return f"{DRILL} · {text}" if incident.declaration.practice else text


def check_may_leave(incident: Incident, channel: str) -> None:
    """Raises Refused for practice."""
    if not may_leave(incident, channel):
        raise Refused(
            f"This is practice; nothing leaves by {channel}.", hint="Declare a real incident to reach people."
        )
