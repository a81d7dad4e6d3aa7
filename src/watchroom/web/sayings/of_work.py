"""What the facts of working together say in the timeline: pages, tasks, threads, decisions, what came in, what was
looked at.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from watchroom.base.clock import rfc3339
from watchroom.communication import inbound
from watchroom.detection import hindsight, looking, unknown
from watchroom.mitigation import decision, escalation, page, priority, recruiting, task, workstream
from watchroom.record.event import Fact
from watchroom.web.html.words import word
from watchroom.web.sayings.saying import Saying


def _unknown(fact: unknown.UnknownStated) -> Saying:
    return Saying(
        icon="eye",
        bold="Not known",
        ref=fact.id,
        text=fact.text,
        actor=fact.person,
        then=" ".join(part for part in ("finds out" if fact.person else "", "by" if fact.by else "") if part),
        at=fact.by,
    )


def _unknown_overdue(fact: unknown.UnknownBecameOverdue) -> Saying:
    return Saying(
        icon="clock", bold="Still not known", ref=fact.unknown, then="was for", at=fact.by, tag="late", tone="warn"
    )


def _looked(fact: looking.LookedAt) -> Saying:
    return Saying(
        icon="eye",
        bold="Looked at",
        text=fact.panel or fact.query,
        then=f"from {rfc3339(fact.start)} to" if fact.start and fact.end else "",
        at=fact.end if fact.start else None,
        quote=fact.shown,
    )


def _probe(fact: looking.ProbeRun) -> Saying:
    given = msgspec.json.encode(fact.arguments).decode() if fact.arguments else ""
    return Saying(icon="play", bold="Tried it", text=" ".join(part for part in (fact.probe, given) if part))


def _judged(fact: hindsight.DetectionJudged) -> Saying:
    parts = [
        f"declared {fact.timing}" if fact.timing else "",
        f"noticed first by a {fact.noticed_by}" if fact.noticed_by else "",
        fact.reason,
    ]
    return Saying(icon="eye", bold="Detection, looking back", text=" · ".join(part for part in parts if part))


def _released(fact: recruiting.ResponderReleased) -> Saying:
    return Saying(icon="people", bold="Let go:", person=fact.person, text=fact.reason)


def _paged(fact: page.PageRequested) -> Saying:
    bold = f"Calls {fact.team}:" if fact.team else "Calls"
    return Saying(icon="bell", bold=bold, ref=fact.id, person=fact.to, text=fact.text)


def _page_shown(fact: page.PageShown) -> Saying:
    return Saying(icon="bell", bold="Rang in an open page", ref=fact.page, quiet=True)


def _page_delivered(fact: page.PageDelivered) -> Saying:
    return Saying(
        icon="send", bold=f"Handed to {word(fact.channel)}", ref=fact.page, text="not yet a person reached", quiet=True
    )


def _page_failed(fact: page.PageFailed) -> Saying:
    again = "next try" if fact.retry_at else ""
    return Saying(
        icon="alert",
        bold=f"Not delivered by {word(fact.channel)}",
        ref=fact.page,
        text=fact.why,
        then=again,
        at=fact.retry_at,
        tag="" if again else "given up",
        tone="hot",
        quiet=bool(again),
    )


def _page_acknowledged(fact: page.PageAcknowledged) -> Saying:
    # Of what an older version wrote without a reason, the entry alone does not say whose word it is.
    tag = "reached" if fact.to or fact.reason else ""
    return Saying(icon="check", bold="Heard", ref=fact.page, tag=tag, tone="good")


def said_for_another(fact: page.PageAcknowledged) -> Saying:
    """Another's bare word that somebody heard a call."""
    return Saying(
        icon="bell", bold="Says that they heard", ref=fact.page, text="and not how they know: it rings on",
        tag="not reached", tone="warn",
    )  # fmt: skip


def _page_withdrawn(fact: page.PageWithdrawn) -> Saying:
    return Saying(icon="undo", bold="Takes the call back", ref=fact.page, text=fact.reason)


def _page_unanswered(fact: page.PageWentUnanswered) -> Saying:
    return Saying(icon="bell", bold="Nobody has answered", ref=fact.page, tag="not reached", tone="hot")


def _asked(fact: escalation.HelpAsked) -> Saying:
    known = f"knowing: {fact.known}" if fact.known else ""
    text = " · ".join(part for part in (fact.text, known) if part)
    then = "looks again" if fact.look_again_at else ""
    return Saying(icon="people", bold="Asked for help:", person=fact.to, text=text, then=then, at=fact.look_again_at)


def _not_yet(fact: escalation.EscalationDeferred) -> Saying:
    known = f"knowing: {fact.known}" if fact.known else ""
    text = " · ".join(part for part in (fact.text, known) if part)
    then = "look again" if fact.look_again_at else ""
    return Saying(icon="people", bold="Deliberately not asked yet", text=text, then=then, at=fact.look_again_at)


def _escalation_due(fact: escalation.EscalationCameDue) -> Saying:
    return Saying(icon="clock", bold="Time to look again whether help is needed", tag="due", tone="warn")


def _workstream(fact: workstream.WorkstreamOpened) -> Saying:
    limit = f"may {fact.limit}" if fact.limit else ""
    text = " · ".join(part for part in (fact.name, limit) if part)
    return Saying(
        icon="people", bold="Workstream", ref=fact.id, text=text, actor=fact.lead, then="leads" if fact.lead else ""
    )


