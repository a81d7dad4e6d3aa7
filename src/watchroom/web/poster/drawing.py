"""The poster as a picture: six lanes with what passes between them, and beside them what the house has decided.

Called by the page, the addresses of the files and the shell. It is the chart of the flow of an incident that went as
most do, with a colleague's questions where the chart has what is open. Paper is light: no dark, no class needed.
One unit is a 1680th of the sheet's width. Pure.
"""

from typing import NamedTuple

from watchroom.mitigation.roles import ROLES
from watchroom.web.drawing.letters import balanced, fit, width
from watchroom.web.drawing.svg import Picture
from watchroom.web.flow.arrows import shape
from watchroom.web.poster.policies import side
from watchroom.web.poster.sheet import Sheet
from watchroom.web.poster.telling import ACTIVITIES, Telling

WIDE = 1680.0


class Paper(NamedTuple):
    """A sheet of paper, lying."""

    title: str
    wide_mm: float
    high_mm: float

    @property
    def high(self) -> float:
        """Its height in the picture's units."""
        return round(WIDE * self.high_mm / self.wide_mm, 1)


PAPERS = {"a3": Paper("A3", 420.0, 297.0), "tabloid": Paper("US tabloid", 431.8, 279.4)}

EDGE = 44.0
TOP = 150.0
FOOT = 46.0
LANES_END = 1236.0
SIDE = 1264.0
GAP = 10.0
HEAD = 22.0
HEAD_WIDE = 192.0
TRACK, TRACK_END = 282.0, 612.0
ASK, ASK_END = 646.0, 1000.0
BEFORE, BEFORE_END = 1016.0, LANES_END - 14
MITIGATION = 1.34
"""How much higher the lane with the five activities is than the others."""
BAR = 15.0
QUESTIONS = (15.0, 14.5, 14.0, 13.5, 13.0, 12.5)
"""The sizes that questions are set in: the first in which all of them fit their lanes."""
LEADING, APART = 1.28, 8.0
NAME = 12.0
FIRST = "Something is wrong? Say so in the room. The rest follows."

# When each cycle is alive in an incident that goes as most do, and what passes between them: parts of its length.
SPELLS = {
    "detection": ((0.0, 0.3), (0.62, 0.69)),
    "mitigation": ((0.1, 0.53), (0.66, 0.82)),
    "communication": ((0.13, 0.9),),
    "resolution": ((0.46, 0.66), (0.75, 0.92)),
    "review": ((0.82, 1.0),),
    "preparation": ((0.0, 0.06), (0.93, 1.0)),
}
# Where, from which cycle, to which, what; and where its name stands: at its beginning or end, above or below the bar,
# on which side.
PASSINGS = (
    (0.1, "detection", "mitigation", "declared", "begin", 1, 1),
    (0.18, "mitigation", "communication", "facts", "begin", 1, -1),
    (0.38, "communication", "mitigation", "reports", "begin", -1, -1),
    (0.5, "mitigation", "resolution", "mitigated", "end", -1, -1),
    (0.64, "resolution", "mitigation", "came back", "begin", 1, -1),
    (0.8, "mitigation", "resolution", "to undo", "begin", 1, 1),
    (0.87, "resolution", "review", "closed", "begin", 1, 1),
    (0.955, "review", "preparation", "findings", "begin", 1, -1),
)


def poster(sheet: Sheet, paper: Paper) -> Picture:
    """The picture of a sheet on this paper."""
    picture = Picture(WIDE, paper.high)
    picture.box(0, 0, WIDE, paper.high, "panel")
    _heading(picture, sheet)
    _columns(picture)
    tops, highs = _places(sheet, paper.high)
    size = _size(sheet, highs)
    for telling, top, high in zip(sheet.cycles, tops, highs, strict=True):
        _lane(picture, sheet, telling, top, high)
        _questions(picture, telling, top, high, size)
    _passings(picture, sheet, tops, highs)
    side(picture, sheet, SIDE, TOP, WIDE - EDGE, paper.high - FOOT - 14)
    _foot(picture, sheet, paper.high)
    return picture


def _places(sheet: Sheet, high: float) -> tuple[list[float], list[float]]:
    """Where each lane begins, and how high it is."""
    shares = [MITIGATION if each.cycle == "mitigation" else 1.0 for each in sheet.cycles]
    whole = high - TOP - FOOT - 14 - GAP * (len(shares) - 1)
    highs = [whole * part / sum(shares) for part in shares]
    tops, y = [], TOP
    for each in highs:
        tops.append(y)
        y += each + GAP
    return tops, highs


