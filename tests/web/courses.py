"""For each kind of fact of a room: how a room comes to the point before it, and what then makes it happen.

Used by test_live_equals_fresh, which fails when a fact has no course here. Every fact comes by the door by which it
comes in life: a command, a verdict, a sender, the timers.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec

from tests.rooms.stage import Stage, at
from watchroom.base.clock import rfc3339
from watchroom.communication import editing, inbound
from watchroom.communication.cadence import OverdueEscalated, UpdateBecameOverdue
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted
from watchroom.detection import hindsight, looking, unknown
from watchroom.detection.category import IncidentCategorised
from watchroom.detection.declaration import (
    DeclarationWithdrawn,
    DeclaredByRule,
    IncidentCorrected,
    IncidentDeclared,
    IncidentNoticed,
    RoomOpened,
)
from watchroom.detection.grouping import Declares
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.severity import SeverityConfirmed, SeverityProposed
from watchroom.detection.signal import ObservationNoted, SignalMoved, SignalRecorded, SignalResolved
from watchroom.detection.triage import JudgementWithdrawn, LookAgainCameDue, SignalTriaged
from watchroom.incident import adopting, entering, sla, visibility
from watchroom.incident.entered import TimelineEntered
from watchroom.incident.guidance.putting_away import GuidanceSet, QuestionPutAway
from watchroom.incident.ownership import CycleOwned
from watchroom.incident.redaction import RedactionExplained
from watchroom.incident.undo import Retracted
from watchroom.mitigation import (
    decision,
    escalation,
    hypothesis,
    impact,
    intervention,
    page,
    priority,
    roles,
    task,
    workstream,
)
from watchroom.mitigation.recruiting import ResponderJoined, ResponderReleased
from watchroom.record.event import Fact
from watchroom.record.lease import Vacancy
from watchroom.record.redaction import Redacted
from watchroom.resolution import shim, silence, stability
from watchroom.resolution.closing import IncidentClosed, ReviewDecided
from watchroom.resolution.reopening import IncidentReopened, ReopeningOffered
from watchroom.resolution.resolving import IncidentResolved
from watchroom.review import action_item, artefact, finding, recovery, review, sharing
from watchroom.review import timeline as review_timeline

Course = tuple[Callable[[Stage], Awaitable[str]], Callable[[Stage, str], Awaitable[Any]]]

ALERT = {"title": "Checkout errors", "dedup_key": "checkout", "service": "checkout", "labels": {"a": '<b> & "c"'}}
OVER = {**ALERT, "status": "ok"}
OTHER = {"title": "Payments time out", "dedup_key": "payments"}


async def alerted(stage: Stage) -> str:
    """A room in triage with one alert that fires."""
    (receipt,) = await stage.send("generic", ALERT)
    assert receipt.stream is not None
    return receipt.stream


async def alerted_under_a_rule(stage: Stage) -> str:
    """The same, and a rule that declares what is critical."""
    room = await alerted(stage)
    rule = Rule(name="<pages>", match=["severity=critical"], by=["service"], declare=Declares(impact="few"))
    await stage.house.rulebook.change([rule], actor="person:ana@example.com", via="test")
    return room


async def declared(stage: Stage) -> str:
    """A room that was declared from its alert, with a commander."""
    room = await alerted(stage)
    await stage.do(room, {"command": "declare", "title": "UK customers cannot <check> out"})
    await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
    return room


async def talking(stage: Stage) -> str:
    """A room in which somebody was asked and has answered."""
    room = await declared(stage)
    await stage.do(room, {"command": "post_message", "text": "@bo@example.com is #1 <still> so?"})
    asked = (await stage.room(room)).seq
    await stage.do(room, {"command": "post_message", "text": "No :fire:", "reply_to": asked}, by="bo")
    return room


async def edit_the_answer(stage: Stage, room: str) -> None:
    """Whoever has answered says it better."""
    said = (await stage.room(room)).seq
    await stage.do(room, {"command": "edit_message", "seq": said, "text": "No, that was <p99> `:fire:`"}, by="bo")


async def redact_the_alert(stage: Stage, room: str) -> None:
    """The commander purges the room's first alert, with the title that it gave the room."""
    await stage.do(room, {"command": "redact", "seq": 2, "reason": "A customer's <name>"}, by="ana")


