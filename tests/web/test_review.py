"""The review's page: what the annotated timeline says of each moment."""

import re
from datetime import timedelta

from watchroom.detection.declaration import IncidentDeclared, IncidentNoticed
from watchroom.incident.measures import hurt_s
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated
from watchroom.record.event import Fact
from watchroom.review.timeline import BeliefRecorded, TimelineMarked
from watchroom.web.patterns.examples import ANA, BEGIN, RAVI, TOMASZ, ExamplePeople, Story, every_kind, story_until
from watchroom.web.review.panels import review_panels_html
from watchroom.web.review.past import decoded, moments, past_of

PEOPLE = ExamplePeople()


def test_every_moment_says_in_words_what_it_is_about() -> None:
    """A saying that only names a thing, `D1`, is told with the words of the thing."""
    story = every_kind()
    mute = [event.seq for event in story.events]
    story.tell(9_000, ANA, *(TimelineMarked(seq=seq, text="here") for seq in mute))
    past = past_of(story.incident(), decoded(story.events))
    found, _ = moments(past)
    named = [moment for moment in found if moment.saying.ref and moment.saying.ref[0] in "BDEHINPQSTUW"]
    assert {moment.saying.ref[0] for moment in named} >= set("DHINPQSTU")
    for moment in named:
        said = moment.saying
        assert moment.what or said.text or said.quote or said.parts, said
    html = review_panels_html(past, PEOPLE)["moments"]
    assert re.search(r"<b>Decision</b> D1.{0,40}Roll back to v411.{0,80}Instead of: turn the address form off", html)
    assert re.search(r"<b>The watch was broken</b>.{0,40}CheckoutErrorBudgetBurn", html)


def hurt(*told: tuple[float, Fact], noticed: float = 10, began: float | None = 0) -> tuple[float | None, str]:
    """For how many minutes customers hurt, by the record and by the line of the review; minutes after BEGIN."""
    story = Story("k7m2-9qxd")
    declared = IncidentNoticed(noticed_at=BEGIN + timedelta(minutes=noticed)), IncidentDeclared(title="Checkout fails")
    story.tell(70, ANA, *declared)
    began_at = None if began is None else BEGIN + timedelta(minutes=began)
    story.tell(70, ANA, ImpactStated(text="Nobody can pay", began_at=began_at))
    for minute, fact in told:
        story.tell(minute, ANA, fact)
    html = review_panels_html(past_of(story.incident(), decoded(story.events)), PEOPLE)["standing"]
    shown = re.search(r"customers hurt for ([^·<]*[a-z])", html)
    seconds = hurt_s(story.incident())
    return None if seconds is None else seconds / 60, shown[1] if shown else ""


def test_customers_hurt_only_while_they_hurt() -> None:
    mended, again = ImpactMitigated(by="rolled back"), ImpactReturned()
    assert hurt((20, mended)) == (20, "20 min")
    # The forty minutes between, in which they did not hurt, do not count.
    assert hurt((20, mended), (60, again), (65, mended)) == (25, "25 min")
    assert hurt((20, mended), (60, again), (65, mended), (66, again), (68, mended)) == (27, "27 min")
    assert hurt((20, mended), (60, again)) == (None, "")
    assert hurt() == (None, "")
    # Nobody says since when: from the first sign.
    assert hurt((20, mended), began=None) == (10, "10 min")


def test_of_times_that_contradict_each_other_no_length_is_said() -> None:
    mended, again = ImpactMitigated(by="rolled back"), ImpactReturned()
    assert hurt((20, mended), noticed=30, began=None) == (None, "")
    assert hurt((20, mended), noticed=10, began=25) == (None, "")
    assert hurt((20, mended), (15, again), (65, mended)) == (None, "")
    assert hurt((20, mended), (60, again), (50, mended)) == (None, "")


def test_a_marked_moment_shows_what_was_on_the_table_then() -> None:
    """As the room had it just then, whatever turned out later; and who was there and has not been heard."""
    story = story_until("closed")
    ruled_out = next(event.seq for event in story.events if event.kind == "hypothesis_ruled_out")
    story.tell(3_000, ANA, TimelineMarked(seq=ruled_out, text="Here it turned"))
    story.tell(3_001, TOMASZ, BeliefRecorded(seq=ruled_out, text="The vendor"))
    story.tell(3_002, ANA, BeliefRecorded(seq=ruled_out, text="The canary"))
    past = past_of(story.incident(), decoded(story.events))
    (moment,) = [each for each in moments(past)[0] if each.seq == ruled_out]
    assert moment.known is not None
    assert ("H1", "PayPort is slow", "testing") in moment.known.theories
    assert ("I1", "Roll back checkout to v411") in moment.known.tries
    assert moment.known.impact == "Orders from the UK fail after the address page"
    assert moment.differ
    assert TOMASZ not in moment.unheard
    assert RAVI in moment.unheard
    others = [each for each in moments(past)[0] if each.seq != ruled_out]
    assert not any(each.known or each.unheard for each in others)
    panels = review_panels_html(past, PEOPLE)
    assert f'<a href="#moment-{ruled_out}">' in panels["evidence"]
    assert "Accounts differ" in panels["evidence"]
    assert "On the table just then" in panels["moments"]
    assert "Not heard yet" in panels["moments"]
