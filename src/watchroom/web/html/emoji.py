"""Emoji by name: `:fire:` is what Unicode calls FIRE.

The list is made of the names of the characters themselves, with the few short words that people know from elsewhere
beside them. Read by `talk` and by the page that completes them. Source: Unicode Character Database, names of
characters.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

_PICTURES = ((0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F7E0, 0x1F7F0), (0x1F90C, 0x1F9FF), (0x1FA70, 0x1FAFF))
"""Blocks of which nearly every character is shown as a picture."""
_OTHERS = (
    "\u231a\u231b\u23e9\u23ea\u23eb\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753\u2754\u2755"
    "\u2757\u2795\u2796\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
"""Older characters that are shown as pictures by themselves."""
_TEXT_FIRST = (
    "\u2600\u2601\u260e\u2611\u2620\u2622\u2623\u2639\u263a\u2665\u2692\u2694\u2696\u2697\u2699"
    "\u26a0\u26b0\u2708\u2709\u270f\u2714\u2716\u2744\u2764\u27a1\u2b05\u2b06\u2b07\u23f8\u23f9\u23fa"
)
"""Characters that are shown as pictures when a variation selector asks for it."""
_AS_PICTURE = "\ufe0f"
_TONES = range(0x1F3FB, 0x1F400)

_SHORT = {
    "+1": "THUMBS UP SIGN",
    "-1": "THUMBS DOWN SIGN",
    "thumbsup": "THUMBS UP SIGN",
    "thumbsdown": "THUMBS DOWN SIGN",
    "tada": "PARTY POPPER",
    "ok_hand": "OK HAND SIGN",
    "clap": "CLAPPING HANDS SIGN",
    "pray": "PERSON WITH FOLDED HANDS",
    "wave": "WAVING HAND SIGN",
    "muscle": "FLEXED BICEPS",
    "heart": "HEAVY BLACK HEART",
    "smile": "SMILING FACE WITH OPEN MOUTH AND SMILING EYES",
    "joy": "FACE WITH TEARS OF JOY",
    "sob": "LOUDLY CRYING FACE",
    "sweat_smile": "SMILING FACE WITH OPEN MOUTH AND COLD SWEAT",
    "thinking": "THINKING FACE",
    "facepalm": "FACE PALM",
    "shrug": "SHRUG",
    "warning": "WARNING SIGN",
    "check": "WHITE HEAVY CHECK MARK",
    "x": "CROSS MARK",
    "red_circle": "LARGE RED CIRCLE",
    "green_circle": "LARGE GREEN CIRCLE",
    "yellow_circle": "LARGE YELLOW CIRCLE",
    "zap": "HIGH VOLTAGE SIGN",
    "boom": "COLLISION SYMBOL",
    "bulb": "ELECTRIC LIGHT BULB",
    "eyes": "EYES",
    "siren": "POLICE CARS REVOLVING LIGHT",
    "mag": "LEFT-POINTING MAGNIFYING GLASS",
    "graph": "CHART WITH UPWARDS TREND",
    "lock": "LOCK",
    "phone": "TELEPHONE RECEIVER",
    "zzz": "SLEEPING SYMBOL",
    "coffee": "HOT BEVERAGE",
    "question": "BLACK QUESTION MARK ORNAMENT",
    "exclamation": "HEAVY EXCLAMATION MARK SYMBOL",
}
"""What people type, and what Unicode calls it."""


def _characters() -> Iterator[str]:
    for first, last in _PICTURES:
        yield from (chr(code) for code in range(first, last + 1) if code not in _TONES)
    yield from _OTHERS
    yield from _TEXT_FIRST


def _made() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for character in _characters():
        name = unicodedata.name(character, "")
        shown = character + _AS_PICTURE if character in _TEXT_FIRST or _is_text(character) else character
        if name and unicodedata.category(character) in ("So", "Sk", "Sm"):
            found.setdefault(re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"), shown)
    by_name = {short: found[re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")] for short, name in _SHORT.items()}
    return dict(sorted({**found, **by_name}.items()))


def _is_text(character: str) -> bool:
    """Whether a character of the picture blocks may be drawn as text: some of the oldest are."""
    return "\U0001f321" <= character <= "\U0001f32c" or "\U0001f570" <= character <= "\U0001f5ff"


EMOJI: Mapping[str, str] = _made()
"""Character by name, the names in order."""
