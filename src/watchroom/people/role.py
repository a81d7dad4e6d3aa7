"""Roles of an install: what a person may do who is signed in, in one table.

Each account has one role, and a role is a set of scopes; everything else asks for a scope (`web/http/auth.require`).
The table is shown on the page of roles, by `GET /api/v1/roles`, and in docs/access.md, which a test compares with it.
Never says who has which role: that is `account`.
"""

from typing import Annotated, Literal, get_args

import msgspec

from watchroom.base.errors import Malformed
from watchroom.people.caller import ALL, EVERYDAY, Scope

Meta = msgspec.Meta
Role = Literal["admin", "responder", "reader"]
ROLES: tuple[Role, ...] = get_args(Role)

SCOPES_OF: dict[Role, frozenset[Scope]] = {
    "admin": ALL,
    "responder": EVERYDAY,
    "reader": frozenset({"read"}),
}
"""What each role may do."""

SAYS: dict[Role, str] = {
    "admin": "runs this install: people, senders, tokens, profile",
    "responder": "works on incidents: declares, commands, writes",
    "reader": "reads along: leadership, support, legal, sales",
}
"""Each role in a few words, as forms show it."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be done, and the scope that it needs."""

    does: Annotated[str, Meta(description="What is done, in a few words.")]
    needs: Annotated[Scope, Meta(description="The scope that it needs.")]

    def may(self, role: Role) -> bool:
        """Whether somebody of this role may do it."""
        return self.needs in SCOPES_OF[role]


DEEDS: tuple[Deed, ...] = (
    Deed(does="See the board, the signals, rooms, reviews and people", needs="read"),
    Deed(does="Set their own password and time zone, see and end their own sessions", needs="read"),
    Deed(does="Test whether a call rings in their own browser", needs="read"),
    Deed(does="Judge signals, report something, declare incidents", needs="respond"),
    Deed(does="Everything in a room: roles, tasks, messages, updates, closing", needs="respond"),
    Deed(does="Answer when they are called", needs="respond"),
    Deed(does="Play in drills", needs="drill:play"),
    Deed(does="Make and run drills", needs="drill:facilitate"),
    Deed(does="Invite people, give roles, deactivate, make links for others", needs="admin"),
    Deed(does="Make and change teams, services, grouping rules and the profile", needs="admin"),
    Deed(does="Make senders and tokens, and take them away", needs="admin"),
    Deed(does="Read the audit log", needs="admin"),
    Deed(does="Let themselves into a restricted room, on record", needs="admin"),
)
"""What can be done, the most common first."""


def checked_role(name: str) -> Role:
    """The role of that name. Raises Malformed."""
    for role in ROLES:
        if name == role:
            return role
    raise Malformed(f"{name[:40]!r} is no role.", hint=f"The roles are {', '.join(ROLES)}.")
