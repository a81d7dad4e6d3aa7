"""Who is meant by an `@`: by e-mail, by name, by role; never by a guess, never in code."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product

import pytest

from watchroom.base.command import Act, KnownCategory
from watchroom.communication.mention import MENTIONS_MAX, mentions, of
from watchroom.mitigation.roles import Holding, Roles

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PEOPLE = {
    "ana@example.com": "Ana Lima",
    "anna@example.com": "Anna Limann",
    "bo@example.com": "Bo",
    "ines@example.com": "Inès Duarte",
    "one@example.com": "Kim Park",
    "two@example.com": "Kim Park",
}


class Known:
    """A register of these people."""

    def known(self, ref: str) -> bool:
        return ref in PEOPLE

    def ref(self, email: str) -> str:
        return email

    def nearest(self, name: str) -> tuple[str, ...]:
        plain = name.casefold()
        return tuple(ref for ref, called in PEOPLE.items() if plain in {called.casefold(), *called.casefold().split()})

    def names(self) -> tuple[str, ...]:
        return tuple(PEOPLE.values())

    def members(self, team: str) -> tuple[str, ...] | None:
        return None

    def teams(self) -> tuple[str, ...]:
        return ()

    def ways(self, ref: str) -> tuple[str, ...]:
        return ()

    def services(self) -> tuple[str, ...]:
        return ()

    def categories(self) -> Mapping[str, KnownCategory]:
        return {}

    def called(self) -> Mapping[str, str]:
        return {}

    def components(self) -> tuple[str, ...]:
        return ()

    def near(self, service: str) -> frozenset[str]:
        return frozenset({service})


ACT = Act(AT, "person:ana@example.com", "web", register=Known())
ROLES = Roles({"incident_commander": Holding(person="bo@example.com", since=AT, accepted=True)})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("nobody here", {}),
        ("@ana@example.com look", {"@ana@example.com": "ana@example.com"}),
        ("@ANA@example.com, look", {"@ANA@example.com": "ana@example.com"}),
        ("@Ana Lima: look", {"@Ana Lima": "ana@example.com"}),
        ("@ana lima look", {"@ana lima": "ana@example.com"}),
        ("@Anna Limann look", {"@Anna Limann": "anna@example.com"}),
        ("(@ana) look", {"@ana": "ana@example.com"}),
        ("@Inès Duarte's graph", {"@Inès Duarte": "ines@example.com"}),
        ("@commander may I?", {"@commander": "bo@example.com"}),
        ("@comms may I?", {}),
        ("@bo and @ana", {"@bo": "bo@example.com", "@ana": "ana@example.com"}),
        ("mail ana@example.com", {}),
        ("@nobody@example.com", {}),
        ("@property", {}),
        ("@anastasia", {}),
        ("`@ana` and ``a ` @bo``", {}),
        ("```\n@ana\n```\n@bo", {"@bo": "bo@example.com"}),
        ("one ` tick @bo", {"@bo": "bo@example.com"}),
        ("@@ana", {}),
        ("@", {}),
    ],
)
def test_who_is_meant(text: str, meant: dict[str, str]) -> None:
    assert mentions(text, ROLES, ACT) == (meant, ())


@pytest.mark.parametrize("text", ["@Kim Park look", "@kim look"])
def test_two_of_one_name_light_nobody_and_that_is_said(text: str) -> None:
    meant, (caution,) = mentions(text, ROLES, ACT)
    assert meant == {}
    assert caution.code == "mention_unclear"
    assert "one@example.com or two@example.com" in caution.message
    assert "@one@example.com" in caution.hint


def test_so_many_and_no_more() -> None:
    meant, _ = mentions("@bo @ana @bo @Ana Lima", ROLES, ACT)
    assert of(meant) == ["bo@example.com", "ana@example.com"]
    spelt = [f"@{name}@{host}.com" for name in cases("ana") for host in cases("example")]
    meant, _ = mentions(" ".join(spelt[: 2 * MENTIONS_MAX]), ROLES, ACT)
    assert list(meant) == spelt[:MENTIONS_MAX]


def cases(word: str) -> list[str]:
    """The word in every mixture of small and large letters."""
    return ["".join(mixed) for mixed in product(*((letter, letter.upper()) for letter in word))]


def test_many_ticks_are_read_in_one_go() -> None:
    text = "".join("`" * (number % 150 + 1) + " " for number in range(260)) + "@bo"
    assert len(text) < 20_000
    assert mentions(text, ROLES, ACT)[0] in ({}, {"@bo": "bo@example.com"})
