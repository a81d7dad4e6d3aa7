"""The colours of pictures: the pages' own tokens as plain values, for what is shown where no style sheet is.

Called by `svg`. The values are those of `static/base.css`, and a test holds the two together. On a page the style
sheet `static/picture.css` gives each class its token, so that light, dark and print follow the page.
"""

LIGHT = {
    "bg": "#f6f5f2",
    "panel": "#fff",
    "sunk": "#f1f0ec",
    "line": "#e0ded8",
    "edge": "#8d8a82",
    "ink": "#1b1d21",
    "soft": "#565a62",
    "faint": "#676b73",
    "accent": "#2c56c4",
    "accent-ink": "#fff",
    "accent-soft": "#e7ecfa",
    "hot": "#b3261e",
    "hot-soft": "#fbe9e7",
    "warn": "#845000",
    "warn-soft": "#fcf0da",
    "good": "#1a6a3a",
    "good-soft": "#e2f2e7",
}
DARK = {
    "bg": "#131519",
    "panel": "#1a1d23",
    "sunk": "#23272e",
    "line": "#2e333c",
    "edge": "#6f7684",
    "ink": "#e8eaee",
    "soft": "#a9afba",
    "faint": "#959ba7",
    "accent": "#8fb0ff",
    "accent-ink": "#10131a",
    "accent-soft": "#212b45",
    "hot": "#ff8f86",
    "hot-soft": "#3a2021",
    "warn": "#f2bd6b",
    "warn-soft": "#362a17",
    "good": "#7fd49b",
    "good-soft": "#1a2f22",
}

BY_AGE = {"b4": 1.0, "b3": 0.74, "b2": 0.48, "b1": 0.28}
"""How bright something is by its age, by the class of the room's lanes (`static/room.css`)."""


def style(dark: bool) -> str:
    """The style sheet of a picture that stands alone: the colours of the dark, where that is preferred."""
    if not dark:
        return ""
    rules = "".join(f".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}" for name, value in DARK.items())
    return f"@media (prefers-color-scheme:dark){{{rules}}}"
