"""The room's panels: pure, the same for everybody, in each state, whatever people write."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from tests.web.preview import HOSTILE, pages
from watchroom.communication.brief import brief_text
from watchroom.communication.cadence import OverdueEscalated, UpdateBecameOverdue
from watchroom.communication.update import UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, IncidentNoticed
from watchroom.detection.severity import SeverityProposed
from watchroom.detection.signal import SignalRecorded
from watchroom.detection.unknown import UnknownBecameOverdue, UnknownStated
from watchroom.incident.deadlines import deadlines
from watchroom.incident.incident import CODEC
from watchroom.incident.measures import lasted
from watchroom.incident.sla import ServiceDue
from watchroom.mitigation.decision import HoldBegun, HoldCameDue
from watchroom.mitigation.hypothesis import HypothesisProposed
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned
from watchroom.mitigation.intervention import InterventionObserved, InterventionProposed, InterventionStarted
from watchroom.mitigation.page import PageRequested
from watchroom.mitigation.priority import PriorityStated
from watchroom.record.event import Fact
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.stability import StabilityWatchBegan, StabilityWatchBroken, StabilityWatchPassed
from watchroom.web.exports.report import report_facts
from watchroom.web.html.template import render
from watchroom.web.patterns.examples import ANA, BEGIN, STATES, ExamplePeople, Story, story_until
from watchroom.web.patterns.page import entries_html
from watchroom.web.room.guidance import ask_panel
from watchroom.web.room.lanes import lanes
from watchroom.web.room.panels import PANELS, Strip, panel_html, panels_html
from watchroom.web.sayings.of_incident import say

PEOPLE = ExamplePeople()
NAMES = [state.__name__ for state in STATES]
VOID = {"input", "path", "rect", "circle", "br", "hr", "meta", "link", "img"}


class Nesting(HTMLParser):
    """Follows the tags and remembers the first that does not close what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fault = ""
        self.roots = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.roots += not self.open
        for name, _ in attrs:
            if name == "style" or name.startswith("on"):
                self.fault = self.fault or f"<{tag} {name}> is forbidden by the policy"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.fault = self.fault or f"</{tag}> closes something else"


def nesting(html: str) -> Nesting:
    found = Nesting()
    found.feed(html)
    return found


@pytest.mark.parametrize("state", NAMES)
@pytest.mark.parametrize("name", [panel.name for panel in PANELS])
def test_a_panel_is_one_element_on_one_line(name: str, state: str) -> None:
    html = panel_html(name, story_until(state).incident(), PEOPLE)
    assert "\n" not in html
    assert "\r" not in html
    parsed = nesting(html)
    assert not parsed.fault
    assert not parsed.open
    assert parsed.roots == 1
    assert re.match(rf'<\w+[^>]* id="panel-{name}"', html)


@pytest.mark.parametrize("state", NAMES)
def test_the_same_incident_gives_the_same_bytes(state: str) -> None:
    """However it came about: folded anew it is another object with another history of dicts and lists."""
    assert panels_html(story_until(state).incident(), PEOPLE) == panels_html(story_until(state).incident(), PEOPLE)


@pytest.mark.parametrize("state", NAMES)
def test_rendering_changes_nothing(state: str) -> None:
    incident = story_until(state).incident()
    panels_html(incident, PEOPLE)
    assert incident == story_until(state).incident()


@pytest.mark.parametrize("state", NAMES)
def test_ids_are_unique_in_a_room(state: str) -> None:
    ids = re.findall(r' id="([^"]*)"', "".join(panels_html(story_until(state).incident(), PEOPLE).values()))
    assert len(ids) == len(set(ids))


def test_no_page_shows_a_step() -> None:
    for html in pages(datetime(2026, 11, 20, 19, 8, tzinfo=UTC)).values():
        assert not re.search(r"step \d|next phase|\d of 6|<progress", html, re.IGNORECASE)


def hostile(story: Story) -> Iterator[str]:
    story.tell(30, ANA, HypothesisProposed(id="H9", text=HOSTILE[:2000]))
    yield from panels_html(story.incident(), PEOPLE).values()


def test_what_people_write_stays_words() -> None:
    story = story_until("worked")
    for html in hostile(story):
        assert "<script" not in html
        assert not nesting(html).fault
    assert "&lt;script&gt;" in panel_html("theories", story.incident(), PEOPLE)


def test_a_form_token_cannot_be_drawn_out() -> None:
    """The place where the page's own token is put in cannot be imitated in words."""
    story = story_until("worked")
    story.tell(30, ANA, HypothesisProposed(id="H9", text='name="csrf" value=""'))
    html = panel_html("theories", story.incident(), PEOPLE)
    assert 'name="csrf" value=""<' not in html
    assert "name=&#34;csrf&#34; value=&#34;&#34;" in html


