"""Another's bare word that somebody heard a call answers nothing, wherever that is read; old facts fold the same way."""

import pytest

from tests.web.test_report import INES, NAMES, OWNER, Names, told
from watchroom.communication.brief import brief_text
from watchroom.incident.flow import flow
from watchroom.incident.incident import CODEC
from watchroom.incident.measures import measures
from watchroom.mitigation.page import PageAcknowledged, PageRequested, PageWentUnanswered
from watchroom.web.exports.report import lines_of
from watchroom.web.patterns.examples import Story
from watchroom.web.room.panels import panel_html


def called(*heard: tuple[str, PageAcknowledged]) -> Story:
    start = Story("k7m2-9qxd")
    return told(
        (OWNER, PageRequested(id="P1", to=INES, text="Can you come?", call="P1", answer_by=start.at(4))), *heard
    )


def exported(story: Story) -> str:
    said = [(event, CODEC.decode(event)) for event in story.events]
    return "\n".join(line.says for line in lines_of(story.incident(), said, Names(), {}))


@pytest.mark.parametrize("to", [INES, ""])
def test_a_bare_word_answers_nothing_anywhere(to: str) -> None:
    story = called((OWNER, PageAcknowledged(page="P1", to=to)))
    incident = story.incident()
    page = incident.pages.by_id["P1"]
    assert page.open
    assert page.rings
    assert (page.state, page.answered, page.acknowledged_by, page.said_by) == ("waiting", False, "", OWNER)
    assert incident.milestones.answered is None
    assert incident.service_clocks.responded_at is None
    assert [each.value_s for each in measures(incident) if each.measure == "time_to_acknowledge"] == [None]
    assert "Called, no answer yet: P1" in brief_text(incident)
    assert "answer to P1" in str(flow(incident))
    assert "[reached]" not in exported(story)
    html = panel_html("pages", incident, Names())
    assert "nobody has been reached" in html
    assert f"{NAMES[OWNER]}</bdi> says that they heard" in html


@pytest.mark.parametrize("to", [INES, ""])
def test_with_how_they_know_it_answers_everywhere(to: str) -> None:
    bare = (OWNER, PageAcknowledged(page="P1", to=to))
    story = called(bare, (OWNER, PageAcknowledged(page="P1", to=to, reason="She called me back")))
    incident = story.incident()
    page = incident.pages.by_id["P1"]
    assert (page.state, page.heard_how, page.said_by) == ("acknowledged", "She called me back", "")
    assert incident.milestones.answered is not None
    assert incident.service_clocks.responded_at == page.acknowledged_at
    assert "[reached]" in exported(story)
    assert "She called me back" in panel_html("pages", incident, Names())


def test_their_own_word_lands_after_anothers() -> None:
    for before in (PageAcknowledged(page="P1"), PageAcknowledged(page="P1", to=INES, reason="She called me back")):
        story = called((OWNER, before), (INES, PageAcknowledged(page="P1", to=INES)))
        page = story.incident().pages.by_id["P1"]
        assert (page.state, page.acknowledged_by, page.heard_how) == ("acknowledged", INES, "")
        assert "said by" not in panel_html("pages", story.incident(), Names())


def test_it_goes_unanswered_in_spite_of_a_bare_word() -> None:
    start = Story("k7m2-9qxd")
    story = called((OWNER, PageAcknowledged(page="P1", to=INES)))
    story.tell(4, "system:timers", PageWentUnanswered(page="P1", answer_by=start.at(4)))
    assert story.incident().pages.by_id["P1"].unanswered
    assert "no answer" in panel_html("pages", story.incident(), Names())


def test_the_button_asks_how_they_know() -> None:
    html = panel_html("pages", called().incident(), Names())
    form = html.partition('id="heard-form-P1"')[2].partition("</form>")[0]
    assert 'name="reason" required' in form
    assert "How do you know?" in form
