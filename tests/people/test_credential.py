"""Credentials: known by their hash alone, good from the moment they are made to the moment they are taken away."""

import asyncio
from pathlib import Path

import pytest

from tests.people.house import BY, LINK_S, OVERLAP_S, SESSION_S, driven, house
from watchroom.base.errors import AlreadyDone, Malformed, NotFound
from watchroom.people.caller import SCOPES
from watchroom.people.source import KINDS, urls
from watchroom.people.token import TOKENS
from watchroom.record.event import Claim
from watchroom.record.log import Log
from watchroom.record.sqlite_log import SqliteLog

TABLES = ("token", "source", "session", "sign_in_link", "account")


async def everything_kept(log: Log) -> bytes:
    """All that the record holds, as one run of bytes."""
    kept = [placed.event.head + (placed.event.data or b"") for placed in await log.read_all()]
    for table in TABLES:
        for key, body in (await log.rows(table)).items():
            kept += [key.encode(), body]
    return b"\n".join(kept)


@driven
async def test_a_token_is_known_by_its_secret_and_by_nothing_else() -> None:
    here = await house()
    secret = await here.credentials.tokens.create("ci", ["read", "respond"], None, **BY)
    caller = here.credentials.by_secret(secret)
    assert caller is not None
    assert (caller.actor, caller.person, caller.source) == ("token:ci", "token:ci", None)
    assert caller.may("read")
    assert not caller.may("admin")
    assert not caller.may("signals")
    for wrong in ("", secret[:-1], secret + "0", secret.upper(), "x" * 100_000, "\udcff"):
        assert here.credentials.by_secret(wrong) is None


@driven
async def test_a_token_of_a_person_acts_in_the_persons_name() -> None:
    here = await house()
    secret = await here.credentials.tokens.create("anas-laptop", ["respond"], "Ana@Example.com", **BY)
    caller = here.credentials.by_secret(secret)
    assert caller is not None
    assert (caller.actor, caller.person, caller.token) == ("person:ana@example.com", "ana@example.com", "anas-laptop")


@driven
async def test_admin_may_do_everything() -> None:
    here = await house()
    caller = here.credentials.by_secret(await here.credentials.tokens.create("root", ["admin"], None, **BY))
    assert caller is not None
    assert all(caller.may(scope) for scope in SCOPES)
    assert caller.source == "root"


@driven
async def test_no_secret_is_kept_anywhere() -> None:
    here = await house()
    credentials = here.credentials
    await credentials.add_user("ana@example.com", admin=True, **BY)
    link = (await credentials.sign_in_link("ana@example.com")).rpartition("/")[2]
    secrets = [
        await credentials.tokens.create("ci", ["read"], None, **BY),
        await credentials.sources.create("am", "alertmanager", **BY),
        await credentials.sources.rotate("am", at_once=False, **BY),
        link,
        (await credentials.sessions.open("ana@example.com")).secret,
    ]
    kept = await everything_kept(here.log)
    assert not [secret for secret in secrets if secret.encode() in kept or secret.rpartition("_")[2].encode() in kept]


@driven
async def test_a_revoked_token_is_unknown_at_once_and_for_good() -> None:
    here = await house()
    secret = await here.credentials.tokens.create("ci", ["signals"], None, **BY)
    assert here.credentials.by_secret(secret) is not None
    await here.credentials.tokens.revoke("ci", **BY)
    assert here.credentials.by_secret(secret) is None
    await here.credentials.keep()
    assert (await house(here.log)).credentials.by_secret(secret) is None
    assert await here.log.rows(TOKENS) == {}
    with pytest.raises(NotFound):
        await here.credentials.tokens.revoke("ci", **BY)
    assert await here.credentials.tokens.create("ci", ["signals"], None, **BY) != secret


@driven
async def test_credentials_survive_a_restart(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "record.sqlite")
    here = await house(log)
    await here.credentials.add_user("ana@example.com", "Ana", admin=True, **BY)
    token = await here.credentials.tokens.create("ci", ["read"], None, **BY)
    key = await here.credentials.sources.create("am", "alertmanager", **BY)
    session = (await here.credentials.sessions.open("ana@example.com")).secret
    assert here.credentials.by_secret(token)
    await here.credentials.keep()
    await log.close()
    log = SqliteLog(tmp_path / "record.sqlite")
    again = (await house(log, here.clock)).credentials
    assert again.by_secret(token) == here.credentials.by_secret(token)
    assert again.by_secret(key) == here.credentials.by_secret(key)
    assert again.by_session(session) == here.credentials.by_session(session)
    await log.close()


