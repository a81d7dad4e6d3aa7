"""Fields typed by their name, in any order after the words: `/impact UK cannot pay services=checkout share=30%`.

What a command's form has no place for is said in this way, so that whatever a program can send can be typed too. A
value lasts until the next name of this command. Called by `line` before the command's own reader. Pure.
"""

import re
from collections.abc import Callable, Mapping

from watchroom.web.command_bar.form import Kind, Part
from watchroom.web.command_bar.parts import Body, Line

LEVELS = ("none", "few", "many", "all")
URGENCIES = ("low", "medium", "high")
STATES = ("investigating", "identified", "monitoring", "resolved")


def _named(name: str, kind: Kind, does: str, *choices: str) -> Part:
    return Part(f"{name}=", kind, does, optional=True, choices=choices)


AT = _named("at", "past", "when it was, if it was not just now")
REASON = _named("reason", "text", "why; it stays in the record")
SERVICES = _named("services", "services", "which services, with commas between")
STREAM = _named("workstream", "W", "the thread of work that it belongs to")
LINK = _named("link", "link", "a page that shows it")
IMPACT = _named("impact", "choice", "how many customers feel it", *LEVELS)
URGENCY = _named("urgency", "choice", "how fast it gets worse", *URGENCIES)
OWNER = _named("owner", "people", "who goes on with it")

_UPDATE = (
    _named("doing", "text", "what we do"),
    _named("need", "text", "what we need of them"),
    _named("state", "choice", "how it stands", *STATES),
    _named("title", "text", "its headline"),
    _named("components", "pairs", "how parts of the status page are: Checkout: degraded; Search: up"),
    _named("replaces", "U", "the draft that it is written anew for"),
)
_DRAFT = (_named("to", "people", "who lets it go out"), _named("brief", "text", "what they must know"))

NAMED: Mapping[str, tuple[Part, ...]] = {
    "declare": (IMPACT, URGENCY, SERVICES, _named("noticed", "past", "when it was first noticed")),
    "sev": (IMPACT, URGENCY),
    "impact": (
        _named("share", "share", "what share of customers: 30%, or 20-40%"),
        SERVICES,
        _named("since", "past", "since when customers feel it"),
        _named("regions", "list", "where, with commas between"),
        _named("tiers", "list", "which customers, with commas between"),
        _named("platforms", "list", "on what: web, iOS"),
    ),
    "theory": (STREAM,),
    "evidence": (LINK,),
    "note": (LINK,),
    "known": (LINK,),
    "try": (
        _named("risk", "text", "what could go wrong"),
        SERVICES,
        _named("settles", "span", "how long until its effect shows"),
        STREAM,
        _named("lever", "lever", "in a drill: the lever, and what it is pulled with: roll_back service: checkout"),
    ),
    "mitigated": (_named("text", "text", "what customers see now"),),
    "task": (STREAM,),
    "decide": (_named("objections", "flag", "whether you asked for strong objections", "asked"),),
    "priority": (_named("from", "time", "from when"),),
    "inbound": (_named("audience", "choice", "whom it comes from", "customers", "leadership", "regulator", "support"),),
    "update": (*_UPDATE, _named("draft", "flag", "whether somebody else lets it go out", "yes"), *_DRAFT),
    "draft": (*_UPDATE, *_DRAFT),
    "letgo": (_named("also", "guests", "who else, with commas between"),),
    "looked": (
        _named("query", "text", "what was asked of it"),
        _named("start", "past", "from when"),
        _named("end", "past", "until when"),
    ),
    "probe": (_named("arguments", "pairs", "what it was tried with: path: /pay; region: UK"),),
    "resolve": (OWNER,),
    "watch": (_named("signals", "signals", "which signals, with commas between; all of them if none is said"),),
    "keep": (_named("expires", "time", "when its source forgets it"),),
    "mystery": (_named("due", "time", "by when somebody looks"),),
    "redact": (_named("people", "flag", "whether the people whom it names go too", "yes"),),
    "close": (_named("why", "text", "why a review is held"),),
}
"""By command: what else can be said of it."""
FIELDS: Mapping[str, str] = {
    "noticed": "noticed_at",
    "since": "began_at",
    "settles": "settle_s",
    "objections": "objections_asked",
    "expires": "expires_at",
    "due": "due_at",
    "why": "reason",
}
"""The field of the command where it is not called as it is typed."""
NOBODY = frozenset(("undo", "help", "read"))
"""Commands of which nothing else can be said."""


