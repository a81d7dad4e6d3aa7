"""What may leave the house: the one question that every outward effect asks first.

Pages, mail, webhooks, chat and the status page call `may_leave` before anything is sent; a house test forbids
senders elsewhere. Practice never leaves. Pure.
"""

from watchroom.base.errors import Refused
from watchroom.incident.incident import Incident


def may_leave(incident: Incident, channel: str) -> bool:
    """Whether something about this room may go out by this channel."""
    return not incident.declaration.practice


def check_may_leave(incident: Incident, channel: str) -> None:
    """Raises Refused for practice."""
    if not may_leave(incident, channel):
        raise Refused(
            f"This is practice; nothing leaves by {channel}.", hint="Declare a real incident to reach people."
        )
