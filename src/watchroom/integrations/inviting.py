"""Letting somebody in by a link: invitations, links to sign in, links to a new password; by mail, or to be copied.

Called by the pages, the API and the shell of people. The link is in what is returned, and nowhere else. Whether a mail
went is said, with why not; nothing is taken back for that, since the link can be handed over in another way.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.base.errors import AlreadyDone
from watchroom.integrations.access_mail import AccessLetter, AccessMail
from watchroom.people.credential import Credentials
from watchroom.people.invitation import Invitation, Invited, Wish
from watchroom.people.person import normal_email
from watchroom.people.session import Purpose

Meta = msgspec.Meta


class HandedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A link that lets somebody in, said once."""

    email: str
    link: Annotated[str, Meta(description="Where they go; it works once.")]
    expires_at: datetime
    id: Annotated[str, Meta(description="The invitation's id; empty: it is no invitation.")] = ""
    mailed: Annotated[bool, Meta(description="Whether the mail server took it.")] = False
    problem: Annotated[str, Meta(description="Why it was not mailed; empty: it was, or nobody asked for that.")] = ""


class Inviter:
    """Hands out links."""

    def __init__(self, credentials: Credentials, mail: AccessMail | None, base_url: str) -> None:
        self._credentials = credentials
        self._mail = mail
        self._base_url = base_url

    async def invite(self, wish: Wish, *, by_mail: bool, actor: str, via: str) -> HandedOut:
        """Invite somebody. Raises Malformed, AlreadyDone when they have an account, Refused for too many."""
        credentials = self._credentials
        email = normal_email(wish.email)
        if credentials.accounts.get(credentials.directory.ref(email)) is not None:
            raise AlreadyDone(
                f"{email} has an account already.",
                hint="Make them a link to sign in, on their page.",
                code="has_account",
            )
        mailed = by_mail and self._mails
        invited = await credentials.invitations.make(wish, mailed=mailed, actor=actor, via=via)
        return await self._hand_out(invited, by_mail, actor)

    async def renew(self, id: str, *, days: int = 0, by_mail: bool, actor: str, via: str) -> HandedOut:
        """Send an invitation again, with another link. Raises NotFound."""
        mailed = by_mail and self._mails
        invited = await self._credentials.invitations.renew(id, days=days, mailed=mailed, actor=actor, via=via)
        return await self._hand_out(invited, by_mail, actor)

    async def link(self, email: str, purpose: Purpose, *, by_mail: bool, actor: str, via: str) -> HandedOut:
        """A one-time link for somebody with an account. Raises NotFound, Malformed."""
        credentials = self._credentials
        email = credentials.directory.ref(normal_email(email))
        mailed = by_mail and self._mails
        path = await credentials.sign_in_link(email, purpose, mailed=mailed, actor=actor, via=via)
        made = HandedOut(
            email=credentials.directory.address(email),
            link=self._base_url + path,
            expires_at=credentials.sessions.link_ends(),
        )
        letter = AccessLetter(
            kind=purpose, to=made.email, link=made.link, by=self._name(actor), expires_at=made.expires_at
        )
        return await self._mailed(made, letter) if by_mail else made

    @property
    def _mails(self) -> bool:
        return self._mail is not None and self._mail.available

    def _name(self, actor: str) -> str:
        return self._credentials.directory.name(actor)

    async def _hand_out(self, invited: Invited, by_mail: bool, actor: str) -> HandedOut:
        invitation: Invitation = invited.invitation
        made = HandedOut(
            email=invitation.email,
            link=f"{self._base_url}/invitation/{invited.secret}",
            expires_at=invitation.expires_at,
            id=invitation.id,
        )
        letter = AccessLetter(
            kind="invitation", to=made.email, link=made.link, by=self._name(actor), expires_at=made.expires_at
        )
        return await self._mailed(made, letter) if by_mail else made

    async def _mailed(self, made: HandedOut, letter: AccessLetter) -> HandedOut:
        problem = await self._mail.send(letter) if self._mail is not None else "No mail server is set up."
        return msgspec.structs.replace(made, mailed=not problem, problem=problem)