@driven
async def test_the_last_use_is_kept_coarsely() -> None:
    here = await house()
    secret = await here.credentials.tokens.create("ci", ["read"], None, **BY)
    assert here.credentials.tokens.all()[0].last_used_at is None
    here.credentials.by_secret(secret)
    await here.credentials.keep()
    (token,) = (await house(here.log)).credentials.tokens.all()
    assert token.last_used_at is not None
    assert token.last_used_at.isoformat() == "2026-11-23T03:10:00+00:00"


@pytest.mark.parametrize(
    ("name", "scopes", "person"),
    [("a/b", ["read"], None), ("", ["read"], None), ("-x", ["read"], None), ("x" * 64, ["read"], None),
     ("ci", ["raed"], None), ("ci", ["read"], "nobody")],
)  # fmt: skip
@driven
async def test_a_token_that_makes_no_sense_is_refused(name: str, scopes: list[str], person: str | None) -> None:
    here = await house()
    with pytest.raises(Malformed):
        await here.credentials.tokens.create(name, scopes, person, **BY)
    assert await everything_kept(here.log) == b""


@driven
async def test_a_name_is_given_once() -> None:
    here = await house()
    credentials = here.credentials
    await credentials.tokens.create("eu", ["signals"], None, **BY)
    await credentials.sources.create("us", "grafana", **BY)
    await credentials.tokens.create("us", ["read"], None, **BY)
    for again in (
        credentials.tokens.create("eu", ["read"], None, **BY),
        credentials.sources.create("us", "grafana", **BY),
        credentials.sources.create("eu", "grafana", **BY),
    ):
        with pytest.raises(AlreadyDone):
            await again
    await credentials.tokens.revoke("eu", **BY)
    await credentials.sources.create("eu", "grafana", **BY)
    with pytest.raises(AlreadyDone):
        await credentials.tokens.create("eu", ["signals"], None, **BY)


@driven
async def test_what_a_killed_server_left_half_made_can_be_mended() -> None:
    here = await house()
    await here.log.append([], [Claim("token", "ci", "directory"), Claim("source", "am", "source:am")])
    await here.credentials.tokens.revoke("ci", **BY)
    assert await here.credentials.tokens.create("ci", ["read"], None, **BY)
    key = await here.credentials.sources.create("am", "generic", **BY)
    assert here.credentials.by_secret(key)


@driven
async def test_a_source_key_is_good_for_signals_alone() -> None:
    here = await house()
    key = await here.credentials.sources.create("am-eu", "alertmanager", **BY)
    caller = here.credentials.by_secret(key)
    assert caller is not None
    assert (caller.actor, caller.source, caller.scopes) == ("source:am-eu", "am-eu", frozenset({"signals"}))
    assert here.credentials.by_url_key(key) == caller


@driven
async def test_a_token_in_a_url_can_send_signals_and_no_more() -> None:
    here = await house()
    admin = await here.credentials.tokens.create("root", ["admin"], "ana@example.com", **BY)
    reader = await here.credentials.tokens.create("reader", ["read"], None, **BY)
    caller = here.credentials.by_url_key(admin)
    assert caller is not None
    assert (caller.actor, caller.scopes) == ("source:root", frozenset({"signals"}))
    assert here.credentials.by_url_key(reader) is None


@driven
async def test_a_renewed_key_replaces_the_one_before_after_a_while() -> None:
    here = await house()
    sources = here.credentials.sources
    first = await sources.create("am", "alertmanager", **BY)
    second = await sources.rotate("am", at_once=False, **BY)
    assert here.credentials.by_secret(first) == here.credentials.by_secret(second) is not None
    here.clock.jump(OVERLAP_S)
    assert here.credentials.by_secret(first) is None
    assert here.credentials.by_secret(second) is not None
    third = await sources.rotate("am", at_once=True, **BY)
    assert here.credentials.by_secret(second) is None
    assert here.credentials.by_secret(third) is not None
    again = (await house(here.log, here.clock)).credentials
    assert [again.by_secret(key) is not None for key in (first, second, third)] == [False, False, True]


@driven
async def test_keys_look_as_the_senders_clients_want_them() -> None:
    here = await house()
    keys = {kind: await here.credentials.sources.create(kind, kind, **BY) for kind in KINDS}
    assert len(keys["pagerduty"]) == 32
    assert keys["pagerduty"].isalnum()
    assert [len(part) for part in keys["opsgenie"].split("-")] == [8, 4, 4, 4, 12]
    assert all(here.credentials.by_secret(key) for key in keys.values())
    assert urls("http://w", "alertmanager", "K") == {
        "signals": "http://w/in/K/api/v1/signals/alertmanager",
        "alerts": "http://w/in/K/api/v2/alerts",
    }
    assert urls("http://w", "pagerduty", "K") == {
        "signals": "http://w/in/K/api/v1/signals/pagerduty",
        "events": "http://w/v2/enqueue",
        "changes": "http://w/v2/change/enqueue",
    }
    assert urls("http://w", "opsgenie", "K")["api"] == "http://w/"
    with pytest.raises(Malformed) as refused:
        await here.credentials.sources.create("x", "alertmanger", **BY)
    assert refused.value.hint == "Did you mean alertmanager?"


