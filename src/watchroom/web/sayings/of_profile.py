"""What the facts of the profile say in the timeline: by which rules the room goes, and what they call for.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping
from typing import Any

from watchroom.incident import adopting, sla
from watchroom.record.event import Fact
from watchroom.web.html.words import word
from watchroom.web.sayings.saying import Saying

_MISSED = {"respond": "Nobody had it", "restore": "Service was not restored"}


def _adopted(fact: adopting.ProfileAdopted) -> Saying:
    text = f"{fact.profile.title}{f': {fact.reason}' if fact.reason else ''}"
    return Saying(icon="tag", bold="Goes by the profile", text=text, quiet=True)


def _roles(fact: adopting.RolesProposed) -> Saying:
    calls = f"{word(fact.severity)} calls for"
    if not fact.open:
        return Saying(icon="people", bold=calls, text=f"{_listed(fact.roles)}, and all are held", quiet=True)
    left = _listed(fact.open)
    text = left if fact.open == fact.roles else f"{_listed(fact.roles)}; open: {left}"
    return Saying(icon="people", bold=calls, text=text)


def _listed(roles: list[str]) -> str:
    return ", ".join(word(role).lower() for role in roles)


def _missed(fact: sla.SlaTargetMissed) -> Saying:
    bold = f"{_MISSED[fact.target]} in the time promised for {word(fact.severity)}"
    return Saying(icon="clock", bold=bold, then="due by", at=fact.due_at, tag="missed", tone="hot")


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {
    adopting.ProfileAdopted: _adopted,
    adopting.RolesProposed: _roles,
    sla.SlaTargetMissed: _missed,
}
