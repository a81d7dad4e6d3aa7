"""The sentence of a text in which what was looked for stands, with the words marked.

Called by `searching` for what it found. Words are compared as the stores compare them. Pure.
"""

import re
from collections.abc import Sequence

import msgspec

from watchroom.incident.search.query import Term
from watchroom.incident.search.words import Spot, joined, plain, spots

CHARS_MAX = 240
BEFORE_CHARS = 60
"""How much of a long sentence is shown before the first mark."""
_SENTENCE = re.compile(r"[^\n.!?…。！？]*(?:[.!?…。！？](?!\s|$)[^\n.!?…。！？]*)*[.!?…。！？]*\s*")
CUT = "…"


class Part(msgspec.Struct, frozen=True):
    """A piece of a sentence; `marked`: it is what was looked for."""

    text: str
    marked: bool = False


def says(words: Sequence[str], term: Term) -> list[tuple[int, int]]:
    """Where a term stands among words: the first of its words and the one behind the last."""
    size, last = len(term.words), term.words[-1]
    found = []
    for at in range(len(words) - size + 1):
        end = words[at + size - 1]
        if (end.startswith(last) if term.prefix else end == last) and tuple(words[at : at + size - 1]) == term.words[
            :-1
        ]:
            found.append((at, at + size))
    return found


def snippet(text: str, terms: Sequence[Term]) -> tuple[Part, ...]:
    """The sentence with most of the terms, the earliest of several; the first one when none stands in any."""
    text = plain(text)
    marks = _marks(text, terms)
    best, best_count = (0, 0), -1
    for found in _SENTENCE.finditer(text):
        start, end = found.span()
        if not found.group().strip():
            continue
        count = len({term for begin, _, term in marks if start <= begin < end})
        if count > best_count:
            best, best_count = (start, end), count
    start, end = best
    inside: list[tuple[int, int]] = []
    for begin, stop in sorted((begin, stop) for begin, stop, _ in marks if start <= begin and stop <= end):
        if inside and begin <= inside[-1][1]:
            inside[-1] = (inside[-1][0], max(stop, inside[-1][1]))
        else:
            inside.append((begin, stop))
    return _cut(text, start, end, inside)


def _marks(text: str, terms: Sequence[Term]) -> list[tuple[int, int, int]]:
    """Where each term stands in the text: begin, end, and which term it is."""
    found: list[Spot] = list(spots(text))
    words = [spot.word for spot in found]
    whole = list(joined(text))
    marks: list[tuple[int, int, int]] = []
    for number, term in enumerate(terms):
        parts = [(found[at].start, found[end - 1].end, number) for at, end in says(words, term)]
        marks += parts
        if len(term.words) == 1:
            # A run is marked from one of its parts on where that part alone is not what was looked for.
            starts = {start for start, _, _ in parts}
            spoken = (spot for spot in whole if spot.start not in starts and says([spot.word], term))
            marks += [(spot.start, spot.end, number) for spot in spoken]
    return marks


def _cut(text: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> tuple[Part, ...]:
    first = marks[0][0] if marks else start
    begin = start if end - start <= CHARS_MAX else max(start, min(first - BEFORE_CHARS, end - CHARS_MAX))
    stop = min(end, begin + CHARS_MAX)
    parts: list[Part] = [Part(CUT)] if begin > start else []
    at = begin
    for left, right in marks:
        left, right = max(left, at), min(right, stop)
        if left >= right:
            continue
        if left > at:
            parts.append(Part(text[at:left]))
        parts.append(Part(text[left:right], marked=True))
        at = right
    if at < stop:
        parts.append(Part(text[at:stop] if stop < end else text[at:stop].rstrip()))
    if stop < end:
        parts.append(Part(CUT))
    return tuple(part for part in parts if part.text)