async def redacted_alert(stage: Stage) -> str:
    """A declared room whose alert was purged without a word."""
    room = await declared(stage)
    await stage.do(room, {"command": "redact", "seq": 2}, by="ana")
    return room


def after(*commands: dict[str, Any]) -> Callable[[Stage], Awaitable[str]]:
    """A declared room in which these were done."""

    async def come(stage: Stage) -> str:
        room = await declared(stage)
        for command in commands:
            await stage.do(room, command)
        return room

    return come


def do(command: str, **fields: Any) -> Callable[[Stage, str], Awaitable[Any]]:
    """One command by somebody else than who was at it before."""

    async def act(stage: Stage, room: str) -> None:
        await stage.do(room, {"command": command, **fields}, by="bo")

    return act


def do_as_ana(command: str, **fields: Any) -> Callable[[Stage, str], Awaitable[Any]]:
    """One command by the commander, where only that one sees the room or may do it."""

    async def act(stage: Stage, room: str) -> None:
        await stage.do(room, {"command": command, **fields}, by="ana")

    return act


SHUT = {"command": "restrict", "people": ["me"], "reason": "A <suspected> intrusion"}


def restrict() -> Callable[[Stage, str], Awaitable[Any]]:
    """The commander shuts the room, with a team."""
    return do_as_ana("restrict", people=["bo@example.com"], teams=["payments"], reason="A <suspected> intrusion")


def send(body: dict[str, Any]) -> Callable[[Stage, str], Awaitable[Any]]:
    """A delivery."""

    async def act(stage: Stage, room: str) -> None:
        await stage.send("generic", body)

    return act


def pass_s(seconds: float) -> Callable[[Stage, str], Awaitable[Any]]:
    """Time passes."""

    async def act(stage: Stage, room: str) -> None:
        await stage.move_to(seconds)

    return act


async def nobody_was_there(stage: Stage, room: str) -> None:
    """A server comes, and none was there for some minutes of a watch."""
    stage.clock.jump(600)
    await stage.timers.note_away(Vacancy(stage.clock.now() - timedelta(seconds=200), stage.clock.now()))


async def take_back_the_call(stage: Stage, room: str) -> None:
    """Whoever called does not need them any more."""
    call = (await stage.room(room)).pages.by_id["P1"]
    await stage.do(room, {"command": "retract", "seq": call.seq, "reason": "Cem <knows> it"})


async def judged_elsewhere(stage: Stage, room: str) -> None:
    """The room's alert turns out to belong to another incident."""
    other = await stage.declare("Payments are down", by="cem")
    await stage.judge(stage_signal(stage, room), {"verdict": "duplicate", "of": other}, by="bo")


async def judged(stage: Stage, room: str) -> None:
    """A verdict with everything that it can say."""
    verdict = {"verdict": "slow_burn", "reason": "3 days left", "owner": "bo@example.com"}
    await stage.settled()
    await stage.judge(stage_signal(stage, room), {**verdict, "look_again_at": rfc3339(at(600))})


async def withdrawn(stage: Stage, room: str) -> None:
    """The last verdict on the room's alert is taken back."""
    await stage.settled()
    await stage.withdraw(stage_signal(stage, room), room, "The <wrong> key")


async def judged_an_incident(stage: Stage) -> str:
    """A room that was declared by a verdict, and nobody has gone on from it."""
    room = await alerted(stage)
    await stage.judge(stage_signal(stage, room), {"verdict": "incident"})
    return room


async def slowly_burning(stage: Stage) -> str:
    """A room whose alert is a slow burn."""
    room = await alerted(stage)
    await judged(stage, room)
    return room


def stage_signal(stage: Stage, room: str) -> str:
    """The room's first signal."""
    return next(item.id for item in stage.house.inbox.items.values() if item.stream == room)


async def alerted_and_listed(stage: Stage) -> str:
    room = await alerted(stage)
    await stage.settled()
    return room


