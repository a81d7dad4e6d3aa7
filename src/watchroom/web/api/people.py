"""People, teams and invitations over the API: everybody may look, admins change.

Called by `routes`. A link that lets somebody in is in the answer that made it, and nowhere else.
"""

from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed
from watchroom.integrations.inviting import HandedOut
from watchroom.people.changing import PersonChange, change_person, known_person
from watchroom.people.invitation import Invitation, Wish
from watchroom.people.role import Role
from watchroom.people.team import strangers
from watchroom.web.access.account import Ended
from watchroom.web.access.person_view import PersonView, people_views, person_view
from watchroom.web.access.teams import dissolve, give_services, team_shown
from watchroom.web.api.sources import Nothing
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, cursor, decoded, number, to_cursor

Meta = msgspec.Meta
VIA = "api"
T = TypeVar("T")


class NewPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be known; who is to sign in is invited instead."""

    email: str
    name: str = ""
    time_zone: str = ""
    teams: list[str] = []


class NewInvitation(Wish, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, as what, and whether by mail."""

    mail: Annotated[bool, Meta(description="Mail the link, if there is a mail server.")] = False


class InvitationRenewal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an invitation is sent again."""

    days: Annotated[int, Meta(description="How many days the link works; 0: as the settings say.")] = 0
    mail: bool = False


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A one-time link for somebody with an account."""

    purpose: Annotated[Literal["sign_in", "password"], Meta(description="`password`: to a new one, first.")] = "sign_in"
    mail: bool = False


class TeamView(msgspec.Struct, frozen=True, kw_only=True):
    """A team."""

    name: str
    members: Annotated[list[str], Meta(description="Their e-mails, in the order in which they are called.")]
    services: Annotated[list[str], Meta(description="What it looks after.")]


class TeamSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A team as it is to be."""

    name: str
    members: Annotated[list[str], Meta(description="In the order in which they are called; none dissolves the team.")]
    services: Annotated[list[str] | None, Meta(description="What it looks after; null: as it was.")] = None
    rename_to: Annotated[
        str | None, Meta(description="What it is called from now on; what it looks after goes with it.")
    ] = None


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was invited and has not come."""

    id: str
    email: str
    name: str
    role: Role
    teams: list[str]
    by: str
    made_at: datetime
    expires_at: datetime


async def _given(request: AnyRequest, kind: type[T], hint: str) -> T:
    return decoded(await body_of(request) or b"{}", kind, "The body", hint)


@get("/api/v1/people", opt={"query": ("q", "limit", "after"), "answer": list[PersonView]})
async def list_people(request: AnyRequest) -> Response[bytes]:
    """Everybody in the directory by name, with role, teams and whether they may sign in; those last who left."""
    caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 100, 1, house.settings.page_items_max)
    after = cursor(request.query_params.get("after"))
    await house.teams.look()
    found = people_views(house, request.query_params.get("q", ""))
    if after:
        places = [each.email for each in found]
        if after not in places:
            raise Malformed("after is no place in this list.", hint="Use the value of next from the page before.")
        found = found[places.index(after) + 1 :]
    more = to_cursor(found[limit - 1].email) if len(found) > limit else None
    return answer({"items": found[:limit], "next": more})


@post("/api/v1/people", status_code=201, opt={"body": NewPerson, "answer": PersonView})
async def add_person(request: AnyRequest) -> Response[bytes]:
    """Make somebody known who can be called. To have them sign in, invite them."""
    caller = caller_of(request, "admin")
    house = house_of(request)
    body = await _given(request, NewPerson, 'Send {"email": "ana@example.com", "name": "Ana"}.')
    await house.directory.add(body.email, body.name, actor=caller.actor, via=VIA)
    change = PersonChange(
        name=body.name or None, time_zone=body.time_zone or None, teams=body.teams if body.teams else None
    )
    email = house.directory.ref(body.email.strip().lower())
    found = await change_person(house.credentials, house.teams, email, change, actor=caller.actor, via=VIA)
    return answer(person_view(house, found), 201)


@get("/api/v1/people/{email:str}", opt={"answer": PersonView})
async def show_person(request: AnyRequest, email: FromPath[str]) -> Response[bytes]:
    """One person, by their first or their present e-mail."""
    caller_of(request, "read")
    house = house_of(request)
    return answer(person_view(house, known_person(house.credentials, email)))


@post("/api/v1/people/{email:str}", status_code=200, opt={"body": PersonChange, "answer": PersonView})
async def update_person(request: AnyRequest, email: FromPath[str]) -> Response[bytes]:
    """Change a person: name, address, time zone, role, teams; `active` false deactivates, true lets in again."""
    caller = caller_of(request, "admin")
    house = house_of(request)
    change = await _given(request, PersonChange, 'Send what is to change, such as {"role": "reader"}.')
    found = await change_person(house.credentials, house.teams, email, change, actor=caller.actor, via=VIA)
    return answer(person_view(house, found))


