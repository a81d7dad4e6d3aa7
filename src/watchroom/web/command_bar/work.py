"""What can be typed about working together: call, ask, give, decide, hold, what came in, what was looked at.

Read by `commandline`, which holds the other commands. Each reader makes one command body of one line. Pure.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from watchroom.web.command_bar.form import Typed, choice, led, may, text, thing, time, typed, who
from watchroom.web.command_bar.forms import AUDIENCE, ROLE, SAW
from watchroom.web.command_bar.parts import Body, Line, because, with_optional

BY = may(time("by when"), "by")
OPENED = thing("Q", "what came in")
TOLD = text("what they were told")

COMPLETIONS: tuple[Typed, ...] = (
    typed(
        "call",
        "page somebody; rings until they answer",
        who("a person or a team", "WHO|TEAM", "callable"),
        text("what for"),
    ),
    typed(
        "heard",
        "the one who was called has heard it",
        thing("P", "the call"),
        may(text("of another: how you know that they heard", "HOW YOU KNOW")),
    ),
    typed(
        "escalate",
        "ask for help",
        who("whom you ask", kind="callable"),
        text("for what"),
        may(text("what is known so far", "WHAT YOU KNOW"), "|"),
    ),
    typed(
        "notyet", "deliberately not ask yet, and look again then", time("when you look again"), text("why not", "WHY")
    ),
    typed(
        "workstream",
        "open a thread of work",
        text("its name", "NAME"),
        may(who("who leads it"), "lead"),
        may(text("what they may do without asking", "WHAT"), "may"),
    ),
    typed("endstream", "close a thread of work", thing("W", "the thread"), may(text("why", "WHY"))),
    typed("task", "give one person one piece of work", who("one person"), text("what is to be done"), BY),
    typed("ack", "you have the task", thing("T", "the task")),
    typed("report", "what came of the task", thing("T", "the task"), text("what came of it")),
    typed(
        "decide",
        "what is decided",
        text("the decision"),
        may(text("what was weighed, with ; between", "INSTEAD OF A; B"), "|"),
        may(text("what would change it", "NOT KNOWN"), "|"),
    ),
    typed("hold", "change nothing until then", time("until when"), text("why", "WHY")),
    typed(
        "unknown",
        "what is not known, who finds out, by when",
        text("what is not known"),
        may(who("who finds out"), ","),
        BY,
    ),
    typed("known", "it is known now", thing("N", "what was not known"), text("what it is")),
    typed(
        "priority",
        "what matters to the business",
        text("what matters"),
        may(who("who decides about it"), ","),
        may(time("until when", "14:30"), "until"),
    ),
    typed(
        "inbound",
        "write down what came in: report, question, decision…",
        choice(
            "what it is", "report", "question", "request", "decision", "direction", "priority", "offer", shown="KIND"
        ),
        may(text("who says it, and a colon", "FROM:")),
        text("in their words"),
    ),
    typed("takein", "you deal with what came in", OPENED),
    typed("answer", "what they were told", OPENED, TOLD),
    typed("used", "it was put to use, and they were told", OPENED, TOLD),
    typed("decline", "it was not put to use, and they were told why", OPENED, text("what they were told", "WHY")),
    typed("later", "they hear by then", OPENED, time("by when they hear"), may(TOLD)),
    typed("letgo", "somebody is needed no longer", who(), may(text("why", "WHY"))),
    typed("accept", "you have the role that you were given", ROLE),
    typed(
        "draft",
        "write an update that somebody else lets go out",
        AUDIENCE,
        text("what they cannot do, and since when"),
        led("next", time("when they hear again", "20m")),
    ),
    typed(
        "approve",
        "let a drafted update go out; BECAUSE, if its words were flagged",
        thing("U", "the draft"),
        may(text("why it goes out as it is", "BECAUSE")),
    ),
    typed("looked", "what you looked at", text("the graph, the log, the page", "PANEL"), may(SAW, "|")),
    typed("probe", "you tried it yourself", text("what you tried", "NAME")),
    typed(
        "judge",
        "looking back: was it declared in time?",
        choice("when it was declared", "early", "timely", "late"),
        may(text("why", "WHY")),
    ),
    typed("noticed", "who noticed first", choice("who", "monitor", "engineer", "customer")),
)
"""What can be typed."""

_WHEN = r"\d{1,4}\s*(?:s|min|m|h|d)|\d{1,2}:\d{2}|\d{4}-\S+"
_BY = re.compile(rf"\s+(?:by|in|until)\s+({_WHEN})\s*$", re.IGNORECASE)
_FIRST_WHEN = re.compile(rf"^(?:until\s+|at\s+|in\s+)?({_WHEN})(?:\s+|$)", re.IGNORECASE)

Reader = Callable[[Line], Body]


def _thing(line: Line, letter: str, what: str) -> tuple[str, str]:
    return line.thing(letter, line.known.others.get(letter, ()), what)


def _timed(line: Line, text: str) -> tuple[str, str]:
    """A text without the time at its end, and that time as RFC 3339 or an empty text."""
    found = _BY.search(f" {text}")
    if found is None:
        return text, ""
    return f" {text}"[: found.start()].strip(), line.time(found[1])


def _time_first(line: Line) -> tuple[str, str]:
    """The time at the beginning, as RFC 3339, and what follows it."""
    found = _FIRST_WHEN.match(line.rest)
    if found is None:
        raise line.wrong(f"/{line.word} says no time.")
    return line.time(found[1]), because(line.rest[found.end() :])


def _call(line: Line) -> Body:
    text = line.text("person or team")
    for team in sorted(line.known.teams, key=len, reverse=True):
        if text.casefold().startswith(f"{team.casefold()} "):
            return {"command": "page", "team": team, "text": text[len(team) :].strip()}
    person, rest = line.person(text)
    if not rest:
        raise line.wrong("The call says nothing.")
    return {"command": "page", "person": person, "text": rest}


def _escalate(line: Line) -> Body:
    person, rest = line.person(line.text("person"))
    text, _, known = rest.partition("|")
    return with_optional({"command": "escalate", "to": person}, text=text.strip(), known=known.strip())


def _not_yet(line: Line) -> Body:
    at, why = _time_first(line)
    return with_optional({"command": "escalate", "look_again_at": at}, text=why)


def _workstream(line: Line) -> Body:
    name, _, rest = re.sub(r"\s+(?:lead|led by)\s+", "\0", line.text("name"), count=1, flags=re.IGNORECASE).partition(
        "\0"
    )
    body: Body = {"command": "open_workstream", "name": name.strip()}
    if rest:
        person, limit = line.person(rest)
        body |= with_optional({"lead": person}, limit=re.sub(r"^may\s+", "", limit, flags=re.IGNORECASE))
    return body


def _task(line: Line) -> Body:
    person, rest = line.person(line.text("person"))
    text, at = _timed(line, rest)
    if not text:
        raise line.wrong("The task says nothing.")
    body: Body = {"command": "assign_task", "person": person, "text": text}
    if at:
        body["due_s"] = max(1, round((datetime.fromisoformat(at) - line.now).total_seconds()))
    return body


def _decide(line: Line) -> Body:
    parts = [part.strip() for part in line.text("decision").split("|")]
    if len(parts) > 3 or not parts[0]:
        raise line.wrong("/decide has three parts at most, with | between them.")
    text, instead, unknown = (*parts, "", "")[:3]
    body: Body = {"command": "decide", "text": text}
    alternatives = [each.strip() for each in re.sub(r"^instead of\s+", "", instead, flags=re.IGNORECASE).split(";")]
    if any(alternatives):
        body["alternatives"] = [each for each in alternatives if each]
    return with_optional(body, unknown=unknown)


def _hold(line: Line) -> Body:
    at, why = _time_first(line)
    return with_optional({"command": "hold", "until": at}, text=why)


def _unknown(line: Line) -> Body:
    text, at = _timed(line, line.text("unknown"))
    text, person = line.who_after_comma(text)
    return with_optional({"command": "state_unknown", "text": text}, person=person, by=at)


def _priority(line: Line) -> Body:
    text, at = _timed(line, line.text("priority"))
    text, owner = line.who_after_comma(text)
    return with_optional({"command": "state_priority", "text": text}, owner=owner, until=at)


def _inbound(line: Line) -> Body:
    kind, rest = line.first("kind")
    if not rest:
        raise line.wrong("It does not say what came in.")
    sender, colon, text = rest.partition(":")
    if not colon or len(sender) > 60 or not text.strip():
        return {"command": "add_inbound", "kind": kind.casefold(), "text": rest}
    return {"command": "add_inbound", "kind": kind.casefold(), "from": sender.strip(), "text": text.strip()}


def _answer(used: bool | None) -> Reader:
    def read(line: Line) -> Body:
        id, text = _thing(line, "Q", "item")
        body = with_optional({"command": "answer_inbound", "inbound": id}, text=text)
        return body if used is None else {**body, "used": used}

    return read


def _later(line: Line) -> Body:
    id, rest = _thing(line, "Q", "item")
    at, text = _time_first(line.after(rest))
    return with_optional({"command": "answer_inbound", "inbound": id, "until": at}, text=text)


def _on(letter: str, what: str, command: str, name: str, text: str = "", reason: bool = False) -> Reader:
    """`/word ID [TEXT]` for a thing of that letter; the text is a field, a reason, or not wanted."""

    def read(line: Line) -> Body:
        id, rest = _thing(line, letter, what)
        body: Body = {"command": command, name: id}
        if text and not rest:
            raise line.wrong(f"/{line.word} says nothing.")
        if text:
            body[text] = rest
        return with_optional(body, reason=because(rest)) if reason else body

    return read


def _let_go(line: Line) -> Body:
    person, why = line.person(line.text("person"))
    return with_optional({"command": "release_responder", "person": person}, reason=because(why))


def _looked(line: Line) -> Body:
    panel, _, shown = line.text("panel").partition("|")
    return with_optional({"command": "look", "panel": panel.strip()}, shown=shown.strip())


def _judge(line: Line) -> Body:
    timing, why = line.one_of(("early", "timely", "late"), "judgement")
    return with_optional({"command": "judge_detection", "timing": timing}, reason=because(why))


def _noticed(line: Line) -> Body:
    noticer, _ = line.one_of(("monitor", "engineer", "customer"), "who")
    return {"command": "judge_detection", "noticed_by": noticer}


READERS: Mapping[str, Reader] = {
    "call": _call,
    "heard": _on("P", "page", "acknowledge_page", "page", reason=True),
    "escalate": _escalate,
    "notyet": _not_yet,
    "workstream": _workstream,
    "endstream": _on("W", "workstream", "close_workstream", "workstream", reason=True),
    "task": _task,
    "ack": _on("T", "task", "acknowledge_task", "task"),
    "report": _on("T", "task", "report_task", "task", text="text"),
    "decide": _decide,
    "hold": _hold,
    "unknown": _unknown,
    "known": _on("N", "unknown", "note_observation", "answers", text="text"),
    "priority": _priority,
    "inbound": _inbound,
    "takein": _on("Q", "item", "take_inbound", "inbound"),
    "answer": _answer(None),
    "used": _answer(True),
    "decline": _answer(False),
    "later": _later,
    "letgo": _let_go,
    "accept": lambda line: {"command": "accept_role", "role": line.role()[0]},
    "approve": _on("U", "update", "approve_update", "update", reason=True),
    "looked": _looked,
    "probe": lambda line: {"command": "run_probe", "probe": line.text("probe")},
    "judge": _judge,
    "noticed": _noticed,
}
"""The word that is typed, and what reads the rest."""