@driven
async def test_a_link_opens_one_session() -> None:
    here = await house()
    credentials = here.credentials
    await credentials.add_user("ana@example.com", admin=False, **BY)
    secret = (await credentials.sign_in_link("ana@example.com")).removeprefix("/sign-in/")
    assert (await credentials.look_at_link(secret)).email == "ana@example.com"
    results = await asyncio.gather(*(credentials.sign_in(secret) for _ in range(5)), return_exceptions=True)
    opened = [each for each in results if not isinstance(each, BaseException)]
    assert len(opened) == 1
    assert all(isinstance(each, NotFound) for each in results if each is not opened[0])
    caller = credentials.by_session(opened[0].secret)
    assert caller is not None
    assert (caller.actor, caller.session, caller.csrf) == (
        "person:ana@example.com",
        opened[0].session.id,
        opened[0].session.csrf,
    )
    assert caller.may("respond")
    assert not caller.may("admin")
    with pytest.raises(NotFound):
        await credentials.look_at_link(secret)


@driven
async def test_links_and_sessions_run_out() -> None:
    here = await house()
    credentials = here.credentials
    await credentials.add_user("ana@example.com", admin=False, **BY)
    old = (await credentials.sign_in_link("ana@example.com")).removeprefix("/sign-in/")
    session = (await credentials.sessions.open("ana@example.com")).secret
    here.clock.jump(LINK_S)
    with pytest.raises(NotFound):
        await credentials.sign_in(old)
    here.clock.jump(SESSION_S - LINK_S - 1)
    assert credentials.by_session(session) is not None
    here.clock.jump(1)
    assert credentials.by_session(session) is None
    await credentials.sign_in_link("ana@example.com")
    here.clock.jump(LINK_S)
    await credentials.keep()
    assert await here.log.rows("session") == {}
    assert await here.log.rows("sign_in_link") == {}


@driven
async def test_signing_out_ends_one_session_or_all() -> None:
    here = await house()
    credentials = here.credentials
    for email in ("ana@example.com", "bo@example.com"):
        await credentials.add_user(email, admin=False, **BY)
    first, second, third = [await credentials.sessions.open("ana@example.com") for _ in range(3)]
    bo = await credentials.sessions.open("bo@example.com")
    link = (await credentials.sign_in_link("ana@example.com")).removeprefix("/sign-in/")
    assert await credentials.sessions.sign_out(first.session.id)
    assert not await credentials.sessions.sign_out(first.session.id)
    assert [credentials.by_session(each.secret) is None for each in (first, second, third)] == [True, False, False]
    assert await credentials.sessions.sign_out_everywhere("ana@example.com") == 2
    assert credentials.by_session(second.secret) is None
    assert credentials.by_session(bo.secret) is not None
    with pytest.raises(NotFound):
        await credentials.sign_in(link)
    assert len(await here.log.rows("session")) == 1


@driven
async def test_an_account_is_made_once_and_can_become_an_admins() -> None:
    here = await house()
    credentials = here.credentials
    with pytest.raises(NotFound):
        await credentials.sign_in_link("ana@example.com")
    assert not (await credentials.add_user("Ana@Example.com", "Ana", admin=False, **BY)).admin
    assert (await credentials.add_user("ana@example.com", admin=True, **BY)).admin
    assert (await credentials.add_user("ana@example.com", "Ana Banu", admin=False, **BY)).admin
    assert here.directory.name("ana@example.com") == "Ana Banu"
    assert [account.email for account in credentials.accounts.all()] == ["ana@example.com"]


@driven
async def test_a_new_install_gets_an_owner_who_is_an_admin() -> None:
    here = await house()
    owner = await here.credentials.owner()
    assert (owner.email, owner.admin) == ("owner@localhost", True)
    assert await here.credentials.owner() == owner


@driven
async def test_with_accounts_the_owner_is_the_first_admin() -> None:
    here = await house()
    await here.credentials.add_user("bo@example.com", admin=False, **BY)
    here.clock.jump(1)
    await here.credentials.add_user("ana@example.com", admin=True, **BY)
    assert (await here.credentials.owner()).email == "ana@example.com"
    assert len(here.credentials.accounts.all()) == 2