@post("/api/v1/people/{email:str}/link", status_code=201, opt={"body": NewLink, "answer": HandedOut})
async def make_link(request: AnyRequest, email: FromPath[str]) -> Response[bytes]:
    """A one-time link for somebody with an account, to sign in or to set a password."""
    caller = caller_of(request, "admin")
    body = await _given(request, NewLink, 'Send {"purpose": "password"}.')
    inviter = house_of(request).inviter
    made = await inviter.link(email, body.purpose, by_mail=body.mail, actor=caller.actor, via=VIA)
    return answer(made, 201, {"Cache-Control": "no-store"})


@post("/api/v1/people/{email:str}/sign-out", status_code=200, opt={"body": Nothing, "answer": Ended})
async def sign_person_out(request: AnyRequest, email: FromPath[str]) -> Response[bytes]:
    """Sign somebody out of every browser."""
    caller = caller_of(request, "admin")
    house = house_of(request)
    who = known_person(house.credentials, email).email
    ended = await house.credentials.sessions.sign_out_everywhere(who, actor=caller.actor, via=VIA)
    return answer(Ended(ended=ended))


@get("/api/v1/teams", opt={"answer": list[TeamView]})
async def list_teams(request: AnyRequest) -> Response[bytes]:
    """All teams by name, with their members and what they look after."""
    caller_of(request, "read")
    house = house_of(request)
    await house.teams.look()
    return answer({"items": _teams(house), "next": None})


def _teams(house: House) -> list[TeamView]:
    shown = [team_shown(house, team) for team in house.teams.all()]
    return [TeamView(name=t.name, members=list(t.members), services=list(t.services)) for t in shown]


@post("/api/v1/teams", status_code=200, opt={"body": TeamSaid, "answer": list[TeamView]})
async def say_team(request: AnyRequest) -> Response[bytes]:
    """Make a team, or say anew who is in it and what it looks after; without members it is dissolved.

    `warnings` beside the items name members whom the directory lacks.
    """
    caller = caller_of(request, "admin")
    house = house_of(request)
    warnings: tuple[Caution, ...] = ()
    body = await _given(request, TeamSaid, 'Send {"name": "payments", "members": ["ana@example.com"]}.')
    name = body.name
    if body.rename_to is not None:
        await house.teams.rename(name, body.rename_to, actor=caller.actor, via=VIA)
        name = body.rename_to
    if not body.members:
        await dissolve(house, name, actor=caller.actor, via=VIA)
    else:
        warnings = strangers(body.members, house.directory)
        members = [house.directory.ref(member.strip().lower()) for member in body.members]
        await house.teams.compose(name, members, actor=caller.actor, via=VIA)
        if body.services is not None:
            await give_services(house, name, body.services, actor=caller.actor, via=VIA)
    return answer({"items": _teams(house), "next": None, "warnings": warnings})


@get("/api/v1/invitations", opt={"answer": list[InvitationView]})
async def list_invitations(request: AnyRequest) -> Response[bytes]:
    """Who was invited and has not come, the newest first; those whose time is over too."""
    caller_of(request, "admin")
    found = await house_of(request).credentials.invitations.all()
    return answer({"items": [_invitation(each) for each in found], "next": None})


def _invitation(found: Invitation) -> dict[str, object]:
    shown = msgspec.structs.asdict(found)
    del shown["key"]
    return shown


@post("/api/v1/invitations", status_code=201, opt={"body": NewInvitation, "answer": HandedOut})
async def invite(request: AnyRequest) -> Response[bytes]:
    """Invite somebody to make an account; the link is in this answer alone."""
    caller = caller_of(request, "admin")
    body = await _given(request, NewInvitation, 'Send {"email": "ana@example.com", "role": "responder"}.')
    sent = await house_of(request).inviter.invite(body, by_mail=body.mail, actor=caller.actor, via=VIA)
    return answer(sent, 201, {"Cache-Control": "no-store"})


@post("/api/v1/invitations/{id:str}/renew", status_code=200, opt={"body": InvitationRenewal, "answer": HandedOut})
async def renew_invitation(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Send an invitation again: another link, as long again; the one before works no longer."""
    caller = caller_of(request, "admin")
    body = await _given(request, InvitationRenewal, "Send {}.")
    inviter = house_of(request).inviter
    sent = await inviter.renew(id, days=body.days, by_mail=body.mail, actor=caller.actor, via=VIA)
    return answer(sent, 200, {"Cache-Control": "no-store"})


@post("/api/v1/invitations/{id:str}/revoke", status_code=200, opt={"body": Nothing, "answer": InvitationView})
async def revoke_invitation(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Take an invitation back; its link works no longer."""
    caller = caller_of(request, "admin")
    gone = await house_of(request).credentials.invitations.revoke(id, actor=caller.actor, via=VIA)
    return answer(_invitation(gone))
