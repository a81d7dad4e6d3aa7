"""Operations on who may come in: tokens of programs, accounts of people and the links that let them in.

Called by `every`. Never prints.
"""

from datetime import datetime

import msgspec

from watchroom.operations.desk import ACTOR, VIA, Desk, Named, Nothing, Operation
from watchroom.people.caller import Scope, scopes_of


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to be made."""

    name: str
    scopes: list[str]
    person: str | None = None


class Secret(msgspec.Struct, frozen=True):
    """A secret, said once."""

    secret: str


class TokenLine(msgspec.Struct, frozen=True):
    """A token in a list, without its secret."""

    name: str
    scopes: list[Scope]
    person: str | None
    created_at: datetime
    last_used_at: datetime | None


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who is to have an account."""

    email: str
    name: str = ""
    admin: bool = False


class Link(msgspec.Struct, frozen=True):
    """A one-time sign-in link."""

    email: str
    url: str


async def create_token(desk: Desk, params: NewToken) -> Secret:
    """Make a token."""
    credentials = desk.credentials
    scopes_of(params.scopes)
    if params.person is not None:
        await credentials.directory.add(params.person, actor=ACTOR, via=VIA)
    return Secret(await credentials.tokens.create(params.name, params.scopes, params.person, actor=ACTOR, via=VIA))


async def list_tokens(desk: Desk, params: Nothing) -> list[TokenLine]:
    """All tokens."""
    return [
        TokenLine(token.name, _short(token.scopes), token.person, token.created_at, token.last_used_at)
        for token in desk.credentials.tokens.all()
    ]


def _short(scopes: list[Scope]) -> list[Scope]:
    return ["admin"] if "admin" in scopes else scopes


async def revoke_token(desk: Desk, params: Named) -> None:
    """Take a token away."""
    await desk.credentials.tokens.revoke(params.name, actor=ACTOR, via=VIA)


async def create_user(desk: Desk, params: NewUser) -> Link:
    """A person with an account, and a link to sign in; made only as far as that is not so already."""
    account = await desk.credentials.add_user(params.email, params.name, admin=params.admin, actor=ACTOR, via=VIA)
    return await _link(desk, account.email)


async def sign_in_link(desk: Desk, params: Named) -> Link:
    """A link to sign in, for a person who has an account."""
    return await _link(desk, params.name)


async def _link(desk: Desk, email: str) -> Link:
    return Link(email, desk.base_url + await desk.credentials.sign_in_link(email, actor=ACTOR, via=VIA))


OPERATIONS = {
    "token.create": Operation(NewToken, create_token, begins=True),
    "token.list": Operation(Nothing, list_tokens),
    "token.revoke": Operation(Named, revoke_token),
    "user.create": Operation(NewUser, create_user, begins=True),
    "user.link": Operation(Named, sign_in_link),
}
