"""Words: a text as search sees it, the same for every store, so that all of them find the same.

A word is a run of letters and digits, without case and accents. `CheckoutErrorBudget` is three words, and behind
the text's end two more (`checkouterrorbudget`, `errorbudget`), so that it is found by any of its parts and as it is
written. Characters
of writing without spaces between words are a word each. Called by `document`, `query` and `snippet`. Pure.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from itertools import pairwise

import msgspec

WORD_CHARS_MAX = 64
"""What is longer is found by its beginning."""
JOINED_MAX = 8
_RUN = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PRIVATE = "\ue000"
"""Of the private use area: FTS5 takes it for part of a word, and no word of a text has it."""
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Kana and Han (source: The Unicode Standard, code charts)."""


class Spot(msgspec.Struct, frozen=True, gc=False):
    """A word, and where it stands in the text."""

    word: str
    start: int
    end: int


def plain(text: str) -> str:
    """The text in the one form in which `spots` counts its characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(word: str) -> str:
    """A word without case and accents; empty when nothing is left of it."""
    if word.isascii():
        return word.lower()[:WORD_CHARS_MAX]
    apart = unicodedata.normalize("NFKD", word)
    return "".join(filter(str.isalnum, apart)).casefold()[:WORD_CHARS_MAX]


def spots(text: str) -> Iterator[Spot]:
    """The words of a text that is `plain`, in order."""
    for run in _RUN.finditer(text):
        for start, end in _pieces(run.group(), run.start()):
            if word := folded(text[start:end]):
                yield Spot(word, start, end)


def joined(text: str) -> Iterator[Spot]:
    """The runs that `spots` takes apart, each as one word from each of its parts on."""
    for run in _RUN.finditer(text):
        humps = [0, *(hump.start() for hump in _HUMP.finditer(run.group()))]
        for begin in humps[:-1][:JOINED_MAX]:
            if word := folded(run.group()[begin:]):
                yield Spot(word, run.start() + begin, run.end())


def words_of(text: str, words_max: int) -> str:
    """What a store keeps to find the text by: its words with a space between, at most `words_max`."""
    text = plain(text)
    if text.isascii():
        # The same as below, in one go: most texts are so, and each is read once.
        apart = _HUMP.sub(" ", text) if not text.islower() else text
        found = [word[:WORD_CHARS_MAX] for word in _RUN.findall(apart.lower())][:words_max]
        if apart is text or len(apart) == len(text):
            return " ".join(found)
    else:
        found = [spot.word for spot in spots(text)][:words_max]
    return " ".join([*found, *(spot.word for spot in joined(text))][: 2 * words_max])


def tag(of: str, value: str) -> str:
    """A word that nobody can type, by which entries of one room, person or kind are told from all others.

    Two values may have the same; a store compares the values themselves too.
    """
    return f"{_PRIVATE}{of}{zlib.crc32(value.encode('utf-8', 'surrogatepass')):08x}"


def _pieces(run: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the words of one run begin and end."""
    if run.isascii():
        cuts = [0, *(hump.start() for hump in _HUMP.finditer(run)), len(run)] if not run.islower() else [0, len(run)]
    elif _SPACELESS.search(run):
        cuts = sorted({0, len(run), *(end for sign in _SPACELESS.finditer(run) for end in sign.span())})
    else:
        cuts = [0, len(run)]
    for begin, end in pairwise(cuts):
        yield start + begin, start + end
