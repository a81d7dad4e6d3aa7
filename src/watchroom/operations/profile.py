"""Operations on the profile: what the house goes by, and another in its place.

Called by `every`. Never prints.
"""

from datetime import datetime

import msgspec

from watchroom.base.errors import Malformed, Unavailable
from watchroom.incident import profile_file
from watchroom.incident.profile import Profile
from watchroom.incident.profile_book import ProfileBook
from watchroom.operations.desk import ACTOR, VIA, Desk, Nothing, Operation


class ProfileSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to go by: a shipped profile by name, or the text of a file."""

    name: str = ""
    toml: str = ""
    where: str = ""
    """The file, for whoever must mend it."""
    reason: str = ""


class ProfileNow(msgspec.Struct, frozen=True, kw_only=True):
    """What the house goes by."""

    version: int
    at: datetime | None
    by: str
    reason: str
    digest: str
    shipped: bool
    profile: Profile


def _book(desk: Desk) -> ProfileBook:
    if desk.profiles is None:
        raise Unavailable("No profile is kept here.", hint="Ask the server that has the record.")
    return desk.profiles


async def show_profile(desk: Desk, params: Nothing) -> ProfileNow:
    """What the house goes by. Raises Unavailable."""
    book = _book(desk)
    await book.look()
    return msgspec.convert(book.now, ProfileNow, from_attributes=True)


async def set_profile(desk: Desk, params: ProfileSaid) -> ProfileNow:
    """Go by another profile. Raises Malformed, Conflict, Unavailable."""
    if bool(params.name) == bool(params.toml):
        raise Malformed("It names neither or both of a profile and a text.", hint="watchroom profile set sre-15")
    if params.name:
        await _book(desk).choose(params.name, actor=ACTOR, via=VIA, reason=params.reason)
    else:
        profile = profile_file.read(params.toml, params.where or "the profile")
        await _book(desk).change(profile, actor=ACTOR, via=VIA, reason=params.reason)
    return await show_profile(desk, Nothing())


OPERATIONS: dict[str, Operation] = {
    "profile.show": Operation(Nothing, show_profile, begins=True),
    "profile.set": Operation(ProfileSaid, set_profile, begins=True),
}
