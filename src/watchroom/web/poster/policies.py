"""The side of the poster: how bad it is, who is called, who hears, what is promised, what closing asks, whom to call.

Called by `drawing`. Each part takes the height that it needs; what is left goes to the people, or to lines to write
on. Pure.
"""

from watchroom.web.drawing.letters import fit, wrapped
from watchroom.web.drawing.svg import Picture
from watchroom.web.poster.sheet import Part, Sheet

SIZE, NOTE = 13.0, 11.5
ROW = 21.0
CELL = 27.0
BETWEEN = 17.0
SMALLER = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.52)
"""How much smaller everything is set: the first at which all of it stands on the sheet."""
TONES = {
    "SEV 1": ("hot", "panel"),
    "SEV 2": ("hot-soft", "hot"),
    "SEV 3": ("warn-soft", "warn"),
    "SEV 4": ("sunk", "soft"),
}
"""Severity -> the colours of its ground and of its word, as on the pages. The word itself says which it is."""


def side(picture: Picture, sheet: Sheet, x: float, top: float, end: float, bottom: float) -> None:
    """All parts, from `top` on; the people in what is left down to `bottom`. Smaller where a house decides much."""
    tries = ((smaller, *_parts(sheet, (end - x) / smaller)) for smaller in SMALLER)
    smaller, drawn, y = next(
        (each for each in tries if each[2] <= (bottom - top) / each[0]),
        (SMALLER[-1], *_parts(sheet, (end - x) / SMALLER[-1])),
    )
    _people(drawn, sheet, 0, y + BETWEEN, (end - x) / smaller, (bottom - top) / smaller)
    picture.begin(transform=f"translate({x:.1f} {top:.1f}) scale({smaller})")
    picture.take(drawn)
    picture.end()


def _parts(sheet: Sheet, wide: float) -> tuple[Picture, float]:
    """All parts, and how far down they reach."""
    drawn, y = Picture(wide, 0), -BETWEEN
    for part in sheet.parts:
        y = _part(drawn, part, 0, y + BETWEEN, wide, blank=sheet.blank)
    return drawn, y


def _title(picture: Picture, text: str, x: float, y: float, wide: float) -> float:
    picture.words(x, y + 15, text, 16.5, "ink", 700, letter_spacing=-0.1)
    picture.rule(x, y + 24, x + wide, y + 24, "ink", stroke_width=1.4)
    return y + 26


def _part(picture: Picture, part: Part, x: float, y: float, wide: float, *, blank: bool) -> float:
    y = _title(picture, part.title, x, y, wide)
    if part.severities:
        y = _severities(picture, part, x, y, wide)
    elif part.rows:
        y = _table(picture, part, x, y, wide)
    y = _boxes(picture, part, x, y, wide, blank=blank)
    if part.note:
        y = picture.lines(x, y + 15, part.note, NOTE, wide, "soft", leading=1.3) - 12
    return y


def _boxes(picture: Picture, part: Part, x: float, y: float, wide: float, *, blank: bool) -> float:
    """Boxes to tick, in two columns, down and then across."""
    rows = (len(part.lines) + 1) // 2
    for number, line in enumerate(part.lines):
        at, down = x + (number // rows) * wide / 2, y + (number % rows) * ROW
        picture.add(
            "rect", fill="none", stroke="edge", x=at + 1, y=down + 6, width=11, height=11, rx=2.5, stroke_width=1.2
        )
        if line:
            picture.words(at + 20, down + 16, fit(line, SIZE - 0.5, wide / 2 - 22), SIZE - 0.5)
        elif blank:
            picture.rule(at + 20, down + 18, at + wide / 2 - 10, down + 18, "line")
    return y + rows * ROW


def _severities(picture: Picture, part: Part, x: float, y: float, wide: float) -> float:
    """The matrix: who feels it down, how soon it gets worse across."""
    first = 92.0
    cell = (wide - first) / (len(part.heads) - 1)
    for number, head in enumerate(part.heads[1:]):
        picture.words(x + first + (number + 0.5) * cell, y + 15, head, NOTE, "soft", text_anchor="middle")
    picture.words(x, y + 15, part.heads[0], NOTE - 0.8, "soft")
    y += 22
    for row in part.rows:
        picture.words(x, y + CELL / 2 + 4.4, row[0].capitalize(), SIZE, "ink", 600)
        for number, value in enumerate(row[1:]):
            at = x + first + number * cell
            ground, tone = TONES.get(value, ("none", "soft"))
            picture.add(
                "rect", fill=ground, stroke="edge" if not value else "none", x=at + 2, y=y + 2, width=cell - 4,
                height=CELL - 4, rx=6, stroke_dasharray=None if value else "3 3",
            )  # fmt: skip
            if value:
                picture.words(at + cell / 2, y + CELL / 2 + 4.4, value, SIZE, tone, 700, text_anchor="middle")
        y += CELL
    return y


def _table(picture: Picture, part: Part, x: float, y: float, wide: float) -> float:
    """Rows with a severity at their head; a column is as wide as its share."""
    first = 58.0
    cell = (wide - first) / (len(part.heads) - 1)
    if any(part.heads):
        for number, head in enumerate(part.heads[1:]):
            picture.words(x + first + number * cell, y + 15, head, NOTE, "soft")
        y += 18
    for row in part.rows:
        lines = [wrapped(value, SIZE - 0.5, cell - 8) or [""] for value in row[1:]]
        ground, tone = TONES[row[0]]
        picture.box(x, y + 3, 46, 17, ground, 5)
        picture.words(x + 23, y + 15.6, row[0], 11, tone, 700, text_anchor="middle")
        for number, column in enumerate(lines):
            at = x + first + number * cell
            for count, line in enumerate(column):
                picture.words(at, y + 16 + count * 16, line, SIZE - 0.5)
            if not any(column):
                picture.rule(at, y + 19, at + cell - 10, y + 19, "line")
        y += max(max(len(column) for column in lines) * 16 + 5, ROW)
    return y


def _people(picture: Picture, sheet: Sheet, x: float, y: float, wide: float, bottom: float) -> None:
    """Whom to call: by team, as long as there is room; then lines to write on."""
    if bottom - y < 26 + ROW:
        return
    y = _title(picture, "Whom to call", x, y, wide)
    for group in sheet.groups:
        lines = wrapped(", ".join(group.people), SIZE, wide - 110, lines_max=2) or ["nobody yet"]
        if y + len(lines) * 17 + 6 > bottom:
            break
        picture.words(x, y + 16, fit(group.name, SIZE, 100, 600), SIZE, "ink", 600)
        for number, line in enumerate(lines):
            picture.words(x + 110, y + 16 + number * 17, line, SIZE)
        y += len(lines) * 17 + 6
    while y + 27 <= bottom:
        picture.rule(x, y + 25, x + wide * 0.56, y + 25, "line")
        picture.rule(x + wide * 0.6, y + 25, x + wide, y + 25, "line")
        y += 27
