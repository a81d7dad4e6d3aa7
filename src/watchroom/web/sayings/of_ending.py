"""What the facts of the end say in the timeline: shims, watches, what is kept, and what was learnt.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from watchroom.record.event import Fact
from watchroom.resolution import shim, silence, stability
from watchroom.review import action_item, artefact, finding, recovery, review, sharing, timeline
from watchroom.web.sayings.saying import Saying


def _by(bold: str, ref: str, text: str, owner: str, at: datetime | None, does: str) -> Saying:
    then = " ".join(part for part in (does if owner else "", "by" if at else "") if part)
    return Saying(icon="loop", bold=bold, ref=ref, text=text, actor=owner, then=then, at=at)


def _shim(fact: shim.ShimAdded) -> Saying:
    text = f"{fact.text} · {fact.intervention}" if fact.intervention else fact.text
    return Saying(icon="undo", bold="To undo later", ref=fact.id, text=text, tag="not undone", tone="warn")


def _undoing(fact: shim.ShimUndoBegan) -> Saying:
    return Saying(icon="undo", bold="Undoes", ref=fact.shim, text=f"as {fact.intervention}")


def _watch(fact: stability.StabilityWatchBegan) -> Saying:
    text = f"for {fact.minutes} min"
    return Saying(icon="eye", bold="Watches whether it stays well", text=text, then="until", at=fact.until)


def _passed(fact: stability.StabilityWatchPassed) -> Saying:
    return Saying(icon="check", bold="The watch ended, and nothing had come back", tag="stayed well", tone="good")


def _unheard(fact: stability.StabilityWatchWentUnheard) -> Saying:
    text = f"for {stability.span(fact.until - fact.since)}: no server was there"
    bold = "Nobody listened to the watch"
    return Saying(icon="alert", bold=bold, text=text, then="since", at=fact.since, tag="not heard", tone="warn")


def _lapsed(fact: stability.StabilityWatchLapsed) -> Saying:
    signal = fact.firing[0] if fact.firing else ""
    rest = stability.why_lapsed(msgspec.structs.replace(fact, firing=[]), {})
    more = f"and {len(fact.firing) - 1} more still fire" if len(fact.firing) > 1 else "still fires" if signal else ""
    text = "; ".join(part for part in (more, rest) if part)
    bold = "The watch ended, and nobody can say that it stayed well"
    tag = "still fires" if signal else "not mitigated" if fact.not_mitigated else "not heard"
    return Saying(icon="alert", bold=bold, signal=signal, text=text, tag=tag, tone="warn")


def _broken(fact: stability.StabilityWatchBroken) -> Saying:
    why = "" if fact.signal else "customers hurt again"
    return Saying(icon="alert", bold="The watch was broken", signal=fact.signal, text=why, tag="not quiet", tone="warn")


def _silent(fact: silence.IncidentFellSilent) -> Saying:
    who = fact.owner or "nobody owns it;"
    then = "is asked how it stands; nobody has written since" if fact.owner else "nobody has written since"
    return Saying(
        icon="clock",
        bold="Quiet for long",
        actor=fact.owner,
        text="" if fact.owner else who,
        then=then,
        at=fact.since,
        tag="still going on?",
        tone="warn",
    )


def _artefact(fact: artefact.ArtefactSaved) -> Saying:
    then = "ages out" if fact.expires_at else ""
    return Saying(icon="tag", bold=f"Kept: {fact.kind}", ref=fact.id, link=fact.link, then=then, at=fact.expires_at)


def _aged(fact: artefact.ArtefactAgedOut) -> Saying:
    return Saying(icon="clock", bold="What this link led to has aged out; the link stays", ref=fact.artefact)


def _deferred(fact: review.ReviewDeferred) -> Saying:
    then = "until" if fact.due_at else ""
    return Saying(icon="loop", bold="Review put off", text=fact.reason, then=then, at=fact.due_at)


def _review_overdue(fact: review.ReviewBecameOverdue) -> Saying:
    return Saying(icon="clock", bold="The review is late", then="was for", at=fact.due_at, tag="late", tone="warn")


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {
    shim.ShimAdded: _shim,
    shim.ShimUndoBegan: _undoing,
    stability.StabilityWatchBegan: _watch,
    stability.StabilityWatchPassed: _passed,
    stability.StabilityWatchWentUnheard: _unheard,
    stability.StabilityWatchLapsed: _lapsed,
    stability.StabilityWatchBroken: _broken,
    silence.IncidentFellSilent: _silent,
    recovery.ResponderCheckedIn: lambda fact: Saying(icon="people", bold="How it was", quote=fact.text),
    artefact.ArtefactSaved: _artefact,
    artefact.ArtefactAgedOut: _aged,
    timeline.TimelineMarked: lambda fact: Saying(icon="flag", bold=f"Marks entry {fact.seq}", text=fact.text),
    timeline.BeliefRecorded: lambda fact: Saying(icon="bulb", bold=f"Believed at entry {fact.seq}", text=fact.text),
    review.ReviewDeferred: _deferred,
    review.ReviewBecameOverdue: _review_overdue,
    finding.FindingAdded: lambda fact: Saying(icon="loop", bold="Learnt", ref=fact.id, text=fact.text),
    finding.MysteryAdded: lambda fact: _by("Mystery", fact.id, fact.text, fact.owner, fact.due_at, "goes on looking"),
    finding.FactorAdded: lambda fact: Saying(icon="loop", bold="Played a part", ref=fact.id, text=fact.text),
    action_item.ActionAdded: lambda fact: _by("Action", fact.id, fact.text, fact.owner, fact.due_at, "does it"),
    sharing.ReviewShared: lambda fact: Saying(icon="send", bold="Review given to", people=tuple(fact.to)),
    sharing.ReviewRead: lambda fact: Saying(icon="check", bold="Has read the review", quiet=True),
}
"""What each kind of fact says."""