def _heading(picture: Picture, sheet: Sheet) -> None:
    picture.box(0, 0, WIDE, 10, "accent")
    picture.words(EDGE - 2, 78, sheet.title, 52, "ink", 700, letter_spacing=-1.2)
    picture.words(EDGE, 112, sheet.subtitle, 17.5, "soft")
    end = WIDE - EDGE
    if sheet.house:
        picture.words(end, 72, fit(sheet.house, 22, 420, 600), 22, "ink", 600, text_anchor="end")
        picture.words(end, 98, FIRST, 14, "soft", text_anchor="end")
    else:
        picture.words(SIDE, 76, "Team", 13, "soft", 600)
        picture.rule(SIDE + 50, 78, end, 78, "edge", stroke_width=1)
        picture.words(SIDE, 112, "Since", 13, "soft", 600)
        picture.rule(SIDE + 50, 114, end, 114, "edge", stroke_width=1)


def _columns(picture: Picture) -> None:
    """What stands in the columns of the lanes."""
    y = TOP - 11
    picture.words(TRACK, y, "How they overlap, and what passes on", NAME, "faint", 600)
    picture.words(ASK, y, "What a good colleague asks", NAME, "faint", 600)
    picture.words(BEFORE, y, "Before you go on", NAME, "warn", 700)


def _lane(picture: Picture, sheet: Sheet, told: Telling, top: float, high: float) -> None:
    picture.add("rect", fill="panel", stroke="line", x=EDGE, y=top, width=LANES_END - EDGE, height=high, rx=12)
    picture.box(EDGE, top + 14, 6, high - 28, "accent", 3)
    _head(picture, sheet, told, top, high)
    middle = _bar(told.cycle, top, high)
    picture.box(TRACK, middle - BAR / 2, TRACK_END - TRACK, BAR, "sunk", BAR / 2)
    for begin, end in SPELLS[told.cycle]:
        x = TRACK + begin * (TRACK_END - TRACK)
        picture.box(x, middle - BAR / 2, (end - begin) * (TRACK_END - TRACK), BAR, "accent", BAR / 2)
    if told.cycle == "mitigation":
        _activities(picture, top)
    _before(picture, told, top, high)


def _bar(cycle: str, top: float, high: float) -> float:
    return top + (high - 40 if cycle == "mitigation" else high / 2)


def _head(picture: Picture, sheet: Sheet, told: Telling, top: float, high: float) -> None:
    x = EDGE + HEAD
    picture.words(x, top + 38, told.cycle.capitalize(), 26, "ink", 700, letter_spacing=-0.4)
    y = picture.lines(x, top + 60, told.goal, 14.5, HEAD_WIDE, "ink", 600)
    room = top + high - 34 - y
    picture.lines(x, y + 1, told.also, 12, HEAD_WIDE, "soft", leading=1.3, lines_max=2 if room > 22 else 1)
    if sheet.blank:
        picture.words(x, top + high - 17, "Decides", 11.5, "soft", 600)
        picture.rule(x + 52, top + high - 16, x + HEAD_WIDE, top + high - 16, "edge", stroke_width=1)
        return
    who = " · ".join(ROLES_SHORT.get(role, role) for role in told.decides) or {
        "detection": "whoever sees it first",
        "preparation": "all of us, always",
    }.get(told.cycle, "")
    picture.words(x, top + high - 17, "Decides", 11.5, "soft", 600)
    picture.words(x + 52, top + high - 17, fit(who, 12.5, HEAD_WIDE - 52, 600), 12.5, "accent", 600)


ROLES_SHORT = {
    **ROLES,
    "technical_lead": "tech lead",
    "incident_commander": "commander",
    "communications_lead": "comms lead",
}


def _activities(picture: Picture, top: float) -> None:
    """The five activities of mitigation: at once, and in no order."""
    gap = 6.0
    size = 11.5
    # Each as wide as its word needs, so that the five fill the track.
    words = [width(name, size, 600) for name in ACTIVITIES]
    spare = (TRACK_END - TRACK - gap * (len(words) - 1) - sum(words)) / len(words)
    x = TRACK
    for name, long in zip(ACTIVITIES, words, strict=True):
        picture.box(x, top + 34, long + spare, 30, "accent-soft", 15)
        picture.words(x + (long + spare) / 2, top + 53.2, name, size, "accent", 600, text_anchor="middle")
        x += long + spare + gap
    picture.words(TRACK_END, top + 25, "all five at once", 11.5, "soft", text_anchor="end")


