"""The command bar: one typed line becomes one command body, by the names and fields of the contract.

Called by the handler of `POST /incidents/{id}/say`. Pure: the time arrives as an argument, what is known of the
room in `Known`. Never decides; a line that cannot be read is refused with the form that can. What can be typed
stands in `COMPLETIONS`, from which the page's help and the completion are made.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from watchroom.base.errors import Malformed
from watchroom.incident.guidance.asking import every_question
from watchroom.incident.incident import CYCLES, Incident
from watchroom.web.command_bar import access as typed_access
from watchroom.web.command_bar import ending as typed_ending
from watchroom.web.command_bar import guiding as typed_guiding
from watchroom.web.command_bar import named
from watchroom.web.command_bar import talking as typed_talking
from watchroom.web.command_bar import work as typed_work
from watchroom.web.command_bar.form import Typed
from watchroom.web.command_bar.forms import FIRST, LAST
from watchroom.web.command_bar.parts import SPOKEN, Body, Known, Line, because, with_optional
from watchroom.web.command_bar.synonyms import SYNONYMS, offered

COMPLETIONS: tuple[Typed, ...] = (
    *FIRST,
    *typed_work.COMPLETIONS,
    *typed_ending.COMPLETIONS,
    *typed_access.COMPLETIONS,
    *typed_guiding.COMPLETIONS,
    *typed_talking.COMPLETIONS,
    *LAST,
)
"""What can be typed, in the order of an incident."""
FORMS = {each.name: each.form for each in COMPLETIONS}

AUDIENCES = ("responders", "leadership", "support", "customers", "regulator")
_NEXT = re.compile(r"\s+next\s+(?:in\s+|at\s+)?(\d{1,4}\s*(?:s|min|m|h|d)|\d{1,2}:\d{2}|\d{4}-\S+)\s*$", re.IGNORECASE)


def _things(incident: Incident, people: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the room has under each letter: id and what it says."""
    return {
        "H": {h.id: h.text for h in incident.hypotheses.by_id.values()},
        "I": {i.id: i.text for i in incident.interventions.by_id.values()},
        "N": {n.id: n.text for n in incident.unknowns.open},
        "P": {p.id: f"{people.get(p.to, p.to) or 'nobody'}: {p.text}" for p in incident.pages.by_id.values()},
        "Q": {q.id: q.text for q in incident.inbound.by_id.values()},
        "S": {s.id: s.text for s in incident.shims.open},
        "T": {t.id: t.text for t in incident.tasks.by_id.values()},
        "U": {u.id: u.impact for u in incident.updates.by_id.values()},
        "W": {w.id: w.name for w in incident.workstreams.open},
    }


def known_of(
    incident: Incident,
    people: Mapping[str, str],
    last_own_seq: int | None = None,
    offset_min: int = 0,
    teams: Sequence[str] = (),
) -> Known:
    """What a line in this room may speak of."""
    return Known(
        people=people,
        hypotheses=tuple(incident.hypotheses.by_id),
        interventions=tuple(incident.interventions.by_id),
        others={letter: tuple(things) for letter, things in _things(incident, people).items()},
        teams=tuple(teams),
        last_own_seq=last_own_seq,
        offset_min=offset_min,
    )


def asks_for_help(line: str) -> bool:
    """Whether a line asks what can be typed; it is answered to whoever asks, and says nothing to the room."""
    return line.strip().casefold() in ("/help", "/?", "/h", "?")


def parse(line: str, now: datetime, known: Known) -> Body:
    """The command body that `line` means. Raises Malformed, with the right form as its hint."""
    text = line.strip()
    if not text:
        raise Malformed("The line is empty.", hint="Say something, or type / for a command.")
    # A path or a double slash is something said, not a command.
    if not text.startswith("/") or text.startswith("//") or re.match(r"/[^\s/]*/", text):
        return {"command": "post_message", "text": text[1:] if text.startswith("//") else text}
    word, _, rest = text[1:].partition(" ")
    word = word.casefold()
    if word == "help":
        raise Malformed("/help stands alone.", hint="Send /help to see what can be typed.")
    word = SYNONYMS.get(word, word)
    if word not in _COMMANDS:
        near = offered(word, _COMMANDS)
        hint = f"Did you mean {FORMS[near]}?" if near else "Type /help to see what can be typed."
        raise Malformed(f"There is no command /{word}.", hint=hint)
    rest, given = named.split(word, rest.strip())
    line_of = Line(word, rest, now, known, FORMS[word])
    return _COMMANDS[word](line_of) | named.read(line_of, given)