def named(word: str) -> tuple[Part, ...]:
    """Everything that can be said by its name of the command that is typed as `word`."""
    if word in NOBODY:
        return ()
    own = NAMED.get(word, ())
    return (*own, AT, REASON)


def split(word: str, rest: str) -> tuple[str, dict[str, str]]:
    """The line without what is said by name, and that by its name."""
    names = "|".join(part.shown[:-1] for part in named(word))
    if not names or "=" not in rest:
        return rest, {}
    pieces = re.split(rf"(?:^|(?<=\s))({names})=", rest, flags=re.IGNORECASE)
    given = {name.casefold(): value.strip() for name, value in zip(pieces[1::2], pieces[2::2], strict=True)}
    return pieces[0].strip(), given


def read(line: Line, given: Mapping[str, str]) -> Body:
    """The fields that were said by name. Raises Malformed, with what can stand there as its hint."""
    body: Body = {}
    parts = {part.shown[:-1]: part for part in named(line.word)}
    for name, value in given.items():
        if not value:
            raise line.wrong(f"{name}= says nothing.")
        body |= _READ[parts[name].kind](line, FIELDS.get(name, name), value, parts[name])
    return body


def _text(line: Line, field: str, value: str, part: Part) -> Body:
    return {field: value}


def _choice(line: Line, field: str, value: str, part: Part) -> Body:
    return {field: line.after(value).one_of(part.choices, part.shown)[0]}


def _list(line: Line, field: str, value: str, part: Part) -> Body:
    return {field: [each.strip() for each in value.split(",") if each.strip()]}


def _people(line: Line, field: str, value: str, part: Part) -> Body:
    return {field: line.person(value)[0]}


def _guests(line: Line, field: str, value: str, part: Part) -> Body:
    return {field: [line.person(each.strip())[0] for each in value.split(",") if each.strip()]}


def _pairs_of(line: Line, value: str) -> dict[str, str]:
    pairs = [each.partition(":") for each in value.split(";") if each.strip()]
    if not all(colon and name.strip() for name, colon, _ in pairs):
        raise line.wrong("Write each as NAME: VALUE, with ; between.")
    return {name.strip(): each.strip() for name, _, each in pairs}


def _pairs(line: Line, field: str, value: str, part: Part) -> Body:
    pairs = _pairs_of(line, value)
    if field == "components":
        pairs = {name: state.replace(" ", "_") for name, state in pairs.items()}
    return {field: pairs}


def _lever(line: Line, field: str, value: str, part: Part) -> Body:
    name, _, rest = value.partition(" ")
    return {field: {"name": name, "arguments": _pairs_of(line, rest)}}


def _share(line: Line, field: str, value: str, part: Part) -> Body:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:\s*(?:-|to|–)\s*(\d+(?:\.\d+)?))?\s*(%?)", value)
    if found is None:
        raise line.wrong(f"{value!r} is no share; write 30%, 20-40% or 0.3.")
    percent = 100.0 if found[3] or float(found[2] or found[1]) > 1 else 1.0
    low, high = float(found[1]) / percent, float(found[2] or found[1]) / percent
    if not low <= high <= 1:
        raise line.wrong(f"{value!r} is no share; the lower comes first, and 100% is all.")
    return {"share_low": low} | ({"share_high": high} if found[2] else {})


def _thing(letter: str) -> Callable[[Line, str, str, Part], Body]:
    def reader(line: Line, field: str, value: str, part: Part) -> Body:
        known = line.known.interventions if letter == "I" else line.known.others.get(letter, ())
        return {field: line.after(value).thing(letter, known, part.shown[:-1])[0]}

    return reader


_READ: Mapping[Kind, Callable[[Line, str, str, Part], Body]] = {
    "text": _text,
    "link": _text,
    "choice": _choice,
    "flag": lambda line, field, value, part: {field: value.casefold() not in ("no", "false", "not")},
    "list": _list,
    "services": _list,
    "signals": _list,
    "people": _people,
    "guests": _guests,
    "pairs": _pairs,
    "lever": _lever,
    "share": _share,
    "time": lambda line, field, value, part: {field: line.time(value)},
    "past": lambda line, field, value, part: {field: line.past(value)},
    "span": lambda line, field, value, part: {field: line.span_s(value)},
    "U": _thing("U"),
    "W": _thing("W"),
}
"""How each kind of value is read: the line, the command's field, the value, and what it is a value of."""
