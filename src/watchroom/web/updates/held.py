"""What keeps an update to outsiders in the house until its flagged words were seen; with a reason it goes as it is.

Called by the forms and the command bar, before a command is given. A program that posts gets the warning instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from litestar import Response

from watchroom.base.command import Act, Command
from watchroom.communication.language.flag import Flag
from watchroom.communication.update import ApproveUpdate, PostUpdate, flagged_outside
from watchroom.incident.incident import Incident
from watchroom.people.caller import Caller
from watchroom.web.house import House
from watchroom.web.html.template import template

LEAVING = (PostUpdate, ApproveUpdate)
"""The commands by which words may leave the house."""


@template("updates/held.html")
@dataclass(frozen=True)
class Held:
    """A word to the one who typed an update, or approved one, whose words are flagged."""

    room: str
    """The room's id."""
    held: Sequence[Flag]
    """What is flagged."""
    fields: Sequence[tuple[str, str]]
    """The command as a form's hidden fields."""
    edit: str
    """Where the words can be changed."""
    csrf: str
    """The form's token."""


def act_of(house: House, caller: Caller, reason: str = "") -> Act:
    """The caller as a decision sees them, now."""
    return Act(house.clock.now(), caller.actor, "web", reason, house.rooms.register)


def held_back(house: House, caller: Caller, incident: Incident, command: Command) -> list[Flag]:
    """What has to be seen before this command; empty when it may be given: it says why, or nothing leaves by it."""
    if command.reason.strip() or not isinstance(command, PostUpdate | ApproveUpdate):
        return []
    return flagged_outside(command, incident, act_of(house, caller))


def held_answer(content: str) -> Response[str]:
    """Nothing was refused and nothing was sent: the script keeps the form as it is, since the answer says so."""
    return Response(content, media_type="text/html", headers={"X-Held": "1"})


def held(room: Incident, command: Command, found: Sequence[Flag], csrf: str) -> Held:
    """The word about it, with the same command to be given once more, with a reason."""
    body = msgspec.to_builtins(command)
    fields = [(name, value) for name, value in body.items() if isinstance(value, str) and value and name != "reason"]
    update = room.updates.by_id.get(command.update) if isinstance(command, ApproveUpdate) else None
    audience = update.audience if update is not None else getattr(command, "audience", "customers")
    edit = f"/incidents/{room.id}/updates/{audience}"
    if update is not None:
        edit += f"?draft={update.id}"
    elif isinstance(command, PostUpdate):
        edit += f"?impact={quote(command.impact[:2_000])}"
    return Held(room.id, found, fields, edit, csrf)
