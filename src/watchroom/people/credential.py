"""Credentials: everything by which a caller is known, behind one door.

Tokens, source keys and sessions are kept in memory, so that knowing a caller costs one SHA-256 and one look into a
dict, without waiting. Built by `app` (and by the shell when no server runs); asked by `web/auth`. What one command
adds or takes away holds from the next request on. Never sees a header or a cookie.
"""

from watchroom.base.clock import Clock
from watchroom.base.errors import NotFound
from watchroom.base.rng import Chance
from watchroom.people.account import Account, Accounts
from watchroom.people.caller import ALL, EVERYDAY, Caller, Scope
from watchroom.people.person import Directory, normal_email
from watchroom.people.secret import SECRET_CHARS_MAX, fingerprint
from watchroom.people.session import OpenedSession, Session, Sessions, SignInLink
from watchroom.people.source import Sources
from watchroom.people.token import Tokens
from watchroom.record.log import Log

OWNER = "owner@localhost"
ONLY_SIGNALS: frozenset[Scope] = frozenset({"signals"})


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
    ) -> None:
        self._clock = clock
        self.directory = directory
        self.accounts = Accounts(log, clock)
        self.tokens = Tokens(log, clock, chance)
        self.sources = Sources(log, clock, chance, source_key_overlap_s=source_key_overlap_s)
        self.sessions = Sessions(
            log,
            clock,
            chance,
            sign_in_link_s=sign_in_link_s,
            session_s=session_s,
            per_person_max=sessions_per_person_max,
        )

    async def load(self) -> None:
        """Read all there is. Raises Unavailable when the record cannot be read."""
        await self.accounts.load()
        await self.tokens.load()
        await self.sources.load()
        await self.sessions.load()

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
