"""Signing in with a password, and setting one: what is decided behind the form, and what is recorded of it.

One answer for every way to be wrong (no such person, no password, shut account, wrong password), after the same work.
Each try that fails is a fact of the stream `access`; what was typed as an e-mail stands there only if it is somebody's.
Called by `credential`. How often somebody may try is the door's business (`web/http/turns`).
"""

from typing import Annotated, Literal

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Unauthenticated
from watchroom.people import password as passwords
from watchroom.people.account import Accounts
from watchroom.people.password import Passwords
from watchroom.people.person import Directory
from watchroom.people.session import OpenedSession, Sessions
from watchroom.people.stream import ACCESS, DirectoryFact, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Fact
from watchroom.record.log import Log

ACTOR = "system:access"
VIA = "web"


class SignInRefused(DirectoryFact, frozen=True, kw_only=True):
    """Somebody tried to sign in with a password and could not."""

    email: Annotated[str, msgspec.Meta(description="Whose account it was; empty: nobody's.")] = ""


class PasswordSet(DirectoryFact, frozen=True, kw_only=True):
    """A person has a password, or another one, from now on. It is nowhere in the record."""

    email: str
    by: Annotated[
        Literal["self", "link", "invitation", "setup"],
        msgspec.Meta(description="Themself while signed in, or by a link, an invitation, or at set-up."),
    ]


FACTS: tuple[type[Fact], ...] = (SignInRefused, PasswordSet)
CODEC = FactCodec(FACTS)
By = Literal["self", "link", "invitation", "setup"]


class PasswordDoor:
    """Signing in and setting passwords, over what knows accounts, passwords and sessions."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        directory: Directory,
        accounts: Accounts,
        kept: Passwords,
        sessions: Sessions,
        *,
        chars_min: int,
    ) -> None:
        self._log = log
        self._clock = clock
        self._directory = directory
        self._accounts = accounts
        self._kept = kept
        self._sessions = sessions
        self.chars_min = chars_min

    def who(self, typed: str) -> str | None:
        """Whose account is meant by what was typed as an e-mail; None when that is nobody's who may sign in."""
        ref = self._directory.ref(typed.strip().lower())
        return ref if self._accounts.get(ref) is not None else None

    async def sign_in(self, typed: str, password: str, agent: str = "") -> OpenedSession:
        """A session for whoever has this e-mail and password. Raises Unauthenticated, the same for all, Overloaded."""
        email = self.who(typed)
        if not await self._kept.is_right(email, password) or email is None:
            await record(self._log, self._clock, CODEC, SignInRefused(email=email or ""), ACTOR, VIA, stream=ACCESS)
            raise Unauthenticated(
                "This e-mail and this password do not go together.",
                hint="Check both and try again, or have a new password set.",
                code="wrong_password",
            )
        return await self._sessions.open(email, how="password", agent=agent)

    async def check_own(self, email: str, password: str) -> None:
        """Raises Unauthenticated unless this is the person's password now; whoever has none need not know it."""
        if await self._kept.set_at(email) is not None and not await self._kept.is_right(email, password):
            await record(self._log, self._clock, CODEC, SignInRefused(email=email), ACTOR, VIA, stream=ACCESS)
            raise Unauthenticated(
                "That is not your password as it is now.", hint="Type it again.", code="wrong_password"
            )

    def check_new(self, email: str, password: str) -> None:
        """Raises Malformed when the password is too easy to guess."""
        passwords.check(password, self.chars_min, email, self._directory.address(email), self._directory.name(email))

    async def set_password(self, email: str, password: str, *, by: By, keep_session: str = "") -> None:
        """Give the person this password; all their sessions but `keep_session` end. Raises Malformed, Overloaded."""
        self.check_new(email, password)
        await self._kept.keep(email, password)
        actor = f"person:{email}"
        await record(self._log, self._clock, CODEC, PasswordSet(email=email, by=by), actor, VIA, stream=ACCESS)
        await self._sessions.sign_out_everywhere(email, but=keep_session, why="password")
