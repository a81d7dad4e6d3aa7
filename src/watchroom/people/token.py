"""API tokens: secrets with scopes, for programs and for a person's own scripts.

The SHA-256 of the secret is the key of an erasable row; that a token was made or revoked, by whom and with which
scopes, is a fact of the directory. Called by `credential`. Never hands out a secret twice.
"""

import difflib
from datetime import datetime

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import AlreadyDone, Conflict, NotFound, Refused
from watchroom.base.rng import Chance
from watchroom.people.caller import Caller, Scope, scopes_of
from watchroom.people.change import Changes
from watchroom.people.last_use import LastUse
from watchroom.people.person import normal_email
from watchroom.people.secret import checked_name, fingerprint
from watchroom.people.stream import STREAM, DirectoryFact, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Fact
from watchroom.record.log import Log

TOKENS = "token"
TOKEN_USE = "token_use"  # noqa: S105 - a table of rows
TOKEN_CLAIM = "token"  # noqa: S105 - the scope of a claim
SOURCE_CLAIM = "source"
"""The names of sources, of which a token with `signals` takes one; `source` uses the same scope."""


class TokenCreated(DirectoryFact, frozen=True, kw_only=True):
    """An API token was made. Its secret is nowhere in the record."""

    name: str
    scopes: list[str]
    person: str | None = None


class TokenRevoked(DirectoryFact, frozen=True, kw_only=True):
    """An API token is good for nothing any more."""

    name: str


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token."""

    name: str
    scopes: list[Scope]
    person: str | None
    """The e-mail of the person whose hand it is, or null for a program's."""
    created_at: datetime
    last_used_at: datetime | None = None
    """Rounded down to some minutes. Rows of today have it apart (`last_use`); an older one may carry it itself."""

    def caller(self) -> Caller:
        """Who calls with this token."""
        scopes = frozenset(self.scopes)
        return Caller(
            actor=f"person:{self.person}" if self.person else f"token:{self.name}",
            person=self.person or f"token:{self.name}",
            scopes=scopes,
            source=self.name if "signals" in scopes else None,
            token=self.name,
        )


FACTS: tuple[type[Fact], ...] = (TokenCreated, TokenRevoked)
CODEC = FactCodec(FACTS)
_tokens = msgspec.json.Decoder(Token)


class Tokens:
    """All tokens, in memory too, so that a request looks nothing up in the record."""

    def __init__(self, log: Log, clock: Clock, chance: Chance, changes: Changes) -> None:
        self._log = log
        self._clock = clock
        self._chance = chance
        self._changes = changes
        self._by_key: dict[str, Token] = {}
        self._callers: dict[str, Caller] = {}
        self._use = LastUse(log, TOKEN_USE)

    async def load(self) -> None:
        """Read all tokens, whichever process made them; those that are gone are unknown from then on."""
        rows = await self._log.rows(TOKENS)
        self._by_key = {key: _tokens.decode(body) for key, body in rows.items()}
        self._callers = {key: token.caller() for key, token in self._by_key.items()}
        await self._use.load()

    def find(self, key: str, now: datetime) -> Caller | None:
        """Whoever calls with the secret of this fingerprint; its use is noted. No await."""
        caller = self._callers.get(key)
        if caller is not None:
            self._use.note(key, now)
        return caller

    def all(self) -> list[Token]:
        """All tokens, by name."""
        found = [
            msgspec.structs.replace(token, last_used_at=self._use.at(key, token.last_used_at))
            for key, token in self._by_key.items()
        ]
        return sorted(found, key=lambda token: token.name)

    async def create(self, name: str, scopes: list[str], person: str | None, *, actor: str, via: str) -> str:
        """Make a token and return its secret. With the scope `signals`, its name is a source's.

        Raises Malformed for a name, scope or e-mail that is none, AlreadyDone when the name is taken.
        """
        checked_name(name, "token")
        granted = scopes_of(scopes)
        person = None if person is None else normal_email(person)
        token = Token(name=name, scopes=sorted(granted), person=person, created_at=self._clock.now())
        claims = [Claim(TOKEN_CLAIM, name, STREAM)]
        if "signals" in granted:
            claims.append(Claim(SOURCE_CLAIM, name, f"token:{name}"))
        fact = TokenCreated(name=name, scopes=["admin"] if "admin" in granted else list(token.scopes), person=person)
        async with self._changes.turn("token"):
            try:
                await record(self._log, self._clock, CODEC, fact, actor, via, *claims)
            except Conflict as error:
                raise await self._taken(name) from error
            secret = self._chance.secret("wr_tok")
            key = fingerprint(secret)
            await self._log.put_row(TOKENS, key, msgspec.json.encode(token))
            self._keep(key, token)
        return secret

    async def revoke(self, name: str, *, actor: str, via: str) -> None:
        """Take a token away; from the next request on it is unknown here, and at once or soon in other processes.

        Raises NotFound.
        """
        async with self._changes.turn("token"):
            await self.load()
            held = await self._log.holder(TOKEN_CLAIM, name) is not None
            keys = [key for key, token in self._by_key.items() if token.name == name]
            if not held and not keys:
                near = difflib.get_close_matches(name, [token.name for token in self._by_key.values()], n=1)
                hint = f"Did you mean {near[0]}?" if near else "`watchroom token list` shows those that there are."
                raise NotFound(f"There is no token {name!r}.", hint=hint)
            for key in keys:
                await self._log.take_row(TOKENS, key)
                self._forget(key)
            if held:
                claims = [Claim(TOKEN_CLAIM, name, None, STREAM)]
                if await self._log.holder(SOURCE_CLAIM, name) == f"token:{name}":
                    claims.append(Claim(SOURCE_CLAIM, name, None, f"token:{name}"))
                await record(self._log, self._clock, CODEC, TokenRevoked(name=name), actor, via, *claims)

    async def save_use(self) -> None:
        """Write down which tokens were used of late."""
        await self._use.save(self._by_key)

    async def _taken(self, name: str) -> Refused:
        if await self._log.holder(TOKEN_CLAIM, name) is not None:
            hint = f"Revoke it first (`watchroom token revoke {name}`), or choose another name."
            return AlreadyDone(f"There is a token {name!r} already.", hint=hint)
        return AlreadyDone(
            f"There is a source {name!r} already, and a token with the scope signals is a source of its own name.",
            hint="Choose another name.",
        )

    def _keep(self, key: str, token: Token) -> None:
        self._by_key[key] = token
        self._callers[key] = token.caller()

    def _forget(self, key: str) -> None:
        self._by_key.pop(key, None)
        self._callers.pop(key, None)
