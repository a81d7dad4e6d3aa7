"""Accounts: which of the people may sign in, and who of them is an admin.

Erasable rows by e-mail; the person's name stands in the directory. Called by `credential`. Never holds a password:
people sign in by a one-time link.
"""

from datetime import datetime

import msgspec

from watchroom.base.clock import Clock
from watchroom.people.change import Changes
from watchroom.people.person import normal_email
from watchroom.record.log import Log

ACCOUNTS = "account"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One person who may sign in."""

    email: str
    admin: bool
    created_at: datetime


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
        """The person's account, if there is one. No await."""
        return self._by_email.get(email)

    def all(self) -> list[Account]:
        """All accounts, the oldest first."""
        return sorted(self._by_email.values(), key=lambda account: (account.created_at, account.email))

    async def add(self, email: str, *, admin: bool) -> Account:
        """The person's account, made if it is not there. `admin=True` makes an admin; False leaves it as it was."""
        email = normal_email(email)
        before = self._by_email.get(email)
        if before is not None and (before.admin or not admin):
            return before
        async with self._changes.turn("account"):
            await self.load()
            before = self._by_email.get(email)
            if before is not None and (before.admin or not admin):
                return before
            created_at = self._clock.now() if before is None else before.created_at
            account = Account(email=email, admin=admin, created_at=created_at)
            await self._log.put_row(ACCOUNTS, email, msgspec.json.encode(account))
            self._by_email[email] = account
        return account
