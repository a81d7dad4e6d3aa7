"""The page of the profile: what it is given, and the profile laid out as tables.

Called by `profile_settings`, which passes it to `render`. Never reads the record itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from watchroom.base.errors import WatchroomError
from watchroom.incident.profile import IMPACTS, SEVERITIES, URGENCIES, Profile
from watchroom.incident.profile_book import ProfileVersion
from watchroom.incident.profile_difference import Difference
from watchroom.web.html.pages import Visit
from watchroom.web.html.template import People, template
from watchroom.web.html.words import every, word

IMPACT_WORDS = {"none": "nobody yet", "few": "few", "many": "many", "all": "all"}
URGENCY_WORDS = {"low": "worse slowly", "medium": "within the hour", "high": "worse now"}
ITEM_WORDS = {
    "resolved": "it is resolved",
    "signals_quiet": "nothing fires",
    "shims_undone": "what was rushed is undone",
    "severity_confirmed": "a person confirmed the severity",
    "categorised": "it has a category",
    "tasks_done": "every task is reported",
    "inbound_answered": "whoever asked has an answer",
    "customers_told": "customers were told that it is over",
}


@dataclass(frozen=True)
class Row:
    """One line of a table: its head, and the cells."""

    head: str
    cells: tuple[str, ...]
    tone: str = ""
    """The colour of the head: a severity in small letters."""


@dataclass(frozen=True)
class Table:
    """A part of a profile as people read it."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    severities: bool = False
    """Whether the cells are severities, shown as such."""


def tables(profile: Profile) -> tuple[Table, ...]:
    """The whole profile as tables, in the order in which an incident meets them."""
    found = [_matrix(profile), _roles(profile), _cadence(profile)]
    if profile.sla:
        found.append(_service_levels(profile))
    return (*found, _closure(profile), _rest(profile))


def _matrix(profile: Profile) -> Table:
    rows = tuple(
        Row(IMPACT_WORDS[impact], tuple(profile.severity[impact][urgency] for urgency in URGENCIES))
        for impact in reversed(IMPACTS)
    )
    heads = ("How many feel it", *(URGENCY_WORDS[urgency] for urgency in URGENCIES))
    return Table("matrix", "Severity", heads, rows, "Proposed; a person confirms. In doubt, the higher.", True)


def _roles(profile: Profile) -> Table:
    crew = profile.crew
    rows = tuple(Row(word(severity), (_people(crew.called(severity)),), severity.lower()) for severity in SEVERITIES)
    notes = []
    if crew.optional:
        notes.append(f"Offered beside them: {_people(crew.optional)}.")
    if crew.apart:
        pairs = "; ".join(f"{word(one).lower()} and {word(other).lower()}" for one, other in crew.apart)
        notes.append(f"From {word(crew.apart_from)} on, not in one person: {pairs}.")
    else:
        notes.append("One person may hold any of them together.")
    notes.append(f"A lead of more than {crew.people_per_lead} people is asked to share.")
    return Table("roles", "Roles called for", ("Severity", "Roles"), rows, " ".join(notes))


def _people(roles: Sequence[str]) -> str:
    return ", ".join(word(role).lower() for role in roles) or "none"


def _cadence(profile: Profile) -> Table:
    cadence = profile.cadence
    rows = tuple(
        Row(word(beat.severity), (beat.audience, f"within {every(beat.first_s)}", f"every {every(beat.every_s)}"),
            beat.severity.lower())
        for beat in sorted(cadence.beats, key=lambda beat: beat.severity)
    )  # fmt: skip
    note = (
        f"So for {every(cadence.dense_s)} after the declaration, then every {every(cadence.sparse_s)}; a promise goes "
        f"before it. {every(cadence.escalates_s)} late, the commander is called. A page that nobody has "
        f"acknowledged after {every(profile.page_answer_s)} is noted. "
        f"After {every(cadence.silence_s)} without a word, the owner is asked how it stands."
    )
    if cadence.approval:
        note += f" Updates to {', '.join(cadence.approval)} go out once somebody else has approved them."
    return Table("cadence", "Updates", ("Severity", "Audience", "First word", "Then"), rows, note)


def _service_levels(profile: Profile) -> Table:
    hours = {"always": "day and night", "business": "in business hours"}
    rows = tuple(
        Row(word(level.severity), (every(level.respond_s), every(level.restore_s), hours[level.hours]),
            level.severity.lower())
        for level in profile.sla
    )  # fmt: skip
    note = "From the declaration. Nothing pauses them but the end of business hours, where they count those."
    return Table("sla", "Service levels", ("Severity", "Somebody has it", "Restored", "Counted"), rows, note)


def _closure(profile: Profile) -> Table:
    closure = profile.closure
    rows = []
    for severity in SEVERITIES:
        due = closure.review_due.get(severity)
        said = "not expected"
        if closure.expects_review(severity):
            unit = "business day" if due is not None and due.business else "day"
            said = "expected" if due is None else f"within {due.days} {unit}{'s' if due.days != 1 else ''}"
        rows.append(Row(word(severity), (said,), severity.lower()))
    note = f"Before closing it is asked whether {', '.join(ITEM_WORDS[item] for item in closure.asks)}."
    return Table("closure", "Closing and review", ("Severity", "Review"), tuple(rows), note if closure.asks else "")


def _rest(profile: Profile) -> Table:
    calendar = profile.calendar
    open_ = ", ".join(f"{day} {' and '.join(hours)}" for day, hours in calendar.hours.items() if hours)
    days_off = ", ".join(day.isoformat() for day in calendar.holidays)
    left_out = ", ".join(word(question) for question in profile.questions_left_out)
    rows = (
        Row("Business hours", (f"{open_} ({calendar.time_zone})" if open_ else "none",)),
        Row("Days off", (days_off or "none",)),
        Row("Categories", (", ".join(profile.categories) or "any word",)),
        Row("Questions not asked", (left_out or "none",)),
    )
    return Table("rest", "The rest", (), rows)


@template("pages/profile.html")
@dataclass(frozen=True)
class ProfilePage:
    """`/settings/profile`: what the house goes by as tables, the shipped ones, an editor, and what would change."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    shown: Profile
    """The profile that the tables show: the house's, or the one that is tried out."""
    tables: Sequence[Table]
    """It, laid out."""
    text: str
    """The file in the editor."""
    version: int
    """The version that the draft began from."""
    now: ProfileVersion
    """What the house goes by."""
    available: Sequence[Profile]
    """The shipped ones."""
    differences: Sequence[Difference] | None
    """What would change; None when nothing is tried out."""
    audiences: Sequence[str]
    """Whom an update may go to, of whom approval can be asked for."""
    reason: str
    """Why, as it was typed."""
    problem: WatchroomError | None
    """Why the draft could not be tried out or kept."""
    saved: bool
    """Whether it was kept just now."""
    history: Sequence[ProfileVersion]
    """The last changes, newest first."""
    people: People
    """Names of people."""