# Worth asking


@pytest.mark.parametrize("state", NAMES)
def test_each_list_of_questions_is_its_own_persons_and_each_question_leads_somewhere(state: str) -> None:
    incident = story_until(state).incident()
    panel = ask_panel(incident, PEOPLE)
    html = panel_html("ask", incident, PEOPLE)
    only = [each.only for each in panel.lists]
    assert len(only) == len(set(only))
    assert only[-1] == ""
    assert set(panel.known) == set(only) - {""}
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    steps = sum(len(each.asked) for each in panel.lists)
    assert html.count("data-step") == steps
    assert html.count('value="put_away_question"') >= steps
    assert (' id="panel-ask" aria-labelledby="ask-t" hidden' in html) == (steps == 0)


# What is alive


def test_lanes_are_always_six_in_their_places() -> None:
    for state in NAMES:
        assert [lane.cycle for lane in lanes(story_until(state).incident())] == [
            "detection", "mitigation", "communication", "resolution", "review", "preparation",
        ]  # fmt: skip


def test_a_lane_stands_within_the_room_s_life() -> None:
    for state in NAMES:
        for lane in lanes(story_until(state).incident()):
            assert 0 <= lane.x <= 1000
            assert lane.last is None or lane.width >= 20


def test_review_is_never_a_hole_while_customers_hurt() -> None:
    for state in NAMES:
        holes = [lane.cycle for lane in lanes(story_until(state).incident()) if lane.hole]
        assert not {"review", "preparation", "detection"} & set(holes)
    assert [lane.cycle for lane in lanes(story_until("declared").incident()) if lane.hole] == []


def test_what_settles_is_said_with_its_time_and_only_while_the_room_is_open() -> None:
    """No page says "settling" hours later: the words hold at any time, and the page's script puts others after it."""
    html = panel_html("lanes", _started().incident(), PEOPLE)
    assert re.search(r'data-until="[^"]+" data-after="what did I1 do\?">I1 settles until <time', html)
    assert "settling" not in html
    over = _started(IncidentResolved(text="Rolled back", understood="yes"))
    assert "settles" not in panel_html("lanes", over.incident(), PEOPLE)


def test_a_watch_that_was_broken_is_an_entry_and_stands_there_once_it_is_closed() -> None:
    watch = StabilityWatchBegan(minutes=30, until=BEGIN + timedelta(minutes=31))
    over = (IncidentResolved(text="Rolled back", understood="yes", reason="Enough seen"), IncidentClosed())
    story = _started(watch, ImpactReturned(text="0.5 again"), *over)
    assert [deadline.fact for deadline in deadlines(story.incident())] == [
        StabilityWatchBroken(until=watch.until, broken_at=story.at(1))
    ]
    story.tell(2, "system:timers", StabilityWatchBroken(until=watch.until, broken_at=story.at(1)))
    assert deadlines(story.incident()) == []
    assert "The watch was broken" in panel_html("closing", story.incident(), PEOPLE)
    said = say(story.events[-1], CODEC.decode(story.events[-1]))
    assert (said.bold, said.text) == ("The watch was broken", "customers hurt again")


def test_a_room_that_was_reopened_and_closed_was_resolved_once() -> None:
    resolved, again = IncidentResolved(text="Rolled back", understood="yes"), IncidentReopened()
    strip = panel_html("strip", _started(resolved, again, IncidentClosed()).incident(), PEOPLE)
    assert "Reopened, not resolved since" in strip
    assert "Never resolved" not in strip
    closing = panel_html("closing", _started(resolved, again, IncidentClosed()).incident(), PEOPLE)
    assert "closed without anybody saying again that it is over" in closing
    assert "understood" not in closing
    assert "Never resolved" in panel_html("strip", _started(IncidentClosed()).incident(), PEOPLE)


def test_a_late_update_is_called_promised_only_where_somebody_promised_it() -> None:
    def asked(promised: bool) -> str:
        late = UpdateBecameOverdue(audience="customers", promised_at=BEGIN, promised=promised)
        return panel_html("ask", _started(late).incident(), PEOPLE)

    assert "The update that the profile asks for is late." in asked(False)
    assert "promised" not in asked(False)


def test_a_late_update_that_nobody_commands_was_put_to_nobody() -> None:
    said = say(_started().events[-1], OverdueEscalated(audience="customers", promised_at=BEGIN))
    assert (said.bold, said.text) == ("Update to customers is still late", "nobody commands: it was put to nobody")


def test_how_old_an_activity_is_warns_only_while_customers_hurt() -> None:
    assert "data-since" in panel_html("activities", _started().incident(), PEOPLE)
    over = _started(IncidentResolved(text="Rolled back", understood="yes"), IncidentClosed())
    assert "data-since" not in panel_html("activities", over.incident(), PEOPLE)


