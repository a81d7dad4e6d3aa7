"""The checks of an update's words on labelled sentences: floors under precision and recall, for each check.

`python -m tests.communication.language.measuring` prints the figures and the sentences that are got wrong.
"""

import pytest

from tests.communication.language.measuring import LABELLED, labelled, real_updates, scores
from tests.peers import require_exam
from watchroom.communication.language.flag import CODES

SENTENCES = labelled()
SCORES = scores(SENTENCES)
PRECISION_MIN = 0.95
RECALL_MIN = 0.95


def test_the_set_is_large_and_goes_both_ways() -> None:
    assert len(SENTENCES) >= 300, LABELLED
    assert sum(not sentence.codes for sentence in SENTENCES) >= 120
    assert len({sentence.text for sentence in SENTENCES}) >= 300


@pytest.mark.parametrize("code", CODES)
def test_each_check_finds_what_it_is_for(code: str) -> None:
    score = SCORES[code]
    assert score.right >= 4, "too few sentences to say anything"
    assert score.recall >= RECALL_MIN, f"{code}: {score}"


@pytest.mark.parametrize("code", CODES)
def test_each_check_leaves_the_rest_alone(code: str) -> None:
    assert SCORES[code].precision >= PRECISION_MIN, f"{code}: {SCORES[code]}"


def test_real_updates_are_rarely_flagged_for_what_careful_people_do_not_write() -> None:
    """Their publishers thought about each: what is found in more than a few of a hundred is found wrongly."""
    count, found = real_updates(require_exam("status-updates.jsonl"))
    assert count == 418
    for code in ("secret", "personal_data", "blame", "over_promise"):
        assert found[code] <= count * 0.03, found
    assert found["unsupported_eta"] <= count * 0.05, found
    assert found["jargon"] <= count * 0.30, found
