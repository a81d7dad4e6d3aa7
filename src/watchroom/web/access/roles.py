"""`/people/roles` and `GET /api/v1/roles`: what each role may do, from the one table that decides it.

Called by `routes`. Everybody may look.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from litestar import Response, get

from watchroom.people.caller import Scope
from watchroom.people.role import DEEDS, ROLES, SAYS, SCOPES_OF, Deed, Role
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, answer, caller_of, html, visit_of


class RoleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A role, and all that it may do."""

    role: Role
    says: str
    scopes: list[Scope]
    deeds: list[str]


@template("pages/roles.html")
@dataclass(frozen=True)
class RolesPage:
    """`/people/roles`: what each role may do."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    roles: Sequence[tuple[Role, str]]
    """Each role in a few words."""
    deeds: Sequence[Deed]
    """What can be done."""


@get("/people/roles")
async def roles_page(request: AnyRequest) -> Response[str]:
    """What each role may do."""
    caller_of(request, "read")
    return html(render(RolesPage(visit_of(request), [(role, SAYS[role]) for role in ROLES], DEEDS)))


@get("/api/v1/roles", opt={"answer": list[RoleShown]})
async def list_roles(request: AnyRequest) -> Response[bytes]:
    """The roles of an install, with their scopes and what each may do."""
    caller_of(request, "read")
    items = [
        RoleShown(
            role=role,
            says=SAYS[role],
            scopes=sorted(SCOPES_OF[role]),
            deeds=[deed.does for deed in DEEDS if deed.may(role)],
        )
        for role in ROLES
    ]
    return answer({"items": items, "next": None})