def test_the_lane_of_resolution_says_that_somebody_watches() -> None:
    watch = StabilityWatchBegan(minutes=30, until=BEGIN + timedelta(minutes=31))
    lit = {each.cycle: each for each in lanes(_started(ImpactMitigated(by="rolled back"), watch).incident())}
    assert (lit["resolution"].note, lit["resolution"].watched) == ("", watch.until)
    assert lit["mitigation"].watched is None
    assert "watched until" in panel_html("lanes", _started(ImpactMitigated(), watch).incident(), PEOPLE)
    again = SignalRecorded(signal="s1", source="prod", key="1", group="g", title="Checkout fails")
    for ended, note in (
        (StabilityWatchPassed(until=watch.until), "it stayed well"),
        (again, "it did not stay well"),
    ):
        story = _started(ImpactMitigated(), watch, ended)
        (lane,) = [each for each in lanes(story.incident()) if each.cycle == "resolution"]
        assert (lane.note, lane.watched) == (note, None)


def test_what_the_house_itself_writes_is_signed_by_watchroom() -> None:
    story = _started()
    story.tell(2, "system:timers", OverdueEscalated(audience="customers", promised_at=BEGIN))
    html = entries_html(story.events[-1:], PEOPLE)
    assert "· Watchroom</span>" in html
    assert "timers" not in html


def test_a_hold_is_held_until_its_time() -> None:
    def note(*facts: Fact) -> str:
        (lane,) = [each for each in lanes(_started(*facts).incident()) if each.cycle == "mitigation"]
        return lane.note

    until = BEGIN + timedelta(hours=1)
    held = HoldBegun(id="D1", until=until, text="I1 settles")
    assert note(held) == "held"
    assert note(held, HoldCameDue(decision="D1", until=until)) == "the hold is over"
    assert note(held, IncidentClosed()) == ""
    over = _started(held, IncidentClosed()).incident()
    assert "was held to" in panel_html("decisions", over, PEOPLE)
    assert "data-due" not in panel_html("decisions", over, PEOPLE)


def _started(*facts: Fact) -> Story:
    story = Story("room", BEGIN)
    story.tell(0, ANA, IncidentDeclared(title="Nobody can pay"), InterventionProposed(id="I1", text="Roll back"))
    story.tell(1, ANA, InterventionStarted(intervention="I1", settles_at=BEGIN + timedelta(minutes=6)), *facts)
    return story


def test_a_service_level_says_by_when_it_is_due_and_how_it_was_met() -> None:
    """A countdown stands in words, and never in the place of a time of day."""
    incident = story_until("worked").incident()
    declared = incident.declaration.declared_at
    assert declared is not None

    def said(met_min: int | None, missed: bool = False) -> str:
        due = declared + timedelta(minutes=15)
        met = None if met_min is None else declared + timedelta(minutes=met_min)
        html = render(Strip(incident, PEOPLE, (), "", lasted(incident), (ServiceDue("respond", due, met, missed),)))
        stat = re.search(r'<div class="stat sla.*?</div>', html)
        assert stat is not None
        return re.sub(r"<[^>]*>", "|", re.sub(r"<time[^>]*data-t=.([a-z]+)[^>]*>[^<]*</time>", r"\1", stat[0]))

    assert said(None) == "||left||respond by clock||"
    assert said(3) == "||in time||responded clock||"
    assert said(135, missed=True) == "||late 2 h||responded clock||"


def test_a_hand_over_writes_itself() -> None:
    assert "address page&#10;Theories alive" in panel_html("strip", story_until("worked").incident(), PEOPLE)
    assert brief_text(story_until("worked").incident()).split("\n") == [
        "UK customers cannot check out",
        "Severity: SEV1",
        "Impact: Orders from the UK fail after the address page",
        "Theories alive: H2 v412 breaks UK addresses (proposed)",
        "Running: I1 Roll back checkout to v411",
        "Roles: commander ana@example.com; technical lead tomasz@example.com; comms lead leila@example.com",
        "Here: tomasz@example.com, ravi@example.com",
        "Called, no answer yet: P2 to ines@example.com",
        "Workstreams: Alpha: checkout, led by tomasz@example.com, may roll back, asks before the database",
        "Tasks: T1 ravi@example.com: Watch the p99 of payments (by 20 Nov 19:08 UTC)",
        "Last decision: D1 Roll back to v411; not known: whether Ireland is touched",
        "Held: until 20 Nov 19:04 UTC: I1 settles; I2 touches what it touches",
        "Not known: N1 How many orders of Ireland fail, ines@example.com finds out (by 20 Nov 19:06 UTC)",
        "Business: Weekend campaign mail at 20:00, 12 % more traffic, marcus@example.com decides until 20 Nov 20:08 UTC",
        (
            "Customers were told: U1 at 20 Nov 18:59 UTC: Some UK customers cannot complete an order. "
            "We know where it breaks and are rolling back the change."
        ),
        (
            "Waiting for an answer: Q1 31 tickets: stuck after the address, leila@example.com deals with it (by 20 Nov 19:09 UTC); "
            "Q2 What did it cost? (by 20 Nov 19:09 UTC)"
        ),
        "Due: update to leadership by 20 Nov 19:06 UTC, by profile; update to customers by 20 Nov 19:19 UTC",
    ]


