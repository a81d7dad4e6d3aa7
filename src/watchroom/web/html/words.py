"""The words that the pages use for the record's values, and small shapes of text: initials, spans of time, shares.

Called by templates and by the timeline's entries. Pure.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from watchroom.incident.measures import Lasted
from watchroom.mitigation.roles import ROLES

_WORDS: dict[str, str] = {
    **ROLES,
    "incident_commander": "Commander",
    "communications_lead": "Comms lead",
    "ruled_out": "ruled out",
    "no_effect": "no effect",
    "too_early": "too early to tell",
    "worse": "made it worse",
    "false_alarm": "false alarm",
    "slow_burn": "slow burn",
    "slo_burn": "SLO burn",
    "not_required": "not required",
    "started": "running",
    "reverted": "taken back",
    "email": "mail",
    "not_yet": "not yet",
    "acknowledged": "has it",
    "SEV1": "SEV 1",
    "SEV2": "SEV 2",
    "SEV3": "SEV 3",
    "SEV4": "SEV 4",
}


def word(value: str) -> str:
    """A value of the record as people say it."""
    return _WORDS.get(value, value.replace("_", " "))


def standing(components: Mapping[str, str]) -> str:
    """What an update says of each component: `checkout: partial outage; search: up`."""
    return "; ".join(f"{name}: {state}" if state else name for name, state in components.items())


def initials(name: str) -> str:
    """Two letters for a face: of first and last word, else the first two."""
    words = [part for part in name.replace(".", " ").replace("-", " ").split() if part[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]
    return letters.upper()


def span(begin: datetime | None, end: datetime | None) -> str:
    """How long from one to the other, in the largest unit that is not silly: `40 s`, `3 min`, `2 h 5 min`, `3 days`."""
    if begin is None or end is None:
        return ""
    return lasting(max(0, (end - begin) // timedelta(seconds=1)))


def took_words(took: Lasted) -> str:
    """How long it took from the first sign to the end, or that the stated times do not say."""
    return CONTRADICTED if took.contradicted else span(took.since, took.over_at)


CONTRADICTED = "cannot be said: over before it was noticed, as the times are stated"


def lasting(seconds: float) -> str:
    """So many seconds, as `span` says them."""
    seconds = int(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def after(begin: datetime | None, end: datetime | None) -> str:
    """How long after one the other came: `at once` within a minute, else `after 5 min`; else empty."""
    if begin is None or end is None:
        return ""
    return "at once" if end - begin < timedelta(minutes=1) else f"after {span(begin, end)}"


def many(count: int, one: str) -> str:
    """A number of things: `1 label`, `1,204 labels`."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def every(seconds: int) -> str:
    """A span that was set: `90 s`, `10 min`, `6 h`, `2 days`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return "1 day" if unit == "days" and count == 1 else f"{count} {unit}"
    return f"{seconds} s"


def share(low: float | None, high: float | None) -> str:
    """A share of customers, as said: `31 %`, or `20 to 40 %`."""
    if low is None or high is None:
        return ""
    if low == high:
        return f"{low:.0%}".replace("%", " %")
    return f"{low * 100:.0f} to {high * 100:.0f} %"


_ANCHORS = {
    "B": "#priority-",
    "D": "#decision-",
    "E": "#escalation-",
    "H": "#theory-",
    "I": "#intervention-",
    "N": "#unknown-",
    "P": "#page-",
    "Q": "#inbound-",
    "S": "#shim-",
    "T": "#task-",
    "U": "#update-",
    "W": "#workstream-",
}


_REVIEWED = {"A": "#artefact-", "F": "#finding-", "X": "#action-"}


def anchor(ref: str, room: str = "") -> str:
    """Where a thing stands: `H1` is `#theory-H1` on the room's page, `F1` is on that of its review."""
    if room and ref[:1] in _REVIEWED:
        return f"/incidents/{room}/review{_REVIEWED[ref[:1]]}{ref}"
    if ref.startswith("#"):
        return f"#e-{ref[1:]}"
    return f"{_ANCHORS.get(ref[:1], '#')}{ref}"
