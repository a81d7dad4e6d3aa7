"""Undo: what somebody did last is looked up in the record, and its opposite is done.

Called by the room's handlers, for the button of a notice and for `/undo`. What the opposite is stands in
`incident/opposite`.
"""

import re
from collections.abc import Sequence

from litestar import Response
from litestar.response import Redirect

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.opposite import Deed, last_deed
from watchroom.people.caller import Caller
from watchroom.record.event import Event
from watchroom.web.house import House
from watchroom.web.html.words import word
from watchroom.web.http.reading import AnyRequest, html, is_partial
from watchroom.web.live.frames import notice_html

LOOKED_BACK = 500
"""So many entries are looked through for the caller's last one."""
_ASKS = re.compile(r"\s*/(?:undo|retract)\s*", re.IGNORECASE)


def asks_to_undo(line: str) -> bool:
    """Whether a typed line asks for the opposite of what its typist did last."""
    return _ASKS.fullmatch(line) is not None


def undoable(events: Sequence[Event]) -> int | None:
    """The number by which what a command just wrote can be undone; None where it has no opposite."""
    deed = Deed(tuple((event, CODEC.decode(event)) for event in events))
    return events[0].seq if events and deed.undoable else None


async def undo(
    request: AnyRequest, house: House, incident: Incident, caller: Caller, seq: str = ""
) -> Response[str] | Redirect:
    """Do the opposite and say so. Raises Malformed, and Refused where there is none, with what to do instead."""
    deed = await _deed(house, incident, caller.actor, seq)
    before = (await house.folds.without(incident.id, *deed.seqs)).visibility if deed.restricts else None
    cautions: list[Caution] = []
    events: list[Event] = []
    for command in deed.opposite(before):
        handled = await house.rooms.command(
            incident.id, command, actor=caller.actor, via="web", admin=caller.may("admin")
        )
        events += handled.events
        cautions += handled.warnings
    if deed.calls:
        cautions.append(Caution("rings_already", "Whoever was called by it is called.", "Tell them in the room."))
    if not is_partial(request):
        return Redirect(f"/incidents/{incident.id}", status_code=303)
    done = f"Taken back: {word(deed.said[0][0].kind)}" if events and events[0].kind == "retracted" else ""
    return html(notice_html(events, cautions, done=done))


async def _deed(house: House, incident: Incident, actor: str, seq: str) -> Deed:
    until = incident.seq
    if seq.isascii() and seq.isdigit():
        # The rest of the deed stands behind its first entry, within one append.
        until = min(until, int(seq) + LOOKED_BACK // 2)
    events = await house.log.read_before(incident.id, until + 1, LOOKED_BACK)
    said = [(event, CODEC.decode(event)) for event in reversed(events)]
    if seq:
        at = next((event.recorded_at for event, _ in said if str(event.seq) == seq and event.actor == actor), None)
        said = [pair for pair in said if pair[0].recorded_at == at]
    deed = last_deed(said, actor, incident.retractions.seqs)
    if deed is None:
        raise Malformed("You have nothing here that can be taken back.", hint="Post a correction instead.")
    return deed
