"""Every page in the real Chromium, from the preview's content: nothing inaccessible, nothing wrong, nothing too wide.

And what only the page's script does: what is typed survives what comes in live, storms fold, tabs step aside.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser import axe
from tests.browser.chromium import WIDE, Browser
from tests.browser.patience import until
from tests.web.preview import Preview
from watchroom.base.clock import rfc3339
from watchroom.communication.message import MessagePosted
from watchroom.mitigation.hypothesis import HypothesisProposed, HypothesisSupported
from watchroom.web.live.frames import room_frame
from watchroom.web.patterns.examples import ANA, RAVI, TOMASZ, ExamplePeople, Story, story_until
from watchroom.web.patterns.page import entries_html
from watchroom.web.room.panels import panels_html

pytestmark = pytest.mark.peer("chromium", "chromedriver")

PEOPLE = ExamplePeople()
PATHS = list(Preview.paths())


@pytest.fixture
def page(looker: Browser, preview: Preview) -> Iterator[Browser]:
    """A wide window in the light. What goes wrong on a page fails the test."""
    looker.width(WIDE)
    looker.scheme("light")
    preview.forget()
    looker.wrong()
    yield looker
    assert looker.wrong() == []
    looker.go("/people")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits(path: str, page: Browser) -> None:
    page.go(path)
    assert page.every_look() == []


def test_open_sheets_are_accessible(page: Browser) -> None:
    page.go("/incidents/worked")
    for role in ("technical_lead", "scribe"):
        page.script("document.getElementById(arguments[0]).open = true", f"role-{role}")
        assert page.faults(within=f"#role-{role}") == [], role
    sheets = axe.open_sheets(page.driver)
    assert "do-update" in sheets
    assert page.script("return [...document.querySelectorAll('.sheet')].every((e) => e.checkVisibility())")
    assert page.faults(within=".sheet") == []
    page.scheme("dark")
    assert page.faults("color-contrast", within=".sheet") == []


# The stream


class Room:
    """The preview's room, going on: what is told comes as a live frame."""

    def __init__(self, page: Browser, preview: Preview) -> None:
        self._preview = preview
        self.story: Story = story_until("worked", begin=preview.stories["worked"].begin)
        page.go("/incidents/worked")
        until(lambda: preview.streams, "the page to follow")

    def tell(self, actor: str, *facts: MessagePosted | HypothesisProposed | HypothesisSupported) -> int:
        """Tell facts at the story's end, and send the frame that brings them. The number of the last."""
        known = len(self.story.events)
        self.story.tell(16, actor, *facts)
        incident = self.story.incident()
        entries = entries_html(self.story.events[known:], PEOPLE)
        self._preview.push(room_frame(incident, entries, panels_html(incident, PEOPLE)))
        return incident.seq


def test_what_is_typed_survives_what_comes_in(page: Browser, preview: Preview) -> None:
    room = Room(page, preview)
    page.open_seat("technical_lead")
    page.write("Brief", "UK fails, half written", "#role-technical_lead")
    page.script("document.getElementById('evidence-H2').open = true")
    page.write("What did you see?", "null postcode", "#evidence-H2")
    page.act(lambda: page.find("#line"), lambda line: line.send_keys("half a sente"), "type")
    page.script("document.getElementById('line').setSelectionRange(3, 5)")

    last = room.tell(RAVI, MessagePosted(text="news"), HypothesisSupported(hypothesis="H2"))
    page.reads("#theory-H2", "supported")
    page.reads(f"#e-{last - 1}", "news")

    field = "return document.querySelector(arguments[0]).value"
    assert page.script(field, "#role-technical_lead textarea") == "UK fails, half written"
    assert page.script(field, "#evidence-H2 [name=text]") == "null postcode"
    assert page.script(field, "#line") == "half a sente"
    assert page.script("const l = document.activeElement; return [l.id, l.selectionStart, l.selectionEnd]") == [
        "line",
        3,
        5,
    ]
    assert page.script("return document.getElementById('evidence-H2').open")


def test_names_and_clocks_are_the_viewer_s_after_a_swap(page: Browser, preview: Preview) -> None:
    room = Room(page, preview)
    last = room.tell(ANA, MessagePosted(text="mine"))
    page.reads(f"#e-{last}", "You", "mine")
    page.reads("#role-incident_commander", "You")
    assert page.script("return document.querySelectorAll('time[data-t]:not([data-local])').length") == 0
    assert not page.script("return document.querySelector(`#e-${arguments[0]} .undo`).hidden", last)


