"""Signing in: one-time links, and the sessions that they open.

Links and sessions are erasable rows: a link is gone once it is used, a session once it is signed out. That a session
began or ended, for whom and from where, is a fact of the stream `access`. A secret is handed out once and kept only as
its SHA-256. Called by `credential`. Never sets a cookie and never knows a URL's host.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import NotFound
from watchroom.base.logs import about
from watchroom.base.rng import Chance
from watchroom.people.change import Changes
from watchroom.people.last_use import LastUse
from watchroom.people.secret import fingerprint
from watchroom.people.stream import ACCESS, DirectoryFact, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Fact
from watchroom.record.log import Log

LINKS = "sign_in_link"
SESSIONS = "session"
SESSION_USE = "session_use"
AGENT_CHARS_MAX = 200
VIA = "web"
"""Sessions are browsers'."""

How = Literal["link", "password", "invitation", "setup"]
Purpose = Literal["sign_in", "password"]
Why = Literal["signed_out", "everywhere", "too_many", "password", "deactivated", "setup"]


class SessionOpened(DirectoryFact, frozen=True, kw_only=True):
    """Somebody signed in, in one browser."""

    email: str
    session: str
    how: Annotated[How, msgspec.Meta(description="By a one-time `link`, a `password`, an `invitation`, or at set-up.")]
    agent: str = ""


class SessionsEnded(DirectoryFact, frozen=True, kw_only=True):
    """Sessions of a person ended before their time, and links that waited for them are spoilt if all had to end."""

    email: str
    sessions: list[str]
    why: Why


class SignInLinkMade(DirectoryFact, frozen=True, kw_only=True):
    """A one-time link was made, by which a person comes in or sets a password. The link is nowhere in the record."""

    email: str
    purpose: Purpose = "sign_in"
    mailed: bool = False


FACTS: tuple[type[Fact], ...] = (SessionOpened, SessionsEnded, SignInLinkMade)
CODEC = FactCodec(FACTS)


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that opens one session for one person, once."""

    email: str
    expires_at: datetime
    purpose: Purpose = "sign_in"
    """`password`: it leads to a new password first."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which a person is signed in."""

    id: str
    email: str
    csrf: str
    began_at: datetime
    expires_at: datetime
    how: How = "link"
    origin: str = ""
    """The network address that it was opened from."""
    agent: str = ""
    """What the browser says of itself."""
    last_used_at: datetime | None = None
    """Rounded down to some minutes; filled in by `of`."""


class OpenedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it was opened, with the secret that only the browser keeps."""

    secret: str
    session: Session


_links = msgspec.json.Decoder(SignInLink)
_sessions = msgspec.json.Decoder(Session)


class Sessions:
    """All links and sessions; sessions are kept in memory too, so that a request looks nothing up in the record."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        chance: Chance,
        changes: Changes,
        *,
        sign_in_link_s: int,
        session_s: int,
        per_person_max: int = 50,
        links_per_person_max: int = 20,
        links_max: int = 2_000,
    ) -> None:
        """`per_person_max`: a further session of a person ends the oldest; so it is with unused links, of one person
        and of all."""
        self._links_per_person_max = links_per_person_max
        self._links_max = links_max
        self._log = log
        self._per_person_max = per_person_max
        self._clock = clock
        self._chance = chance
        self._changes = changes
        self._link_lasts = timedelta(seconds=sign_in_link_s)
        self._session_lasts = timedelta(seconds=session_s)
        self._by_key: dict[str, Session] = {}
        self._use = LastUse(log, SESSION_USE)

    async def load(self) -> None:
        """Read the sessions that are open, in whichever process they began."""
        rows = await self._log.rows(SESSIONS)
        self._by_key = {key: _sessions.decode(body) for key, body in rows.items()}
        await self._use.load()

    async def tidy(self) -> None:
        """Take away sessions and links that have run out."""
        now = self._clock.now()
        async with self._changes.memory:
            for key in [key for key, session in self._by_key.items() if session.expires_at <= now]:
                await self._end(key)
        for key, body in (await self._log.rows(LINKS)).items():
            if _links.decode(body).expires_at <= now:
                await self._log.take_row(LINKS, key)

    def link_ends(self) -> datetime:
        """When a link that is made now runs out."""
        return self._clock.now() + self._link_lasts

    async def save_use(self) -> None:
        """Write down which sessions were used of late."""
        await self._use.save(self._by_key)

    async def offer(self, email: str, purpose: Purpose = "sign_in") -> str:
        """The secret of a new one-time link for the person."""
        secret = self._chance.secret("wr_link")
        link = SignInLink(email=email, expires_at=self._clock.now() + self._link_lasts, purpose=purpose)
        key = fingerprint(secret)
        await self._log.put_row(LINKS, key, msgspec.json.encode(link))
        await self._spoil_oldest(key, email)
        return secret

    async def _spoil_oldest(self, made: str, email: str) -> None:
        """Take away what is beyond the limits; the newest links are the ones that somebody waits for.

        The one just made stays, whatever the clock says: set back, it makes the newest link seem the oldest.
        """
        links = {key: _links.decode(body) for key, body in (await self._log.rows(LINKS)).items() if key != made}
        newest = sorted(links, key=lambda key: links[key].expires_at, reverse=True)
        own = [key for key in newest if links[key].email == email]
        for key in {*own[self._links_per_person_max - 1 :], *newest[self._links_max - 1 :]}:
            await self._log.take_row(LINKS, key)

    async def look_at(self, secret: str) -> SignInLink:
        """The link, unused. Raises NotFound when it was used, has run out or never was."""
        return self._good(await self._log.row(LINKS, fingerprint(secret)))

    async def use_up(self, secret: str) -> SignInLink:
        """Use the link: of two who try, one gets it. Raises NotFound as `look_at`."""
        return self._good(await self._log.take_row(LINKS, fingerprint(secret)))

    async def take_up(self, secret: str, agent: str = "") -> OpenedSession:
        """Use the link: of two who try, one gets a session. Raises NotFound as `look_at`."""
        return await self.open((await self.use_up(secret)).email, agent=agent)

    async def open(self, email: str, *, how: How = "link", agent: str = "") -> OpenedSession:
        """A new session of the person."""
        agent = " ".join(agent.split())[:AGENT_CHARS_MAX]
        secret = self._chance.secret("wr_ses")
        now = self._clock.now()
        session = Session(
            id=self._chance.bytes(8).hex(),
            email=email,
            csrf=self._chance.bytes(20).hex(),
            began_at=now,
            expires_at=now + self._session_lasts,
            how=how,
            origin=about().origin,
            agent=agent,
        )
        key = fingerprint(secret)
        opened = SessionOpened(email=email, session=session.id, how=how, agent=agent)
        await self._record(opened, email)
        async with self._changes.memory:
            await self._log.put_row(SESSIONS, key, msgspec.json.encode(session))
            self._by_key[key] = session
        await self._changes.tell("session")
        for oldest in self.of(email)[self._per_person_max :]:
            await self.sign_out(oldest.id, why="too_many")
        return OpenedSession(secret=secret, session=session)

    def find(self, secret: str) -> Session | None:
        """The session of the secret, if it is open; its use is noted. No await: one hash and a look into two dicts."""
        key, now = fingerprint(secret), self._clock.now()
        session = self._by_key.get(key)
        if session is None or session.expires_at <= now:
            return None
        self._use.note(key, now)
        return session

    @property
    def open_count(self) -> int:
        """How many sessions are kept."""
        return len(self._by_key)

    def of(self, email: str) -> list[Session]:
        """The person's open sessions, the newest first."""
        now = self._clock.now()
        found = [
            msgspec.structs.replace(each, last_used_at=self._use.at(key))
            for key, each in self._by_key.items()
            if each.email == email and each.expires_at > now
        ]
        return sorted(found, key=lambda session: session.began_at, reverse=True)

    async def sign_out(self, session_id: str, *, why: Why = "signed_out", actor: str = "", via: str = "") -> bool:
        """End the session; False when it was over. `actor` is the person themself unless said otherwise."""
        async with self._changes.memory:
            ended = {key: session for key, session in self._by_key.items() if session.id == session_id}
            for key in ended:
                await self._end(key)
        await self._changes.tell("session")
        for session in ended.values():
            await self._record(
                SessionsEnded(email=session.email, sessions=[session.id], why=why), session.email, actor, via
            )
        return bool(ended)

    async def sign_out_everywhere(
        self, email: str, *, but: str = "", why: Why = "everywhere", actor: str = "", via: str = ""
    ) -> int:
        """End all sessions of the person, and spoil the links that were not used; returns how many sessions ended.

        `but` is the id of one that goes on.
        """
        async with self._changes.memory:
            # Read anew: another process may have opened one a moment ago.
            await self.load()
            ended = {
                key: session
                for key, session in self._by_key.items()
                if session.email == email and (session.id != but or not but)
            }
            for key in ended:
                await self._end(key)
        await self._changes.tell("session")
        for key, body in (await self._log.rows(LINKS)).items():
            if _links.decode(body).email == email:
                await self._log.take_row(LINKS, key)
        if ended:
            ids = sorted(session.id for session in ended.values())
            await self._record(SessionsEnded(email=email, sessions=ids, why=why), email, actor, via)
        return len(ended)

    async def linked(self, email: str, purpose: Purpose, *, mailed: bool, actor: str, via: str) -> None:
        """Record that a link was made for the person, by whom."""
        await self._record(SignInLinkMade(email=email, purpose=purpose, mailed=mailed), email, actor, via)

    async def _record(self, fact: Fact, email: str, actor: str = "", via: str = "") -> None:
        await record(self._log, self._clock, CODEC, fact, actor or f"person:{email}", via or VIA, stream=ACCESS)

    async def _end(self, key: str) -> None:
        # Out of memory first, so that it ends at once even if the record cannot be written just now.
        self._by_key.pop(key, None)
        await self._log.take_row(SESSIONS, key)

    def _good(self, row: bytes | None) -> SignInLink:
        link = None if row is None else _links.decode(row)
        if link is None or link.expires_at <= self._clock.now():
            raise NotFound(
                "This sign-in link does not work any more: it was used, or it is too old.",
                hint="Each link works once. `watchroom user create YOUR-EMAIL` on the server prints a new one.",
                code="link_used",
            )
        return link
