"""What the checks promise whatever is written: places that fit, no failure on any text, nothing said of foreign words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchroom.communication.language.checks import REMARKS_MAX, caution_of, flagged, flags
from watchroom.communication.language.flag import CODES, FIELDS, Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import passage, speaks_english
from watchroom.communication.language.personal import is_card, is_iban

NOW = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)
OUTSIDE = Ground(at=NOW, services=("checkout-svc",), people=("Ines Duarte",), customers=("Adventure Works",))
BY_FORM = {"secret", "personal_data"}


def found(text: str, ground: Ground = OUTSIDE) -> list[Flag]:
    return flags("Orders fail.", text, "", SOON, ground)


PIECES = st.sampled_from(
    [
        "due to", "because the disk is full", "will be fixed", "by 15:00", "within 30 minutes", "an engineer", "failed",
        "our provider's outage", "resolved", "never again", "Some users", "p99", "checkout-svc", "Ines Duarte", "@",
        "4111 1111 1111 1111", "DE89370400440532013000", "password:", "hunter2", "http://", "a.internal", ".", "\n",
        "2001:db8::1", "::", "10.0.0.1", "🙂", "é", "İ", "ß", "\u200b", "決済", "العملاء", "-----BEGIN", "…", "H1", "not",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=12), max_size=30).map(" ".join), st.sampled_from(["customers", "support"]))
def test_every_place_is_where_the_words_stand(text: str, audience: str) -> None:
    parts = {"impact": text, "doing": text[::-1], "need": ""}
    said = flags(text, text[::-1], "", None, Ground(at=NOW, audience=audience, people=OUTSIDE.people))
    assert len(said) <= REMARKS_MAX
    for flag in said:
        assert flag.code in CODES
        assert flag.field in FIELDS
        assert parts[flag.field][flag.start : flag.end] == flag.text
        assert flag.why
        assert flag.suggestion
        assert flag.is_placed == bool(flag.text)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    read = passage("impact", text)
    for sentence in read.sentences:
        assert text[sentence.start : sentence.start + len(sentence.text)] == sentence.text


@pytest.mark.parametrize(
    "text",
    [
        "Wir haben die Ursache gefunden: ein Fehler im Update. Die Zahlungen sind bis 15:00 wieder möglich.",
        "La panne est due à une erreur de notre fournisseur; le service sera rétabli dans 30 minutes.",
        "El problema fue causado por un error humano y se resolverá pronto.",
        "Il problema è stato causato da un errore; il servizio sarà ripristinato entro 30 minuti.",
        "De storing is veroorzaakt door een fout van onze leverancier.",
        "障害の原因はデータベースです。まもなく復旧します。",
        "Причина сбоя найдена, сервис будет восстановлен через 30 минут.",
    ],
)
def test_other_languages_are_left_alone(text: str) -> None:
    assert not speaks_english(text)
    assert found(text) == []


def test_forms_are_found_in_every_language() -> None:
    said = found("Bitte an maria@example.org, Karte 4111 1111 1111 1111, Passwort: Geheim99")
    assert {flag.code for flag in said} == BY_FORM


def test_words_of_the_status_page_are_known_to_its_readers() -> None:
    said = "Deployments to the load balancer of checkout-svc wait."
    assert [flag.text for flag in found(said)] == ["Deployments", "load balancer", "checkout-svc"]
    public = ("Load Balancers", "Deployments", "checkout-svc")
    assert found(said, Ground(at=NOW, services=("checkout-svc",), public=public)) == []


def test_responders_are_left_to_their_own_words() -> None:
    inside = Ground(at=NOW, audience="responders", services=("checkout-svc",))
    assert found("Some users see 5xx from checkout-svc, probably due to v412; fixed by 15:00.", inside) == [
        flag for flag in found("Some users see 5xx from checkout-svc, probably due to v412; fixed by 15:00.", inside)
        if flag.code in ("unsupported_cause", "unsupported_eta")
    ]  # fmt: skip
    assert {r.code for r in found("The key is AKIAIOSFODNN7EXAMPLE, see http://a.internal", inside)} == {"secret"}


def test_a_repeated_secret_is_not_repeated_in_the_warning() -> None:
    said = caution_of(found("The password is Winter2026!x and maria@example.org waits, due to v412."))
    assert said is not None
    assert said.code == "flagged_words"
    assert "Winter2026" not in said.message + said.hint
    assert "maria" not in said.message + said.hint
    assert "v412" in said.message


def test_nothing_flagged_warns_of_nothing() -> None:
    assert caution_of(flags("Orders fail.", "We undo a change.", "", None, OUTSIDE)) is None
    assert caution_of([]) is None


def test_a_very_long_part_is_said_to_be_read_in_part() -> None:
    said = flags("Orders fail. " * 400, "", "", SOON, OUTSIDE)
    assert [(flag.code, flag.start, flag.end) for flag in said] == [("vague", 4_000, 13 * 400)]


def test_what_is_missing_has_no_place() -> None:
    said = flags("", "", "", None, OUTSIDE)
    assert [flag.code for flag in said] == ["missing_impact", "missing_next"]
    assert flagged(said) == []


@pytest.mark.parametrize(
    ("number", "is_right"),
    [
        ("4111 1111 1111 1111", True),
        ("378282246310005", True),
        ("4111 1111 1111 1112", False),
        ("0000 0000 0000 0000", False),
        ("411111111111", False),
    ],
)
def test_card_numbers_by_their_sum(number: str, is_right: bool) -> None:
    assert is_card(number) is is_right


@pytest.mark.parametrize(
    ("number", "is_right"),
    [("DE89 3704 0044 0532 0130 00", True), ("GB82WEST12345698765432", True), ("DE88 3704 0044 0532 0130 00", False)],
)
def test_account_numbers_by_their_sum(number: str, is_right: bool) -> None:
    assert is_iban(number) is is_right


LONG = [
    "a" * 20_000, "1 " * 10_000, "1" * 20_000, "a." * 10_000, "a-" * 10_000, "due to " * 2_800, "[" * 20_000,
    "team " * 4_000, "the engineer " * 1_500, "will " * 4_000, ":" * 20_000, "AB12 " * 4_000, "not yet " * 2_500,
    "because the " * 1_600, "http://a:" * 2_200, "we can " * 2_800, "x@" * 10_000, "a_" * 10_000, "A" * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:8])
def test_long_texts_without_a_full_stop_are_read(text: str) -> None:
    """Each pattern is bounded: what a page may hold at most comes back, and not after minutes (the suite's own limit)."""
    assert len(flags(text, text, text, None, OUTSIDE)) <= REMARKS_MAX
