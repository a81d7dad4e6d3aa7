"""The review's page: what the annotated timeline says of each moment."""

import re

from watchroom.review.timeline import TimelineMarked
from watchroom.web.patterns.examples import ANA, ExamplePeople, every_kind
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
