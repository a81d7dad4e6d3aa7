"""Passwords: which are good enough, how they are kept, and that being wrong looks the same however one is wrong."""

import asyncio
from typing import Any

import pytest

from tests.people.house import BY, House, driven, house
from tests.people.test_credential import everything_kept
from watchroom.base.errors import AlreadyDone, Malformed, NotFound, Overloaded, Refused, Unauthenticated
from watchroom.base.rng import Chance
from watchroom.people import password as passwords
from watchroom.people.password import PASSWORDS, Cost, Passwords
from watchroom.people.sign_in import CODEC
from watchroom.people.stream import ACCESS

GOOD = "four calm herons waiting"
ANA = "ana@example.com"


async def with_ana(password: str = GOOD) -> House:
    here = await house()
    await here.credentials.add_user(ANA, "Ana Meyer", admin=True, **BY)
    await here.credentials.door.set_password(ANA, password, by="link")
    return here


@pytest.mark.parametrize(
    "good", [GOOD, "Zw1schen-Ta&Nacht", "пароль из слов и снега", "ja nein vielleicht", "x7!kQp2@mVz9"]
)
def test_a_long_password_is_taken(good: str) -> None:
    passwords.check(good, 12, ANA, "Ana Meyer")


@pytest.mark.parametrize(
    "bad",
    [
        "", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "password1234", "Watchroom2026",
        "ana@example.com", "Ana Meyer 1234", "anameyer12345", "1234567890123", "x" * 300,
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_and_says_what_to_do(bad: str) -> None:
    with pytest.raises(Malformed) as refused:
        passwords.check(bad, 12, ANA, "Ana Meyer")
    assert refused.value.code == "weak_password"
    assert refused.value.hint


@driven
async def test_the_right_password_opens_a_session() -> None:
    here = await with_ana()
    opened = await here.credentials.door.sign_in("  ANA@example.com ", GOOD, "Firefox")
    assert (opened.session.email, opened.session.how, opened.session.agent) == (ANA, "password", "Firefox")
    caller = here.credentials.by_session(opened.secret)
    assert caller is not None
    assert caller.may("admin")


@driven
async def test_every_way_to_be_wrong_says_the_same() -> None:
    here = await with_ana()
    await here.credentials.add_user("bo@example.com", "Bo", admin=False, **BY)
    await here.credentials.add_user("cy@example.com", "Cy", admin=False, **BY)
    await here.credentials.door.set_password("cy@example.com", GOOD, by="link")
    await here.credentials.deactivate("cy@example.com", **BY)
    said = set()
    for email, password in (
        (ANA, GOOD + "x"), (ANA, ""), (ANA, GOOD.upper()), (ANA, GOOD * 100), ("nobody@example.com", GOOD),
        ("bo@example.com", GOOD), ("cy@example.com", GOOD), ("", ""), ("\x00", "\x00"), ("x" * 10_000, "x"),
    ):  # fmt: skip
        with pytest.raises(Unauthenticated) as refused:
            await here.credentials.door.sign_in(email, password)
        said.add((refused.value.message, refused.value.hint, refused.value.code, refused.value.status))
    assert len(said) == 1


class Counted(Passwords):
    """Counts how often a hash is worked out, and with which parameters."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.worked: list[str] = []

    def _matches(self, stored: str, password: str) -> bool:
        self.worked.append(stored.rpartition("$")[0].rpartition("$")[0])
        return super()._matches(stored, password)


@driven
async def test_nobody_s_password_takes_the_same_work_as_somebody_s() -> None:
    here = await house()
    cost = Cost(memory_kib=128, passes=2, lanes=1)
    kept = Counted(here.log, here.clock, Chance(), cost)
    await kept.keep(ANA, GOOD)
    for email, password in ((ANA, "wrong"), ("bo@example.com", "wrong"), (None, "wrong"), (None, "x" * 5_000)):
        assert not await kept.is_right(email, password)
    assert len(kept.worked) == 4
    assert set(kept.worked) == {"$argon2id$v=19$m=128,t=2,p=1"}


@driven
async def test_a_password_is_nowhere_in_the_clear() -> None:
    here = await with_ana()
    with pytest.raises(Unauthenticated):
        await here.credentials.door.sign_in("correct horse battery", "correct horse battery")
    kept = await everything_kept(here.log) + b"".join((await here.log.rows(PASSWORDS)).values())
    assert b"$argon2id$" in kept
    for typed in (GOOD, "correct horse battery"):
        assert typed.encode() not in kept


@driven
async def test_two_equal_passwords_are_kept_as_two() -> None:
    here = await with_ana()
    await here.credentials.add_user("bo@example.com", "Bo", admin=False, **BY)
    await here.credentials.door.set_password("bo@example.com", GOOD, by="link")
    assert len(set((await here.log.rows(PASSWORDS)).values())) == 2


@driven
async def test_the_same_letters_typed_otherwise_are_the_same_password() -> None:
    here = await with_ana("crème brûlée à minuit")
    opened = await here.credentials.door.sign_in(ANA, "cre\u0300me bru\u0302le\u0301e a\u0300 minuit")
    assert opened.session.email == ANA


@driven
async def test_a_password_of_cheaper_days_is_hashed_anew_when_it_is_used() -> None:
    here = await with_ana()
    (before,) = (await here.log.rows(PASSWORDS)).values()
    dearer = Passwords(here.log, here.clock, Chance(), Cost(memory_kib=128, passes=2, lanes=1))
    assert await dearer.is_right(ANA, GOOD)
    (after,) = (await here.log.rows(PASSWORDS)).values()
    assert b"m=128,t=2" in after
    assert after != before
    assert await dearer.is_right(ANA, GOOD)


@driven
async def test_a_new_password_ends_every_other_session_and_link() -> None:
    here = await with_ana()
    credentials = here.credentials
    mine, other = await credentials.sessions.open(ANA), await credentials.sessions.open(ANA)
    link = (await credentials.sign_in_link(ANA)).rpartition("/")[2]
    await credentials.door.set_password(ANA, GOOD + " again", by="self", keep_session=mine.session.id)
    assert credentials.by_session(mine.secret) is not None
    assert credentials.by_session(other.secret) is None
    with pytest.raises(NotFound):
        await credentials.sign_in(link)
    with pytest.raises(Unauthenticated):
        await credentials.door.sign_in(ANA, GOOD)


@driven
async def test_whoever_changes_a_password_must_know_it() -> None:
    here = await with_ana()
    with pytest.raises(Unauthenticated):
        await here.credentials.door.check_own(ANA, "wrong")
    await here.credentials.door.check_own(ANA, GOOD)
    await here.credentials.add_user("bo@example.com", "Bo", admin=False, **BY)
    await here.credentials.door.check_own("bo@example.com", "")


@driven
async def test_a_link_to_a_new_password_works_once_and_only_for_a_good_one() -> None:
    here = await with_ana()
    old = await here.credentials.sessions.open(ANA)
    secret = (await here.credentials.sign_in_link(ANA, "password")).rpartition("/")[2]
    with pytest.raises(Malformed):
        await here.credentials.reset_password(secret, "short")
    opened = await here.credentials.reset_password(secret, "seven slow boats on ice")
    assert here.credentials.by_session(opened.secret) is not None
    assert here.credentials.by_session(old.secret) is None
    with pytest.raises(NotFound):
        await here.credentials.reset_password(secret, "seven slow boats on ice")
    assert (await here.credentials.door.sign_in(ANA, "seven slow boats on ice")).session.email == ANA


@driven
async def test_very_many_at_once_are_asked_to_come_back() -> None:
    here = await house()
    kept = Passwords(
        here.log, here.clock, Chance(), Cost(memory_kib=64, passes=1, lanes=1, parallel_max=1, waiting_max=3)
    )
    done = await asyncio.gather(*(kept.is_right(None, "x") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, Overloaded) for each in done) == 5
    assert [each for each in done if each is False] == [False] * 3
    assert not await kept.is_right(None, "x")


@driven
async def test_tries_that_fail_are_on_record_without_what_was_typed() -> None:
    here = await with_ana()
    for typed in (ANA, "my secret typed in the wrong field"):
        with pytest.raises(Unauthenticated):
            await here.credentials.door.sign_in(typed, "wrong")
    facts = [CODEC.decode(event) for event in await here.log.read(ACCESS) if event.kind == "sign_in_refused"]
    assert [getattr(fact, "email", None) for fact in facts] == [ANA, ""]


@driven
async def test_who_left_is_out_at_once_with_their_tokens_and_links() -> None:
    here = await with_ana()
    credentials = here.credentials
    await credentials.add_user("bo@example.com", "Bo", admin=False, **BY)
    await credentials.door.set_password("bo@example.com", GOOD, by="link")
    session = await credentials.sessions.open("bo@example.com")
    token = await credentials.tokens.create("bos-laptop", ["respond"], "bo@example.com", **BY)
    link = (await credentials.sign_in_link("bo@example.com")).rpartition("/")[2]
    assert await credentials.deactivate("bo@example.com", reason="left", **BY)
    assert not await credentials.deactivate("bo@example.com", **BY)
    assert credentials.by_session(session.secret) is None
    assert credentials.by_secret(token) is None
    with pytest.raises(NotFound):
        await credentials.sign_in(link)
    with pytest.raises(NotFound) as refused:
        await credentials.sign_in_link("bo@example.com")
    assert "reactivate" in refused.value.hint
    assert [person.email for person in credentials.people()] == [ANA]
    assert credentials.directory.name("bo@example.com") == "Bo"
    again = (await house(here.log, here.clock)).credentials
    assert again.accounts.shut("bo@example.com")
    assert await credentials.accounts.reactivate("bo@example.com", **BY)
    with pytest.raises(Unauthenticated):
        await credentials.door.sign_in("bo@example.com", GOOD)


@driven
async def test_the_last_admin_stays() -> None:
    here = await with_ana()
    await here.credentials.add_user("bo@example.com", "Bo", admin=False, **BY)
    with pytest.raises(Refused) as refused:
        await here.credentials.deactivate(ANA, **BY)
    assert refused.value.code == "last_admin"
    with pytest.raises(Refused) as refused:
        await here.credentials.accounts.give_role(ANA, "reader", **BY)
    assert refused.value.code == "last_admin"
    await here.credentials.accounts.give_role("bo@example.com", "admin", **BY)
    assert await here.credentials.accounts.give_role(ANA, "reader", **BY)
    session = await here.credentials.sessions.open(ANA)
    caller = here.credentials.by_session(session.secret)
    assert caller is not None
    assert caller.scopes == {"read"}


@driven
async def test_a_person_signs_in_by_their_present_e_mail_and_keeps_their_place() -> None:
    here = await with_ana()
    directory = here.directory
    assert await directory.change_address(ANA, "Ana.Banu@Example.com", **BY)
    assert not await directory.change_address(ANA, "ana.banu@example.com", **BY)
    for directory in (here.directory, (await house(here.log, here.clock)).directory):
        assert (directory.ref("ana.banu@example.com"), directory.address(ANA)) == (ANA, "ana.banu@example.com")
    opened = await here.credentials.door.sign_in("ana.banu@example.com", GOOD)
    caller = here.credentials.by_session(opened.secret)
    assert caller is not None
    assert caller.person == ANA
    assert not await here.directory.add("ana.banu@example.com", **BY)
    await here.directory.add("bo@example.com", **BY)
    for taken in ("ana.banu@example.com", ANA):
        with pytest.raises(AlreadyDone):
            await here.directory.change_address("bo@example.com", taken, **BY)
    assert await here.directory.change_address(ANA, ANA, **BY)
    assert await here.directory.change_address("bo@example.com", "ana.banu@example.com", **BY)
