"""The content of a poster: the six cycles, and what a profile decides, as parts that are drawn or written.

Called by the page, the addresses of the files and the shell; `drawing` and `markdown` make something of it. A pure
function of a profile and of the people who are to stand on it. A blank sheet asks the same and leaves the answers to
a pen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from watchroom.incident.profile import IMPACTS, SEVERITIES, URGENCIES, Profile, reference
from watchroom.mitigation.roles import ROLES
from watchroom.web.html.words import every, word
from watchroom.web.poster.telling import ALONE_MAX, SUBTITLE, Telling, tellings, title

FEEL = {"all": "everybody", "many": "many", "few": "few", "none": "nobody yet"}
SOON = {"high": "worse now", "medium": "within the hour", "low": "slowly"}
ASKS = {
    "resolved": "it is resolved",
    "signals_quiet": "nothing fires",
    "shims_undone": "what was rushed is undone",
    "severity_confirmed": "severity is confirmed",
    "categorised": "it has a category",
    "tasks_done": "every task is reported",
    "inbound_answered": "whoever asked knows",
    "customers_told": "customers were told",
}
HEARS = "Who hears, and when?"
AUDIENCES = ("customers", "support", "leadership")
LINES_BLANK = 8
TEAMS_MAX = 6
MEMBERS_MAX = 8


@dataclass(frozen=True)
class Group:
    """People who can be called together, by name."""

    name: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One thing that the house has decided: a table, or lines."""

    title: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    note: str = ""
    severities: bool = False
    """Whether cells are severities, shown as such."""


@dataclass(frozen=True)
class Sheet:
    """All that stands on a poster."""

    title: str
    subtitle: str
    house: str
    """Whose it is: the profile's title; empty on a blank sheet."""
    blank: bool
    cycles: tuple[Telling, ...]
    parts: tuple[Part, ...]
    groups: tuple[Group, ...]
    """Who can be called; empty: lines to write on."""
    foot: str
    """By which profile it is, so that an old poster is known as one."""


def sheet_of(profile: Profile, groups: Sequence[Group] = (), *, blank: bool = False) -> Sheet:
    """The sheet of a profile."""
    parts = [_matrix(profile), _roles(profile), _cadence(profile)]
    if profile.sla:
        parts.append(_service_levels(profile))
    parts.append(_closing(profile))
    named = tuple(groups[:TEAMS_MAX])
    cycles = tellings(profile)
    return Sheet(
        title=title(profile.tradition),
        subtitle=SUBTITLE,
        house="" if blank else profile.title,
        blank=blank,
        cycles=tuple(replace(each, decides=()) if blank else each for each in cycles),
        parts=tuple(_emptied(part) if blank else part for part in parts),
        groups=() if blank else named,
        foot=f"Blank, after {profile.title}" if blank else f"Profile {reference(profile)}",
    )


def _emptied(part: Part) -> Part:
    """The same to be filled in: heads and the first column stay, and there is room for what others have decided."""
    heads, severities = part.heads, [row[0] for row in part.rows]
    if part.title == HEARS:
        heads, severities = ("", *AUDIENCES), [word(severity) for severity in SEVERITIES[:3]]
    rows = tuple((name, *("" for _ in heads[1:])) for name in severities)
    return replace(part, heads=heads, rows=rows, lines=("",) * LINES_BLANK if part.lines else (), note="")


def role(name: str) -> str:
    """What people call a role."""
    return word(name) if name in ROLES else name


def _matrix(profile: Profile) -> Part:
    rows = tuple(
        (FEEL[impact], *(word(profile.severity[impact][urgency]) for urgency in reversed(URGENCIES)))
        for impact in reversed(IMPACTS)
    )
    heads = ("who feels it", *(SOON[urgency] for urgency in reversed(URGENCIES)))
    note = "Proposed; a person confirms. In doubt, the higher."
    return Part("How bad is it?", heads, rows, note=note, severities=True)


def _roles(profile: Profile) -> Part:
    crew = profile.crew
    rows = tuple((word(severity), ", ".join(role(each) for each in crew.called(severity))) for severity in SEVERITIES)
    notes = []
    if profile.team_size <= ALONE_MAX and not crew.apart:
        notes.append("One person may hold several.")
    elif ("incident_commander", "technical_lead") in crew.apart:
        notes.append("Commander and technical lead are two people.")
    notes.append(f"More than {crew.people_per_lead} people: share the lead.")
    return Part("Who is called?", ("", ""), rows, note=" ".join(notes))


def _cadence(profile: Profile) -> Part:
    cadence = profile.cadence
    audiences = list(dict.fromkeys(beat.audience for beat in cadence.beats))
    told = {(beat.severity, beat.audience): beat for beat in cadence.beats}
    rows = []
    for severity in SEVERITIES:
        cells = []
        for audience in audiences:
            beat = told.get((severity, audience))
            cells.append(_beat(beat.first_s, beat.every_s) if beat else "–")
        if any(cell != "–" for cell in cells):
            rows.append((word(severity), *cells))
    later = f"After {every(cadence.dense_s)}, every {every(cadence.sparse_s)}."
    note = f"First word, then every. {later} A promise goes first."
    return Part(HEARS, ("", *audiences), tuple(rows), note=note)


def _beat(first_s: int, every_s: int) -> str:
    """The first word and those after it; the unit once when it is the same: `5, then 20 min`."""
    first, then = every(first_s), every(every_s)
    number, unit = first.split(" ")
    return f"{number if then.endswith(unit) else first}, then {then}"


def _service_levels(profile: Profile) -> Part:
    rows = tuple(
        (
            word(level.severity),
            every(level.respond_s),
            every(level.restore_s),
            "always" if level.hours == "always" else "business",
        )
        for level in profile.sla
    )
    return Part("What is promised?", ("", "somebody has it", "restored", "hours"), rows)


def _closing(profile: Profile) -> Part:
    closure = profile.closure
    due = []
    for severity in SEVERITIES:
        when = closure.review_due.get(severity)
        if closure.expects_review(severity):
            unit = "business day" if when is not None and when.business else "day"
            within = f"within {when.days} {unit}{'s' if when.days != 1 else ''}" if when is not None else "expected"
            due.append(f"{word(severity)} {within}")
    note = f"Review: {', '.join(due)}." if due else "Review: decided each time, with a reason."
    return Part("Before it is closed", lines=tuple(ASKS[item] for item in closure.asks), note=note)
