"""Accounts: which of the people may sign in, and what role each has.

Erasable rows by e-mail; the person's name stands in the directory, and that an account was opened, given another role
or shut is a fact of it. Called by `credential`. Never holds a password: that is `password`'s.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import NotFound, Refused
from watchroom.people.change import Changes
from watchroom.people.person import normal_email
from watchroom.people.role import Role
from watchroom.people.stream import DirectoryFact, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Fact
from watchroom.record.log import Log

ACCOUNTS = "account"


class AccountOpened(DirectoryFact, frozen=True, kw_only=True):
    """A person may sign in from now on."""

    email: str
    role: Role


class RoleGiven(DirectoryFact, frozen=True, kw_only=True):
    """A person with an account may do more, or less, than before."""

    email: str
    role: Role
    before: Role


class AccountDeactivated(DirectoryFact, frozen=True, kw_only=True):
    """A person may not sign in any more and is called no more; all that they did stays."""

    email: str
    reason: str = ""


class AccountReactivated(DirectoryFact, frozen=True, kw_only=True):
    """A person whose account was deactivated may sign in again."""

    email: str


FACTS: tuple[type[Fact], ...] = (AccountOpened, RoleGiven, AccountDeactivated, AccountReactivated)
CODEC = FactCodec(FACTS)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One person who may sign in, or could."""

    email: str
    admin: bool
    created_at: datetime
    reader: Annotated[bool, msgspec.Meta(description="Whether they only read; never together with `admin`.")] = False
    active: Annotated[bool, msgspec.Meta(description="False once the account was deactivated.")] = True

    @property
    def role(self) -> Role:
        """What they may do."""
        return "admin" if self.admin else "reader" if self.reader else "responder"


_accounts = msgspec.json.Decoder(Account)


class Accounts:
    """All accounts, in memory too."""

    def __init__(self, log: Log, clock: Clock, changes: Changes) -> None:
        self._log = log
        self._clock = clock
        self._changes = changes
        self._by_email: dict[str, Account] = {}

    async def load(self) -> None:
        """Read all accounts."""
        self._by_email = {key: _accounts.decode(body) for key, body in (await self._log.rows(ACCOUNTS)).items()}

    def get(self, email: str) -> Account | None:
        """The person's account if they may sign in with it. No await."""
        account = self._by_email.get(email)
        return account if account is not None and account.active else None

    def shut(self, email: str) -> bool:
        """Whether the person has an account that was deactivated. No await."""
        account = self._by_email.get(email)
        return account is not None and not account.active

    def all(self) -> list[Account]:
        """All accounts with which somebody may sign in, the oldest first."""
        return [account for account in self.ever() if account.active]

    def ever(self) -> list[Account]:
        """All accounts, those that were deactivated too, the oldest first."""
        return sorted(self._by_email.values(), key=lambda account: (account.created_at, account.email))

    async def add(
        self, email: str, *, admin: bool = False, role: Role | None = None, actor: str = "", via: str = ""
    ) -> Account:
        """The person's account, made if it is not there. A role that is there already is never made less by this.

        `role` is that of a new account; `admin=True` makes an admin also of one that is there. One that was
        deactivated stays so.
        """
        email = normal_email(email)
        before = self._by_email.get(email)
        if before is not None and (before.admin or not admin):
            return before
        async with self._changes.turn("account"):
            await self.load()
            before = self._by_email.get(email)
            if before is not None and (before.admin or not admin):
                return before
            wanted: Role = "admin" if admin else role or "responder"
            if before is None:
                account = _with(Account(email=email, admin=False, created_at=self._clock.now()), wanted)
                await self._keep(account, AccountOpened(email=email, role=wanted), actor, via)
            else:
                account = _with(before, wanted)
                await self._keep(account, RoleGiven(email=email, role=wanted, before=before.role), actor, via)
        return account

    async def give_role(self, email: str, role: Role, *, actor: str, via: str) -> bool:
        """Give the person another role; False when they have it. Raises NotFound, Refused for the last admin."""
        async with self._changes.turn("account"):
            account = await self._account(email)
            if account.role == role:
                return False
            self._check_not_last(account)
            await self._keep(
                _with(account, role), RoleGiven(email=account.email, role=role, before=account.role), actor, via
            )
        return True

    async def deactivate(self, email: str, *, reason: str = "", actor: str, via: str) -> bool:
        """Shut the person's account; False when it is. Raises Malformed, Refused for the last admin.

        What they have open must be ended by whoever calls this.
        """
        async with self._changes.turn("account"):
            await self.load()
            # Somebody who could only be called, and never sign in, leaves as others do.
            known = Account(email=normal_email(email), admin=False, reader=True, created_at=self._clock.now())
            account = self._by_email.get(known.email, known)
            if not account.active:
                return False
            self._check_not_last(account)
            shut = msgspec.structs.replace(account, active=False)
            await self._keep(shut, AccountDeactivated(email=account.email, reason=reason), actor, via)
        return True

    async def reactivate(self, email: str, *, actor: str, via: str) -> bool:
        """Let the person sign in again; False when they may already. Raises NotFound."""
        async with self._changes.turn("account"):
            account = await self._account(email)
            if account.active:
                return False
            again = msgspec.structs.replace(account, active=True)
            await self._keep(again, AccountReactivated(email=account.email), actor, via)
        return True

    async def _account(self, email: str) -> Account:
        await self.load()
        account = self._by_email.get(normal_email(email))
        if account is None:
            raise NotFound(f"{email[:80]} has no account.", hint="Invite them first, on the page of people.")
        return account

    def _check_not_last(self, account: Account) -> None:
        if account.admin and [each.email for each in self.all() if each.admin] == [account.email]:
            raise Refused(
                f"{account.email} is the last admin here.",
                hint="Make somebody else an admin first; without one nobody could let anybody in.",
                code="last_admin",
            )

    async def _keep(self, account: Account, fact: Fact, actor: str, via: str) -> None:
        # The fact comes first: a row without one would be an account that nobody opened.
        await record(self._log, self._clock, CODEC, fact, actor or "system:access", via or "people")
        await self._log.put_row(ACCOUNTS, account.email, msgspec.json.encode(account))
        self._by_email[account.email] = account


def _with(account: Account, role: Role) -> Account:
    return msgspec.structs.replace(account, admin=role == "admin", reader=role == "reader")
