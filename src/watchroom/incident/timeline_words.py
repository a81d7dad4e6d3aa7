"""Which milestone an entry of a timeline speaks of, from its words: few patterns, each said in docs/timelines.md.

For timelines that were not written for us, and say nowhere else what is what. Narrow on purpose: what no pattern is
sure of stays a note, and whoever enters the timeline is shown each reading before and after. Called by
`timeline_file`. Pure.
"""

import re
from typing import Literal

import msgspec

from watchroom.communication.update import UpdateState

Milestone = Literal[
    "began", "noticed", "declared", "told", "mitigated", "returned", "resolved", "reopened", "closed", "note"
]
_THING = r"(?:incident|outage|impact|issue|problem)"
_IS = r"(?:is|was|has been|as|being|been|now|fully|confirmed|declared|marked|considered)"
_PHASE = re.compile(r"\s*\[(investigating|identified|monitoring|update|resolved|postmortem)\]", re.IGNORECASE)

# In the order in which they are asked; the first that speaks counts.
PATTERNS: tuple[tuple[Milestone, re.Pattern[str]], ...] = (
    ("note", re.compile(r"\b(?:not|never|n't|un|yet to be)\s?(?:declared|resolved|mitigated|repaired|closed)\b", re.I)),
    ("closed", re.compile(rf"\b{_THING}(?: {_IS})* closed\b", re.I)),
    ("resolved", re.compile(rf"\b{_THING}(?: {_IS})* (?:resolved|over)\b", re.I)),
    ("reopened", re.compile(rf"\b{_THING}(?: {_IS})* re-?opened\b|\bre-?opened the incident\b", re.I)),
    ("declared", re.compile(rf"\b(?:incident|sev-?[1-5])(?: {_IS})* declared\b", re.I)),
    ("declared", re.compile(r"\bdeclar(?:ed|ing)(?: \w+){0,2} (?:an? )?(?:\w+ )?incident\b", re.I)),
    ("mitigated", re.compile(rf"\b{_THING}(?: {_IS})* (?:repaired|mitigated)\b", re.I)),
    (
        "mitigated",
        re.compile(r"\bservices? (?:was|were|is|are|has been|have been)(?: fully)? (?:restored|recovered)\b", re.I),
    ),
    ("told", re.compile(r"\b(?:comms?|communications?) (?:\w+ )?(?:went|sent|distributed|posted|published)\b", re.I)),
    ("told", re.compile(r"\bupdates? (?:was |were )?(?:sen[dt]|posted|published) (?:to|on|in) \w+", re.I)),
    ("told", re.compile(r"\b(?:users|customers) (?:were |was )?(?:updated|informed|notified)\b", re.I)),
    ("told", re.compile(r"\b(?:informed|notified|told) (?:all )?(?:our )?(?:users|customers)\b", re.I)),
    ("noticed", re.compile(r"\b(?:users?|customers?) (?:\w+ )?report(?:s|ed|ing)?\b|\breports? from users?\b", re.I)),
    ("noticed", re.compile(r"\balerts? (?:was |were |is |are )?(?:triggered|fired|firing|received|raised)\b", re.I)),
    ("noticed", re.compile(r"\b(?:pagerduty|high[- ]priority|critical)\b.{0,60}\balert\b|\balert from\b", re.I)),
    (
        "noticed",
        re.compile(r"\b(?:we|team|engineers?|member|members|staff|on-?call) (?:noticed|informed of)\b", re.I),
    ),
    ("noticed", re.compile(r"\bdetected\b(?! and (?:fixed|resolved))", re.I)),
)


class Reading(msgspec.Struct, frozen=True):
    """What an entry was taken for."""

    milestone: Milestone = "note"
    state: UpdateState | None = None
    """For what was told: the phase that a status page gave."""


def read_words(text: str) -> list[Reading]:
    """The milestones that an entry speaks of; none for a plain note. A status page's last post tells and resolves."""
    phase = _PHASE.match(text)
    if phase is not None:
        return _posted(phase[1].lower())
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    for milestone, pattern in PATTERNS:
        if pattern.search(plain):
            return [] if milestone == "note" else [Reading(milestone)]
    return []


def _posted(phase: str) -> list[Reading]:
    match phase:
        case "investigating":
            return [Reading("told", "investigating")]
        case "identified":
            return [Reading("told", "identified")]
        case "monitoring":
            return [Reading("told", "monitoring")]
        case "resolved":
            return [Reading("told", "resolved"), Reading("resolved")]
        case _:
            return [Reading("told")]
