"""What can be typed about the end: what is undone, watched and kept, and what was learnt.

Read by `commandline`, which holds the other commands. Each reader makes one command body of one line. Pure.
"""

import re
from collections.abc import Callable, Mapping

from watchroom.web.command_bar.form import Part, Typed, choice, led, may, text, thing, time, typed, who
from watchroom.web.command_bar.parts import Body, Line, because, with_optional

ENTRY = Part("12", "number", "the number at the entry's end")
DATE = time("by when", "2026-11-27")

COMPLETIONS: tuple[Typed, ...] = (
    typed(
        "shim",
        "what was rushed and has to be undone later",
        text("what was rushed"),
        may(thing("I", "the try that left it behind"), "after"),
    ),
    typed(
        "undoshim",
        "begin to undo it",
        thing("S", "what is undone"),
        may(text("what should be seen", "WHAT SHOULD BE SEEN")),
    ),
    typed("watch", "watch whether it stays well", Part("30m", "span", "for how long")),
    typed(
        "keep",
        "keep a graph, a log, a screenshot",
        choice("what it is", "graph", "log", "screenshot", "chat", "note", shown="KIND"),
        text("where it is, or what it says", "LINK|TEXT"),
    ),
    typed("checkin", "after it: how you are, and what you need", text("how you are", "HOW YOU ARE")),
    typed("mark", "a moment that matters: an entry's number, and why", ENTRY, text("why it matters", "WHY")),
    typed("believed", "what you believed at that moment", ENTRY, text("what you believed", "WHAT")),
    typed("finding", "what was learnt", text("what was learnt")),
    typed("factor", "what contributed", text("what contributed")),
    typed("mystery", "what nobody understands yet", text("what is not understood"), may(who("who looks into it"), ",")),
    typed(
        "action",
        "what is done because of it",
        text("what is done"),
        may(who("who does it"), ","),
        may(DATE, "by"),
    ),
    typed("defer", "put the review off", DATE, led("because", text("why", "WHY"))),
    typed(
        "share", "give the review to people or teams", who("people or teams, with commas between", "WHO, WHO", "guests")
    ),
    typed("read", "you have read the review"),
)
"""What can be typed."""

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
        text, person = line.who_after_comma(text)
        return with_optional({"command": command, "text": text}, owner=person, due_at=at)

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
