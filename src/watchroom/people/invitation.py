"""Invitations: a link by which somebody who is not here yet makes an account of their own, with the role given.

Erasable rows by id; the link's secret is kept as its SHA-256 alone, and each renewal makes another one. That somebody
was invited, invited anew, came or was uninvited is a fact of the directory. Called by `credential`. Never sends a mail.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import AlreadyDone, Malformed, NotFound, Refused
from watchroom.base.rng import Chance
from watchroom.people.person import normal_email, normal_name
from watchroom.people.role import Role
from watchroom.people.secret import fingerprint
from watchroom.people.stream import DirectoryFact, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Fact
from watchroom.record.log import Log

INVITATIONS = "invitation"
DAYS_MAX = 30


class PersonInvited(DirectoryFact, frozen=True, kw_only=True):
    """Somebody may make an account until a time. The link is nowhere in the record."""

    invitation: str
    email: str
    role: Role
    expires_at: datetime
    mailed: bool = False


class InvitationRenewed(DirectoryFact, frozen=True, kw_only=True):
    """An invitation was given another link and another end; the link before works no longer."""

    invitation: str
    email: str
    expires_at: datetime
    mailed: bool = False


class InvitationRevoked(DirectoryFact, frozen=True, kw_only=True):
    """An invitation works no longer."""

    invitation: str
    email: str


class InvitationAccepted(DirectoryFact, frozen=True, kw_only=True):
    """Somebody came by their invitation."""

    invitation: str
    email: str
    role: Role


FACTS: tuple[type[Fact], ...] = (PersonInvited, InvitationRenewed, InvitationRevoked, InvitationAccepted)
CODEC = FactCodec(FACTS)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an invitation that nobody has taken up."""

    id: str
    email: str
    name: str
    role: Role
    teams: list[str]
    """The teams that they join when they come."""
    by: str
    """Who invited them, as events name it."""
    made_at: datetime
    expires_at: datetime
    key: str
    """The fingerprint of its link."""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as it was made, with the secret of its link."""

    secret: str
    invitation: Invitation


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, and as what."""

    email: str
    name: str = ""
    role: Role = "responder"
    teams: list[str] = []
    days: Annotated[int, msgspec.Meta(description="How many days the link works; 0: as the settings say.")] = 0


_invitations = msgspec.json.Decoder(Invitation)


class Invitations:
    """All invitations that nobody has taken up. The record is asked each time: they are few, and seldom looked at."""

    def __init__(self, log: Log, clock: Clock, chance: Chance, *, days: int, invitations_max: int) -> None:
        self._log = log
        self._clock = clock
        self._chance = chance
        self._days = days
        self._max = invitations_max

    async def all(self) -> list[Invitation]:
        """All that are open or have run out, the newest first."""
        found = [_invitations.decode(body) for body in (await self._log.rows(INVITATIONS)).values()]
        return sorted(found, key=lambda each: (each.made_at, each.id), reverse=True)

    async def make(self, wish: Wish, *, mailed: bool = False, actor: str, via: str) -> Invited:
        """Invite somebody; who was invited before is invited anew. Raises Malformed, Refused for too many."""
        email, name = normal_email(wish.email), normal_name(wish.name)
        ends = self._ends(wish.days)
        there = await self.all()
        for before in there:
            if before.email == email:
                await self._log.take_row(INVITATIONS, before.id)
        if len(there) >= self._max:
            raise Refused(
                f"{self._max} invitations wait already.",
                hint="Revoke those that nobody will take up, or raise the setting invitations_max.",
            )
        secret = self._chance.secret("wr_inv")
        invitation = Invitation(
            id=self._chance.bytes(6).hex(),
            email=email,
            name=name,
            role=wish.role,
            teams=list(dict.fromkeys(wish.teams)),
            by=actor,
            made_at=self._clock.now(),
            expires_at=ends,
            key=fingerprint(secret),
        )
        fact = PersonInvited(invitation=invitation.id, email=email, role=wish.role, expires_at=ends, mailed=mailed)
        await self._keep(invitation, fact, actor, via)
        return Invited(secret=secret, invitation=invitation)

    async def renew(self, id: str, *, days: int = 0, mailed: bool = False, actor: str, via: str) -> Invited:
        """Another link, good for as long again; the one before works no longer. Raises NotFound, Malformed."""
        before = await self._named(id)
        secret = self._chance.secret("wr_inv")
        invitation = msgspec.structs.replace(before, expires_at=self._ends(days), key=fingerprint(secret))
        fact = InvitationRenewed(invitation=id, email=before.email, expires_at=invitation.expires_at, mailed=mailed)
        await self._keep(invitation, fact, actor, via)
        return Invited(secret=secret, invitation=invitation)

    async def revoke(self, id: str, *, actor: str, via: str) -> Invitation:
        """Take an invitation back; its link works no longer. Raises NotFound."""
        before = await self._named(id)
        if await self._log.take_row(INVITATIONS, id) is None:
            raise AlreadyDone("This invitation is gone already.", hint="Load the page again.")
        await record(self._log, self._clock, CODEC, InvitationRevoked(invitation=id, email=before.email), actor, via)
        return before

    async def look_at(self, secret: str) -> Invitation:
        """The invitation behind a link, without taking it up. Raises NotFound."""
        key, now = fingerprint(secret), self._clock.now()
        for invitation in await self.all():
            if invitation.key == key and invitation.expires_at > now:
                return invitation
        raise NotFound(
            "This invitation does not work any more: it was used, taken back, or it is too old.",
            hint="Ask whoever invited you to send it again; that takes them one click.",
            code="invitation_used",
        )

    async def take_up(self, secret: str) -> Invitation:
        """Use the invitation: of two who try, one gets it. Raises NotFound as `look_at`."""
        invitation = await self.look_at(secret)
        if await self._log.take_row(INVITATIONS, invitation.id) is None:
            return await self.look_at("")
        return invitation

    async def accepted(self, invitation: Invitation, *, via: str) -> None:
        """Record that they came."""
        fact = InvitationAccepted(invitation=invitation.id, email=invitation.email, role=invitation.role)
        await record(self._log, self._clock, CODEC, fact, f"person:{invitation.email}", via)

    async def _named(self, id: str) -> Invitation:
        row = await self._log.row(INVITATIONS, id)
        if row is None:
            raise NotFound(f"There is no invitation {id[:40]!r}.", hint="Load the list of invitations again.")
        return _invitations.decode(row)

    def _ends(self, days: int) -> datetime:
        days = days or self._days
        if not 1 <= days <= DAYS_MAX:
            raise Malformed(
                f"An invitation cannot be good for {days} days.", hint=f"Give 1 to {DAYS_MAX} days; it can be renewed."
            )
        return self._clock.now() + timedelta(days=days)

    async def _keep(self, invitation: Invitation, fact: Fact, actor: str, via: str) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self._log.put_row(INVITATIONS, invitation.id, msgspec.json.encode(invitation))
