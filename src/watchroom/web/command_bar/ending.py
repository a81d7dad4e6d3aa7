"""What can be typed about the end: what is undone, watched and kept, and what was learnt.

Read by `commandline`, which holds the other commands. Each reader makes one command body of one line. Pure.
"""

import re
from collections.abc import Callable, Mapping

from watchroom.web.command_bar.parts import Body, Line, because, with_optional

COMPLETIONS: tuple[tuple[str, str, str], ...] = (
    ("shim", "/shim TEXT [after I1]", "what was rushed and has to be undone later"),
    ("undoshim", "/undoshim S1 [WHAT SHOULD BE SEEN]", "begin to undo it"),
    ("watch", "/watch 30m", "watch whether it stays well"),
    ("keep", "/keep KIND LINK|TEXT", "keep a graph, a log, a screenshot"),
    ("checkin", "/checkin HOW YOU ARE", "after it: how you are, and what you need"),
    ("mark", "/mark 12 WHY", "a moment that matters: an entry's number, and why"),
    ("believed", "/believed 12 WHAT", "what you believed at that moment"),
    ("finding", "/finding TEXT", "what was learnt"),
    ("factor", "/factor TEXT", "what contributed"),
    ("mystery", "/mystery TEXT[, WHO]", "what nobody understands yet"),
    ("action", "/action TEXT[, WHO] [by 2026-11-27]", "what is done because of it"),
    ("defer", "/defer 2026-11-27 because WHY", "put the review off"),
    ("share", "/share WHO[, WHO]", "give the review to people or teams"),
    ("read", "/read", "you have read the review"),
)
"""Name, form, what it does."""

_BY = re.compile(r"\s+by\s+(\d{1,4}\s*(?:min|m|h|d)|\d{1,2}:\d{2}|\d{4}-\S+)\s*$", re.IGNORECASE)
_AFTER = re.compile(r"\s+after\s+(I?\d+)\s*$", re.IGNORECASE)
_MINUTES = re.compile(r"^(\d{1,4})\s*(m|min|h)?\b", re.IGNORECASE)


def _shim(line: Line) -> Body:
    text = line.text("what was rushed")
    found = _AFTER.search(text)
    if found is None:
        return {"command": "add_shim", "text": text}
    id, _ = line.after(found[1]).thing("I", line.known.interventions, "try")
    return {"command": "add_shim", "text": text[: found.start()], "intervention": id}


def _undo_shim(line: Line) -> Body:
    id, expected = line.thing("S", line.known.others.get("S", ()), "shim")
    return with_optional({"command": "undo_shim", "shim": id}, expected=expected)


def _watch(line: Line) -> Body:
    found = _MINUTES.match(line.text("time"))
    if found is None:
        raise line.wrong(f"{line.rest!r} is no time.")
    return {"command": "watch_stability", "minutes": int(found[1]) * (60 if (found[2] or "").casefold() == "h" else 1)}


def _keep(line: Line) -> Body:
    kind, what = line.first("kind")
    if not what:
        raise line.wrong("/keep says not what is kept.")
    part = "link" if what.startswith(("http://", "https://")) else "body"
    return {"command": "save_artefact", "kind": kind, part: what}


def _moment(command: str) -> Callable[[Line], Body]:
    def read(line: Line) -> Body:
        number, text = line.first("moment")
        number = number.removeprefix("#")
        if not (number.isascii() and number.isdigit()):
            raise line.wrong("Say which entry: each one's number stands at its end.")
        if not text:
            raise line.wrong(f"/{line.word} says nothing about it.")
        return {"command": command, "seq": int(number), "text": text}

    return read


def _told(command: str, what: str) -> Callable[[Line], Body]:
    return lambda line: {"command": command, "text": line.text(what)}


def _owned(command: str) -> Callable[[Line], Body]:
    def read(line: Line) -> Body:
        text, at = line.text("text"), ""
        if found := _BY.search(text):
            text, at = text[: found.start()], line.time(found[1])
        head, comma, tail = text.rpartition(",")
        if comma and tail.strip() in (*line.known.people, *line.known.people.values(), "me"):
            person, _ = line.person(tail.strip())
            return with_optional({"command": command, "text": head.strip(), "owner": person}, due_at=at)
        return with_optional({"command": command, "text": text}, due_at=at)

    return read


def _defer(line: Line) -> Body:
    when, why = line.first("date")
    return with_optional({"command": "defer_review", "due_at": line.time(when)}, reason=because(why))


def _share(line: Line) -> Body:
    to = []
    for name in line.text("person or team").split(","):
        team = next((team for team in line.known.teams if team.casefold() == name.strip().casefold()), None)
        to.append(team or line.person(name.strip())[0])
    return {"command": "share_review", "to": to}


READERS: Mapping[str, Callable[[Line], Body]] = {
    "shim": _shim,
    "undoshim": _undo_shim,
    "watch": _watch,
    "keep": _keep,
    "checkin": _told("check_in", "word"),
    "mark": _moment("mark_timeline"),
    "believed": _moment("record_belief"),
    "finding": _told("add_finding", "finding"),
    "factor": _told("add_factor", "factor"),
    "mystery": _owned("add_mystery"),
    "action": _owned("add_action"),
    "defer": _defer,
    "share": _share,
    "read": lambda line: {"command": "confirm_read"},
}
"""How each is read."""
