"""What each kind of fact says in the timeline: a few bold words, a sentence, perhaps a quotation.

Called by `timeline` only. Every fact of the room has a saying (a test sees to it); a few are deliberately quiet.
Texts are plain here and escaped by the template. Never reads the incident: an entry says what its own fact says.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from watchroom.detection import declaration, severity, signal, triage
from watchroom.detection.category import IncidentCategorised
from watchroom.incident.entered import TimelineEntered
from watchroom.incident.ownership import CycleOwned
from watchroom.incident.redaction import Redaction, RedactionExplained
from watchroom.incident.undo import Retracted
from watchroom.mitigation import hypothesis, impact, intervention, roles
from watchroom.mitigation.page import PageAcknowledged, answers
from watchroom.mitigation.recruiting import ResponderJoined
from watchroom.record.codec import DamagedFact, UnknownFact
from watchroom.record.event import Deed, Event, Fact, kind_of
from watchroom.record.redaction import Redacted
from watchroom.resolution import closing, reopening
from watchroom.resolution.resolving import IncidentResolved
from watchroom.web.html.words import share, word
from watchroom.web.sayings import of_access as sayings_of_access
from watchroom.web.sayings import of_ending as sayings_of_ending
from watchroom.web.sayings import of_guidance as sayings_of_guidance
from watchroom.web.sayings import of_profile as sayings_of_profile
from watchroom.web.sayings import of_talk as sayings_of_talk
from watchroom.web.sayings import of_updates as sayings_of_updates
from watchroom.web.sayings import of_work as sayings_of_work
from watchroom.web.sayings.saying import Saying


def say(event: Event, fact: Fact | None) -> Saying:
    """The saying of one event."""
    if fact is None:
        return Saying(
            icon="minus", bold="Redacted", text="What stood here was removed; the chain still verifies.", quiet=True
        )
    if isinstance(fact, DamagedFact):
        return Saying(
            icon="minus",
            bold="Damaged",
            text="This entry cannot be read any more. `watchroom incident verify` says more.",
        )
    if isinstance(fact, UnknownFact):
        return Saying(bold=word(event.kind).capitalize(), text="Recorded by a newer version of Watchroom.", quiet=True)
    if isinstance(fact, declaration.IncidentNoticed) and declaration.unsaid(fact, event):
        return Saying(icon="eye", bold="Nothing was said of when it was first noticed", quiet=True)
    if isinstance(fact, PageAcknowledged) and fact.to and not answers(fact, fact.to, event):
        return sayings_of_work.said_for_another(fact)
    saying = SAYINGS.get(type(fact))
    if saying is None:
        return Saying(bold=word(kind_of(type(fact))).capitalize(), quiet=True)
    said = saying(fact)
    return _because(said, fact.reason) if isinstance(fact, Deed) else said


def _because(saying: Saying, reason: str) -> Saying:
    """The saying with the reason that was given, unless it shows it already."""
    shown = (saying.text, saying.quote, *(text for _, text in saying.parts))
    if not reason or any(reason in text for text in shown):
        return saying
    return replace(saying, text=" · ".join(part for part in (saying.text, reason) if part))


def say_redacted(kind: str, redaction: Redaction | None) -> Saying:
    """What stands where something was redacted: what kind of entry it was, who removed it and why."""
    why = redaction.reason if redaction is not None else ""
    return Saying(
        icon="minus",
        bold="Redacted",
        tag=word(kind),
        text=why,
        actor=redaction.by if redaction is not None else "",
        then="removed what stood here" if redaction is not None else "What stood here was removed",
    )


def _room_opened(fact: declaration.RoomOpened) -> Saying:
    return Saying(icon="flag", bold="Room opened", text=fact.title, room=fact.after, quiet=True)


def _entered(fact: TimelineEntered) -> Saying:
    entries = "1 entry" if fact.entries == 1 else f"{fact.entries} entries"
    text = " · ".join(part for part in (entries, fact.source) if part)
    quote = "\n".join(f"- {note}" for note in fact.notes)
    return Saying(icon="clock", bold="Entered afterwards, from a timeline:", text=text, quote=quote, tag="entered")


def _declared(fact: declaration.IncidentDeclared) -> Saying:
    services = f" · {', '.join(fact.services)}" if fact.services else ""
    return Saying(icon="flag", bold="Incident declared", text=f"{fact.title}{services}")


def _corrected(fact: declaration.IncidentCorrected) -> Saying:
    parts = [fact.title] if fact.title else []
    if fact.services is not None:
        parts.append(f"services: {', '.join(fact.services) or 'none'}")
    return Saying(icon="flag", bold="Now called:" if fact.title else "Put right:", text=" · ".join(parts))


def _by_rule(fact: declaration.DeclaredByRule) -> Saying:
    return Saying(icon="flag", bold="A rule declares", text=fact.rule, signal=fact.signal)


def _noticed(fact: declaration.IncidentNoticed) -> Saying:
    return Saying(icon="eye", bold="First noticed", then="at", at=fact.noticed_at, quiet=True)


def _proposed(fact: severity.SeverityProposed) -> Saying:
    return Saying(icon="pulse", bold=f"{word(fact.severity)} proposed", text=_matrix(fact.impact, fact.urgency))


def _confirmed(fact: severity.SeverityConfirmed) -> Saying:
    text = " · ".join(part for part in (_matrix(fact.impact, fact.urgency), fact.reason) if part)
    return Saying(icon="pulse", bold=f"Rated {word(fact.severity)}", text=text)


def _matrix(felt: str | None, urgency: str | None) -> str:
    words = {"none": "no customers yet", "few": "few customers", "many": "many customers", "all": "all customers"}
    parts = [words[felt] if felt else "", f"{urgency} urgency" if urgency else ""]
    return ", ".join(part for part in parts if part)


def _signal_recorded(fact: signal.SignalRecorded) -> Saying:
    about = " · ".join(part for part in (fact.severity, fact.service, fact.source) if part)
    text = f"{fact.title} · {about}" if about else fact.title
    again = " (moved here)" if fact.moved_from else ""
    return Saying(
        icon="alert",
        bold=f"{word(fact.kind).capitalize()} fires{again}",
        text=text,
        link=fact.url,
        room=fact.moved_from,
        named=(fact.signal, fact.title),
    )


def _signal_resolved(fact: signal.SignalResolved) -> Saying:
    return Saying(icon="check", bold="Stopped firing", signal=fact.signal, quiet=True)


def _signal_moved(fact: signal.SignalMoved) -> Saying:
    return Saying(icon="alert", bold="Moved to another room", signal=fact.signal, room=fact.to, quiet=True)


def _observation(fact: signal.ObservationNoted) -> Saying:
    tag = f"answers {fact.answers}" if fact.answers else "observation"
    return Saying(speech=True, tag=tag, tone="run", quote=fact.text, link=fact.link)


def _triaged(fact: triage.SignalTriaged) -> Saying:
    return Saying(
        icon="eye",
        bold=f"Judged {word(fact.verdict)}",
        signal=fact.signal,
        text=fact.reason,
        room=fact.of,
        actor=fact.owner,
        then=_looks(fact.owner) if fact.look_again_at else "",
        at=fact.look_again_at,
    )


def _judgement_withdrawn(fact: triage.JudgementWithdrawn) -> Saying:
    return Saying(
        icon="undo", bold=f"{word(fact.verdict).capitalize()} taken back:", signal=fact.signal, text=fact.reason
    )


def _declaration_withdrawn(fact: declaration.DeclarationWithdrawn) -> Saying:
    return Saying(icon="undo", bold="Declaration taken back", text=fact.reason or "it waits for a judgement again")


def _looks(owner: str) -> str:
    return "looks again" if owner else "look again"


def _look_again(fact: triage.LookAgainCameDue) -> Saying:
    return Saying(icon="clock", bold="Time to look again", signal=fact.signal, tag="due", tone="warn")


def _categorised(fact: IncidentCategorised) -> Saying:
    return Saying(icon="tag", bold="Categories", text=", ".join(fact.categories))


def _assigned(fact: roles.RoleAssigned) -> Saying:
    text = f"{'may' if fact.limit else ''} {fact.limit}".strip()
    return Saying(icon="people", bold=f"{word(fact.role)}:", person=fact.person, text=text, quote=fact.brief)


def _accepted(fact: roles.RoleAccepted) -> Saying:
    return Saying(icon="check", bold=f"{word(fact.role)} accepted", quiet=True)


def _handed_over(fact: roles.RoleHandedOver) -> Saying:
    return Saying(icon="people", bold=f"{word(fact.role)} handed over to", person=fact.to, quote=fact.brief)


def _released(fact: roles.RoleReleased) -> Saying:
    return Saying(icon="people", bold=f"{word(fact.role)} released:", person=fact.person, text=fact.reason)


def _joined(fact: ResponderJoined) -> Saying:
    return Saying(icon="people", bold="Joined", quiet=True)


def _theory(fact: hypothesis.HypothesisProposed) -> Saying:
    return Saying(icon="bulb", bold="Theory", ref=fact.id, text=fact.text)


def _evidence(fact: hypothesis.EvidenceAdded) -> Saying:
    tone = "good" if fact.direction == "for" else "warn"
    return Saying(
        icon="eye", bold="Evidence", ref=fact.hypothesis, text=fact.text, tag=fact.direction, tone=tone, link=fact.link
    )


def _tested(fact: hypothesis.HypothesisTested) -> Saying:
    return Saying(icon="bulb", bold="Testing", ref=fact.hypothesis, text=fact.reason)


def _supported(fact: hypothesis.HypothesisSupported) -> Saying:
    return Saying(icon="bulb", bold="Theory", ref=fact.hypothesis, text=fact.reason, tag="supported", tone="good")


def _ruled_out(fact: hypothesis.HypothesisRuledOut) -> Saying:
    return Saying(icon="bulb", bold="Theory", ref=fact.hypothesis, text=fact.reason, tag="ruled out", tone="dead")


def _try(fact: intervention.InterventionProposed) -> Saying:
    more = [f"expect {fact.expected}" if fact.expected else "", f"way back: {fact.rollback}" if fact.rollback else ""]
    text = " · ".join([fact.text, *(part for part in more if part)])
    return Saying(icon="play", bold="Proposed", ref=fact.id, text=text)


def _started(fact: intervention.InterventionStarted) -> Saying:
    return Saying(icon="play", bold="Started", ref=fact.intervention, text=fact.reason, tag="running", tone="run")


def _observed(fact: intervention.InterventionObserved) -> Saying:
    tone = {"helped": "good", "no_effect": "dead", "worse": "hot", "too_early": "warn"}[fact.outcome]
    sign = "check" if fact.outcome == "helped" else "eye"
    return Saying(icon=sign, bold="Seen", ref=fact.intervention, text=fact.text, tag=word(fact.outcome), tone=tone)


def _reverted(fact: intervention.InterventionReverted) -> Saying:
    return Saying(icon="undo", bold="Taken back", ref=fact.intervention, text=fact.reason)


def _impact(fact: impact.ImpactStated) -> Saying:
    where = ", ".join([*fact.services, *fact.regions, *fact.tiers, *fact.platforms])
    parts = [fact.text, share(fact.share_low, fact.share_high), where]
    text = " · ".join(part for part in parts if part)
    return Saying(
        icon="people", bold="Customers feel", text=text, then="since" if fact.began_at else "", at=fact.began_at
    )


def _trend(fact: impact.TrendStated) -> Saying:
    words = {"worse": "It gets worse", "stable": "It stays as it is", "better": "It gets better"}
    return Saying(icon="pulse", bold=words[fact.trend])


def _mitigated(fact: impact.ImpactMitigated) -> Saying:
    ref, by = (fact.by, "") if fact.by[:1] == "I" and fact.by[1:].isdigit() else ("", fact.by)
    text = " · ".join(part for part in (by, fact.text) if part)
    return Saying(icon="check", bold="Customers hurt no longer", ref=ref, text=text, tag="mitigated", tone="good")


def _returned(fact: impact.ImpactReturned) -> Saying:
    return Saying(icon="loop", bold="Customers hurt again", text=fact.text, tag="impact is back", tone="hot")


def _resolved(fact: IncidentResolved) -> Saying:
    tag = {"yes": "understood", "partly": "partly understood", "no": "not understood"}[fact.understood]
    tone = "good" if fact.understood == "yes" else "warn"
    return Saying(
        icon="check",
        bold="Resolved",
        text=fact.text,
        tag=tag,
        tone=tone,
        actor=fact.owner,
        then="goes on looking" if fact.owner else "",
    )


def _closed(fact: closing.IncidentClosed) -> Saying:
    return Saying(icon="check", bold="Closed", text=fact.reason)


def _review(fact: closing.ReviewDecided) -> Saying:
    return Saying(
        icon="people",
        bold=f"Review {word(fact.review)}",
        text=fact.reason,
        actor=fact.owner,
        then=" ".join(part for part in ("holds it" if fact.owner else "", "by" if fact.due_at else "") if part),
        at=fact.due_at,
    )


def _offered(fact: reopening.ReopeningOffered) -> Saying:
    return Saying(icon="loop", bold="Fired again", text=fact.title, room=fact.room, tag="offers to reopen", tone="warn")


def _reopened(fact: reopening.IncidentReopened) -> Saying:
    return Saying(
        icon="loop",
        bold="Reopened",
        text=fact.reason,
        room=fact.joined[0] if fact.joined else "",
        tag="open again",
        tone="hot",
    )


def _owned(fact: CycleOwned) -> Saying:
    return Saying(icon="people", bold=f"{fact.cycle.capitalize()} is looked after by", person=fact.person)


def _retracted(fact: Retracted) -> Saying:
    return Saying(icon="undo", bold="Taken back", ref=f"#{fact.seq}", text=fact.reason, quiet=True)


def _redacted(fact: Redacted) -> Saying:
    return Saying(icon="minus", bold="Redacted", ref=f"#{fact.seq}", text=fact.reason, quiet=True)


def _redaction_explained(fact: RedactionExplained) -> Saying:
    return Saying(icon="minus", bold="Said why it was redacted", ref=f"#{fact.seq}", text=fact.reason, quiet=True)


_Say = Callable[[Fact], Saying]
_ALL: dict[type[Fact], Callable[[Any], Saying]] = {
    declaration.RoomOpened: _room_opened,
    TimelineEntered: _entered,
    declaration.IncidentNoticed: _noticed,
    declaration.DeclaredByRule: _by_rule,
    declaration.IncidentDeclared: _declared,
    declaration.IncidentCorrected: _corrected,
    declaration.DeclarationWithdrawn: _declaration_withdrawn,
    severity.SeverityProposed: _proposed,
    severity.SeverityConfirmed: _confirmed,
    signal.SignalRecorded: _signal_recorded,
    signal.SignalResolved: _signal_resolved,
    signal.SignalMoved: _signal_moved,
    signal.ObservationNoted: _observation,
    triage.SignalTriaged: _triaged,
    triage.JudgementWithdrawn: _judgement_withdrawn,
    triage.LookAgainCameDue: _look_again,
    IncidentCategorised: _categorised,
    roles.RoleAssigned: _assigned,
    roles.RoleAccepted: _accepted,
    roles.RoleHandedOver: _handed_over,
    roles.RoleReleased: _released,
    ResponderJoined: _joined,
    hypothesis.HypothesisProposed: _theory,
    hypothesis.EvidenceAdded: _evidence,
    hypothesis.HypothesisTested: _tested,
    hypothesis.HypothesisSupported: _supported,
    hypothesis.HypothesisRuledOut: _ruled_out,
    intervention.InterventionProposed: _try,
    intervention.InterventionStarted: _started,
    intervention.InterventionObserved: _observed,
    intervention.InterventionReverted: _reverted,
    impact.ImpactStated: _impact,
    impact.TrendStated: _trend,
    impact.ImpactMitigated: _mitigated,
    impact.ImpactReturned: _returned,
    IncidentResolved: _resolved,
    closing.IncidentClosed: _closed,
    closing.ReviewDecided: _review,
    reopening.ReopeningOffered: _offered,
    reopening.IncidentReopened: _reopened,
    CycleOwned: _owned,
    Retracted: _retracted,
    **sayings_of_work.SAYINGS,
    Redacted: _redacted,
    RedactionExplained: _redaction_explained,
    **sayings_of_updates.SAYINGS,
    **sayings_of_ending.SAYINGS,
    **sayings_of_profile.SAYINGS,
    **sayings_of_access.SAYINGS,
    **sayings_of_guidance.SAYINGS,
    **sayings_of_talk.SAYINGS,
}
SAYINGS: dict[type[Fact], _Say] = {fact: cast(_Say, saying) for fact, saying in _ALL.items()}
"""What each kind of fact says."""