def test_a_time_says_its_day_and_its_year_where_its_reader_would_take_it_for_another(
    page: Browser, preview: Preview
) -> None:
    Room(page, preview)
    now = preview.now
    other = now.replace(month=6 if now.month == 11 else 11, day=4, hour=12, minute=34)
    times = [("clock", now), ("clock", other), ("clock", other.replace(year=2020)), ("date", other.replace(year=2020))]
    times += [("row", at) for at in (other, other.replace(minute=36), other.replace(year=2020), now, now)]
    html = "".join(f'<time datetime="{rfc3339(at)}" data-t="{show}"></time>' for show, at in times)
    read = """
        const part = document.createElement("p");
        part.innerHTML = arguments[0];
        document.querySelector("#main").prepend(part);
        document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
        return [...part.children].map((time) => time.textContent.replace("\\u00a0", " ").replace(/ ?[0-9:]{5}$/, ""));
    """
    day = f"4 {other:%b}"
    today = f"{now.day} {now:%b}"
    assert page.script(read, html) == ["", day, f"{day} 2020", f"{day} 2020", day, "", f"{day} 2020", today, ""]


def test_whoever_reads_above_is_left_in_place(page: Browser, preview: Preview) -> None:
    page.width(WIDE, 500)
    room = Room(page, preview)
    end = "const s = document.querySelector('.scroll'); return s.scrollHeight - s.scrollTop - s.clientHeight < 50"
    until(lambda: page.script(end), "to stand at the newest")
    last = room.tell(RAVI, MessagePosted(text="one"))
    page.reads(f"#e-{last}", "one")
    assert page.script(end)

    page.script("document.querySelector('.scroll').scrollTop = 0")
    until(lambda: not page.script(end), "to have scrolled up")
    last = room.tell(RAVI, MessagePosted(text="two"))
    page.reads("#newest", "Newest")
    assert page.script("return document.querySelector('.scroll').scrollTop") == 0
    page.click("Newest")
    until(lambda: page.script(end), "to be back at the newest")


