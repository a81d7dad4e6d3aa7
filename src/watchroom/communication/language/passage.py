"""One part of an update as the checks read it: its words, its sentences with their places, whether it is English.

What is written in another language is told apart by its small words, so that checks which know only English say nothing
there. Pure.
"""

import re
from collections.abc import Iterator

import msgspec

from watchroom.communication.language.flag import Code, Flag

_ABBREVIATIONS = (
    "Mr.",
    "Mrs.",
    "Ms.",
    "Dr.",
    "Prof.",
    "No.",
    "no.",
    "Nr.",
    "nr.",
    "e.g.",
    "i.e.",
    "approx.",
    "a.m.",
    "p.m.",
)
_BREAK = re.compile("".join(f"(?<!{re.escape(each)})" for each in _ABBREVIATIONS) + r"(?<=[.!?;])\s+|\n+")
SENTENCE_CHARS_MAX = 600
"""A longer one is read in parts, so that no pattern is tried on more than this at once."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ENGLISH_WORDS = (
    "the a an is are was were be been being has have had will would can cannot can't could should may might "
    "must of to for from with without by at into about after before until while and or but not no we you they "
    "our your their this that these those it its it's there some all any when what who which how as on still "
    "now do does did done so if then there here again more most many every each only also we're you're don't "
    "isn't"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
# Small words of other languages that are no English words as well.
_FOREIGN_WORDS = (
    "der das den dem und nicht wir ist sind mit auf für eine einer einen wird werden haben kunden bei zur zum "
    "sich noch auch le les des est nous vous une sont pas avec dans sur nos pour qui ne du au aux el los las "
    "una que con por para estamos hay como más nuestro está il di che per sono non della abbiamo stiamo gli "
    "het een zijn niet voor wij op aan naar maar não estamos uma dos os com nós och att inte är som vi på til "
    "af ikke er jeg nie jest są się na do przez"
)
_FOREIGN = frozenset(_FOREIGN_WORDS.split())
_ENGLISH_LETTERS_MIN = 0.9


class Sentence(msgspec.Struct, frozen=True):
    """One sentence and where it begins in its field."""

    text: str
    start: int


class Passage(msgspec.Struct, frozen=True):
    """One part of the update."""

    field: str
    text: str
    sentences: tuple[Sentence, ...]
    is_english: bool

    def find(self, pattern: re.Pattern[str], group: int = 0) -> Iterator[tuple[int, int, re.Match[str]]]:
        """Where a pattern is found, sentence by sentence: begin and end in the field, and the match in its sentence."""
        for sentence in self.sentences:
            for match in pattern.finditer(sentence.text):
                start, end = match.span(group)
                if start >= 0:
                    yield sentence.start + start, sentence.start + end, match

    def flag(self, code: Code, start: int, end: int, why: str, suggestion: str) -> Flag:
        """A flag on the words from `start` to `end` of this part."""
        return Flag(
            code=code,
            field=self.field,
            start=start,
            end=end,
            text=self.text[start:end],
            why=why,
            suggestion=suggestion,
        )


def passage(field: str, text: str) -> Passage:
    """Read one part of an update."""
    return Passage(field, text, tuple(_sentences(text)), speaks_english(text))


def _sentences(text: str) -> Iterator[Sentence]:
    start = 0
    for gap in _BREAK.finditer(text):
        yield from _parts(text[start : gap.start()], start)
        start = gap.end()
    yield from _parts(text[start:], start)


def _parts(text: str, start: int) -> Iterator[Sentence]:
    """A sentence whole, or a very long one cut where a word ends."""
    while len(text) > SENTENCE_CHARS_MAX:
        cut = text.rfind(" ", SENTENCE_CHARS_MAX // 2, SENTENCE_CHARS_MAX) + 1 or SENTENCE_CHARS_MAX
        yield Sentence(text[:cut], start)
        text, start = text[cut:], start + cut
    if text.strip():
        yield Sentence(text, start)


def speaks_english(text: str) -> bool:
    """Whether a text may be read as English: by its letters, and by its small words when it has any."""
    letters = [letter for letter in text if letter.isalpha()]
    if letters and sum(letter.isascii() for letter in letters) / len(letters) < _ENGLISH_LETTERS_MIN:
        return False
    small = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    foreign = sum(word in _FOREIGN and word not in _ENGLISH for word in small)
    return foreign <= sum(word in _ENGLISH for word in small) / 2
