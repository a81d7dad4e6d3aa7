"""Pages, frames and notices: whole, on one line, with the viewer's token where it belongs and nowhere else."""

import re
from datetime import UTC, datetime

import pytest

from docs import generate
from tests.web.preview import pages
from watchroom.base.command import Caution
from watchroom.base.errors import AlreadyDone
from watchroom.web.html import render as rendering
from watchroom.web.html.pages import Connect, Visit, board_of, room_page
from watchroom.web.html.template import FOLDER, TEMPLATES, render
from watchroom.web.live.frames import called, frame, notice_html, partial, room_frame, stated
from watchroom.web.patterns.examples import ANA, ExamplePeople, story_until
from watchroom.web.patterns.page import entries_html
from watchroom.web.room.panels import panels_html

NOW = datetime(2026, 11, 20, 19, 8, tzinfo=UTC)
PAGES = pages(NOW)
PEOPLE = ExamplePeople()


def test_every_template_that_is_rendered_has_its_model() -> None:
    """What has no model of its own is a part that others include."""
    generate.import_everything()
    parts = {
        "layout.html",
        "parts.html",
        "triage.html",
        "sheets.html",
        "worksheets.html",
        "declare.html",
        "band.html",
        "mark.html",
        "command_line.html",
        "typing.html",
    }
    parts |= {
        "access.html",
        "asking.html",
        "pointers.html",
        "status/layout.html",
        "status/parts.html",
        "search/hit.html",
        "shut.html",
        "silent.html",
        "snippets.html",
        "talk_box.html",
    }
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")}
    assert found - parts == set(TEMPLATES)
    assert rendering.TEMPLATES is TEMPLATES


@pytest.mark.parametrize("path", PAGES)
def test_a_page_obeys_the_policy(path: str) -> None:
    html = PAGES[path]
    assert html.startswith("<!doctype html>")
    assert "</html>" in html
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", html)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", html))
    assert not re.search(r'(?:src|href)="https?://(?!example)', html)


@pytest.mark.parametrize("path", PAGES)
def test_every_form_carries_the_token(path: str) -> None:
    forms = re.findall(r'<form [^>]*method="post".*?</form>', PAGES[path])
    for form in forms:
        assert 'name="csrf" value="preview-token"' in form


def test_a_page_is_the_same_for_all_but_its_own_marks() -> None:
    story = story_until("worked")
    entries = entries_html(story.events, PEOPLE)
    mine = Visit(me=ANA, name="Ana Meyer", csrf="one", now=NOW)
    yours = Visit(me="ravi@example.com", name="Ravi Varma", csrf="two", now=NOW)
    pages = [render(room_page(visit, story.incident(), entries, PEOPLE)) for visit in (mine, yours)]
    main = [re.findall(r"<main.*</main>", page)[0].replace("two", "one") for page in pages]
    # Which panels are folded is kept by person, in a cookie of their own.
    main = [re.sub(r"wr_folds_\w+", "", each) for each in main]
    assert main[0] == main[1]


def test_a_frame_is_one_event_with_one_line_of_data() -> None:
    story = story_until("worked")
    incident = story.incident()
    entries = entries_html(story.events[-2:], PEOPLE)
    text = room_frame(incident, entries, panels_html(incident, PEOPLE), {3: "<article id=e-3></article>"})
    assert text.startswith(f"id: {incident.seq}\ndata: <hx-partial ")
    assert text.endswith("</hx-partial>\n\n")
    assert text.count("\n") == 3
    assert 'hx-target="#e-3" hx-swap="outerHTML"' in text
    assert 'hx-target="#timeline" hx-swap="beforeend"' in text
    assert text.count("<hx-partial") == text.count("</hx-partial>") == 2 + len(panels_html(incident, PEOPLE))


def test_line_breaks_cannot_break_a_frame() -> None:
    assert frame(4, "a\r\nb\rc\nd") == "id: 4\ndata: a  b c d\n\n"
    assert partial("x", "none", "y") == '<hx-partial hx-target="#x" hx-swap="none">y</hx-partial>'


def test_a_notice_says_what_to_do_instead() -> None:
    html = notice_html([], error=AlreadyDone("H1 is testing already.", hint="Nothing needs doing."), undo_seq=4)
    assert "H1 is testing already." in html
    assert "Nothing needs doing." in html
    assert "Undo" not in html


def test_a_notice_of_a_call_names_who_is_called_and_no_time_that_nobody_stated() -> None:
    events = [event for event in story_until("worked").events if event.kind == "page_requested"]
    assert called(events, ExamplePeople()).startswith("Calls Ravi")
    assert stated(events) == ("", None)
    assert called(story_until("worked").events, ExamplePeople()) == ""


def test_what_everybody_sees_needs_no_notice() -> None:
    events = [event for event in story_until("worked").events if event.kind == "message_posted"]
    assert notice_html(events) == ""
    assert notice_html([]) == ""


def test_a_caution_comes_with_a_way_back() -> None:
    html = notice_html(
        story_until("worked").events[-1:], [Caution("x", "It names no way back.", "Say how.")], undo_seq=7
    )
    assert "It names no way back." in html
    assert 'form="undo-deed" name="seq" value="7"' in html


def test_the_connecting_lines_are_three() -> None:
    lines = Connect("http://127.0.0.1:8710/in/KEY/api/v1/signals/alertmanager").lines.split("\n")
    assert lines == [
        "- name: watchroom",
        "  webhook_configs:",
        "  - url: http://127.0.0.1:8710/in/KEY/api/v1/signals/alertmanager",
    ]
    shown = "- name: watchroom&#10;  webhook_configs:&#10;  - url: http://127.0.0.1:8710/in/"
    assert shown in PAGES["/empty"]
    assert "connect-lines" not in PAGES["/"]


def test_the_gravest_stands_first_and_what_fired_again_before_what_is_over() -> None:
    order = re.findall(r'<div class="what"><a href="/incidents/[^>]*>([^<]*)<', PAGES["/"])
    assert order[:3] == [
        "UK customers cannot check out",
        "Search returns nothing for new listings",
        "Invoices of the night run are late",
    ]
    assert order[4] == "Card payments declined by one bank"
    assert board_of([], PEOPLE).connect is None


def test_practice_is_marked_on_its_page() -> None:
    assert '<aside class="drill"' in PAGES["/incidents/drill"]
    assert '<aside class="drill"' not in PAGES["/incidents/worked"]


def test_one_thing_has_one_word_on_every_page() -> None:
    """As docs/glossary.md has it: an intervention is called a try, and an incident is mitigated or not."""
    for path, html in PAGES.items():
        seen = re.sub(r"<[^>]*>", " ", html)
        # What a command or a panel is called in the code is the same everywhere.
        if path not in ("/typed", "/patterns"):
            assert not re.search(r"\bintervention|\bhurting\b", seen, re.IGNORECASE), path