def _workstream_closed(fact: workstream.WorkstreamClosed) -> Saying:
    return Saying(icon="check", bold="Workstream closed", ref=fact.workstream, text=fact.reason)


def _task(fact: task.TaskAssigned) -> Saying:
    then = "by" if fact.due_at else ""
    return Saying(icon="flag", bold="Task", ref=fact.id, person=fact.person, text=fact.text, then=then, at=fact.due_at)


def _task_acknowledged(fact: task.TaskAcknowledged) -> Saying:
    return Saying(icon="check", bold="Has it", ref=fact.task, quiet=True)


def _task_reported(fact: task.TaskReported) -> Saying:
    return Saying(icon="check", bold="Report", ref=fact.task, text=fact.text)


def _task_overdue(fact: task.TaskBecameOverdue) -> Saying:
    return Saying(
        icon="clock", bold="No report", ref=fact.task, then="was for", at=fact.due_at, tag="late", tone="warn"
    )


def _decision(fact: decision.DecisionMade) -> Saying:
    parts = (
        ("", fact.text),
        ("Instead of", "; ".join(fact.alternatives)),
        ("Not known", fact.unknown),
        ("Weighed", ", ".join(fact.priorities)),
    )
    tag = "objections asked" if fact.objections_asked else ""
    return Saying(icon="decide", bold="Decision", ref=fact.id, parts=tuple(part for part in parts if part[1]), tag=tag)


def _hold(fact: decision.HoldBegun) -> Saying:
    return Saying(
        icon="decide", bold="Hold", ref=fact.id, text=fact.text, then="until", at=fact.until, tag="hold", tone="warn"
    )


def _hold_due(fact: decision.HoldCameDue) -> Saying:
    return Saying(icon="clock", bold="The hold is over: decide", ref=fact.decision, tag="due", tone="warn")


def _priority(fact: priority.PriorityStated) -> Saying:
    then = ", ".join(part for part in ("decides" if fact.owner else "", "until" if fact.until else "") if part)
    return Saying(
        icon="tag", bold="Business priority", ref=fact.id, text=fact.text, actor=fact.owner, then=then, at=fact.until
    )


def _inbound(fact: inbound.InboundAdded) -> Saying:
    bold = f"Came in, {word(fact.kind)}" + (f" from {fact.sender}" if fact.sender else "")
    return Saying(icon="inbox", bold=bold, ref=fact.id, quote=fact.text)


def _inbound_taken(fact: inbound.InboundTaken) -> Saying:
    return Saying(icon="inbox", bold="Deals with", ref=fact.inbound, quiet=True)


def _inbound_deferred(fact: inbound.InboundDeferred) -> Saying:
    return Saying(icon="inbox", bold="Answer promised", ref=fact.inbound, text=fact.text, then="by", at=fact.until)


def _inbound_answered(fact: inbound.InboundAnswered) -> Saying:
    if not inbound.answers(fact):
        return Saying(icon="inbox", bold="An answer without a word", ref=fact.inbound, text="it stays open")
    tag, tone = {True: ("used", "good"), False: ("declined", "dead"), None: ("", "")}[fact.used]
    text = " · ".join(part for part in (fact.text, fact.reason) if part)
    return Saying(icon="inbox", bold="Answered", ref=fact.inbound, text=text, tag=tag, tone=tone)


def _inbound_overdue(fact: inbound.InboundBecameOverdue) -> Saying:
    return Saying(
        icon="clock",
        bold="Nobody has answered",
        ref=fact.inbound,
        then="was for",
        at=fact.answer_by,
        tag="late",
        tone="warn",
    )


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {
    unknown.UnknownStated: _unknown,
    unknown.UnknownBecameOverdue: _unknown_overdue,
    looking.LookedAt: _looked,
    looking.ProbeRun: _probe,
    hindsight.DetectionJudged: _judged,
    recruiting.ResponderReleased: _released,
    page.PageRequested: _paged,
    page.PageShown: _page_shown,
    page.PageDelivered: _page_delivered,
    page.PageFailed: _page_failed,
    page.PageAcknowledged: _page_acknowledged,
    page.PageWithdrawn: _page_withdrawn,
    page.PageWentUnanswered: _page_unanswered,
    escalation.HelpAsked: _asked,
    escalation.EscalationDeferred: _not_yet,
    escalation.EscalationCameDue: _escalation_due,
    workstream.WorkstreamOpened: _workstream,
    workstream.WorkstreamClosed: _workstream_closed,
    task.TaskAssigned: _task,
    task.TaskAcknowledged: _task_acknowledged,
    task.TaskReported: _task_reported,
    task.TaskBecameOverdue: _task_overdue,
    decision.DecisionMade: _decision,
    decision.HoldBegun: _hold,
    decision.HoldCameDue: _hold_due,
    priority.PriorityStated: _priority,
    inbound.InboundAdded: _inbound,
    inbound.InboundTaken: _inbound_taken,
    inbound.InboundDeferred: _inbound_deferred,
    inbound.InboundAnswered: _inbound_answered,
    inbound.InboundBecameOverdue: _inbound_overdue,
}
"""What each kind of fact says."""
