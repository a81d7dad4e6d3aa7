"""`watchroom user`: the people who may sign in."""

from cyclopts import App

from watchroom.operations.access import Link, NewUser
from watchroom.operations.desk import Named, Nothing
from watchroom.operations.people import UserChange, UserLine
from watchroom.people.role import Role
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say, say_json, say_table

commands = App(name="user", help="People who may sign in.")


@commands.command
def create(email: str, /, *, name: str = "", admin: bool = False, where: Where = HERE) -> None:
    """Make an account, if the person has none yet, and print a one-time sign-in link.

    Parameters
    ----------
    email
        Who it is for.
    name
        The name that others see; by default the part before the @.
    admin
        May do everything: tokens, sources and people too.
    """
    say(ask(where.settings(), "user.create", NewUser(email, name, admin), Link).url)


@commands.command
def link(email: str, /, *, password: bool = False, where: Where = HERE) -> None:
    """Print a one-time link for somebody who has an account.

    Parameters
    ----------
    email
        Who it is for.
    password
        It leads to a new password first.
    """
    say(ask(where.settings(), "user.password_link" if password else "user.link", Named(email), Link).url)


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List everybody who may sign in, or could.

    Parameters
    ----------
    json
        For programs.
    """
    lines = ask(where.settings(), "user.list", Nothing(), list[UserLine])
    if json:
        say_json({"items": lines})
        return
    say_table(
        ("E-MAIL", "NAME", "ROLE", "ACTIVE", "PASSWORD", "SESSIONS", "SINCE"),
        [
            (each.address, each.name, each.role, each.active, each.password, each.sessions, each.created_at)
            for each in lines
        ],
        "Nobody has an account. Make one: watchroom user create ana@example.com --admin",
    )


@commands.command
def role(email: str, role: Role, /, *, where: Where = HERE) -> None:
    """Give somebody another role.

    Parameters
    ----------
    email
        Who it is.
    role
        What they are to be: admin, responder or reader.
    """
    ask(where.settings(), "user.change", UserChange(email=email, role=role), type(None))
    say(f"{email}: {role}.")


@commands.command
def rename(email: str, name: str, /, *, where: Where = HERE) -> None:
    """Have somebody shown under another name.

    Parameters
    ----------
    email
        Who it is.
    name
        What people call them.
    """
    ask(where.settings(), "user.change", UserChange(email=email, name=name), type(None))
    say(f"{email} is {name}.")


@commands.command
def move(email: str, address: str, /, *, where: Where = HERE) -> None:
    """Have somebody sign in and get mail by another e-mail; the record calls them by the first one still.

    Parameters
    ----------
    email
        Who it is.
    address
        Their e-mail from now on.
    """
    ask(where.settings(), "user.change", UserChange(email=email, address=address), type(None))
    say(f"{email} signs in as {address}.")


@commands.command
def deactivate(email: str, /, *, reason: str = "", where: Where = HERE) -> None:
    """Let somebody sign in no more: their sessions, links and tokens end; what they did stays.

    Parameters
    ----------
    email
        Who leaves.
    reason
        Why, in a sentence.
    """
    ask(where.settings(), "user.change", UserChange(email=email, active=False, reason=reason), type(None))
    say(f"{email} is deactivated.")


@commands.command
def reactivate(email: str, /, *, where: Where = HERE) -> None:
    """Let somebody sign in again who was deactivated.

    Parameters
    ----------
    email
        Who comes back.
    """
    ask(where.settings(), "user.change", UserChange(email=email, active=True), type(None))
    say(f"{email} may sign in again: watchroom user link {email}")


@commands.command(name="sign-out")
def sign_out(email: str, /, *, where: Where = HERE) -> None:
    """Sign somebody out of every browser, and spoil the links that they have not used.

    Parameters
    ----------
    email
        Who it is.
    """
    ended = ask(where.settings(), "user.sign_out", Named(email), int)
    say(f"{email} was signed out of {ended} browser{'s' if ended != 1 else ''}.")