def _sev(line: Line) -> Body:
    head, tail = line.first("severity")
    number = head.upper().removeprefix("SEV").lstrip("-")
    if number not in ("1", "2", "3", "4"):
        raise line.wrong(f"{head!r} is no severity.")
    return with_optional({"command": "set_severity", "severity": f"SEV{number}"}, reason=because(tail))


def _evidence(line: Line) -> Body:
    id, rest = line.thing("H", line.known.hypotheses, "theory")
    direction, text = line.after(rest).one_of(("for", "against"), "direction")
    if not text:
        raise line.wrong("The evidence says nothing.")
    return {"command": "add_evidence", "hypothesis": id, "direction": direction, "text": text}


def _standing(state: str) -> Callable[[Line], Body]:
    def read(line: Line) -> Body:
        id, why = line.thing("H", line.known.hypotheses, "theory")
        return with_optional({"command": "set_hypothesis", "hypothesis": id, "state": state}, reason=because(why))

    return read


def _try(line: Line) -> Body:
    parts = [part.strip() for part in line.text("what").split("|")]
    if len(parts) > 3 or not parts[0]:
        raise line.wrong("/try has three parts at most, with | between them.")
    text, expected, rollback = (*parts, "", "")[:3]
    return with_optional({"command": "propose_intervention", "text": text}, expected=expected, rollback=rollback)


def _on(command: str, **fixed: str) -> Callable[[Line], Body]:
    def read(line: Line) -> Body:
        id, text = line.thing("I", line.known.interventions, "try")
        body: Body = {"command": command, "intervention": id, **fixed}
        return with_optional(body, text=text) if fixed else with_optional(body, reason=because(text))

    return read


def _mitigated(line: Line) -> Body:
    id = line.rest.upper()
    return with_optional(
        {"command": "mark_mitigated"}, by=id if id in line.known.interventions else re.sub(r"^by\s+", "", line.rest)
    )


def _update(line: Line) -> Body:
    audience, rest = line.one_of(AUDIENCES, "audience")
    at = ""
    if found := _NEXT.search(f" {rest}"):
        at, rest = line.time(found[1]), f" {rest}"[: found.start()].strip()
    if not rest:
        raise line.wrong("The update says nothing.")
    return with_optional({"command": "post_update", "audience": audience, "impact": rest}, next_at=at)


def _draft(line: Line) -> Body:
    return {**_update(line), "draft": True}


def _take(line: Line) -> Body:
    role, _ = line.role()
    return {"command": "assign_role", "role": role, "person": "me"}


def _lead(line: Line) -> Body:
    role, rest = line.role()
    person, rest = line.person(rest)
    return with_optional({"command": "assign_role", "role": role, "person": person}, limit=re.sub(r"^may\s+", "", rest))


def _handover(line: Line) -> Body:
    role, rest = line.role()
    person, rest = line.person(re.sub(r"^to\s+", "", rest))
    return with_optional(
        {"command": "hand_over_role", "role": role, "to": person}, brief=re.sub(r"^brief:?\s+", "", rest)
    )


def _release(line: Line) -> Body:
    return {"command": "release_role", "role": line.role()[0]}


def _own(line: Line) -> Body:
    cycle, rest = line.one_of(CYCLES, "cycle")
    return {"command": "own_cycle", "cycle": cycle, "person": line.person(rest or "me")[0]}


def _tell(line: Line) -> Body:
    person, words = line.person(line.text("person"))
    if not words:
        raise line.wrong("You say nothing to them.")
    return {"command": "post_message", "text": words, "channel": "direct", "to": person}


def _category(line: Line) -> Body:
    names = [name.strip() for name in line.text("category").split(",")]
    return {"command": "categorise", "categories": [name for name in names if name]}


def _title(line: Line) -> Body:
    return {"command": "correct_incident", "title": line.text("title")}


def _services(line: Line) -> Body:
    names = [name.strip() for name in line.text("service").split(",")]
    return {"command": "correct_incident", "services": [name for name in names if name]}


def _resolve(line: Line) -> Body:
    understood, text = line.one_of(("yes", "partly", "no"), "answer")
    return with_optional({"command": "resolve", "understood": understood}, text=text)


def _close(line: Line) -> Body:
    words = line.rest.casefold()
    if words.startswith("no review"):
        return with_optional(
            {"command": "close", "review": "not_required"}, reason=because(line.rest[len("no review") :])
        )
    if not words.startswith("review"):
        raise line.wrong("/close says whether a review is held.")
    rest = line.rest[len("review") :].strip()
    body: Body = {"command": "close", "review": "required"}
    if rest:
        person, when = line.person(re.sub(r"^by\s+", "", rest))
        body |= with_optional({"owner": person}, due_at=line.time(re.sub(r"^(?:on|by)\s+", "", when)) if when else "")
    return body


