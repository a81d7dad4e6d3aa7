"""The marks that both layouts of the chart are made of: an owner, a line that is open, a spell, a time that ticks.

Called by `wide` and `narrow`. Every mark says by shape or word what it says by colour. A time that ticks carries what
`static/flow.js` needs: `data-at`, and `data-t` for how it is shown; the text that stands there is the time in UTC.
"""

from datetime import UTC, datetime

from watchroom.base.clock import rfc3339
from watchroom.web.drawing.letters import fit
from watchroom.web.drawing.svg import BY_AGE, Picture
from watchroom.web.flow.chart import ChartLane, Line
from watchroom.web.flow.scale import Scale
from watchroom.web.html.template import People
from watchroom.web.html.words import initials

SPELL_WIDE_MIN = 12.0
OPACITY = {**BY_AGE, "b0": 0.28}
"""How bright a spell is, by the class of its age."""
TIME_WIDE = 104.0
"""The room that is kept for a time at the end of a line."""


def clock(at: datetime) -> str:
    """A time of the day in UTC, as it stands until a page's script knows better."""
    return f"{at.astimezone(UTC):%H:%M}"


def spells(picture: Picture, lane: ChartLane, scale: Scale, y: float, high: float) -> None:
    """When the lane was alive: bars on the span of the room's life, the last one bright by its age."""
    wide = scale.end_x - scale.begin_x
    picture.box(scale.begin_x, y, wide, high, "sunk", high / 2)
    for number, (begin, end) in enumerate(lane.spells, 1):
        last = number == len(lane.spells)
        x = min(scale.x(begin), scale.end_x - SPELL_WIDE_MIN)
        long = max(scale.x(end) - x, SPELL_WIDE_MIN)
        age = lane.brightness if last else "b1"
        picture.box(
            x, y, long, high, "accent", high / 2,
            cls=f"spell {age}", fill_opacity=OPACITY[age],
            data_first=rfc3339(begin), data_last=rfc3339(end), data_ages="1" if last else None,
        )  # fmt: skip


def owner(picture: Picture, lane: ChartLane, people: People, x: float, y: float, wide: float) -> None:
    """Who looks after it, around `y`: a face and a name; a dashed ring and "nobody" where somebody should."""
    if lane.owner:
        name = people.name(lane.owner)
        picture.add("circle", fill="accent-soft", cx=x + 11, cy=y, r=11)
        picture.words(x + 11, y + 3.6, initials(name), 9.5, "accent", 700, text_anchor="middle", aria_hidden="true")
        picture.words(x + 29, y + 4.6, fit(name, 13, wide - 29, 600), 13, "ink", 600, data_person=lane.owner)
    elif lane.hole:
        picture.add(
            "circle", fill="none", stroke="warn", cx=x + 11, cy=y, r=10.2, stroke_width=1.5, stroke_dasharray="3 2.5"
        )
        picture.words(x + 11, y + 4, "?", 11.5, "warn", 700, text_anchor="middle", aria_hidden="true")
        picture.words(x + 29, y + 4.6, "nobody", 13, "warn", 700)
    elif lane.last_at is None:
        picture.words(x, y + 4.6, "nothing here yet", 12.5, "faint")
    else:
        picture.words(x, y + 4.6, "no owner named", 12.5, "faint")


def mark(picture: Picture, line: Line, x: float, y: float) -> None:
    """What sort of thing is open, by its shape: 14 wide, around the middle `y`."""
    tone = "warn" if line.late or line.sort == "decide" else "soft"
    if line.sort == "decide":
        picture.path(f"M{x + 7} {y - 7}l7 7-7 7-7-7z", "warn-soft", "warn", stroke_width=1.4)
        picture.words(x + 7, y + 3.4, "?", 9.5, "warn", 700, text_anchor="middle", aria_hidden="true")
    elif line.sort == "due":
        picture.add("circle", fill="none", stroke=tone, cx=x + 7, cy=y, r=6, stroke_width=1.4)
        picture.path(f"M{x + 7} {y - 3.4}v3.4l2.5 1.7", "none", tone, stroke_width=1.4, stroke_linecap="round")
    elif line.sort == "hand_off":
        picture.arrow(x, y, x + 14, y, "soft", head=6, stroke_width=1.4, stroke_dasharray="2.5 2")
    else:
        picture.add("circle", fill="faint", cx=x + 7, cy=y, r=2.4)


def line(picture: Picture, said: Line, x: float, y: float, wide: float, size: float = 13) -> None:
    """One thing that is open, around the middle `y`, with its time at the end."""
    mark(picture, said, x, y)
    timed = said.at is not None
    strong = said.sort == "decide" or said.late
    text = fit(said.text, size, wide - 24 - (TIME_WIDE if timed else 0), 600 if strong else 400)
    tone = "warn" if said.late else "soft" if said.sort == "note" else "ink"
    picture.words(x + 24, y + size * 0.36, text, size, tone, 600 if strong else 400)
    if said.at is not None:
        shown = {"due": "left", "hand_off": "age"}.get(said.sort, "clock")
        ticking(
            picture, x + wide, y + size * 0.36, said.at, shown, size - 1,
            "warn" if said.late else "soft", 600, anchor="end", due=said.sort == "due", text=_by(said),
        )  # fmt: skip


def _by(said: Line) -> str:
    """By when something is due, in UTC: with its day when that is not this one."""
    if said.sort != "due" or said.at is None:
        return ""
    at = said.at.astimezone(UTC)
    return f"by {at.day} {at:%b}" if said.far else f"by {at:%H:%M}"


def ticking(
    picture: Picture, x: float, y: float, at: datetime, shown: str, size: float, fill: str = "faint",
    weight: int = 400, *, anchor: str = "start", due: bool = False, text: str = "",
) -> None:  # fmt: skip
    """A time in UTC that a page's script turns into a clock, an age or what is left."""
    picture.words(
        x, y, text or clock(at), size, fill, weight, text_anchor=anchor if anchor != "start" else None,
        cls="due" if due else None, data_t=shown, data_at=rfc3339(at), data_due=rfc3339(at) if due else None,
    )  # fmt: skip


def rest(lines: tuple[Line, ...], places: int) -> tuple[tuple[Line, ...], str]:
    """The lines that have a place, and a word about the others, which takes the last place."""
    if len(lines) <= places:
        return lines, ""
    return lines[: places - 1], f"and {len(lines) - places + 1} more"
