"""Access over HTTP: which header makes whom, and what a foreign page cannot do."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.people.house import BY, SESSION_S, House, driven, house
from watchroom.base.errors import Forbidden, NotFound, Unauthenticated
from watchroom.people.caller import Caller
from watchroom.web.http import auth

Pairs = list[tuple[bytes, bytes]]


def bearer(secret: str) -> Pairs:
    return [(b"authorization", b"Bearer " + secret.encode())]


def basic(user: str, secret: str) -> Pairs:
    return [(b"authorization", b"Basic " + base64.b64encode(f"{user}:{secret}".encode()))]


def cookie(secret: str) -> Pairs:
    return [(b"cookie", f"theme=dark; {auth.COOKIE}={secret}".encode())]


async def signed_in(here: House) -> tuple[str, Caller]:
    await here.credentials.add_user("ana@example.com", admin=False, **BY)
    opened = await here.credentials.sessions.open("ana@example.com")
    caller = here.credentials.by_session(opened.secret)
    assert caller is not None
    return opened.secret, caller


@driven
async def test_a_token_may_come_in_any_of_the_usual_ways() -> None:
    here = await house()
    token = await here.credentials.tokens.create("ci", ["read"], None, **BY)
    key = await here.credentials.sources.create("am", "alertmanager", **BY)
    for headers in (
        bearer(token),
        basic("", token),
        basic("anyone", token),
        [(b"authorization", b"bearer  " + token.encode() + b" ")],
    ):
        caller = auth.authenticate_now(here.credentials, headers)
        assert caller is not None
        assert caller.actor == "token:ci"
    for headers in (bearer(key), [(b"authorization", b"GenieKey " + key.encode())], basic("x", key)):
        caller = auth.authenticate_now(here.credentials, headers)
        assert caller is not None
        assert caller.source == "am"


@driven
async def test_what_is_no_credential_is_nobody() -> None:
    here = await house()
    for value in (b"", b"Bearer", b"Bearer ", b"Bearer x", b"Basic ???", b"Basic eDp5", b"Digest x", b"\xff\xfe \xff"):
        assert auth.authenticate_now(here.credentials, [(b"authorization", value)]) is None
    assert auth.authenticate_now(here.credentials, []) is None
    assert auth.authenticate_now(here.credentials, [(b"cookie", b"wr_session=; wr_session; =;;")]) is None


@given(
    st.lists(st.tuples(st.sampled_from([b"authorization", b"cookie", b"host"]), st.binary(max_size=200)), max_size=4)
)
def test_no_header_can_break_it(headers: Pairs) -> None:
    async def look() -> None:
        here = await house()
        assert auth.authenticate_now(here.credentials, headers) is None

    driven(look)()


@driven
async def test_a_wrong_token_is_not_helped_by_a_good_cookie() -> None:
    here = await house()
    session, caller = await signed_in(here)
    assert auth.authenticate_now(here.credentials, cookie(session)) == caller
    assert auth.authenticate_now(here.credentials, bearer("wr_tok_0") + cookie(session)) is None
    assert auth.authenticate_now(here.credentials, cookie(session), "wr_src_0") is None


@driven
async def test_a_cookie_of_another_install_on_this_host_does_no_harm() -> None:
    here = await house()
    session, caller = await signed_in(here)
    assert auth.authenticate_now(here.credentials, cookie("wr_ses_other") + cookie(session)) == caller


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/in/KEY/api/v2/alerts", ("KEY", "/api/v2/alerts")),
        ("/in/KEY", ("KEY", "/")),
        ("/in/KEY/", ("KEY", "/")),
        ("/in//x", ("", "/x")),
        ("/incidents/k7m2-9qxd", None),
        ("/api/v2/alerts", None),
    ],
)
def test_the_key_is_taken_out_of_the_url(path: str, found: tuple[str, str] | None) -> None:
    assert auth.split_url_key(path) == found


@driven
async def test_a_key_in_the_url_goes_before_the_header() -> None:
    here = await house()
    token = await here.credentials.tokens.create("ci", ["admin"], None, **BY)
    key = await here.credentials.sources.create("am", "alertmanager", **BY)
    caller = auth.authenticate_now(here.credentials, bearer(token), key)
    assert caller is not None
    assert caller.actor == "source:am"


def test_nobody_is_told_how_to_become_somebody() -> None:
    with pytest.raises(Unauthenticated) as refused:
        auth.require(None, "read")
    assert refused.value.status == 401
    assert "Authorization: Bearer" in refused.value.hint


@driven
async def test_a_caller_without_the_scope_is_told_which() -> None:
    here = await house()
    _, ana = await signed_in(here)
    token = here.credentials.by_secret(await here.credentials.tokens.create("ci", ["read"], None, **BY))
    assert auth.require(token, "read") is token
    with pytest.raises(Forbidden, match="scope respond") as refused:
        auth.require(token, "respond")
    assert "--scope respond" in refused.value.hint
    with pytest.raises(Forbidden) as refused:
        auth.require(ana, "admin")
    assert "token" not in refused.value.hint


OURS = [(b"host", b"localhost:8710")]
CSRF: list[tuple[Pairs, bool]] = [
    (OURS, True),
    ([*OURS, (b"sec-fetch-site", b"same-origin")], True),
    ([*OURS, (b"sec-fetch-site", b"none")], True),
    ([*OURS, (b"sec-fetch-site", b"cross-site")], False),
    ([*OURS, (b"sec-fetch-site", b"same-site")], False),
    ([*OURS, (b"origin", b"http://localhost:8710")], True),
    ([*OURS, (b"origin", b"https://watch.example.com")], True),
    ([*OURS, (b"origin", b"http://localhost:3000")], False),
    ([*OURS, (b"origin", b"null")], True),
    ([*OURS, (b"origin", b"null"), (b"sec-fetch-site", b"cross-site")], False),
    ([*OURS, (b"origin", b"https://evil.example.com")], False),
]


@pytest.mark.parametrize(("headers", "passes"), CSRF)
@pytest.mark.parametrize("how", ["header", "form"])
@driven
async def test_only_our_own_page_may_act_in_a_session(headers: Pairs, passes: bool, how: str) -> None:
    here = await house()
    _, ana = await signed_in(here)
    form = ana.csrf if how == "form" else None
    shown = [*headers, (b"x-csrf-token", ana.csrf.encode())] if how == "header" else headers
    if passes:
        auth.check_csrf(ana, "POST", shown, form, public_url="https://watch.example.com")
        return
    with pytest.raises(Forbidden):
        auth.check_csrf(ana, "POST", shown, form, public_url="https://watch.example.com")


@driven
async def test_without_the_sessions_token_nothing_is_done() -> None:
    here = await house()
    _, ana = await signed_in(here)
    _, other = await signed_in(here)
    for shown in ("", "x", other.csrf, ana.csrf[:-1], "\xff"):
        with pytest.raises(Forbidden) as refused:
            auth.check_csrf(ana, "DELETE", [*OURS, (b"x-csrf-token", shown.encode("latin-1"))])
        assert refused.value.code == "csrf"
    auth.check_csrf(ana, "GET", OURS)
    auth.check_csrf(ana, "HEAD", OURS)


@driven
async def test_programs_need_no_csrf_token() -> None:
    here = await house()
    token = here.credentials.by_secret(await here.credentials.tokens.create("ci", ["admin"], None, **BY))
    auth.check_csrf(token, "POST", [(b"origin", b"https://evil.example.com")])
    auth.check_csrf(None, "POST", [])


@driven
async def test_looking_at_a_link_leaves_it_good_and_the_button_uses_it_up() -> None:
    here = await house()
    await here.credentials.add_user("ana@example.com", admin=False, **BY)
    secret = (await here.credentials.sign_in_link("ana@example.com")).removeprefix("/sign-in/")
    for _ in range(3):
        assert await auth.look_at_link(here.credentials, secret) == "ana@example.com"
    now = here.clock.now()
    with pytest.raises(Forbidden):
        await auth.sign_in(here.credentials, secret, [(b"sec-fetch-site", b"cross-site")], now=now, https=False)
    done = await auth.sign_in(here.credentials, secret, OURS, now=now, https=False)
    assert done.location == "/"
    pair, *attributes = done.set_cookie.split("; ")
    assert attributes == ["Path=/", f"Max-Age={SESSION_S}", "HttpOnly", "SameSite=Lax"]
    caller = auth.authenticate_now(here.credentials, [(b"cookie", pair.encode())])
    assert caller is not None
    assert caller.person == "ana@example.com"
    with pytest.raises(NotFound):
        await auth.sign_in(here.credentials, secret, OURS, now=now, https=False)


@driven
async def test_signing_out_makes_the_browser_forget() -> None:
    here = await house()
    session, ana = await signed_in(here)
    other, _ = await signed_in(here)
    cleared = await auth.sign_out(here.credentials, ana, https=True)
    assert cleared == f"{auth.COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    assert auth.authenticate_now(here.credentials, cookie(session)) is None
    again = auth.authenticate_now(here.credentials, cookie(other))
    assert again is not None
    await auth.sign_out(here.credentials, again, everywhere=True, https=False)
    assert here.credentials.by_session(other) is None


def test_the_cookie_is_secure_where_browsers_come_by_https() -> None:
    assert auth.is_https("https", "")
    assert auth.is_https("http", "https://watch.example.com")
    assert not auth.is_https("http", "")