async def over(stage: Stage) -> str:
    """A room that was declared, ended and put away."""
    room = await declared(stage)
    await stage.send("generic", OVER)
    await stage.do(room, {"command": "resolve", "understood": "yes"})
    await stage.do(room, {"command": "close", "review": "not_required", "reason": "known"})
    return room


async def fired_again(stage: Stage) -> str:
    """A room that is over, and whose alert waits in another room."""
    room = await over(stage)
    await stage.send("generic", ALERT)
    return room


async def take_back(stage: Stage, room: str) -> None:
    """Its author takes back what was said before the last event."""
    seq = (await stage.room(room)).seq - 1
    await stage.do(room, {"command": "retract", "seq": seq, "reason": "a secret"})


async def nothing(stage: Stage) -> str:
    """No room yet: its page is empty before its first fact."""
    return ""


async def opened(stage: Stage, room: str) -> None:
    await stage.send("generic", ALERT)


async def entered_afterwards(stage: Stage, room: str) -> None:
    """A timeline of last week comes into the record."""
    timeline = {
        "title": "Mail was <slow>",
        "entries": [{"at": "2026-11-16 10:00", "text": "An *alert* fired"}, {"at": None, "text": "Outage over"}],
    }
    house = stage.house
    made = entering.plan(msgspec.json.encode(timeline), house.clock.now(), 10)
    actor = "person:ana@example.com"
    await entering.enter(house.log, made, clock=house.clock, chance=house.chance, actor=actor, facts_max=100)


H1 = {"command": "propose_hypothesis", "text": "v412 breaks *UK* addresses"}
I1 = {
    "command": "propose_intervention",
    "text": "Roll back",
    "expected": "success > 0.95",
    "risk": "none",
    "rollback": "redeploy",
}
STARTED = {"command": "start_intervention", "intervention": "I1"}
SEEN = {"command": "observe_intervention", "intervention": "I1", "outcome": "helped", "text": "0.97 again"}
U1 = {
    "command": "post_update",
    "audience": "customers",
    "impact": "Orders fail\nafter the address",
    "doing": "We look",
    "next_at": rfc3339(at(300)),
    "state": "investigating",
}
DRAFT: dict[str, Any] = {
    **U1,
    "draft": True,
    "need": "patience",
    "to": "bo@example.com",
    "brief": "Legal <has> not seen it",
}
SCRIBE = {"command": "assign_role", "role": "scribe", "person": "bo@example.com", "limit": "write"}
MITIGATED = {"command": "mark_mitigated", "by": "I1", "text": "rolled back"}
RETURNED = {"command": "mark_impact_returned", "text": "0.5 again"}
SAID = {"command": "post_message", "text": "The key is **hunter2**"}
IMPACT = {
    "text": "Orders fail",
    "share_low": 0.1,
    "share_high": 0.31,
    "services": ["checkout"],
    "regions": ["UK"],
    "began_at": rfc3339(at(-300)),
}

T1: dict[str, Any] = {
    "command": "assign_task",
    "person": "cem@example.com",
    "text": "Watch <p99>",
    "due_s": 300,
    "workstream": "W1",
}
W1 = {"command": "open_workstream", "name": "Alpha & co", "lead": "cem@example.com", "limit": "roll back"}
P1 = {"command": "page", "person": "cem@example.com", "text": "Look at <checkout>"}
Q1 = {"command": "add_inbound", "kind": "question", "text": "May we say\nit is fixed?", "from": "Support & sales"}
TAKEN = {"command": "take_inbound", "inbound": "Q1"}
N1 = {"command": "state_unknown", "text": "How many?", "person": "cem@example.com", "by": rfc3339(at(300))}
HELD = {"command": "hold", "until": rfc3339(at(300)), "text": "I1 settles"}
NOT_YET = {"command": "escalate", "text": "One more graph", "known": "p99", "look_again_at": rfc3339(at(300))}
B1 = {
    "command": "state_priority",
    "text": "Campaign at 20:00",
    "owner": "cem@example.com",
    "until": rfc3339(at(9_000)),
}


def outcome(fact: Fact) -> Callable[[Stage, str], Awaitable[Any]]:
    """What the outbox and the browsers write about a page."""

    async def act(stage: Stage, room: str) -> None:
        await stage.house.rooms.record(room, lambda _incident: [fact], actor="system:outbox", via="outbox")

    return act


