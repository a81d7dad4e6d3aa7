"""How wide words are in the house's typeface, so that a picture can be laid out without a browser.

Called by what draws (`flow`, `poster`). The advance widths are read from the fonts that the pages and the PDF use.
Kerning is left out: a line is never narrower than is told here, and seldom by more than a hundredth. Pure but for the
reading of the fonts, once.

Source of the tables (`cmap` format 4, `head`, `hhea`, `hmtx`): the OpenType specification.
"""

import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent.with_name("static") / "vendor" / "inter"
WEB_FONT = FONTS / "inter-latin-wght-normal.woff2"
FACES = {400: "Inter-Regular.ttf", 600: "Inter-SemiBold.ttf", 700: "Inter-Bold.ttf"}
"""Weight -> the font's file. They are instances of the pages' own variable font, for what cannot read that."""
UNKNOWN_EM = 0.64
"""How wide a letter is taken to be that the face has not: another font brings it, and most are wider."""
ELLIPSIS = "…"


class Face:
    """The advance widths of one font, in parts of its size."""

    def __init__(self, data: bytes) -> None:
        tables = self._tables(data)
        (units,) = struct.unpack_from(">H", data, tables["head"] + 18)
        (metrics,) = struct.unpack_from(">H", data, tables["hhea"] + 34)
        place = tables["hmtx"]
        advances = [struct.unpack_from(">H", data, place + 4 * glyph)[0] / units for glyph in range(metrics)]
        self._em: dict[str, float] = {
            chr(code): advances[min(glyph, metrics - 1)] for code, glyph in self._glyphs(data, tables["cmap"])
        }

    @staticmethod
    def _tables(data: bytes) -> dict[str, int]:
        (count,) = struct.unpack_from(">H", data, 4)
        records = (struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(count))
        return {tag.decode("ascii"): offset for tag, _sum, offset, _length in records}

    @staticmethod
    def _glyphs(data: bytes, cmap: int) -> list[tuple[int, int]]:
        """Code point and glyph, from the format 4 table for Windows and Unicode (platform 3, encoding 1)."""
        (count,) = struct.unpack_from(">H", data, cmap + 2)
        records = [struct.unpack_from(">HHI", data, cmap + 4 + 8 * number) for number in range(count)]
        table = next(cmap + offset for platform, encoding, offset in records if (platform, encoding) == (3, 1))
        (doubled,) = struct.unpack_from(">H", data, table + 6)
        segments = doubled // 2
        ends, starts = table + 14, table + 16 + doubled
        found = []
        for number in range(segments):
            (end,) = struct.unpack_from(">H", data, ends + 2 * number)
            (start,) = struct.unpack_from(">H", data, starts + 2 * number)
            (delta,) = struct.unpack_from(">h", data, starts + doubled + 2 * number)
            where = starts + 2 * doubled + 2 * number
            (offset,) = struct.unpack_from(">H", data, where)
            for code in range(start, min(end, 0xFFFE) + 1):
                glyph = code
                if offset:
                    (glyph,) = struct.unpack_from(">H", data, where + offset + 2 * (code - start))
                if not offset or glyph:
                    found.append((code, (glyph + delta) & 0xFFFF))
        return found

    def em(self, letter: str) -> float:
        """The letter's advance, in parts of the font's size."""
        known = self._em.get(letter)
        if known is not None:
            return known
        if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn"):
            return 0.0
        return 1.0 if unicodedata.east_asian_width(letter) in "WF" else UNKNOWN_EM

    def has(self, letter: str) -> bool:
        """Whether the face has this letter itself."""
        return letter in self._em


@lru_cache(maxsize=len(FACES))
def face(weight: int) -> Face:
    """The house's face in a weight of `FACES`."""
    return Face((FONTS / FACES[weight]).read_bytes())


def width(text: str, size: float, weight: int = 400, spacing: float = 0.0) -> float:
    """How wide the text is in this size; `spacing` is what is added after each letter, in parts of the size."""
    chosen = face(weight)
    return size * sum(chosen.em(letter) + spacing for letter in text)


def fit(text: str, size: float, wide: float, weight: int = 400) -> str:
    """The text in one line, cut with an ellipsis where it would be wider than `wide`."""
    text = " ".join(text.split())
    if width(text, size, weight) <= wide:
        return text
    room = wide - width(ELLIPSIS, size, weight)
    kept, chosen = "", face(weight)
    for letter in text:
        room -= size * chosen.em(letter)
        if room < 0:
            break
        kept += letter
    return kept.rstrip(" ,;:.") + ELLIPSIS


def wrapped(text: str, size: float, wide: float, weight: int = 400, lines_max: int | None = None) -> list[str]:
    """The text in lines no wider than `wide`, broken between words; a word that is wider is cut.

    With `lines_max`, the last line ends with an ellipsis when there would be more.
    """
    lines: list[str] = []
    words = text.split()
    while words:
        line = words.pop(0)
        while words and width(f"{line} {words[0]}", size, weight) <= wide:
            line = f"{line} {words.pop(0)}"
        if lines_max is not None and len(lines) == lines_max - 1 and words:
            return [*lines, fit(" ".join([line, *words]), size, wide, weight)]
        lines.append(fit(line, size, wide, weight))
    return lines


def balanced(text: str, size: float, wide: float, weight: int = 400) -> list[str]:
    """The text in as few lines as `wrapped` needs, as even as they can be, so that no word is left alone."""
    count = len(wrapped(text, size, wide, weight))
    low, high = 0.0, wide
    while high - low > 1:
        middle = (low + high) / 2
        narrow = wrapped(text, size, middle, weight)
        # A word that is wider than the line would be cut: that is too narrow.
        if len(narrow) <= count and not any(line.endswith(ELLIPSIS) for line in narrow):
            high = middle
        else:
            low = middle
    return wrapped(text, size, high, weight)
