"""The `.room` language, read: what happens above the rule, what is expected below it. Reference: docs/room-scripts.md.

Called by `conftest` (for files) and by the tests of the language. Knows words and times; what a verb means stands in
`verbs`, what an expectation means in `expectations`. Never runs anything.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

RULE = re.compile(r"-{4,}")
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_SECONDS = (86_400, 3_600, 60, 1)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_json = msgspec.json.Decoder()


class ScriptError(Exception):
    """A script that cannot be read, or that saw something else than it expects. Names file and line."""

    def __init__(self, where: str, line: int, says: str) -> None:
        super().__init__(f"{where}:{line}: {says}")


@dataclass(frozen=True)
class Word:
    """One word of a line: bare, quoted, or a whole JSON value."""

    text: str
    quoted: bool = False
    value: Any = None
    """The JSON value, of a word that begins with a brace or a bracket."""

    def __str__(self) -> str:
        return f'"{self.text}"' if self.quoted else self.text


@dataclass(frozen=True)
class Deed:
    """One line above the rule: who does what, when, in which room."""

    line: int
    text: str
    at_s: float
    who: str
    words: tuple[Word, ...]
    room: int = 0
    """Which room, counted from 1 in the order of their births; 0 where the line does not say."""
    name: str = ""
    """What the event is called from here on."""


@dataclass(frozen=True)
class When:
    """At what time something is expected: at one moment, first between two, never, or at the end."""

    start_s: float
    end_s: float
    kind: str


@dataclass(frozen=True)
class Expected:
    """One line below the rule: what should be so, when, in which room."""

    line: int
    text: str
    when: When
    claims: tuple[tuple[Word, ...], ...]
    room: int = 1


@dataclass
class Script:
    """A whole script. Deeds of one inner tuple are done at once."""

    where: str
    title: str
    moments: list[tuple[Deed, ...]] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    senders: dict[str, str] = field(default_factory=dict)

    def error(self, line: int, says: str) -> ScriptError:
        """A fault of this script."""
        return ScriptError(self.where, line, says)


def seconds(text: str) -> float | None:
    """`1h30m`, `90s`, `0s`, `2d` in seconds; None for anything else."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        return None
    return sum(float(number) * unit for number, unit in zip(found.groups(), _SECONDS, strict=True) if number)


def said(at_s: float) -> str:
    """Seconds as a script writes them."""
    hours, rest = divmod(at_s, 3600)
    minutes, left = divmod(rest, 60)
    parts = (f"{hours:g}h" if hours else "", f"{minutes:g}m" if minutes else "", f"{left:g}s" if left else "")
    return "".join(parts) or "0s"


def near(word: str, known: Sequence[str]) -> str:
    """A hint that names what is nearest, or everything that is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"


def words_of(text: str) -> list[Word]:
    """The words of a line. Raises ValueError when a quotation or a brace does not end."""
    words: list[Word] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char.isspace():
            place += 1
        elif char == "#" and not words:
            break
        elif char == ",":
            words.append(Word(","))
            place += 1
        elif char == '"':
            place, quoted = _quoted(text, place)
            words.append(Word(quoted, quoted=True))
        elif char in "{[":
            place, raw = _balanced(text, place)
            words.append(Word(raw, value=_decoded(raw)))
        else:
            place, bare = _bare(text, place)
            words.append(Word(bare))
    return words


def _quoted(text: str, place: int) -> tuple[int, str]:
    found = _QUOTED.match(text, place)
    if found is None:
        raise ValueError(f"a quotation that begins with {text[place : place + 20]!r} does not end")
    return found.end(), str(_json.decode(found.group()))


def _balanced(text: str, place: int) -> tuple[int, str]:
    """A braced piece, to its closing brace; braces in quotations do not count."""
    depth, end = 0, place
    while end < len(text):
        if text[end] == '"':
            end, _ = _quoted(text, end)
            continue
        depth += (text[end] in "{[") - (text[end] in "}]")
        end += 1
        if depth == 0:
            return end, text[place:end]
    raise ValueError(f"{text[place : place + 20]!r} does not end")


def _bare(text: str, place: int) -> tuple[int, str]:
    """A bare word; an alert's labels in braces belong to its name."""
    end = place
    while end < len(text) and not text[end].isspace() and text[end] != ",":
        end = _balanced(text, end)[0] if text[end] == "{" else end + 1
    return end, text[place:end]


def _decoded(raw: str) -> Any:
    try:
        return _json.decode(raw)
    except msgspec.DecodeError:
        # `[a, b]`: a list of bare words.
        return [part.strip().strip('"') for part in raw[1:-1].split(",") if part.strip()]