def test_the_title_counts_what_was_not_seen(page: Browser, preview: Preview) -> None:
    room = Room(page, preview)
    page.script("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    room.tell(RAVI, MessagePosted(text="one"), MessagePosted(text="two"))
    until(
        lambda: page.driver.title.startswith("(2) UK customers"),
        "the title to count",
        otherwise=lambda: page.driver.title,
    )


def test_a_storm_of_alerts_is_folded(page: Browser) -> None:
    page.go("/incidents/drill")
    alerts = "[...document.querySelectorAll('#timeline > .k-signal_recorded')]"
    shown = f"return {alerts}.filter((alert) => alert.checkVisibility()).length"
    assert page.script(shown) == 2
    page.click("and 58 more")
    assert page.script(shown) == 60
    page.click("Show fewer")
    assert page.script(shown) == 2


# The streams of many tabs


def test_a_parked_page_looks_once_in_a_while_and_asks_again_when_looked_at(page: Browser, preview: Preview) -> None:
    room = Room(page, preview)
    seq = room.tell(RAVI, MessagePosted(text="seen"))
    page.reads(f"#e-{seq}", "seen")
    assert "Live-Once" not in preview.opened[0]

    page.script("document.hasFocus = () => false")
    preview.push("event: parked\ndata: \n\n")
    until(lambda: len(preview.opened) == 2, "the page to look once")
    assert (preview.opened[1]["Live-Once"], preview.opened[1]["Last-Event-ID"]) == ("1", str(seq))
    assert not page.find("#lost").is_displayed()
    preview.push("event: parked\ndata: \n\n")

    until(lambda: page.script("return !document.getElementById('stream')._htmx.sse"), "that look to end")
    page.script("dispatchEvent(new Event('focus'))")
    until(lambda: len(preview.opened) == 3, "the page to follow again")
    assert "Live-Once" not in preview.opened[2]
    assert preview.opened[2]["Last-Event-ID"] == str(seq)


def test_a_cut_stream_is_said_and_taken_up_where_it_was(page: Browser, preview: Preview) -> None:
    room = Room(page, preview)
    seq = room.tell(RAVI, MessagePosted(text="before"))
    page.reads(f"#e-{seq}", "before")
    preview.refuses = True
    preview.cut()
    until(page.find("#lost").is_displayed, "the page to say that it is cut off")
    preview.refuses = False
    until(lambda: not page.find("#lost").is_displayed(), "the page to be back")
    assert preview.opened[-1]["Last-Event-ID"] == str(seq)
    last = room.tell(TOMASZ, MessagePosted(text="after"))
    page.reads(f"#e-{last}", "after")
    page.wrong()


# The command bar


def test_the_command_bar_completes(page: Browser, preview: Preview) -> None:
    page.go("/incidents/worked")
    value = "return document.getElementById('line').value"
    page.keys("/")
    page.reads("#options", "/theory TEXT", "put up a theory")
    page.keys("evi", Keys.TAB)
    assert page.script(value) == "/evidence "
    page.reads("#options", "H1", "PayPort is slow")
    page.keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert page.script(value) == "/evidence H2 "
    page.reads("#options", "against")
    page.keys(Keys.ARROW_DOWN, Keys.TAB, "canary passed", Keys.ENTER)
    until(lambda: preview.posted, "the line to be sent")
    assert preview.posted[0][1]["line"] == ["/evidence H2 against canary passed"]
    assert page.script(value) == ""

    page.keys("/handover comms ines", Keys.TAB)
    assert page.script(value) == "/handover comms ines@example.com "
    page.keys(Keys.ESCAPE)
    assert page.script("return document.activeElement.id") != "line"
    page.keys("?")
    until(page.find("#help").is_displayed, "the help")


def test_a_refused_line_comes_back_with_what_can_be_typed(page: Browser, preview: Preview) -> None:
    page.go("/incidents/worked")
    page.say("/teory v412")
    page.reads("#notices", "There is no command /teory", "Did you mean /theory TEXT?")
    assert page.script("return document.getElementById('line').value") == "/teory v412"
    assert [line for line in page.wrong() if "400" not in line] == []


# Forms


def test_in_half_an_hour_becomes_a_time(page: Browser, preview: Preview) -> None:
    page.go("/incidents/worked")
    page.click("Write an update")
    page.click("customers", "#do-update")
    page.write("What can they not do?", "UK orders fail.", "#do-update")
    page.click("60 min", "#do-update")
    page.click("Send it", "#do-update")
    until(lambda: preview.posted, "the update to be sent")
    path, form = preview.posted[0]
    assert path.endswith("/updates")
    assert form["command"] == ["post_update"]
    assert form["audience"] == ["customers"]
    said = {name for name, (value,) in form.items() if value}
    assert said <= {"csrf", "command", "audience", "impact", "doing", "need", "next_at", "state", "act", "to"}
    # The page's clock is the one that the server had when it made the page.
    ahead = datetime.fromisoformat(form["next_at"][0]) - preview.now
    assert 3600 <= ahead.total_seconds() < 3660
    until(lambda: not page.find("#do-update").is_displayed(), "the sheet to close")
    page.reads("#notices", "Undo")


def test_a_local_time_is_sent_as_an_absolute_one(page: Browser, preview: Preview) -> None:
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
    page.go("/incidents/worked")
    page.script("document.getElementById('do-impact').showPopover()")
    page.write("In their words", "Orders fail", "#do-impact")
    page.script("document.querySelector('#do-impact [name=began_at]').value = '2026-11-23T08:30'")
    page.click("Say it", "#do-impact")
    until(lambda: preview.posted, "the form to be sent")
    began = datetime.fromisoformat(preview.posted[0][1]["began_at"][0])
    assert began == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_the_matrix_rates_with_one_click(page: Browser, preview: Preview) -> None:
    page.go("/incidents/declared")
    page.click("SEV 1?", "#panel-strip")
    page.click("SEV 2: few, high urgency", "#do-rate")
    until(lambda: preview.posted, "the rating to be sent")
    form = preview.posted[0][1]
    assert (form["command"], form["impact"], form["urgency"]) == (["set_severity"], ["few"], ["high"])


def test_without_script_forms_are_plain(page: Browser, preview: Preview) -> None:
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.go("/incidents/worked")
        page.act(lambda: page.find("#theory-H2 button[value=supported]"), lambda button: button.click(), "support it")
        until(lambda: preview.posted, "the form to be sent")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    form = preview.posted[0][1]
    assert form == {
        "csrf": ["preview-token"],
        "command": ["set_hypothesis"],
        "hypothesis": ["H2"],
        "state": ["supported"],
    }
