"""Who is calling, and how far that reaches.

Built by `credential` from a token, a source's key or a session; read by every handler of the web and the shell.
Never looks anything up.
"""

from typing import Literal, get_args

import msgspec

from watchroom.base import shape
from watchroom.base.errors import Malformed

Scope = Literal["read", "signals", "respond", "drill:play", "drill:facilitate", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
ALL = frozenset(SCOPES)
EVERYDAY = ALL - {"admin"}
"""What a person who is signed in may do without being an admin."""

MEANING: dict[Scope, str] = {
    "read": "see incidents, signals and people",
    "signals": "send signals",
    "respond": "give commands in a room",
    "drill:play": "play in a drill",
    "drill:facilitate": "make and run drills",
    "admin": "everything, including tokens, sources and people",
}


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody, or something, that has shown a credential."""

    actor: str
    """As events name it: `person:ana@example.com`, `token:NAME` or `source:NAME`."""
    person: str
    """As commands name it, and what `me` stands for: an e-mail, `token:NAME` or `source:NAME`."""
    scopes: frozenset[Scope]
    source: str | None = None
    """The source whose signals these are, if it may send any: a source's name, or that of a token with `signals`."""
    token: str | None = None
    """The token's name, if a token was shown."""
    session: str | None = None
    """The session's id (not its secret), if a session was shown."""
    csrf: str = ""
    """What an unsafe request of this session must repeat."""

    def may(self, scope: Scope) -> bool:
        """Whether the caller has `scope`; `admin` has them all."""
        return scope in self.scopes or "admin" in self.scopes


def scopes_of(names: list[str]) -> frozenset[Scope]:
    """The scopes that are named; `admin` stands for all. Raises Malformed for a name that is none."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        near = shape.nearest(unknown[0], list(SCOPES))
        raise Malformed(f"{unknown[0]!r} is no scope.", hint=f"{near}The scopes are {', '.join(SCOPES)}.")
    chosen = frozenset(scope for scope in SCOPES if scope in names)
    return ALL if "admin" in chosen else chosen