SHIM: dict[str, Any] = {"command": "add_shim", "text": "v411 pinned", "intervention": "I1"}
WATCH: dict[str, Any] = {"command": "watch_stability", "minutes": 60}


async def quiet_and_watched(stage: Stage) -> str:
    """A mitigated room whose alert has ended, and whose watch runs."""
    room = await after(I1, MITIGATED, WATCH)(stage)
    await stage.send("generic", {**ALERT, "status": "resolved"})
    return room


GRAPH: dict[str, Any] = {
    "command": "save_artefact",
    "kind": "graph",
    "link": "https://grafana.example/d/1",
    "expires_at": rfc3339(at(700)),
}


async def reviewed(stage: Stage) -> str:
    """A room that is over, and whose review has a date."""
    room = await declared(stage)
    await stage.do(room, {"command": "resolve", "understood": "yes"})
    fields = {"review": "required", "owner": "bo@example.com", "due_at": rfc3339(at(90_000))}
    await stage.do(room, {"command": "close", **fields})
    return room


async def declared_by_contract(stage: Stage) -> str:
    """A SEV1 of a house that promises its customers times."""
    await stage.house.profiles.choose("itil-15", actor="person:ana@example.com", via="test")
    return await stage.declare(impact="all", urgency="high")


async def chosen_anew(stage: Stage) -> str:
    """A room whose house goes by another profile by now."""
    room = await stage.declare(impact="many", urgency="high")
    await stage.house.profiles.choose("itil-50", actor="person:ana@example.com", via="test")
    return room