def _size(sheet: Sheet, highs: list[float]) -> float:
    """The largest size in which every lane's questions fit."""
    fits = (
        size
        for size in QUESTIONS
        if all(_whole(told, size) <= high - 16 for told, high in zip(sheet.cycles, highs, strict=True))
    )
    return next(fits, QUESTIONS[-1])


def _set(told: Telling, size: float) -> list[list[str]]:
    return [balanced(question, size, ASK_END - ASK - 18) for question in told.questions]


def _whole(told: Telling, size: float) -> float:
    paragraphs = _set(told, size)
    return sum(len(lines) for lines in paragraphs) * size * LEADING + APART * (len(paragraphs) - 1)


def _questions(picture: Picture, told: Telling, top: float, high: float, size: float) -> None:
    y = top + (high - _whole(told, size)) / 2 + size
    for lines in _set(told, size):
        picture.add("circle", fill="accent", cx=ASK + 4, cy=y - size * 0.34, r=3)
        for line in lines:
            picture.words(ASK + 18, y, line, size, "ink")
            y += size * LEADING
        y += APART


def _before(picture: Picture, told: Telling, top: float, high: float) -> None:
    """The gap that incidents fall into here, and what keeps one out of it."""
    x, y, wide, tall = BEFORE, top + 14, BEFORE_END - BEFORE, high - 28
    picture.box(x, y, wide, tall, "warn-soft", 9)
    lines = balanced(told.before, 13.5, wide - 30)
    inside = 34 + len(lines) * 17.6
    start = y + max((tall - inside) / 2, 8) + 12
    picture.path(f"M{x + 22} {start - 11}l7 12h-14z", "none", "warn", stroke_width=1.6, stroke_linejoin="round")
    picture.words(x + 36, start, fit(told.gap, 13, wide - 46, 700), 13, "warn", 700)
    for number, line in enumerate(lines):
        picture.words(x + 16, start + 22 + number * 17.6, line, 13.5, "ink")


def _passings(picture: Picture, sheet: Sheet, tops: list[float], highs: list[float]) -> None:
    bars = {each.cycle: _bar(each.cycle, top, high) for each, top, high in zip(sheet.cycles, tops, highs, strict=True)}
    _round(picture, bars["preparation"], bars["detection"])
    for part, source, target, what, where, below, right in PASSINGS:
        x = TRACK + part * (TRACK_END - TRACK)
        down = bars[target] > bars[source]
        end = bars[target] + (-BAR / 2 if down else BAR / 2)
        if target == "mitigation" and down:
            # Into mitigation from above: to the five activities.
            end = tops[1] + 32
        shape(picture, x, bars[source], end)
        y = bars[source if where == "begin" else target] + (25.0 if below > 0 else -15.0)
        picture.words(
            x + 9 * right, y, what, NAME, "ink", 600, stroke="panel", stroke_width=4, paint_order="stroke",
            text_anchor=None if right > 0 else "end",
        )  # fmt: skip


def _round(picture: Picture, begin: float, end: float) -> None:
    """What was prepared meets the next signal: around, outside of the track, from the last lane to the first."""
    x, r = TRACK - 14, 9.0
    track = f"M{TRACK + 6} {begin:.1f}H{x + r}q{-r} 0 {-r} {-r}V{end + r:.1f}q0 {-r} {r} {-r}H{TRACK - 6}"
    picture.path(track, "none", "panel", stroke_width=5)
    picture.path(track, "none", "ink", stroke_width=1.5)
    picture.add("circle", fill="ink", stroke="panel", cx=TRACK + 6, cy=begin, r=4, stroke_width=1.5)
    picture.add(
        "polygon", fill="ink", points=f"{TRACK - 1},{end:.1f} {TRACK - 8},{end - 4.4:.1f} {TRACK - 8},{end + 4.4:.1f}"
    )
    picture.words(TRACK - 4, begin - 15, "drills, alerts", NAME, "ink", 600)


def _foot(picture: Picture, sheet: Sheet, high: float) -> None:
    y = high - 28
    picture.rule(EDGE, y - 18, WIDE - EDGE, y - 18, "line")
    picture.words(
        EDGE, y + 4, "An arrow is a judgement: say it, and say why. Going back is not a failure.", 13, "ink", 600
    )
    picture.words(WIDE - EDGE, y + 4, f"{sheet.foot} · Watchroom", 11.5, "faint", text_anchor="end")
