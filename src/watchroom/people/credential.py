"""Credentials: everything by which a caller is known, behind one door.

Tokens, source keys and sessions are kept in memory, so that knowing a caller costs one SHA-256 and one look into a
dict, without waiting. Built by `app` (and by the shell when no server runs); asked by `web/http/auth`. What is added or
taken away in this process holds from the next request on; what another process changes is told by the stream
`credentials` (`change`), at the latest when it is looked at, once a second, and before anybody unknown is refused.
Never sees a header or a cookie.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from watchroom.base.clock import Clock
from watchroom.base.errors import Malformed, NotFound, WatchroomError
from watchroom.base.rng import Chance
from watchroom.base.trouble import Trouble
from watchroom.config import Settings
from watchroom.people.account import Account, Accounts
from watchroom.people.caller import Caller, Scope
from watchroom.people.change import STREAM, Changes, Kind, changed_since
from watchroom.people.invitation import Invitations
from watchroom.people.password import Cost, Passwords
from watchroom.people.person import Directory, Person, normal_email, normal_name
from watchroom.people.role import SCOPES_OF, Role
from watchroom.people.secret import SECRET_CHARS_MAX, fingerprint
from watchroom.people.session import OpenedSession, Purpose, Session, Sessions, SignInLink
from watchroom.people.sign_in import PasswordDoor
from watchroom.people.source import Sources
from watchroom.people.token import Tokens
from watchroom.record.log import Log

OWNER = "owner@localhost"
ONLY_SIGNALS: frozenset[Scope] = frozenset({"signals"})
LOOK_EVERY_S = 1.0
"""How often a process looks for changes of which it was not told: so long, at most, a revoked token works elsewhere."""

_log = logging.getLogger(__name__)


class Credentials:
    """All accounts, tokens, sources, links and sessions of one organisation. Call `load` once."""

    def __init__(
        self,
        log: Log,
        directory: Directory,
        clock: Clock,
        chance: Chance,
        *,
        sign_in_link_s: int,
        session_s: int,
        source_key_overlap_s: int,
        sessions_per_person_max: int = 50,
        links_per_person_max: int = 20,
        links_max: int = 2_000,
        invitation_days: int = 7,
        invitations_max: int = 500,
        password_chars_min: int = 12,
        password_cost: Cost | None = None,
    ) -> None:
        self._log = log
        self._clock = clock
        self.directory = directory
        self._changes = changes = Changes(log, clock, chance)
        self.accounts = Accounts(log, clock, changes)
        self.tokens = Tokens(log, clock, chance, changes)
        self.sources = Sources(log, clock, chance, changes, source_key_overlap_s=source_key_overlap_s)
        self.sessions = Sessions(
            log,
            clock,
            chance,
            changes,
            sign_in_link_s=sign_in_link_s,
            session_s=session_s,
            per_person_max=sessions_per_person_max,
            links_per_person_max=links_per_person_max,
            links_max=links_max,
        )
        self.invitations = Invitations(log, clock, chance, days=invitation_days, invitations_max=invitations_max)
        self.passwords = Passwords(log, clock, chance, password_cost or Cost())
        self.door = PasswordDoor(
            log, clock, directory, self.accounts, self.passwords, self.sessions, chars_min=password_chars_min
        )
        self._load: dict[Kind, Callable[[], Awaitable[None]]] = {
            "account": self.accounts.load,
            "token": self.tokens.load,
            "source": self.sources.load,
            "session": self.sessions.load,
        }
        self._seq = 0
        self._looking = asyncio.Lock()
        self._asked = self._answered = 0
        self._told = asyncio.Event()

    async def load(self) -> None:
        """Read all there is. Raises Unavailable when the record cannot be read."""
        self._log.on_reached(self._reached)
        # Where the changes stand is read first: what changes while the rows are read is then read once more.
        head = await self._log.head(STREAM)
        self._seq = 0 if head is None else head.seq
        for load in self._load.values():
            await load()
        await self.sessions.tidy()

    async def catch_up(self) -> None:
        """Learn what other processes have changed until now. Raises Unavailable.

        However many ask at once, the record is asked once for all those who came before it was.
        """
        self._asked += 1
        ticket = self._asked
        async with self._looking:
            if self._answered >= ticket:
                return
            covered = self._asked
            seq, kinds = await changed_since(self._log, self._seq)
            if kinds:
                async with self._changes.memory:
                    for kind in sorted(kinds):
                        await self._load[kind]()
            self._seq, self._answered = seq, covered

    async def follow(self) -> None:
        """Catch up whenever a change is told, and every second in case one was not; until cancelled."""
        trouble = Trouble(_log, "What other processes changed of credentials could not be read")
        while True:
            tick = asyncio.ensure_future(self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S)))
            told = asyncio.ensure_future(self._told.wait())
            try:
                await asyncio.wait({tick, told}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                tick.cancel()
                told.cancel()
            self._told.clear()
            try:
                await self.catch_up()
                await self.directory.look()
                trouble.over()
            except WatchroomError as error:
                trouble.met(error)

    def _reached(self, reached: Mapping[str, int], position: int) -> None:
        if not reached or reached.get(STREAM, 0) > self._seq:
            self._told.set()

    async def keep(self) -> None:
        """Write down what was used of late and take away what has run out; call it every few minutes and at the end."""
        await self.tokens.save_use()
        await self.sources.save_use()
        await self.sessions.save_use()
        await self.sessions.tidy()

    def by_secret(self, secret: str) -> Caller | None:
        """Whoever shows this token or source key, or None. No await."""
        if len(secret) > SECRET_CHARS_MAX:
            return None
        key, now = fingerprint(secret), self._clock.now()
        caller = self.sources.find(key, now) or self.tokens.find(key, now)
        # What programs do in the name of somebody who left is over with their account.
        return None if caller is not None and self.accounts.shut(caller.person) else caller

    def by_url_key(self, secret: str) -> Caller | None:
        """As `by_secret`, for a key in a URL: good for signals only, since URLs end up in logs. No await."""
        caller = self.by_secret(secret)
        if caller is None or caller.source is None or caller.scopes == ONLY_SIGNALS:
            return caller if caller is not None and caller.source is not None else None
        ref = f"source:{caller.source}"
        return Caller(actor=ref, person=ref, scopes=ONLY_SIGNALS, source=caller.source)

    def by_form_key(self, secret: str) -> Caller | None:
        """The source behind a public link to a report form, whose key opens nothing else. No await."""
        if len(secret) > SECRET_CHARS_MAX:
            return None
        return self.sources.find(fingerprint(secret), self._clock.now(), public=True)

    def by_session(self, secret: str) -> Caller | None:
        """Whoever is signed in with this cookie, or None. No await."""
        session = self.sessions.find(secret) if len(secret) <= SECRET_CHARS_MAX else None
        return None if session is None else self.of_session(session)

    def of_session(self, session: Session) -> Caller | None:
        """Who calls in this session; None once the person has no account any more."""
        account = self.accounts.get(session.email)
        if account is None:
            return None
        return Caller(
            actor=f"person:{session.email}",
            person=session.email,
            scopes=SCOPES_OF[account.role],
            session=session.id,
            csrf=session.csrf,
        )

    def people(self) -> list[Person]:
        """Everybody who can be asked: those of the directory whose account was not deactivated, by name."""
        return [person for person in self.directory.people() if not self.accounts.shut(person.email)]

    async def add_user(self, email: str, name: str = "", *, admin: bool, actor: str, via: str) -> Account:
        """A person with an account; made, renamed or made an admin as far as that is not so already.

        Raises Malformed for an e-mail or name that is none.
        """
        return await self.add_account(email, name, "admin" if admin else "responder", actor=actor, via=via)

    async def add_account(self, email: str, name: str, role: Role, *, actor: str, via: str) -> Account:
        """A person with an account; the role is that of a new one, and only `admin` changes one that is there.

        Raises Malformed for an e-mail or name that is none.
        """
        email = self.directory.ref(normal_email(email))
        if not await self.directory.add(email, name, actor=actor, via=via):
            await self.directory.rename(email, name, actor=actor, via=via)
        return await self.accounts.add(email, admin=role == "admin", role=role, actor=actor, via=via)

    async def owner(self) -> Account:
        """The first admin; while there is no account at all, `owner@localhost` becomes one."""
        accounts = self.accounts.all()
        if not accounts:
            return await self.add_user(OWNER, "Owner", admin=True, actor="system:setup", via="serve")
        return next((account for account in accounts if account.admin), accounts[0])

    async def sign_in_link(
        self, email: str, purpose: Purpose = "sign_in", *, mailed: bool = False, actor: str = "system:setup",
        via: str = "serve",
    ) -> str:  # fmt: skip
        """The path of a new one-time link, to sign in or to set a password. Raises NotFound without an account."""
        email = self.directory.ref(normal_email(email))
        if self.accounts.get(email) is None:
            what = "an account that is deactivated" if self.accounts.shut(email) else "no account"
            hint = f"Make one: watchroom user create {email}"
            if self.accounts.shut(email):
                hint = f"Reactivate it first: watchroom user reactivate {email}, or on their page."
            raise NotFound(f"{email} has {what}.", hint=hint)
        secret = await self.sessions.offer(email, purpose)
        await self.sessions.linked(email, purpose, mailed=mailed, actor=actor, via=via)
        return f"/{'sign-in' if purpose == 'sign_in' else 'password'}/{secret}"

    async def accept(self, secret: str, name: str, password: str, agent: str = "") -> OpenedSession:
        """Take up an invitation: an account with its role, the password if one was given, and a session.

        Raises NotFound, Malformed for a name or password that cannot be kept; the invitation stays good then.
        """
        invitation = await self.invitations.look_at(secret)
        name = normal_name(name) or invitation.name
        email = self.directory.ref(invitation.email)
        if not name:
            raise Malformed("Your name is missing.", hint="Type what people call you.")
        if password:
            self.door.check_new(email, password)
        await self.invitations.take_up(secret)
        actor = f"person:{email}"
        account = await self.add_account(email, name, invitation.role, actor=actor, via="invitation")
        await self.accounts.reactivate(email, actor=invitation.by, via="invitation")
        if account.role != invitation.role:
            await self.accounts.give_role(email, invitation.role, actor=invitation.by, via="invitation")
        await self.invitations.accepted(invitation, via="web")
        if password:
            await self.door.set_password(email, password, by="invitation")
        return await self.sessions.open(email, how="invitation", agent=agent)

    async def deactivate(self, email: str, *, reason: str = "", actor: str, via: str) -> bool:
        """Let somebody sign in no more: their sessions and links end, their tokens are nobody's, what they did stays.

        False when that is so already. Raises Malformed, NotFound, Refused for the last admin.
        """
        email = self.directory.ref(normal_email(email))
        if not self.directory.known(email):
            raise NotFound(f"Nobody here is called {email[:80]}.", hint="`GET /api/v1/people` lists everybody.")
        done = await self.accounts.deactivate(email, reason=reason, actor=actor, via=via)
        await self.passwords.forget(email)
        await self.sessions.sign_out_everywhere(email, why="deactivated", actor=actor, via=via)
        return done

    async def look_at_link(self, secret: str) -> SignInLink:
        """The link, without using it up. Raises NotFound when it is good for nothing."""
        return await self.sessions.look_at(secret)

    async def sign_in(self, secret: str, agent: str = "") -> OpenedSession:
        """Use up a link: of two who try, one gets a session. Raises NotFound."""
        return await self.sessions.take_up(secret, agent)

    async def reset_password(self, secret: str, password: str, agent: str = "") -> OpenedSession:
        """Use up a link that leads to a new password: set it, end all sessions, and open one.

        Raises NotFound, Malformed for a password that cannot be kept; the link stays good then.
        """
        email = (await self.sessions.look_at(secret)).email
        self.door.check_new(email, password)
        await self.sessions.use_up(secret)
        await self.door.set_password(email, password, by="link")
        return await self.sessions.open(email, how="link", agent=agent)


def credentials_of(log: Log, directory: Directory, clock: Clock, chance: Chance, settings: Settings) -> Credentials:
    """The credentials as the settings have them. Call `load` once."""
    cost = Cost(
        memory_kib=settings.password_memory_kib,
        passes=settings.password_passes,
        parallel_max=settings.password_checks_parallel_max,
        waiting_max=settings.password_checks_max,
    )
    return Credentials(
        log,
        directory,
        clock,
        chance,
        sign_in_link_s=settings.sign_in_link_s,
        session_s=settings.session_s,
        source_key_overlap_s=settings.source_key_overlap_s,
        sessions_per_person_max=settings.sessions_per_person_max,
        links_per_person_max=settings.sign_in_links_per_person_max,
        links_max=settings.sign_in_links_max,
        invitation_days=settings.invitation_days,
        invitations_max=settings.invitations_max,
        password_chars_min=settings.password_chars_min,
        password_cost=cost,
    )
