"""`watchroom profile`: what the house goes by in incidents, and what it could go by."""

from pathlib import Path

from cyclopts import App

from watchroom.base.errors import Malformed
from watchroom.base.shape import nearest
from watchroom.incident import profile_file, shipped
from watchroom.incident.profile import digest
from watchroom.incident.profile_difference import differences
from watchroom.operations.desk import Nothing
from watchroom.operations.profile import ProfileNow, ProfileSaid
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say, say_json, say_table

commands = App(name="profile", help="How incidents are run: severity matrix, roles, cadence, closure, service levels.")


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List the shipped profiles, and say which one the house goes by.

    Parameters
    ----------
    json
        For programs.
    """
    now = ask(where.settings(), "profile.show", Nothing(), ProfileNow)
    profiles = [shipped.shipped(name) for name in shipped.NAMES]
    if json:
        items = [{"name": each.name, "title": each.title, "about": each.about} for each in profiles]
        say_json({"items": items, "now": now.profile.name})
        return
    names = {each.name for each in profiles}
    listed = profiles if now.profile.name in names else [*profiles, now.profile]
    say_table(
        ("", "NAME", "TITLE", "FOR"),
        [("*" if each.name == now.profile.name else "", each.name, each.title, each.about) for each in listed],
        "There is none.",
    )


@commands.command(name="show")
def show(name: str | None = None, /, *, json: bool = False, where: Where = HERE) -> None:
    """Print a profile as a file that can be copied and changed.

    Parameters
    ----------
    name
        A shipped profile; without, the one that the house goes by.
    json
        For programs: with its version, and who chose it.
    """
    if name is not None:
        if json:
            say_json({"profile": shipped.shipped(name), "digest": digest(shipped.shipped(name))})
        else:
            say(shipped.text(name).rstrip("\n"))
        return
    now = ask(where.settings(), "profile.show", Nothing(), ProfileNow)
    if json:
        say_json(now)
    else:
        say(profile_file.write(now.profile).rstrip("\n"))


@commands.command(name="set")
def set_(what: str, /, *, reason: str = "", where: Where = HERE) -> None:
    """Go by another profile from now on. Rooms keep the one that they were declared under.

    Parameters
    ----------
    what
        The name of a shipped profile, or a file.
    reason
        Why, in a sentence.
    """
    if what in shipped.NAMES:
        said = ProfileSaid(name=what, reason=reason)
    else:
        said = ProfileSaid(toml=_read(Path(what)), where=what, reason=reason)
    now = ask(where.settings(), "profile.set", said, ProfileNow)
    say(f"The house goes by {now.profile.name} ({now.profile.title}), version {now.version}, digest {now.digest}.")


@commands.command(name="check")
def check(file: Path, /, *, against: str = shipped.DEFAULT_NAME) -> None:
    """Check a file, and say how it differs from a shipped profile. Writes nothing.

    Parameters
    ----------
    file
        A profile as TOML.
    against
        The shipped profile that it is held against.
    """
    profile = profile_file.read(_read(file), str(file))
    say(f"{file}: {profile.name} is whole; digest {digest(profile)}.")
    changed = differences(shipped.shipped(against), profile)
    say_table(
        ("FIELD", against.upper(), profile.name.upper()),
        [(each.field, each.before or "-", each.after or "-") for each in changed],
        f"It is the same as {against}.",
    )


def _read(file: Path) -> str:
    """The file's text. Raises Malformed when there is none that can be read."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        known = ", ".join(shipped.NAMES)
        hint = f"{nearest(str(file), list(shipped.NAMES))}Shipped: {known}."
        raise Malformed(f"There is neither a shipped profile nor a file {file}.", hint=hint) from error
    except UnicodeDecodeError as error:
        raise Malformed(f"{file} is not UTF-8.", hint="Save it as UTF-8; a profile is a TOML text.") from error
