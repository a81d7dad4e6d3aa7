"""A profile: how a house runs its incidents. Severity matrix, roles, cadence, closure, reviews, service levels.

Two traditions (SRE, ITIL) in three sizes are shipped (`shipped`); a house chooses one or writes its own
(`profile_file` reads it, `profile_book` keeps it). A room holds the profile that it was declared under (`adopting`),
so a later change never rewrites what an old room means. Pure.
"""

import hashlib
from datetime import date
from typing import Annotated, Literal, get_args

import msgspec

from watchroom.base.business_time import Calendar, problem
from watchroom.communication.policy import CadencePolicy
from watchroom.detection.severity import ImpactLevel, Severity, Urgency
from watchroom.incident.sla import ServiceLevel
from watchroom.mitigation.crew import Crew
from watchroom.resolution.closure import Closure

Tradition = Literal["sre", "itil"]
Question = Literal[
    "late_update",
    "who_was_reached",
    "held_until_now",
    "who_commands",
    "late_tasks",
    "what_came_in",
    "ask_for_help",
    "settling",
    "how_bad",
    "did_it_help",
    "who_was_told",
    "what_would_stop_it",
    "what_could_it_be",
    "who_writes",
    "still_firing",
    "do_they_know",
    "is_it_over",
    "came_back",
    "worth_a_review",
    "does_it_stay_well",
    "does_it_go_on",
    "you_are_called",
    "do_you_have_it",
    "can_you_take_it",
    "who_leads",
    "may_it_go_out",
    "when_next",
    "what_is_new",
    "is_it_known",
    "take_it_back",
    "many_hands",
    "what_was_decided",
    "what_was_rushed",
    "who_can_go",
    "when_undone",
    "how_are_you",
    "what_to_keep",
    "who_practises",
    "what_was_learnt",
    "who_hears_of_it",
    "have_you_read_it",
    "here_to_help",
]
QUESTIONS: tuple[Question, ...] = get_args(Question)
IMPACTS: tuple[ImpactLevel, ...] = get_args(ImpactLevel)
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
DIGEST_CHARS = 12


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a house decides once, so that nobody has to at 3 AM."""

    name: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Its short name: small letters, digits and hyphens."
        ),
    ]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=80, description="Its name for people.")]
    about: Annotated[str, msgspec.Meta(max_length=2_000, description="What it is for, in a sentence or two.")] = ""
    tradition: Annotated[Tradition, msgspec.Meta(description="`sre` or `itil`: whose words it is told in.")]
    team_size: Annotated[int, msgspec.Meta(ge=1, le=10_000, description="About how many people it is made for.")]
    severity: Annotated[
        dict[ImpactLevel, dict[Urgency, Severity]],
        msgspec.Meta(description="The matrix: by impact, then by urgency, the severity that is proposed."),
    ]
    crew: Annotated[Crew, msgspec.Meta(description="Roles by severity.")]
    cadence: Annotated[CadencePolicy, msgspec.Meta(description="When whom is told, if nobody promised.")]
    page_answer_s: Annotated[
        int,
        msgspec.Meta(ge=1, le=86_400, description="How long a page may stay unacknowledged before that is noted."),
    ] = 120
    closure: Annotated[Closure, msgspec.Meta(description="What closing asks, and when a review is due.")]
    sla: Annotated[
        tuple[ServiceLevel, ...],
        msgspec.Meta(max_length=4, description="Service levels by severity; without any no clock is shown."),
    ] = ()
    calendar: Annotated[Calendar, msgspec.Meta(description="Hours for what counts business time.")] = msgspec.field(
        default_factory=Calendar
    )
    categories: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=200)], ...],
        msgspec.Meta(max_length=200, description="The categories that are known; without any every word is."),
    ] = ()
    questions_left_out: Annotated[
        tuple[Question, ...],
        msgspec.Meta(max_length=len(QUESTIONS), description="Questions that are not asked: " + ", ".join(QUESTIONS)),
    ] = ()


def digest(profile: Profile) -> str:
    """Names a profile's content: the same for equal profiles, in whatever order they were written."""
    told = msgspec.to_builtins(profile, builtin_types=(date,))
    if not told["cadence"]["approval"]:
        # A profile from before there was approval keeps the digest that facts name it by.
        del told["cadence"]["approval"]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:DIGEST_CHARS]


def reference(profile: Profile) -> str:
    """How a fact names the profile that proposed something: name and digest."""
    return f"{profile.name}@{digest(profile)}"


def problems(profile: Profile) -> list[tuple[str, str]]:
    """What no type shows: the field, as `crew.proposed`, and what is wrong with it, in words."""
    found: list[tuple[str, str]] = []
    for impact in IMPACTS:
        row = profile.severity.get(impact, {})
        if missing := [urgency for urgency in URGENCIES if urgency not in row]:
            found.append((f"severity.{impact}", f"has no severity for urgency {', '.join(missing)}"))
    found += _doubled(profile)
    for one, other in profile.crew.apart:
        if one == other:
            found.append(("crew.apart", f"keeps {one} apart from itself"))
    if wrong := problem(profile.calendar):
        found.append(("calendar", wrong))
    closed = not any(profile.calendar.hours.values())
    if closed and any(level.hours == "business" for level in profile.sla):
        found.append(("calendar.hours", "has no open hour, and a service level counts business hours"))
    if closed and any(due.business for due in profile.closure.review_due.values()):
        found.append(("calendar.hours", "has no open day, and a review is due in business days"))
    for level in profile.sla:
        if level.restore_s < level.respond_s:
            found.append(("sla", f"of {level.severity} is to be restored before anybody responds"))
    for severity in profile.closure.review_due:
        if not profile.closure.expects_review(severity):
            found.append((f"closure.review_due.{severity}", "has a date, and no review of it is expected"))
    return found


def _doubled(profile: Profile) -> list[tuple[str, str]]:
    lists: list[tuple[str, list[str]]] = [
        ("cadence.beats", [f"{beat.severity} {beat.audience}" for beat in profile.cadence.beats]),
        ("sla", [level.severity for level in profile.sla]),
        ("categories", [name.casefold() for name in profile.categories]),
        ("closure.asks", list(profile.closure.asks)),
    ]
    lists += [(f"crew.proposed.{severity}", list(roles)) for severity, roles in profile.crew.proposed.items()]
    return [
        (f"{field}.{place}", f"names {each} a second time")
        for field, things in lists
        for place, each in enumerate(things)
        if each in things[:place]
    ]