def read(text: str, where: str) -> Script:
    """A script from its text. Raises ScriptError."""
    lines = text.splitlines()
    title = next((line.lstrip("# ").strip() for line in lines if line.strip()), "")
    script = Script(where, title, senders={"alertmanager": "alertmanager", "prometheus": "prometheus"})
    script.senders["generic"] = "generic"
    below = False
    for number, line in enumerate(lines, 1):
        if RULE.fullmatch(line.strip()):
            if below:
                raise script.error(number, "a second rule; one parts what happens from what is expected")
            below = True
            continue
        try:
            words = words_of(line)
        except ValueError as error:
            raise script.error(number, str(error)) from error
        if not words:
            continue
        if below:
            script.expected.append(_expected(script, number, line.strip(), words))
        else:
            _take(script, number, line.strip(), words)
    if not below or not script.expected:
        raise script.error(len(lines) or 1, "nothing is expected: a rule (----) and lines that begin with expect")
    return script


def _take(script: Script, number: int, text: str, words: list[Word]) -> None:
    match words[0].text:
        case "sender":
            if len(words) != 3:
                raise script.error(number, "a sender has a name and a kind: sender uptime generic")
            script.senders[words[1].text] = words[2].text
        case "at":
            at_s = _time(script, number, words, 1)
            if script.moments and at_s < script.moments[-1][0].at_s:
                raise script.error(number, f"{said(at_s)} is before the line above; time goes on")
            script.moments.append((_deed(script, number, text, at_s, words[2:]),))
        case "and" if script.moments:
            before = script.moments[-1]
            script.moments[-1] = (*before, _deed(script, number, text, before[0].at_s, words[1:]))
        case other:
            hint = near(other, ("at", "and", "sender"))
            raise script.error(number, f"a line above the rule begins with at, and, or sender, not {other!r}; {hint}")


def _time(script: Script, number: int, words: Sequence[Word], place: int) -> float:
    text = words[place].text if place < len(words) else ""
    found = seconds(text)
    if found is None:
        raise script.error(number, f"{text!r} is no time; write 90s, 5m, 1h30m or 2d")
    return found


def _deed(script: Script, number: int, text: str, at_s: float, words: list[Word]) -> Deed:
    if len(words) < 2:
        raise script.error(number, "nobody does anything here; write who, and what: bo joins")
    who, rest = words[0].text, words[1:]
    rest, room = _room(script, number, rest)
    name = ""
    if len(rest) > 2 and rest[-2] == Word("as"):
        name, rest = rest[-1].text, rest[:-2]
    return Deed(number, text, at_s, who, tuple(rest), room, name)


def _room(script: Script, number: int, words: list[Word]) -> tuple[list[Word], int]:
    """`in room 2`, at the beginning or the end, taken out."""
    for start in (0, len(words) - 3):
        piece = [word.text for word in words[start : start + 3]]
        if start >= 0 and len(piece) == 3 and piece[:2] == ["in", "room"]:
            if not piece[2].isdigit() or piece[2] == "0":
                raise script.error(number, f"rooms are counted from 1, in the order of their births; not {piece[2]!r}")
            return [*words[:start], *words[start + 3 :]], int(piece[2])
    return words, 0


def _expected(script: Script, number: int, text: str, words: list[Word]) -> Expected:
    if words[0] != Word("expect"):
        raise script.error(number, f"a line below the rule begins with expect, not {words[0].text!r}")
    rest, room = _room(script, number, words[1:])
    rest, when = _when(script, number, rest)
    rest, late_room = _room(script, number, rest)
    claims: list[tuple[Word, ...]] = []
    piece: list[Word] = []
    for word in [*rest, Word(",")]:
        if word == Word(","):
            if not piece:
                raise script.error(number, "nothing is expected here")
            claims.append(tuple(piece))
            piece = []
        else:
            piece.append(word)
    return Expected(number, text, when, tuple(claims), room or late_room or 1)


def _when(script: Script, number: int, words: list[Word]) -> tuple[list[Word], When]:
    """The time of an expectation, from its beginning or its end."""
    texts = ["" if word.quoted else word.text for word in words]
    if texts and texts[0] == "never":
        return words[1:], When(0, float("inf"), "never")
    for start in (0, len(texts) - 2):
        if start >= 0 and texts[start : start + 1] == ["at"] and start + 1 < len(texts):
            end = texts[start + 1] == "end"
            at_s = float("inf") if end else _time(script, number, words, start + 1)
            return [*words[:start], *words[start + 2 :]], When(at_s, at_s, "at")
    for start in (0, len(texts) - 4):
        if start >= 0 and texts[start : start + 1] == ["between"] and texts[start + 2 : start + 3] == ["and"]:
            first, last = _time(script, number, words, start + 1), _time(script, number, words, start + 3)
            return [*words[:start], *words[start + 4 :]], When(first, last, "between")
    raise script.error(number, "no time: write expect at 5m …, expect between 20m and 21m …, at end, or never")
