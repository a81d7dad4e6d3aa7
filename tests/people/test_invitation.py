"""Invitations: a link that makes one account, until it is used, revoked, renewed or too old."""

import pytest

from tests.people.house import BY, driven, house
from tests.people.test_credential import everything_kept
from tests.people.test_password import ANA, GOOD
from watchroom.base.errors import Malformed, NotFound, Refused
from watchroom.people.invitation import INVITATIONS, Wish

DAY_S = 86_400
BO = "bo@example.com"


@driven
async def test_whoever_is_invited_makes_an_account_of_that_role() -> None:
    here = await house()
    invitations = here.credentials.invitations
    made = await invitations.make(Wish(email=" BO@example.com", role="reader", days=3), **BY)
    assert (await invitations.look_at(made.secret)).email == BO
    opened = await here.credentials.accept(made.secret, "Bo Lind", GOOD, "Firefox")
    account = here.credentials.accounts.get(BO)
    assert account is not None
    assert (account.role, here.directory.name(BO), opened.session.how) == ("reader", "Bo Lind", "invitation")
    assert (await here.credentials.door.sign_in(BO, GOOD)).session.email == BO
    with pytest.raises(NotFound):
        await here.credentials.accept(made.secret, "Somebody Else", "")
    assert await invitations.all() == []


@driven
async def test_a_bad_name_or_password_leaves_the_invitation_good() -> None:
    here = await house()
    made = await here.credentials.invitations.make(Wish(email=BO), **BY)
    for name, password in (("", GOOD), ("Bo", "short"), ("x" * 500, GOOD), ("Bo", "bo@example.com bo")):
        with pytest.raises(Malformed):
            await here.credentials.accept(made.secret, name, password)
    assert here.credentials.accounts.get(BO) is None
    assert (await here.credentials.accept(made.secret, "Bo", GOOD)).session.email == BO


@driven
async def test_it_ends_by_time_by_being_revoked_and_by_being_renewed() -> None:
    here = await house()
    invitations = here.credentials.invitations
    made = await invitations.make(Wish(email=BO, days=1), **BY)
    renewed = await invitations.renew(made.invitation.id, days=2, **BY)
    with pytest.raises(NotFound):
        await invitations.look_at(made.secret)
    here.clock.jump(DAY_S + 60)
    assert (await invitations.look_at(renewed.secret)).id == made.invitation.id
    here.clock.jump(DAY_S)
    with pytest.raises(NotFound):
        await here.credentials.accept(renewed.secret, "Bo", "")
    again = await invitations.renew(made.invitation.id, **BY)
    await invitations.revoke(made.invitation.id, **BY)
    for secret in (renewed.secret, again.secret, "", "wr_inv_0"):
        with pytest.raises(NotFound):
            await invitations.look_at(secret)
    with pytest.raises(NotFound):
        await invitations.renew(made.invitation.id, **BY)


@driven
async def test_being_invited_anew_spoils_the_invitation_before() -> None:
    here = await house()
    invitations = here.credentials.invitations
    first = await invitations.make(Wish(email=BO), **BY)
    second = await invitations.make(Wish(email=BO, role="admin"), **BY)
    assert [each.id for each in await invitations.all()] == [second.invitation.id]
    with pytest.raises(NotFound):
        await invitations.look_at(first.secret)


@pytest.mark.parametrize("wish", [Wish(email="no mail"), Wish(email=BO, days=31), Wish(email=BO, days=-1)])
@driven
async def test_what_makes_no_sense_is_refused(wish: Wish) -> None:
    here = await house()
    with pytest.raises(Malformed):
        await here.credentials.invitations.make(wish, **BY)
    assert await everything_kept(here.log) == b""


@driven
async def test_there_are_so_many_at_most() -> None:
    here = await house()
    for number in range(500):
        await here.credentials.invitations.make(Wish(email=f"p{number}@example.com"), **BY)
    with pytest.raises(Refused):
        await here.credentials.invitations.make(Wish(email=BO), **BY)


@driven
async def test_the_secret_is_kept_nowhere() -> None:
    here = await house()
    made = await here.credentials.invitations.make(Wish(email=BO), **BY)
    kept = await everything_kept(here.log) + b"".join((await here.log.rows(INVITATIONS)).values())
    assert made.secret.encode() not in kept
    assert made.secret.rpartition("_")[2].encode() not in kept


@driven
async def test_somebody_who_left_can_be_invited_back() -> None:
    here = await house()
    await here.credentials.add_user(ANA, "Ana", admin=True, **BY)
    await here.credentials.add_user(BO, "Bo", admin=False, **BY)
    await here.credentials.deactivate(BO, **BY)
    made = await here.credentials.invitations.make(Wish(email=BO, role="admin"), actor=f"person:{ANA}", via="web")
    await here.credentials.accept(made.secret, "Bo", GOOD)
    account = here.credentials.accounts.get(BO)
    assert account is not None
    assert account.role == "admin"
