"""Which scripts of a report no font of this machine has, so that no letter silently becomes a box.

typst draws a box for a letter that no font has and says nothing, unless the PDF must be archivable (PDF/A): then it
names the first such text. So the letters alone are set once in that manner, and script after script is taken out until
it says nothing more. Pure but for the function that asks typst, which
`report_pdf` brings.
"""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

FONTS = (
    "Libertinus Serif", "Noto Serif", "DejaVu Serif", "DejaVu Sans", "Noto Serif CJK SC", "Noto Sans CJK SC",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji",
)  # fmt: skip
"""The first that has a letter's shape is taken; after them typst looks at every font that is installed."""
SCRIPTS_MAX = 40
LACKS = "lacks fonts: "
"""How the line begins in which `report_pdf` says it to whoever runs it."""
_EAST_ASIAN = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "HALFWIDTH", "FULLWIDTH"}
)


class Script(NamedTuple):
    """What somebody must install a font for."""

    name: str
    package: str
    """The package of Debian and Ubuntu that has one."""


CJK = Script("Chinese, Japanese and Korean", "fonts-noto-cjk")
EMOJI = Script("emoji and symbols", "fonts-noto-color-emoji")


def script_of(letter: str) -> Script:
    """The script of one letter."""
    word = unicodedata.name(letter, "UNKNOWN").split(" ")[0]
    if word in _EAST_ASIAN:
        return CJK
    if unicodedata.category(letter)[0] in "SP":
        return EMOJI
    return Script(word.capitalize(), "fonts-noto-core")


def lacking(text: str, first_without_a_shape: Callable[[str], str | None]) -> list[Script]:
    """The scripts of which some letter of the text has no shape, by name."""
    # Marks and controls stand on letters and show nothing by themselves; ASCII comes with typst.
    letters = {letter for letter in text if letter > "\x7f" and unicodedata.category(letter)[0] not in "MCZ"}
    found: set[Script] = set()
    while letters and len(found) < SCRIPTS_MAX:
        missing = first_without_a_shape("".join(sorted(letters)))
        if not missing:
            break
        script = script_of(missing[0])
        found.add(script)
        letters = {letter for letter in letters if script_of(letter) != script and letter not in missing}
    return sorted(found)


def said(scripts: list[Script]) -> str:
    """What a reader is told; empty when nothing is lacking."""
    if not scripts:
        return ""
    names = "; ".join(script.name for script in scripts)
    packages = " ".join(sorted({script.package for script in scripts}))
    return (
        f"The machine that made this PDF has no font for: {names}. Boxes stand for those letters. "
        f"On Debian or Ubuntu: apt-get install {packages}. The HTML and Markdown exports have every letter."
    )
