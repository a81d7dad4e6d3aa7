"""What can be typed about who sees a room: restricting it, letting somebody in.

Read by `commandline`, which holds the other commands. Each reader makes one command body of one line. Pure.
"""

import re
from collections.abc import Callable, Mapping

from watchroom.incident.visibility import EVERYONE
from watchroom.web.command_bar.form import WHY, Typed, typed, who
from watchroom.web.command_bar.parts import Body, Line, with_optional

COMPLETIONS: tuple[Typed, ...] = (
    typed(
        "restrict",
        "let only these people and teams see it; everyone lifts it",
        who("people and teams, with commas between, or everyone", "WHO, WHO", "guests"),
        WHY,
    ),
    typed("admit", "let one more person or team see it", who("a person or a team", kind="guests"), WHY),
)
"""What can be typed."""

_BECAUSE = re.compile(r"\s+because\s+(.+)$", re.IGNORECASE | re.DOTALL)


def _split(text: str) -> tuple[str, str]:
    """What is named, and why."""
    found = _BECAUSE.search(f" {text}")
    return (text, "") if found is None else (f" {text}"[: found.start()].strip(), found[1].strip())


def _team(line: Line, name: str) -> str | None:
    return next((team for team in line.known.teams if team.casefold() == name.casefold()), None)


def _restrict(line: Line) -> Body:
    named, why = _split(line.text("person or team"))
    people: list[str] = []
    teams: list[str] = []
    for name in (part.strip() for part in named.split(",")):
        if not name:
            continue
        if name.casefold() == EVERYONE:
            people.append(EVERYONE)
        elif (team := _team(line, name)) is not None:
            teams.append(team)
        else:
            people.append(_whole(line, name))
    if not people and not teams:
        raise line.wrong("/restrict names nobody; write me to be alone in it.")
    body: Body = {"command": "restrict"}
    body |= {"people": people} if people else {}
    body |= {"teams": teams} if teams else {}
    return with_optional(body, reason=why)


def _admit(line: Line) -> Body:
    named, why = _split(line.text("person or team"))
    return with_optional({"command": "admit", "person": _team(line, named) or _whole(line, named)}, reason=why)


def _whole(line: Line, name: str) -> str:
    """A person who is all that is left of the text: one name more would be shut out unseen."""
    person, rest = line.person(name)
    if rest:
        raise line.wrong(f"{rest!r} is left over; put commas between names, and because before why.")
    return person


READERS: Mapping[str, Callable[[Line], Body]] = {"restrict": _restrict, "admit": _admit}
"""How each is read."""
