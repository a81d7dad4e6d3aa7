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
from watchroom.base.errors import NotFound, WatchroomError
from watchroom.base.rng import Chance
from watchroom.base.trouble import Trouble
from watchroom.people.account import Account, Accounts
from watchroom.people.caller import ALL, EVERYDAY, Caller, Scope
from watchroom.people.change import STREAM, Changes, Kind, changed_since
from watchroom.people.person import Directory, normal_email
from watchroom.people.secret import SECRET_CHARS_MAX, fingerprint
from watchroom.people.session import OpenedSession, Session, Sessions, SignInLink
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
        await self.sessions.tidy()

    def by_secret(self, secret: str) -> Caller | None:
        """Whoever shows this token or source key, or None. No await."""
        if len(secret) > SECRET_CHARS_MAX:
            return None
        key, now = fingerprint(secret), self._clock.now()
        return self.sources.find(key, now) or self.tokens.find(key, now)

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
            scopes=ALL if account.admin else EVERYDAY,
            session=session.id,
            csrf=session.csrf,
        )

    async def add_user(self, email: str, name: str = "", *, admin: bool, actor: str, via: str) -> Account:
        """A person with an account; made, renamed or made an admin as far as that is not so already.

        Raises Malformed for an e-mail or name that is none.
        """
        email = normal_email(email)
        if not await self.directory.add(email, name, actor=actor, via=via):
            await self.directory.rename(email, name, actor=actor, via=via)
        return await self.accounts.add(email, admin=admin)

    async def owner(self) -> Account:
        """The first admin; while there is no account at all, `owner@localhost` becomes one."""
        accounts = self.accounts.all()
        if not accounts:
            return await self.add_user(OWNER, "Owner", admin=True, actor="system:setup", via="serve")
        return next((account for account in accounts if account.admin), accounts[0])

    async def sign_in_link(self, email: str) -> str:
        """The path of a new one-time sign-in link. Raises NotFound when the person has no account."""
        email = normal_email(email)
        if self.accounts.get(email) is None:
            hint = f"Make one: watchroom user create {email}"
            raise NotFound(f"{email} has no account.", hint=hint)
        return f"/sign-in/{await self.sessions.offer(email)}"

    async def look_at_link(self, secret: str) -> SignInLink:
        """The link, without using it up. Raises NotFound when it is good for nothing."""
        return await self.sessions.look_at(secret)

    async def sign_in(self, secret: str) -> OpenedSession:
        """Use up a link: of two who try, one gets a session. Raises NotFound."""
        return await self.sessions.take_up(secret)
