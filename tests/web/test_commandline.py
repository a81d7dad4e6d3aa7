"""The command bar: each line means one command body, or is refused with the form that can be read."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from watchroom.base.errors import Malformed
from watchroom.incident.commands import BY_NAME, decode
from watchroom.web.command_bar.line import COMPLETIONS, asks_for_help, completions, known_of, parse
from watchroom.web.command_bar.parts import Known
from watchroom.web.command_bar.synonyms import SYNONYMS
from watchroom.web.patterns.examples import PEOPLE, story_until

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
KNOWN = Known(
    people=PEOPLE,
    hypotheses=("H1", "H2"),
    interventions=("I1", "I2"),
    others={letter: (f"{letter}1", f"{letter}2") for letter in "TWPQNUS"},
    teams=("payments", "Payments EU"),
    last_own_seq=41,
)

LINES: list[tuple[str, dict[str, Any]]] = [
    ("good morning", {"command": "post_message", "text": "good morning"}),
    ("  spaces around  ", {"command": "post_message", "text": "spaces around"}),
    ("/etc/hosts is wrong", {"command": "post_message", "text": "/etc/hosts is wrong"}),
    ("//shrug", {"command": "post_message", "text": "/shrug"}),
    ("/declare UK cannot order", {"command": "declare", "title": "UK cannot order"}),
    ("/sev 1", {"command": "set_severity", "severity": "SEV1"}),
    ("/SEV sev-2 because it spreads", {"command": "set_severity", "severity": "SEV2", "reason": "it spreads"}),
    ("/impact orders fail", {"command": "state_impact", "text": "orders fail"}),
    ("/trend better", {"command": "state_trend", "trend": "better"}),
    ("/theory v412 did it", {"command": "propose_hypothesis", "text": "v412 did it"}),
    (
        "/evidence h1 against canary passed",
        {"command": "add_evidence", "hypothesis": "H1", "direction": "against", "text": "canary passed"},
    ),
    ("/test 2", {"command": "set_hypothesis", "hypothesis": "H2", "state": "testing"}),
    (
        "/supported H1 errors ended",
        {"command": "set_hypothesis", "hypothesis": "H1", "state": "supported", "reason": "errors ended"},
    ),
    (
        "/ruleout H1: because p99 is normal",
        {"command": "set_hypothesis", "hypothesis": "H1", "state": "ruled_out", "reason": "p99 is normal"},
    ),
    ("/try restart it", {"command": "propose_intervention", "text": "restart it"}),
    (
        "/try roll back | errors gone by 14:20 | redeploy",
        {
            "command": "propose_intervention",
            "text": "roll back",
            "expected": "errors gone by 14:20",
            "rollback": "redeploy",
        },
    ),
    ("/try roll back || redeploy", {"command": "propose_intervention", "text": "roll back", "rollback": "redeploy"}),
    ("/start I1", {"command": "start_intervention", "intervention": "I1"}),
    (
        "/helped I1 success at 0.97",
        {"command": "observe_intervention", "intervention": "I1", "outcome": "helped", "text": "success at 0.97"},
    ),
    ("/noeffect I2", {"command": "observe_intervention", "intervention": "I2", "outcome": "no_effect"}),
    ("/worse I2", {"command": "observe_intervention", "intervention": "I2", "outcome": "worse"}),
    ("/tooearly I2", {"command": "observe_intervention", "intervention": "I2", "outcome": "too_early"}),
    ("/revert I1", {"command": "revert_intervention", "intervention": "I1"}),
    ("/mitigated", {"command": "mark_mitigated"}),
    ("/mitigated i1", {"command": "mark_mitigated", "by": "I1"}),
    ("/mitigated by the vendor", {"command": "mark_mitigated", "by": "the vendor"}),
    ("/returned in the UK", {"command": "mark_impact_returned", "text": "in the UK"}),
    (
        "/update customers We are on it. next 20m",
        {
            "command": "post_update",
            "audience": "customers",
            "impact": "We are on it.",
            "next_at": "2026-11-23T14:25:00Z",
        },
    ),
    (
        "/update lead What is next for us next at 14:30",
        {
            "command": "post_update",
            "audience": "leadership",
            "impact": "What is next for us",
            "next_at": "2026-11-23T14:30:00Z",
        },
    ),
    ("/update support no news", {"command": "post_update", "audience": "support", "impact": "no news"}),
    ("/take commander", {"command": "assign_role", "role": "incident_commander", "person": "me"}),
    ("/take tech lead", {"command": "assign_role", "role": "technical_lead", "person": "me"}),
    (
        "/lead comms Leila may post to customers",
        {
            "command": "assign_role",
            "role": "communications_lead",
            "person": "leila@example.com",
            "limit": "post to customers",
        },
    ),
    (
        "/lead tech Tomasz Kowal may roll back",
        {"command": "assign_role", "role": "technical_lead", "person": "tomasz@example.com", "limit": "roll back"},
    ),
    (
        "/lead scribe @new.person@example.com",
        {"command": "assign_role", "role": "scribe", "person": "new.person@example.com"},
    ),
    (
        "/handover ic to ines brief: UK fails",
        {"command": "hand_over_role", "role": "incident_commander", "to": "ines@example.com", "brief": "UK fails"},
    ),
    ("/release comms", {"command": "release_role", "role": "communications_lead"}),
    ("/own communication leila", {"command": "own_cycle", "cycle": "communication", "person": "leila@example.com"}),
    ("/own res me", {"command": "own_cycle", "cycle": "resolution", "person": "me"}),
    ("/join", {"command": "join"}),
    (
        "/tell leila can you look at iOS?",
        {"command": "post_message", "text": "can you look at iOS?", "channel": "direct", "to": "leila@example.com"},
    ),
    ("/note p99 rises", {"command": "note_observation", "text": "p99 rises"}),
    ("/title UK checkout fails", {"command": "correct_incident", "title": "UK checkout fails"}),
    ("/services checkout, cart", {"command": "correct_incident", "services": ["checkout", "cart"]}),
    ("/category deploy, addresses", {"command": "categorise", "categories": ["deploy", "addresses"]}),
    ("/resolve partly why is open", {"command": "resolve", "understood": "partly", "text": "why is open"}),
    (
        "/close review ines 2026-11-27",
        {"command": "close", "review": "required", "owner": "ines@example.com", "due_at": "2026-11-27T12:00:00Z"},
    ),
    ("/close review", {"command": "close", "review": "required"}),
    (
        "/close no review because known and fixed",
        {"command": "close", "review": "not_required", "reason": "known and fixed"},
    ),
    ("/reopen because it fired again", {"command": "reopen", "reason": "it fired again"}),
    ("/reply #3 It is the index", {"command": "post_message", "text": "It is the index", "reply_to": 3}),
    ("/edit 3: It was the index", {"command": "edit_message", "seq": 3, "text": "It was the index"}),
    ("/undo", {"command": "retract", "seq": 41}),
    ("/undo #12", {"command": "retract", "seq": 12}),
    ("/call tomasz checkout is down", {"command": "page", "person": "tomasz@example.com", "text": "checkout is down"}),
    ("/call payments eu it is yours", {"command": "page", "team": "Payments EU", "text": "it is yours"}),
    ("/heard p1", {"command": "acknowledge_page", "page": "P1"}),
    (
        "/heard p1 because she called back",
        {"command": "acknowledge_page", "page": "P1", "reason": "she called back"},
    ),
    (
        "/escalate Ravi Varma can you look | p99 is up",
        {"command": "escalate", "to": "ravi@example.com", "text": "can you look", "known": "p99 is up"},
    ),
    (
        "/notyet 10m because one more graph",
        {"command": "escalate", "look_again_at": "2026-11-23T14:15:00Z", "text": "one more graph"},
    ),
    (
        "/workstream Alpha: database lead tomasz may roll back",
        {
            "command": "open_workstream",
            "name": "Alpha: database",
            "lead": "tomasz@example.com",
            "limit": "roll back",
        },
    ),
    ("/workstream Bravo", {"command": "open_workstream", "name": "Bravo"}),
    ("/endstream W1 found it", {"command": "close_workstream", "workstream": "W1", "reason": "found it"}),
    (
        "/task ravi watch the p99 by 10m",
        {"command": "assign_task", "person": "ravi@example.com", "text": "watch the p99", "due_s": 600},
    ),
    (
        "/task me ask in Dublin in 14:30",
        {"command": "assign_task", "person": "me", "text": "ask in Dublin", "due_s": 1500},
    ),
    ("/task me look", {"command": "assign_task", "person": "me", "text": "look"}),
    ("/ack 1", {"command": "acknowledge_task", "task": "T1"}),
    ("/report T2 nothing there", {"command": "report_task", "task": "T2", "text": "nothing there"}),
    (
        "/decide fail over | instead of waiting; rolling back | whether Ireland follows",
        {
            "command": "decide",
            "text": "fail over",
            "alternatives": ["waiting", "rolling back"],
            "unknown": "whether Ireland follows",
        },
    ),
    ("/decide go on", {"command": "decide", "text": "go on"}),
    (
        "/hold until 14:30 because I1 settles",
        {"command": "hold", "until": "2026-11-23T14:30:00Z", "text": "I1 settles"},
    ),
    (
        "/unknown how many in Ireland, Leila by 20m",
        {
            "command": "state_unknown",
            "text": "how many in Ireland",
            "person": "leila@example.com",
            "by": "2026-11-23T14:25:00Z",
        },
    ),
    ("/unknown whether it is us, or them", {"command": "state_unknown", "text": "whether it is us, or them"}),
    ("/known N1 about forty", {"command": "note_observation", "answers": "N1", "text": "about forty"}),
    (
        "/priority campaign mail at 20:00, ines until 21:00",
        {
            "command": "state_priority",
            "text": "campaign mail at 20:00",
            "owner": "ines@example.com",
            "until": "2026-11-23T21:00:00Z",
        },
    ),
    (
        "/inbound question Ines, support: may we say it is fixed?",
        {"command": "add_inbound", "kind": "question", "from": "Ines, support", "text": "may we say it is fixed?"},
    ),
    ("/inbound report 31 tickets", {"command": "add_inbound", "kind": "report", "text": "31 tickets"}),
    ("/takein Q1", {"command": "take_inbound", "inbound": "Q1"}),
    ("/answer Q1 not yet", {"command": "answer_inbound", "inbound": "Q1", "text": "not yet"}),
    (
        "/used Q2 thanks, it is iOS",
        {"command": "answer_inbound", "inbound": "Q2", "text": "thanks, it is iOS", "used": True},
    ),
    ("/decline Q1 no time", {"command": "answer_inbound", "inbound": "Q1", "text": "no time", "used": False}),
    (
        "/later Q1 20m we are counting",
        {"command": "answer_inbound", "inbound": "Q1", "until": "2026-11-23T14:25:00Z", "text": "we are counting"},
    ),
    (
        "/letgo ravi because go to sleep",
        {"command": "release_responder", "person": "ravi@example.com", "reason": "go to sleep"},
    ),
    ("/accept comms", {"command": "accept_role", "role": "communications_lead"}),
    ("/approve U1", {"command": "approve_update", "update": "U1"}),
    (
        "/approve U1 because the lawyers want it so",
        {"command": "approve_update", "update": "U1", "reason": "the lawyers want it so"},
    ),
    (
        "/draft customers Orders fail next 20m",
        {
            "command": "post_update",
            "audience": "customers",
            "impact": "Orders fail",
            "next_at": "2026-11-23T14:25:00Z",
            "draft": True,
        },
    ),
    ("/looked checkout errors | 31 %", {"command": "look", "panel": "checkout errors", "shown": "31 %"}),
    ("/probe walk the checkout", {"command": "run_probe", "probe": "walk the checkout"}),
    (
        "/judge late the graph rose an hour before",
        {"command": "judge_detection", "timing": "late", "reason": "the graph rose an hour before"},
    ),
    ("/noticed customer", {"command": "judge_detection", "noticed_by": "customer"}),
    ("/shim v411 pinned", {"command": "add_shim", "text": "v411 pinned"}),
    ("/shim v411 pinned after i1", {"command": "add_shim", "text": "v411 pinned", "intervention": "I1"}),
    ("/undoshim S1 deploys pass", {"command": "undo_shim", "shim": "S1", "expected": "deploys pass"}),
    ("/watch 30m", {"command": "watch_stability", "minutes": 30}),
    ("/watch 1h", {"command": "watch_stability", "minutes": 60}),
    ("/keep graph https://g/1", {"command": "save_artefact", "kind": "graph", "link": "https://g/1"}),
    ("/keep log postcode is null", {"command": "save_artefact", "kind": "log", "body": "postcode is null"}),
    ("/checkin tired, but fine", {"command": "check_in", "text": "tired, but fine"}),
    ("/mark #12 here it turned", {"command": "mark_timeline", "seq": 12, "text": "here it turned"}),
    ("/believed 12 that PayPort was slow", {"command": "record_belief", "seq": 12, "text": "that PayPort was slow"}),
    ("/finding the canary has no UK", {"command": "add_finding", "text": "the canary has no UK"}),
    ("/factor nobody on call knew it", {"command": "add_factor", "text": "nobody on call knew it"}),
    ("/mystery why it passed", {"command": "add_mystery", "text": "why it passed"}),
    (
        "/action add the UK to the canary, me by 2026-11-27",
        {
            "command": "add_action",
            "text": "add the UK to the canary",
            "owner": "me",
            "due_at": "2026-11-27T12:00:00Z",
        },
    ),
    (
        "/defer 2026-11-27 because Ines is away",
        {"command": "defer_review", "due_at": "2026-11-27T12:00:00Z", "reason": "Ines is away"},
    ),
    ("/share payments, me", {"command": "share_review", "to": ["payments", "me"]}),
    ("/read", {"command": "confirm_read"}),
    ("/restrict me", {"command": "restrict", "people": ["me"]}),
    (
        "/restrict Payments, leila, sec@example.com because whoever did it reads along",
        {
            "command": "restrict",
            "people": ["leila@example.com", "sec@example.com"],
            "teams": ["payments"],
            "reason": "whoever did it reads along",
        },
    ),
    ("/restrict Everyone because it is over", {"command": "restrict", "people": ["everyone"], "reason": "it is over"}),
    ("/admit leila", {"command": "admit", "person": "leila@example.com"}),
    ("/admit Payments EU because they own it", {"command": "admit", "person": "Payments EU", "reason": "they own it"}),
    (
        "/notnow many_hands because we are three",
        {"command": "put_away_question", "question": "many_hands", "reason": "we are three"},
    ),
    ("/notnow late_tasks:T1", {"command": "put_away_question", "question": "late_tasks", "about": "T1"}),
    ("/guidance off", {"command": "set_guidance", "level": "off", "person": "me"}),
    ("/guidance questions here", {"command": "set_guidance", "level": "questions"}),
    ("/redact 12 because it is a password", {"command": "redact", "seq": 12, "reason": "it is a password"}),
    ("/redact #12", {"command": "redact", "seq": 12}),
    ("/adopt", {"command": "adopt_profile"}),
    ("/adopt because the desk takes over", {"command": "adopt_profile", "reason": "the desk takes over"}),
]


@pytest.mark.parametrize(("line", "body"), LINES, ids=[line for line, _ in LINES])
def test_a_line_means_a_command(line: str, body: dict[str, Any]) -> None:
    assert parse(line, NOW, KNOWN) == body


@pytest.mark.parametrize("body", [body for _, body in LINES], ids=[line for line, _ in LINES])
def test_what_a_line_means_is_a_command_of_the_room(body: dict[str, Any]) -> None:
    decode(msgspec.json.encode(body))


def test_every_command_of_the_bar_is_tried_above() -> None:
    typed = {line[1:].split()[0].casefold() for line, _ in LINES if line.startswith("/")}
    assert {each.name for each in COMPLETIONS} - typed == {"help"}


def test_every_command_of_the_room_can_be_typed() -> None:
    assert set(BY_NAME) - {body["command"] for _, body in LINES} == set()


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("/call nobodyknown x", "Nobody is called", "an e-mail"),
        ("/call ana", "The call says nothing", "/call WHO"),
        ("/task ana by 10m", "The task says nothing", "/task WHO"),
        ("/hold because I1 settles", "says no time", "/hold 10m"),
        ("/report T9 x", "no task T9", "Known: T1, T2"),
        ("/report T1", "says nothing", "/report T1"),
        ("/decide a | b | c | d", "three parts", "/decide TEXT"),
        ("/inbound question", "what came in", "/inbound KIND"),
        ("/later Q1 soon", "says no time", "/later Q1"),
        ("", "empty", "Say something"),
        ("/", "no command /", "Type /help"),
        ("/teory x", "no command /teory", "/theory TEXT"),
        ("/xyzzy", "no command", "Type /help"),
        ("/theory", "says no theory", "/theory TEXT"),
        ("/sev 5", "'5' is no severity", "/sev 1|2|3|4"),
        ("/trend sideways", "not one of worse, stable, better", "/trend"),
        ("/evidence H9 for x", "no theory H9", "Known: H1, H2"),
        ("/evidence H1 maybe x", "not one of for, against", "/evidence H1"),
        ("/evidence H1 for", "says nothing", "/evidence H1"),
        ("/start", "says no try", "/start I1"),
        ("/start H1", "no try; they are called I1", "/start I1"),
        ("/try a | b | c | d", "three parts", "/try WHAT"),
        ("/update everybody x", "not one of responders", "/update AUDIENCE"),
        ("/update customers next 20m", "says nothing", "/update AUDIENCE"),
        ("/lead boss ana", "no role", "/lead ROLE"),
        ("/lead comms", "names no person", "/lead ROLE PERSON"),
        ("/lead comms Leyla", "Nobody is called Leyla", "Did you mean Leila"),
        ("/own everything me", "not one of detection", "/own CYCLE"),
        ("/resolve perhaps", "not one of yes, partly, no", "/resolve yes"),
        ("/close", "whether a review", "/close review"),
        ("/notnow", "says no question", "/notnow QUESTION"),
        ("/guidance much", "not one of off, questions, full", "/guidance off"),
        ("/guidance off there", "'there' is left over", "/guidance off"),
        ("/close review ines someday", "no time", "/close review"),
    ],
)
def test_a_refusal_says_what_can_be_typed(line: str, message: str, hint: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(line, NOW, KNOWN)
    assert message in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("word", ["tel", "admin", "closet", "restart", "resole"])
def test_nothing_that_shows_or_ends_is_offered_for_its_sound(word: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(f"/{word} ana hello", NOW, KNOWN)
    assert not any(f"/{name}" in refused.value.hint for name in ("admit", "restrict", "tooearly"))


def test_the_words_of_the_api_are_taken() -> None:
    assert parse("/page ana can you come", NOW, KNOWN)["command"] == "page"
    assert parse("/hypothesis v412 did it", NOW, KNOWN) == {"command": "propose_hypothesis", "text": "v412 did it"}
    assert parse("/intervention roll back", NOW, KNOWN)["command"] == "propose_intervention"
    assert set(SYNONYMS.values()) <= {each.name for each in COMPLETIONS}
    assert not set(SYNONYMS) & {each.name for each in COMPLETIONS}


def test_two_of_one_name_are_asked_about() -> None:
    known = Known(people={"ana@a.example": "Ana Meyer", "ana@b.example": "Ana Ruiz"})
    with pytest.raises(Malformed, match="may be"):
        parse("/lead comms ana", NOW, known)
    assert parse("/lead comms ana ruiz", NOW, known)["person"] == "ana@b.example"


def test_one_of_the_demo_s_makes_no_name_of_the_house_two() -> None:
    known = Known(people={"tomasz@demo.example": "Tomasz Kowal (demo)", "tomasz@example.com": "Tomasz Nowak"})
    assert parse("/call Tomasz come", NOW, known)["person"] == "tomasz@example.com"
    assert parse("/call Tomasz Kowal come", NOW, known)["person"] == "tomasz@demo.example"
    by_mail = Known(people={"mei@demo.example": "Mei Sato (demo)", "mei@example.com": "Ada"})
    assert parse("/call mei come", NOW, by_mail)["person"] == "mei@example.com"
    assert parse("/call Mei Sato come", NOW, by_mail)["person"] == "mei@demo.example"
    short = Known(people={"ines@demo.example": "Ines (demo)", "ines.d@example.com": "Ines Duarte"})
    assert parse("/call ines come", NOW, short) == {"command": "page", "person": "ines.d@example.com", "text": "come"}
    both = Known(people={"tomasz@demo.example": "Tomasz Kowal (demo)", "tom@example.com": "Tomasz Kowal"})
    assert parse("/call Tomasz Kowal come", NOW, both)["person"] == "tom@example.com"


def test_nothing_of_one_s_own_cannot_be_undone() -> None:
    with pytest.raises(Malformed, match="nothing here"):
        parse("/undo", NOW, Known())


@pytest.mark.parametrize(
    ("typed", "offset_min", "at"),
    [
        ("14:30", 0, "2026-11-23T14:30:00Z"),
        ("14:05", 0, "2026-11-24T14:05:00Z"),
        ("3:00", 0, "2026-11-24T03:00:00Z"),
        ("15:30", 60, "2026-11-23T14:30:00Z"),
        ("02:00", 720, "2026-11-24T14:00:00Z"),
        ("90s", 60, "2026-11-23T14:06:30Z"),
        ("2h", -480, "2026-11-23T16:05:00Z"),
        ("2026-11-23T20:00+01:00", 0, "2026-11-23T19:00:00Z"),
        ("2026-11-23T20:00", 60, "2026-11-23T19:00:00Z"),
    ],
)
def test_a_time_is_the_typist_s(typed: str, offset_min: int, at: str) -> None:
    known = Known(offset_min=offset_min)
    assert parse(f"/update support x next {typed}", NOW, known)["next_at"] == at


@pytest.mark.parametrize("line", ["/help", " /HELP ", "?", "/?", "/h"])
def test_help_is_asked_for_and_never_said_to_the_room(line: str) -> None:
    assert asks_for_help(line)


@pytest.mark.parametrize("line", ["help", "/help me", "what?", "??", "/helped I1", ""])
def test_what_is_no_question_for_help(line: str) -> None:
    assert not asks_for_help(line)


def test_completions_know_the_room() -> None:
    incident = story_until("worked").incident()
    known = msgspec.json.decode(completions(incident, PEOPLE, services=["search"]))
    assert [theory["id"] for theory in known["H"]] == ["H1", "H2"]
    assert "search" in known["services"]
    called = {page.to for page in incident.pages.by_id.values()}
    assert [page["text"].partition(":")[0] for page in known["P"]] == [
        PEOPLE.get(page.to, page.to) for page in incident.pages.by_id.values()
    ]
    assert called & PEOPLE.keys()
    assert [guest["id"] for guest in known["guests"]][-1] == "everyone"
    assert known_of(incident, PEOPLE).interventions == ("I1", "I2")
