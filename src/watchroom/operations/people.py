"""Operations on people who may sign in, on invitations, and on the audit log.

Called by `every`. Never prints.
"""

from datetime import datetime
from itertools import islice

import msgspec

from watchroom.base.errors import Unavailable
from watchroom.incident.audit import AuditItem, Wanted
from watchroom.integrations.inviting import HandedOut, Inviter
from watchroom.operations.access import Link
from watchroom.operations.desk import ACTOR, VIA, Desk, Named, Nothing, Operation
from watchroom.people.changing import PersonChange, change_person, known_person
from watchroom.people.invitation import Wish
from watchroom.people.role import Role


class UserChange(PersonChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person, and what is to be so of them."""

    email: str


class UserLine(msgspec.Struct, frozen=True):
    """Somebody with an account, in a list."""

    email: str
    address: str
    name: str
    role: Role
    active: bool
    sessions: int
    password: bool
    created_at: datetime


class NewInvitation(Wish, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, and whether by mail."""

    mail: bool = False


class InvitationNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invitation by its id."""

    id: str
    mail: bool = False


class InvitationLine(msgspec.Struct, frozen=True):
    """An invitation in a list, without its link."""

    id: str
    email: str
    role: Role
    teams: list[str]
    by: str
    expires_at: datetime


class AuditAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for in the audit log, and how many acts at most."""

    who: str = ""
    area: str = ""
    since: datetime | None = None
    q: str = ""
    limit: int = 100


async def list_users(desk: Desk, params: Nothing) -> list[UserLine]:
    """Everybody with an account."""
    credentials, directory = desk.credentials, desk.credentials.directory
    return [
        UserLine(
            account.email,
            directory.address(account.email),
            directory.name(account.email),
            account.role,
            account.active,
            len(credentials.sessions.of(account.email)),
            await credentials.passwords.set_at(account.email) is not None,
            account.created_at,
        )
        for account in credentials.accounts.ever()
    ]


async def change_user(desk: Desk, params: UserChange) -> None:
    """Change a person. Raises NotFound, Malformed, AlreadyDone, Refused."""
    await change_person(desk.credentials, desk.teams, params.email, params, actor=ACTOR, via=VIA)


async def sign_out_user(desk: Desk, params: Named) -> int:
    """Sign somebody out of every browser; returns of how many. Raises NotFound."""
    email = known_person(desk.credentials, params.name).email
    return await desk.credentials.sessions.sign_out_everywhere(email, actor=ACTOR, via=VIA)


async def password_link(desk: Desk, params: Named) -> Link:
    """A link to a new password, for a person who has an account. Raises NotFound."""
    made = await _inviter(desk).link(params.name, "password", by_mail=False, actor=ACTOR, via=VIA)
    return Link(made.email, made.link)


async def invite(desk: Desk, params: NewInvitation) -> HandedOut:
    """Invite somebody. Raises Malformed, AlreadyDone, Refused."""
    return await _inviter(desk).invite(params, by_mail=params.mail, actor=ACTOR, via=VIA)


async def list_invitations(desk: Desk, params: Nothing) -> list[InvitationLine]:
    """Who was invited and has not come."""
    return [
        InvitationLine(each.id, each.email, each.role, each.teams, each.by, each.expires_at)
        for each in await desk.credentials.invitations.all()
    ]


async def renew_invitation(desk: Desk, params: InvitationNamed) -> HandedOut:
    """Send an invitation again. Raises NotFound."""
    return await _inviter(desk).renew(params.id, by_mail=params.mail, actor=ACTOR, via=VIA)


async def revoke_invitation(desk: Desk, params: Named) -> None:
    """Take an invitation back. Raises NotFound."""
    await desk.credentials.invitations.revoke(params.name, actor=ACTOR, via=VIA)


async def list_audit(desk: Desk, params: AuditAsked) -> list[AuditItem]:
    """Acts of access and settings, the newest first. Raises Unavailable."""
    if desk.audit is None:
        raise Unavailable("There is no audit log here.")
    wanted = Wanted(who=params.who, area=params.area, since=params.since, q=params.q)
    return list(islice((await desk.audit()).newest(wanted), params.limit))


def _inviter(desk: Desk) -> Inviter:
    return desk.inviter or Inviter(desk.credentials, None, desk.base_url)


OPERATIONS = {
    "user.list": Operation(Nothing, list_users),
    "user.change": Operation(UserChange, change_user),
    "user.sign_out": Operation(Named, sign_out_user),
    "user.password_link": Operation(Named, password_link),
    "invitation.create": Operation(NewInvitation, invite, begins=True),
    "invitation.list": Operation(Nothing, list_invitations),
    "invitation.renew": Operation(InvitationNamed, renew_invitation),
    "invitation.revoke": Operation(Named, revoke_invitation),
    "audit.list": Operation(AuditAsked, list_audit),
}
