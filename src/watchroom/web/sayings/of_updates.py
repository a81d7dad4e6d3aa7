"""What the facts about updates say in the timeline: what went to whom, what waits for approval, what is late.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchroom.communication.cadence import OverdueEscalated, UpdateBecameOverdue
from watchroom.communication.language.flag import CALLED
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted
from watchroom.record.event import Fact
from watchroom.web.html.words import standing
from watchroom.web.sayings.saying import Saying

WORDLESS = "without a word"
HEADLINE_ALONE = "a headline alone"
"""A headline names what it is about; whoever reads no more than that was told nothing of it."""
_CALLED: dict[str, str] = {str(code): called for code, called in CALLED.items()}


def _update(fact: Any) -> Saying:
    drafted = isinstance(fact, UpdateDrafted)
    parts = [("", fact.impact), ("We do", fact.doing), ("We need", fact.need)]
    says = "" if any(text for _, text in parts) else HEADLINE_ALONE if fact.title else WORDLESS
    parts.insert(0, ("Headline", fact.title))
    if drafted:
        parts.append(("Brief", fact.brief))
    elif fact.flagged and fact.reason:
        parts.append((f"Sent though flagged ({_flags(fact.flagged)})", fact.reason))
    place = f"in place of {fact.replaces}" if fact.replaces else ""
    return Saying(
        icon="send",
        bold=f"Draft for {fact.audience}" if drafted else f"To {fact.audience}",
        ref=fact.id,
        person=fact.to if drafted else "",
        text=" ".join(part for part in (place, says) if part),
        parts=tuple((label, text) for label, text in [*parts, ("Components", standing(fact.components))] if text),
        tag="waits for approval" if drafted else (fact.state or ""),
        tone="warn" if drafted else "run",
        then="next" if fact.next_at else "",
        at=fact.next_at,
        to=fact.audience,
    )


def _approved(fact: UpdateApproved) -> Saying:
    why = ((f"Sent though flagged ({_flags(fact.flagged)})", fact.reason),) if fact.flagged and fact.reason else ()
    return Saying(icon="send", bold="Approved and sent", ref=fact.update, parts=why)


def _flags(codes: Sequence[str]) -> str:
    """What was flagged, as people say it; a code that is not known any more as it stands."""
    return ", ".join(_CALLED.get(code, code).lower() for code in codes)


def _overdue(fact: UpdateBecameOverdue) -> Saying:
    return Saying(
        icon="clock",
        bold=f"Update to {fact.audience} is late",
        then="promised for" if fact.promised else "due by the profile's cadence at",
        at=fact.promised_at,
        tag="late",
        tone="warn",
    )


def _escalated(fact: OverdueEscalated) -> Saying:
    bold, nobody = f"Late update to {fact.audience} put to the commander", ""
    if not fact.to:
        bold, nobody = f"Update to {fact.audience} is still late", "nobody commands: it was put to nobody"
    return Saying(icon="clock", bold=bold, person=fact.to, text=nobody, tag="late", tone="warn")


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {
    UpdateDrafted: _update,
    UpdatePosted: _update,
    UpdateApproved: _approved,
    UpdateBecameOverdue: _overdue,
    OverdueEscalated: _escalated,
}
"""What each kind of fact says."""