def test_a_brief_says_what_is_over_and_what_is_late() -> None:
    story = Story("k7m2-9qxd")
    story.tell(0, ANA, IncidentDeclared(title="Search is slow"))
    story.tell(1, ANA, SeverityProposed(severity="SEV2"))
    soon = story.at(5)
    story.tell(1, ANA, HoldBegun(id="D1", until=soon, text="I1 settles"))
    story.tell(1, ANA, UnknownStated(id="N1", text="How many", by=soon))
    story.tell(1, ANA, PriorityStated(id="B1", text="Campaign", since=BEGIN, until=soon))
    story.tell(2, ANA, InterventionProposed(id="I1", text="Add workers"), InterventionStarted(intervention="I1"))
    story.tell(3, ANA, InterventionObserved(intervention="I1", outcome="no_effect"))
    story.tell(3, ANA, UpdatePosted(id="U1", audience="customers", doing="We look", next_at=story.at(60)))
    story.tell(3, ANA, UpdatePosted(id="U2", audience="leadership", doing="We look", next_at=soon))
    told = brief_text(story.incident())
    assert "Held: until 20 Nov 18:53 UTC: I1 settles" in told
    assert "Business: Campaign" in told
    assert "late" not in told
    story.tell(5, "system:timers", HoldCameDue(decision="D1", until=soon), UnknownBecameOverdue(unknown="N1", by=soon))
    story.tell(5, "system:timers", UpdateBecameOverdue(audience="leadership", promised_at=soon))
    assert brief_text(story.incident()).split("\n") == [
        "Search is slow",
        "Severity: SEV2 (proposed)",
        "Tried: I1 Add workers (no effect)",
        "Held: until 20 Nov 18:53 UTC, which is over: I1 settles",
        "Not known: N1 How many (by 20 Nov 18:53 UTC, late)",
        "Customers were told: U1 at 20 Nov 18:51 UTC: We look",
        "Due: update to leadership by 20 Nov 18:53 UTC, late; update to customers by 20 Nov 19:48 UTC",
    ]


def test_the_panel_of_calls_is_quiet_once_the_room_is_closed() -> None:
    story = Story("k7m2-9qxd")
    call = PageRequested(id="P1", to="bo@example.com", text="Can you look?", answer_by=story.at(4))
    story.tell(0, ANA, IncidentDeclared(title="Search is slow"))
    story.tell(2, ANA, call)
    html = panel_html("pages", story.incident(), PEOPLE)
    assert 'class="panel calls"' in html
    assert "nobody has been reached" in html
    story.tell(9, ANA, IncidentClosed())
    html = panel_html("pages", story.incident(), PEOPLE)
    assert 'class="panel"' in html
    assert "1 withdrawn" in html
    assert "nobody has been reached" not in html
    assert "I have heard it" not in html


def test_what_nobody_said_of_noticing_is_not_claimed() -> None:
    def told(noticed_at: datetime) -> tuple[str, str, list[str]]:
        story = Story("k7m2-9qxd")
        story.tell(2, ANA, IncidentNoticed(noticed_at=noticed_at), IncidentDeclared(title="Search is slow"))
        story.tell(30, ANA, IncidentClosed())
        strip = re.sub(r"<[^>]*>", "", panel_html("strip", story.incident(), PEOPLE))
        (age,) = re.findall(r"(?:noticed .*)?declared (?:after .*min|.*:\d\d)", strip)
        facts = [label for label, _ in report_facts(story.incident(), PEOPLE) if "noticed" in label.lower()]
        (event, *_) = story.events
        return age, say(event, CODEC.decode(event)).bold, facts

    begin = Story("k7m2-9qxd").at(0)
    assert told(begin) == (
        "noticed 20 Nov 2026 18:48 · declared after 2 min",
        "First noticed",
        ["First noticed", "From noticed to declared", "From noticed to over"],
    )
    unsaid = "Nothing was said of when it was first noticed"
    assert told(begin + timedelta(minutes=2)) == ("declared 20 Nov 2026 18:50", unsaid, [])