COURSES: dict[type[Fact], Course] = {
    RoomOpened: (nothing, opened),
    TimelineEntered: (nothing, entered_afterwards),
    IncidentNoticed: (alerted, do("declare", title="Checkout", noticed_at=rfc3339(at(-60)))),
    IncidentDeclared: (alerted, do("declare", title="Checkout & more", services=["checkout", "cart"])),
    IncidentCorrected: (declared, do("correct_incident", title="Checkout & basket", services=["checkout", "basket"])),
    SeverityProposed: (alerted, do("declare", title="Checkout", impact="many", urgency="high")),
    SeverityConfirmed: (declared, do("set_severity", severity="SEV2", impact="few", reason="UK only")),
    IncidentCategorised: (declared, do("categorise", categories=["deploy", "address form"])),
    DeclaredByRule: (alerted_under_a_rule, send({**ALERT, "severity": "critical"})),
    SignalRecorded: (declared, send({**ALERT, "severity": "critical"})),
    SignalResolved: (declared, send(OVER)),
    SignalMoved: (alerted_and_listed, judged_elsewhere),
    ObservationNoted: (declared, do("note_observation", text="p99 is up", link="https://grafana.example/d/1")),
    SignalTriaged: (alerted, judged),
    JudgementWithdrawn: (slowly_burning, withdrawn),
    DeclarationWithdrawn: (judged_an_incident, withdrawn),
    LookAgainCameDue: (slowly_burning, pass_s(601)),
    unknown.UnknownStated: (declared, do(**N1)),
    unknown.UnknownBecameOverdue: (after(N1), pass_s(301)),
    looking.LookedAt: (
        declared,
        do("look", panel="checkout errors", start=rfc3339(at(-600)), end=rfc3339(at(0)), shown="`null` 1,204×"),
    ),
    looking.ProbeRun: (declared, do("run_probe", probe="walk the checkout", arguments={"region": "UK"})),
    hindsight.DetectionJudged: (
        declared,
        do("judge_detection", timing="late", noticed_by="customer", reason="An hour"),
    ),
    ResponderReleased: (after({"command": "join"}), do("release_responder", person="ana@example.com", reason="rest")),
    page.PageRequested: (declared, do("page", team="payments", text="It is yours")),
    page.PageShown: (after(P1), outcome(page.PageShown(page="P1"))),
    page.PageDelivered: (after(P1), outcome(page.PageDelivered(page="P1", channel="email"))),
    page.PageFailed: (
        after(P1),
        outcome(page.PageFailed(page="P1", channel="email", attempt=2, why="<refused>", retry_at=at(60))),
    ),
    page.PageAcknowledged: (after(P1), do("acknowledge_page", page="P1", reason="She <called> back")),
    page.PageWithdrawn: (after(P1), take_back_the_call),
    page.PageWentUnanswered: (after(P1), pass_s(121)),
    escalation.HelpAsked: (declared, do("escalate", to="cem@example.com", text="Can you look?", known="UK only")),
    escalation.EscalationDeferred: (declared, do(**NOT_YET)),
    escalation.EscalationCameDue: (after(NOT_YET), pass_s(301)),
    workstream.WorkstreamOpened: (declared, do(**W1)),
    workstream.WorkstreamClosed: (after(W1), do("close_workstream", workstream="W1", reason="done")),
    task.TaskAssigned: (after(W1), do(**T1)),
    task.TaskAcknowledged: (after(W1, T1), do("acknowledge_task", task="T1")),
    task.TaskReported: (after(W1, T1), do("report_task", task="T1", text="It is <flat>")),
    task.TaskBecameOverdue: (after(W1, T1), pass_s(301)),
    decision.DecisionMade: (
        after(B1, HELD),
        do("decide", text="Roll back", alternatives=["wait", "fail over"], unknown="Ireland", objections_asked=True),
    ),
    decision.HoldBegun: (declared, do(**HELD)),
    decision.HoldCameDue: (after(HELD), pass_s(301)),
    priority.PriorityStated: (declared, do(**B1)),
    inbound.InboundAdded: (declared, do(**Q1)),
    inbound.InboundTaken: (after(Q1), do(**TAKEN)),
    inbound.InboundDeferred: (
        after(Q1),
        do("answer_inbound", inbound="Q1", until=rfc3339(at(400)), text="We are counting"),
    ),
    inbound.InboundAnswered: (
        after(Q1, TAKEN),
        do("answer_inbound", inbound="Q1", text="Not yet", used=False, reason="It is not sure"),
    ),
    inbound.InboundBecameOverdue: (after(Q1), pass_s(601)),
    OverdueEscalated: (after(U1), pass_s(601)),
    roles.RoleAssigned: (declared, do("assign_role", role="scribe", person="cem@example.com", limit="write")),
    roles.RoleAccepted: (after(SCRIBE), do("accept_role", role="scribe")),
    roles.RoleHandedOver: (after(SCRIBE), do("hand_over_role", role="scribe", to="cem@example.com", brief="All quiet")),
    roles.RoleReleased: (after(SCRIBE), do("release_role", role="scribe")),
    ResponderJoined: (declared, do("join")),
    hypothesis.HypothesisProposed: (after(H1), do("propose_hypothesis", text="The vendor <is> down")),
    hypothesis.EvidenceAdded: (after(H1), do("add_evidence", hypothesis="H1", direction="for", text="began at 03:02")),
    hypothesis.HypothesisTested: (after(H1), do("set_hypothesis", hypothesis="H1", state="testing")),
    hypothesis.HypothesisSupported: (
        after(H1),
        do("set_hypothesis", hypothesis="H1", state="supported", reason="seen"),
    ),
    hypothesis.HypothesisRuledOut: (after(H1), do("set_hypothesis", hypothesis="H1", state="ruled_out", reason="no")),
    intervention.InterventionProposed: (declared, do(**I1)),
    intervention.InterventionStarted: (after(I1), do(**STARTED)),
    intervention.InterventionObserved: (after(I1, STARTED), do(**SEEN)),
    intervention.InterventionReverted: (after(I1, STARTED, SEEN), do("revert_intervention", intervention="I1")),
    impact.ImpactStated: (declared, do("state_impact", **IMPACT)),
    impact.TrendStated: (after({"command": "state_impact", **IMPACT}), do("state_trend", trend="worse")),
    impact.ImpactMitigated: (after(I1, STARTED, SEEN), do(**MITIGATED)),
    impact.ImpactReturned: (after(I1, MITIGATED), do("mark_impact_returned", text="0.5 again")),
    MessagePosted: (declared, do("post_message", text="Look: `kubectl`\n\nand <script>alert(1)</script>")),
    editing.MessageEdited: (talking, edit_the_answer),
    UpdateDrafted: (declared, do(**DRAFT)),
    UpdatePosted: (after(DRAFT), do(**U1)),
    UpdateApproved: (after(DRAFT), do("approve_update", update="U1")),
    UpdateBecameOverdue: (after(U1), pass_s(301)),
    IncidentResolved: (
        after(I1, MITIGATED),
        do("resolve", understood="partly", text="A race?", owner="cem@example.com"),
    ),
    IncidentClosed: (after({"command": "resolve", "understood": "yes"}), do("close", reason="done")),
    ReviewDecided: (
        declared,
        do("close", review="required", reason="A new failure", due_at=rfc3339(at(90_000)), owner="bo@example.com"),
    ),
    ReopeningOffered: (over, send(ALERT)),
    IncidentReopened: (fired_again, do("reopen", reason="It is the same")),
    shim.ShimAdded: (after(I1), do(**SHIM)),
    shim.ShimUndoBegan: (after(I1, SHIM), do("undo_shim", shim="S1", expected="deploys pass")),
    stability.StabilityWatchBegan: (after(I1, MITIGATED), do(**WATCH)),
    stability.StabilityWatchPassed: (quiet_and_watched, pass_s(3_700)),
    stability.StabilityWatchWentUnheard: (after(I1, MITIGATED, WATCH), nobody_was_there),
    stability.StabilityWatchLapsed: (after(I1, MITIGATED, WATCH), pass_s(3_700)),
    stability.StabilityWatchBroken: (after(I1, MITIGATED, WATCH, RETURNED), pass_s(1)),
    silence.IncidentFellSilent: (declared, pass_s(43_300)),
    recovery.ResponderCheckedIn: (declared, do("check_in", text="Tired, **but** fine")),
    artefact.ArtefactSaved: (declared, do(**GRAPH)),
    artefact.ArtefactAgedOut: (after(GRAPH), pass_s(701)),
    review_timeline.TimelineMarked: (declared, do("mark_timeline", seq=2, text="here it <turned>")),
    review_timeline.BeliefRecorded: (declared, do("record_belief", seq=2, text="PayPort was slow")),
    review.ReviewDeferred: (over, do("defer_review", due_at=rfc3339(at(90_000)), reason="Cem is away")),
    review.ReviewBecameOverdue: (reviewed, pass_s(90_001)),
    finding.FindingAdded: (declared, do("add_finding", text="The canary has no UK")),
    finding.MysteryAdded: (declared, do("add_mystery", text="Why it passed", owner="bo@example.com")),
    finding.FactorAdded: (declared, do("add_factor", text="No test <with> a UK address")),
    action_item.ActionAdded: (declared, do("add_action", text="Add one", owner="bo@example.com")),
    sharing.ReviewShared: (declared, do("share_review", to=["bo@example.com", "payments"])),
    sharing.ReviewRead: (declared, do("confirm_read")),
    CycleOwned: (declared, do("own_cycle", cycle="communication", person="cem@example.com")),
    adopting.ProfileAdopted: (chosen_anew, do("adopt_profile", reason="The desk <takes> over")),
    adopting.RolesProposed: (declared, do("set_severity", severity="SEV2")),
    sla.SlaTargetMissed: (declared_by_contract, pass_s(901)),
    visibility.RoomRestricted: (declared, restrict()),
    visibility.RestrictionLifted: (after(SHUT), do_as_ana("restrict", people=["everyone"], reason="It is <over>")),
    visibility.PersonAdmitted: (after(SHUT), do_as_ana("admit", person="cem@example.com", reason="knows the <log>")),
    visibility.TeamAdmitted: (after(SHUT), do_as_ana("admit", person="payments")),
    QuestionPutAway: (declared, do("put_away_question", question="how_bad", about="impact", reason="It is <known>")),
    GuidanceSet: (declared, do("set_guidance", level="questions")),
    Retracted: (after(SAID, H1), take_back),
    Redacted: (after(SAID, H1), redact_the_alert),
    RedactionExplained: (redacted_alert, redact_the_alert),
}
