"""What somebody types is read as words and filters, and the sentence in which they stand is shown with its marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.base.errors import Malformed
from watchroom.incident.search.document import Document, Gone, Step, runs
from watchroom.incident.search.query import Query, Term, parse
from watchroom.incident.search.snippet import snippet
from watchroom.incident.search.words import folded, joined, plain, spots, words_of


def term(*words: str, prefix: bool = True) -> Term:
    return Term(words, prefix)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("checkout", [term("checkout")]),
        ("Checkout  PAYMENTS", [term("checkout"), term("payments")]),
        ('"connection pool"', [term("connection", "pool", prefix=False)]),
        ("checkout-db", [term("checkout", "db")]),
        ("v2.31", [term("v2", "31")]),
        ("check*", [term("check")]),
        ("a", [term("a", prefix=False)]),
        ("CheckoutErrorBudget", [term("checkout", "error", "budget")]),
        ("Zürich", [term("zurich")]),
        ("Zu\u0308rich", [term("zurich")]),
        ("http://grafana/x", [term("http", "grafana", "x", prefix=False)]),
        ("ana@example.com", [term("ana", "example", "com")]),
        ('"not closed', [term("not", "closed", prefix=False)]),
        ("日本", [term("日", "本", prefix=False)]),
        ("🦓 ... --", []),
        ("checkout checkout", [term("checkout")]),
    ],
)
def test_words(text: str, terms: list[Term]) -> None:
    assert list(parse(text, 32).terms) == terms


def test_filters_stand_anywhere_and_may_be_said_several_times() -> None:
    query = parse('is:open pool Sev:1 sev:sev-2 service:"cart api" from:Ana kind:Messages in:AB12-cd34 -canary', 32)
    assert query.states == ("open",)
    assert query.severities == ("SEV1", "SEV2")
    assert query.services == ("cart api",)
    assert query.people == ("ana",)
    assert query.kinds == ("message",)
    assert query.rooms == ("ab12-cd34",)
    assert query.terms == (term("pool"),)
    assert query.without == (term("canary"),)
    assert parse("kind:theory kind:try kind:deploy", 32).kinds == ("hypothesis", "intervention", "change")


def test_days_are_the_narrowest_that_were_said() -> None:
    query = parse("after:2026-11-01 after:2026-11-03 before:2026-12-01T10:00:00Z before:2026-12-02", 32)
    assert query.since is not None
    assert query.until is not None
    assert (query.since.isoformat(), query.until.isoformat()) == (
        "2026-11-03T00:00:00+00:00",
        "2026-12-01T10:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("is:opne", "Did you mean is:open?"),
        ("sev:9", "sev:1"),
        ("kind:zebra", "incident, signal"),
        ("before:yesterday", "before:2026-11-01"),
        (" ".join(map(str, range(40))), "common ones"),
    ],
)
def test_what_no_filter_can_be_is_refused_with_what_it_can_be(text: str, says: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(text, 32)
    assert says in refused.value.hint


def test_what_is_still_being_typed_asks_nothing_yet() -> None:
    assert parse("is:", 32).empty
    assert parse("  from:  ", 32).empty
    assert parse("", 32) == Query()
    # A word with a colon behind it is a word.
    assert parse("Note: pool", 32).terms == (term("note"), term("pool"))


def test_a_name_that_is_no_filter_is_words_and_what_was_meant_is_said() -> None:
    query = parse("servce:checkout", 32)
    assert query.terms == (term("servce", "checkout"),)
    assert query.meant == "service:checkout"
    assert parse("error:timeout", 32).meant == ""


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_query_or_refused(text: str) -> None:
    try:
        query = parse(text, 8)
    except Malformed:
        return
    assert all(word == folded(word) != "" for each in query.terms for word in each.words)


@given(st.text(max_size=200), st.sampled_from(["a", "Ab", "é", "日", "1"]))
def test_marks_lie_in_the_text_and_say_what_was_looked_for(text: str, sought: str) -> None:
    terms = parse(sought, 8).terms
    parts = snippet(text, terms)
    shown = "".join(part.text for part in parts if part.text != "…")
    assert shown.strip() in plain(text)
    for part in parts:
        if part.marked:
            assert any(spot.word.startswith(terms[0].words[0]) for spot in (*spots(part.text), *joined(part.text)))


def marked(text: str, sought: str) -> str:
    return "".join(f"[{part.text}]" if part.marked else part.text for part in snippet(text, parse(sought, 8).terms))


@pytest.mark.parametrize(
    ("text", "sought", "shown"),
    [
        ("It is slow. The pool is full! Who knows?", "pool", "The [pool] is full!"),
        ("pool here. The pool of connections is full.", "pool connections", "The [pool] of [connections] is full."),
        ("CheckoutPoolWait is high", "poolwait", "Checkout[PoolWait] is high"),
        ("CheckoutPoolWait is high", "checkout", "[Checkout]PoolWait is high"),
        ("line one\nline two: v2.31 went out", "v2.31", "line two: [v2.31] went out"),
        ("nothing of it. Second.", "zebra", "nothing of it."),
        ("in Zürich", "zurich", "in [Zürich]"),
        ("", "zebra", ""),
        ('the "connection pool" is not the pool of connections', '"connection pool"',
         'the "[connection pool]" is not the pool of connections'),
    ],
)  # fmt: skip
def test_the_sentence_is_shown_in_which_it_stands(text: str, sought: str, shown: str) -> None:
    assert marked(text, sought) == shown


def test_a_long_sentence_is_cut_around_the_first_mark() -> None:
    text = f"{'word ' * 200}zebra {'word ' * 200}"
    parts = snippet(text, parse("zebra", 8).terms)
    assert [part.text for part in parts if part.marked] == ["zebra"]
    assert parts[0].text == parts[-1].text == "…"
    assert sum(len(part.text) for part in parts) < 260


@given(st.text(alphabet="aB1 _-.Zé", max_size=60))
def test_a_text_is_the_same_words_however_it_is_read(text: str) -> None:
    slowly = [*(spot.word for spot in spots(plain(text))), *(spot.word for spot in joined(plain(text)))]
    assert words_of(text, 1_000).split() == slowly


def test_words_of_a_text_are_bounded() -> None:
    assert words_of("one two three four", 2) == "one two"
    assert words_of("CheckoutPool is down", 10) == "checkout pool is down checkoutpool"
    assert words_of("x" * 500, 10) == "x" * 64


def test_steps_are_taken_in_runs_in_which_none_replaces_another() -> None:
    entry = Document("a", 1, "message", parse("after:2026-11-01", 8).since, "", "x")  # type: ignore[arg-type]  # a day
    steps: list[Step] = [entry, Gone("a", seq=1), Gone("b"), entry, entry]
    assert [len(run) for run in runs(steps)] == [1, 2, 1, 1]
    assert list(runs([])) == []
