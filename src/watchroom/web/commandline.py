"""The command bar: one typed line becomes one command body, by the names and fields of the contract.

Called by the handler of `POST /incidents/{id}/say`. Pure: the time arrives as an argument, what is known of the
room in `Known`. Never decides; a line that cannot be read is refused with the form that can. What can be typed
stands in `COMPLETIONS`, from which the page's help and the completion are made.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

import msgspec

from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed
from watchroom.incident.incident import CYCLES, Incident

Body = dict[str, Any]

COMPLETIONS: tuple[tuple[str, str, str], ...] = (
    ("declare", "/declare TITLE", "say that this is an incident"),
    ("sev", "/sev 1|2|3|4 [because WHY]", "rate it"),
    ("impact", "/impact TEXT", "what customers cannot do"),
    ("trend", "/trend worse|stable|better", "where it is heading"),
    ("theory", "/theory TEXT", "put up a theory"),
    ("evidence", "/evidence H1 for|against TEXT", "what speaks for or against it"),
    ("test", "/test H1", "begin to test a theory"),
    ("supported", "/supported H1 [WHY]", "the evidence supports it"),
    ("ruleout", "/ruleout H1 [WHY]", "drop a theory"),
    ("try", "/try WHAT | EXPECTED | WAY BACK", "propose an intervention"),
    ("start", "/start I1", "it is being done"),
    ("helped", "/helped I1 [WHAT YOU SAW]", "it helped"),
    ("noeffect", "/noeffect I1 [WHAT YOU SAW]", "it did nothing"),
    ("worse", "/worse I1 [WHAT YOU SAW]", "it made it worse"),
    ("tooearly", "/tooearly I1 [WHAT YOU SAW]", "too early to tell"),
    ("revert", "/revert I1", "it was taken back"),
    ("mitigated", "/mitigated [I1 or WHAT STOPPED IT]", "customers hurt no longer"),
    ("returned", "/returned [TEXT]", "customers hurt again"),
    ("update", "/update AUDIENCE TEXT next 20m|14:30", "tell an audience, and when it hears next"),
    ("take", "/take ROLE", "take a role: commander, tech, comms, scribe"),
    ("lead", "/lead ROLE PERSON [may WHAT]", "give somebody a role"),
    ("handover", "/handover ROLE PERSON [BRIEF]", "hand a role over"),
    ("release", "/release ROLE", "let a role go"),
    ("own", "/own CYCLE PERSON", "who looks after a cycle"),
    ("join", "/join", "say that you are here"),
    ("note", "/note TEXT", "write down what you see"),
    ("category", "/category A, B", "what kind of incident it is"),
    ("resolve", "/resolve yes|partly|no [TEXT]", "it is over; is it understood?"),
    ("close", "/close review PERSON DATE, or /close no review because WHY", "put the room away"),
    ("reopen", "/reopen [WHY]", "it goes on"),
    ("undo", "/undo", "take back your last entry"),
    ("redact", "/redact NUMBER because WHY", "purge for good what an entry says"),
)
"""Name, form, what it does; in the order of an incident."""
FORMS = {name: form for name, form, _ in COMPLETIONS}

AUDIENCES = ("responders", "leadership", "support", "customers", "regulator")
ROLE_WORDS: dict[str, str] = {
    "commander": "incident_commander",
    "ic": "incident_commander",
    "command": "incident_commander",
    "tech": "technical_lead",
    "technical": "technical_lead",
    "tl": "technical_lead",
    "comms": "communications_lead",
    "communications": "communications_lead",
    "scribe": "scribe",
    "liaison": "customer_liaison",
    "customer": "customer_liaison",
    "expert": "subject_expert",
    "subject": "subject_expert",
}
_SPOKEN = ("commander", "tech", "comms", "scribe", "liaison", "expert")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"^(\d{1,4})\s*(s|m|min|h|d)$", re.IGNORECASE)
_HOUR = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_NEXT = re.compile(r"\s+next\s+(?:in\s+|at\s+)?(\d{1,4}\s*(?:s|min|m|h|d)|\d{1,2}:\d{2}|\d{4}-\S+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What the line may speak of."""

    people: Mapping[str, str] = field(default_factory=dict)
    """Ref to name."""
    hypotheses: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    last_own_seq: int | None = None
    """The caller's last entry that can be taken back."""
    offset_min: int = 0
    """How many minutes the typist's clock is ahead of UTC, so that 14:30 means theirs."""


