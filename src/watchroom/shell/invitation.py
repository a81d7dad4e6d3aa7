"""`watchroom invitation`: letting people make an account of their own."""

from typing import Annotated

from cyclopts import App, Parameter

from watchroom.integrations.inviting import HandedOut
from watchroom.operations.desk import Named, Nothing
from watchroom.operations.people import InvitationLine, InvitationNamed, NewInvitation
from watchroom.people.role import Role
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import complain, say, say_json, say_table

commands = App(name="invitation", help="Letting people make an account of their own.")


@commands.command
def create(
    email: str,
    /,
    *,
    role: Role = "responder",
    team: Annotated[list[str] | None, Parameter(negative=())] = None,
    days: int = 0,
    mail: bool = False,
    where: Where = HERE,
) -> None:
    """Invite somebody, and print the link by which they make their account. It is shown this once.

    Parameters
    ----------
    email
        Who is invited.
    role
        What they will be: admin, responder or reader.
    team
        A team that they join when they come; give the flag once for each.
    days
        How many days the link works, 1 to 30; by default as the settings say.
    mail
        Mail them the link as well.
    """
    wish = NewInvitation(email=email, role=role, teams=team or [], days=days, mail=mail)
    _said(ask(where.settings(), "invitation.create", wish, HandedOut))


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List who was invited and has not come.

    Parameters
    ----------
    json
        For programs.
    """
    lines = ask(where.settings(), "invitation.list", Nothing(), list[InvitationLine])
    if json:
        say_json({"items": lines})
        return
    say_table(
        ("ID", "E-MAIL", "ROLE", "TEAMS", "BY", "UNTIL"),
        [(line.id, line.email, line.role, line.teams, line.by, line.expires_at) for line in lines],
        "Nobody is invited. Invite somebody: watchroom invitation create ana@example.com",
    )


@commands.command
def renew(id: str, /, *, mail: bool = False, where: Where = HERE) -> None:
    """Make another link for an invitation, good for as long again; the one before works no longer.

    Parameters
    ----------
    id
        Which one; `watchroom invitation list` shows them.
    mail
        Mail them the link as well.
    """
    _said(ask(where.settings(), "invitation.renew", InvitationNamed(id, mail), HandedOut))


@commands.command
def revoke(id: str, /, *, where: Where = HERE) -> None:
    """Take an invitation back; its link works no longer.

    Parameters
    ----------
    id
        Which one; `watchroom invitation list` shows them.
    """
    ask(where.settings(), "invitation.revoke", Named(id), type(None))
    say("The invitation is revoked.")


def _said(sent: HandedOut) -> None:
    say(sent.link)
    if sent.problem:
        complain(f"It was not mailed: {sent.problem}")