def _undo(line: Line) -> Body:
    if line.rest:
        number = line.rest.removeprefix("#")
        if not (number.isascii() and number.isdigit()):
            raise line.wrong("Say which entry: each one's number stands at its end.")
        return {"command": "retract", "seq": int(number)}
    if line.known.last_own_seq is None:
        raise Malformed("You have nothing here that can be taken back.", hint="Post a correction instead.")
    return {"command": "retract", "seq": line.known.last_own_seq}


def _redact(line: Line) -> Body:
    number, _, why = line.rest.partition(" ")
    number = number.removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        raise line.wrong("Say which entry: each one's number stands at its end.")
    return with_optional({"command": "redact", "seq": int(number)}, reason=because(why.strip()))


def _said(command: str, name: str, needed: str = "") -> Callable[[Line], Body]:
    def read(line: Line) -> Body:
        return (
            {"command": command, name: line.text(needed)}
            if needed
            else with_optional({"command": command}, **{name: line.rest})
        )

    return read


_COMMANDS: dict[str, Callable[[Line], Body]] = {
    "declare": _said("declare", "title"),
    "sev": _sev,
    "impact": _said("state_impact", "text", "impact"),
    "trend": lambda line: {"command": "state_trend", "trend": line.one_of(("worse", "stable", "better"), "trend")[0]},
    "theory": _said("propose_hypothesis", "text", "theory"),
    "evidence": _evidence,
    "test": _standing("testing"),
    "supported": _standing("supported"),
    "ruleout": _standing("ruled_out"),
    "try": _try,
    "start": _on("start_intervention"),
    "helped": _on("observe_intervention", outcome="helped"),
    "noeffect": _on("observe_intervention", outcome="no_effect"),
    "worse": _on("observe_intervention", outcome="worse"),
    "tooearly": _on("observe_intervention", outcome="too_early"),
    "revert": _on("revert_intervention"),
    "mitigated": _mitigated,
    "returned": _said("mark_impact_returned", "text"),
    "update": _update,
    "draft": _draft,
    "take": _take,
    "lead": _lead,
    "handover": _handover,
    "release": _release,
    "own": _own,
    "join": lambda line: {"command": "join"},
    "note": _said("note_observation", "text", "observation"),
    "tell": _tell,
    "category": _category,
    "title": _title,
    "services": _services,
    "resolve": _resolve,
    "close": _close,
    "reopen": lambda line: with_optional({"command": "reopen"}, reason=because(line.rest)),
    "undo": _undo,
    **typed_work.READERS,
    **typed_ending.READERS,
    "adopt": lambda line: with_optional({"command": "adopt_profile"}, reason=because(line.rest)),
    **typed_access.READERS,
    **typed_guiding.READERS,
    **typed_talking.READERS,
    "redact": _redact,
}


SHOWN_MAX = 200
"""So many of a kind are completed: the newest."""
TEXT_MAX = 120


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"


def vocabulary() -> bytes:
    """Every command with its parts, as JSON: the same for every room."""
    commands = [each.shown(named.named(each.name)) for each in COMPLETIONS]
    return msgspec.json.encode({"commands": commands, "synonyms": SYNONYMS})


def completions(
    incident: Incident,
    people: Mapping[str, str],
    teams: Sequence[str] = (),
    services: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> bytes:
    """What the command bar completes from in this room, as JSON: its ids, people, teams, services, signals."""
    persons = [{"id": ref, "text": name} for ref, name in people.items()]
    groups = [{"id": team, "text": "a team"} for team in teams]
    own = {name for signal in incident.signals.by_id.values() if (name := signal.service)}
    signals = list(incident.signals.by_id.values())[::-1][:SHOWN_MAX]
    return msgspec.json.encode(
        {
            **{
                letter: [{"id": id, "text": _short(text)} for id, text in list(things.items())[-SHOWN_MAX:]]
                for letter, things in _things(incident, people).items()
            },
            "people": persons,
            "callable": [*persons, *groups],
            "guests": [*persons, *groups, {"id": "everyone", "text": "no restriction"}],
            "role": list(SPOKEN),
            "audience": list(AUDIENCES),
            "cycle": list(CYCLES),
            "category": list(dict.fromkeys((*categories, *incident.known_categories))),
            "question": sorted({question.name for question in every_question(incident)}),
            "services": sorted({*services, *own, *incident.declaration.services}),
            "signals": [{"id": signal.id, "text": _short(signal.title)} for signal in signals],
        }
    )