def known_of(
    incident: Incident, people: Mapping[str, str], last_own_seq: int | None = None, offset_min: int = 0
) -> Known:
    """What a line in this room may speak of."""
    return Known(
        people=people,
        hypotheses=tuple(incident.hypotheses.by_id),
        interventions=tuple(incident.interventions.by_id),
        last_own_seq=last_own_seq,
        offset_min=offset_min,
    )


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
    if word not in _COMMANDS:
        near = get_close_matches(word, _COMMANDS, n=1, cutoff=0.5)
        hint = f"Did you mean {FORMS[near[0]]}?" if near else "Type ? to see what can be typed."
        raise Malformed(f"There is no command /{word}.", hint=hint)
    return _COMMANDS[word](_Line(word, rest.strip(), now, known))


@dataclass(frozen=True)
class _Line:
    """One command's rest, with the ways to read its parts."""

    word: str
    rest: str
    now: datetime
    known: Known

    def wrong(self, why: str) -> Malformed:
        return Malformed(why, hint=f"Type: {FORMS[self.word]}")

    def text(self, what: str) -> str:
        if not self.rest:
            raise self.wrong(f"/{self.word} says no {what}.")
        return self.rest

    def first(self, what: str) -> tuple[str, str]:
        """The first word and what follows it."""
        head, _, tail = self.text(what).partition(" ")
        return head, tail.strip()

    def one_of(self, words: tuple[str, ...], what: str) -> tuple[str, str]:
        head, tail = self.first(what)
        found = [word for word in words if word == head.casefold()] or [
            word for word in words if word.startswith(head.casefold())
        ]
        if len(found) != 1:
            raise self.wrong(f"{head!r} is not one of {', '.join(words)}.")
        return found[0], tail

    def thing(self, letter: str, known: tuple[str, ...], what: str) -> tuple[str, str]:
        head, tail = self.first(what)
        id = head.upper().rstrip(":,")
        if id.isdigit():
            id = f"{letter}{id}"
        if not re.fullmatch(rf"{letter}\d+", id):
            raise self.wrong(f"{head!r} is no {what}; they are called {letter}1, {letter}2, …")
        if id not in known:
            names = ", ".join(known) or "none yet"
            raise Malformed(f"There is no {what} {id} here.", hint=f"Known: {names}.")
        return id, tail

    def role(self) -> tuple[str, str]:
        head, tail = self.first("role")
        word = head.casefold()
        # "tech lead" and "comms lead" are two words for one role.
        if tail.casefold().split(" ")[0] == "lead" and word in ("tech", "technical", "comms", "communications"):
            tail = tail[4:].strip()
        role = ROLE_WORDS.get(word) or (word if word in ROLE_WORDS.values() else "")
        if not role:
            raise self.wrong(f"{head!r} is no role; there are {', '.join(_SPOKEN)}.")
        return role, tail

    def person(self, text: str, what: str = "person") -> tuple[str, str]:
        """A ref at the beginning of `text`: `me`, an e-mail, a ref, or a name of the directory, the longest first."""
        if not text:
            raise self.wrong(f"/{self.word} names no {what}.")
        head, _, tail = text.partition(" ")
        head = head.removeprefix("@").rstrip(",:")
        if head.casefold() == "me" or "@" in head or head.startswith(("character:", "token:")):
            return head.casefold() if head.casefold() == "me" else head, tail.strip()
        plain = _plain(text.removeprefix("@"))
        whole = [(ref, name) for ref, name in self.known.people.items() if _begins(plain, _plain(name))]
        if whole:
            ref, name = max(whole, key=lambda pair: len(pair[1]))
            return ref, text.removeprefix("@")[len(name) :].strip(" ,:")
        first = [ref for ref, name in self.known.people.items() if _plain(head) in _plain(name).split()]
        if len(first) == 1:
            return first[0], tail.strip()
        if first:
            raise Malformed(f"{head} may be {' or '.join(first)}.", hint="Type more of the name, or the e-mail.")
        near = get_close_matches(head, [part for name in self.known.people.values() for part in name.split()], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise Malformed(f"Nobody is called {head}.", hint=f"{hint}Type a name, an e-mail, or me.")

    def time(self, text: str) -> str:
        """`20m`, `14:30` (the typist's clock, the next one to come), a date, or RFC 3339; as RFC 3339."""
        here = timedelta(minutes=self.known.offset_min)
        if found := _SPAN.match(text):
            return rfc3339(self.now + timedelta(seconds=int(found[1]) * _UNITS[found[2].casefold()]))
        if found := _HOUR.match(text):
            local = (self.now + here).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
            return rfc3339((local if local > self.now + here else local + timedelta(days=1)) - here)
        try:
            at = datetime.fromisoformat(text if "T" in text.upper() else f"{text}T12:00")
            return rfc3339(at if at.tzinfo else at.replace(tzinfo=self.now.tzinfo) - here)
        except (ValueError, OverflowError) as error:
            raise self.wrong(f"{text!r} is no time; write 20m, 14:30 or 2026-11-27.") from error


def _plain(name: str) -> str:
    """Without case and accents, letter for letter: `Inès` is typed as `ines` at 3 AM."""
    letters = (unicodedata.normalize("NFD", letter)[:1] or letter for letter in unicodedata.normalize("NFC", name))
    return "".join(letter.lower() for letter in letters)


def _begins(text: str, name: str) -> bool:
    return text == name or text.startswith((f"{name} ", f"{name},", f"{name}:"))


def _because(text: str) -> str:
    return re.sub(r"^(?:because|since|:)\s*", "", text.strip(), flags=re.IGNORECASE)


def _sev(line: _Line) -> Body:
    head, tail = line.first("severity")
    number = head.upper().removeprefix("SEV").lstrip("-")
    if number not in ("1", "2", "3", "4"):
        raise line.wrong(f"{head!r} is no severity.")
    return _with({"command": "set_severity", "severity": f"SEV{number}"}, reason=_because(tail))


def _with(body: Body, **optional: str) -> Body:
    return body | {name: value for name, value in optional.items() if value}


def _evidence(line: _Line) -> Body:
    id, rest = line.thing("H", line.known.hypotheses, "theory")
    direction, text = _Line(line.word, rest, line.now, line.known).one_of(("for", "against"), "direction")
    if not text:
        raise line.wrong("The evidence says nothing.")
    return {"command": "add_evidence", "hypothesis": id, "direction": direction, "text": text}


def _standing(state: str) -> Callable[[_Line], Body]:
    def read(line: _Line) -> Body:
        id, why = line.thing("H", line.known.hypotheses, "theory")
        return _with({"command": "set_hypothesis", "hypothesis": id, "state": state}, reason=_because(why))

    return read


def _try(line: _Line) -> Body:
    parts = [part.strip() for part in line.text("what").split("|")]
    if len(parts) > 3 or not parts[0]:
        raise line.wrong("/try has three parts at most, with | between them.")
    text, expected, rollback = (*parts, "", "")[:3]
    return _with({"command": "propose_intervention", "text": text}, expected=expected, rollback=rollback)


def _on(command: str, **fixed: str) -> Callable[[_Line], Body]:
    def read(line: _Line) -> Body:
        id, text = line.thing("I", line.known.interventions, "intervention")
        body: Body = {"command": command, "intervention": id, **fixed}
        return _with(body, text=text) if fixed else _with(body, reason=_because(text))

    return read


def _mitigated(line: _Line) -> Body:
    id = line.rest.upper()
    return _with(
        {"command": "mark_mitigated"}, by=id if id in line.known.interventions else re.sub(r"^by\s+", "", line.rest)
    )


def _update(line: _Line) -> Body:
    audience, rest = line.one_of(AUDIENCES, "audience")
    at = ""
    if found := _NEXT.search(f" {rest}"):
        at, rest = line.time(found[1]), f" {rest}"[: found.start()].strip()
    if not rest:
        raise line.wrong("The update says nothing.")
    return _with({"command": "post_update", "audience": audience, "impact": rest}, next_at=at)


def _take(line: _Line) -> Body:
    role, _ = line.role()
    return {"command": "assign_role", "role": role, "person": "me"}


def _lead(line: _Line) -> Body:
    role, rest = line.role()
    person, rest = line.person(rest)
    return _with({"command": "assign_role", "role": role, "person": person}, limit=re.sub(r"^may\s+", "", rest))


def _handover(line: _Line) -> Body:
    role, rest = line.role()
    person, rest = line.person(re.sub(r"^to\s+", "", rest))
    return _with({"command": "hand_over_role", "role": role, "to": person}, brief=re.sub(r"^brief:?\s+", "", rest))


def _release(line: _Line) -> Body:
    return {"command": "release_role", "role": line.role()[0]}


def _own(line: _Line) -> Body:
    cycle, rest = line.one_of(CYCLES, "cycle")
    return {"command": "own_cycle", "cycle": cycle, "person": line.person(rest or "me")[0]}


def _category(line: _Line) -> Body:
    names = [name.strip() for name in line.text("category").split(",")]
    return {"command": "categorise", "categories": [name for name in names if name]}


def _resolve(line: _Line) -> Body:
    understood, text = line.one_of(("yes", "partly", "no"), "answer")
    return _with({"command": "resolve", "understood": understood}, text=text)


def _close(line: _Line) -> Body:
    words = line.rest.casefold()
    if words.startswith("no review"):
        return _with({"command": "close", "review": "not_required"}, reason=_because(line.rest[len("no review") :]))
    if not words.startswith("review"):
        raise line.wrong("/close says whether a review is held.")
    rest = line.rest[len("review") :].strip()
    body: Body = {"command": "close", "review": "required"}
    if rest:
        person, when = line.person(re.sub(r"^by\s+", "", rest))
        body |= _with({"owner": person}, due_at=line.time(re.sub(r"^(?:on|by)\s+", "", when)) if when else "")
    return body


def _undo(line: _Line) -> Body:
    if line.known.last_own_seq is None:
        raise Malformed("You have nothing here that can be taken back.", hint="Post a correction instead.")
    return {"command": "retract", "seq": line.known.last_own_seq}


def _redact(line: _Line) -> Body:
    number, _, why = line.rest.partition(" ")
    number = number.removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        raise line.wrong("Say which entry: each one's number stands at its end.")
    return _with({"command": "redact", "seq": int(number)}, reason=_because(why.strip()))


def _said(command: str, name: str, needed: str = "") -> Callable[[_Line], Body]:
    def read(line: _Line) -> Body:
        return (
            {"command": command, name: line.text(needed)}
            if needed
            else _with({"command": command}, **{name: line.rest})
        )

    return read


_COMMANDS: dict[str, Callable[[_Line], Body]] = {
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
    "take": _take,
    "lead": _lead,
    "handover": _handover,
    "release": _release,
    "own": _own,
    "join": lambda line: {"command": "join"},
    "note": _said("note_observation", "text", "observation"),
    "category": _category,
    "resolve": _resolve,
    "close": _close,
    "reopen": lambda line: _with({"command": "reopen"}, reason=_because(line.rest)),
    "undo": _undo,
    "redact": _redact,
}


def completions(incident: Incident, people: Mapping[str, str]) -> bytes:
    """What the command bar completes from, as JSON: commands, the room's ids, people, roles, audiences, cycles."""
    return msgspec.json.encode(
        {
            "commands": [{"name": name, "form": form, "does": does} for name, form, does in COMPLETIONS],
            "H": [{"id": h.id, "text": h.text} for h in incident.hypotheses.by_id.values()],
            "I": [{"id": i.id, "text": i.text} for i in incident.interventions.by_id.values()],
            "people": [{"id": ref, "text": name} for ref, name in people.items()],
            "role": list(_SPOKEN),
            "audience": list(AUDIENCES),
            "cycle": list(CYCLES),
        }
    )
