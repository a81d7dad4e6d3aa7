"""The API of the profile: what the house goes by, what it could go by, and changing it.

Called by `routes`. Everybody who may read sees it; only an admin changes it. A change touches no room.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post, put

from watchroom.base.errors import Malformed
from watchroom.incident import profile_file, shipped
from watchroom.incident.profile import Profile, digest
from watchroom.incident.profile_book import ProfileVersion
from watchroom.incident.profile_difference import Difference, differences
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, decoded

EXAMPLE = 'Send {"name": "itil-15"} for a shipped one, or {"profile": {…}} or {"toml": "…"} for your own.'


class ProfileBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to go by: the name of a shipped profile, or one of your own; one of the three."""

    name: Annotated[str | None, msgspec.Meta(description="A shipped profile.")] = None
    profile: Annotated[
        dict[str, Any] | None, msgspec.Meta(description="A profile of your own, in the shape that GET answers.")
    ] = None
    toml: Annotated[str | None, msgspec.Meta(description="A profile of your own, as its file.")] = None
    version: Annotated[
        int | None, msgspec.Meta(description="The version that was edited; another's change since then is refused.")
    ] = None
    reason: Annotated[str, msgspec.Meta(max_length=2_000, description="Why, in a sentence.")] = ""


class ProfileShown(msgspec.Struct, frozen=True, kw_only=True):
    """The house's profile, who made it so, and what else is shipped."""

    version: int
    at: datetime | None
    by: str
    reason: str
    digest: str
    shipped: bool
    profile: Profile
    toml: Annotated[str, msgspec.Meta(description="The same as a file, to be edited.")]
    available: Annotated[list[str], msgspec.Meta(description="The names of the shipped profiles.")]


class ProfilePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would change, and what would not."""

    digest: str
    differences: list[Difference]
    rooms: Annotated[str, msgspec.Meta(description="What becomes of the rooms that are there.")]


ROOMS_STAY = "Rooms that were declared before keep the profile that they were declared under."


def read_body(name: str | None, profile: Any, toml: str | None) -> Profile:
    """The profile that is meant. Raises Malformed."""
    given = [each for each in (name, profile, toml) if each is not None]
    if len(given) != 1:
        raise Malformed("It names none or several of name, profile and toml.", hint=EXAMPLE)
    if toml is not None:
        return profile_file.read(toml, "toml")
    if profile is not None:
        return profile_file.checked(profile)
    if name not in shipped.NAMES:
        raise Malformed(
            f"There is no shipped profile {(name or '')[:60]!r}.", hint=f"There are: {', '.join(shipped.NAMES)}."
        )
    return shipped.shipped(name)


async def _body(request: AnyRequest) -> tuple[ProfileBody, Profile]:
    body = decoded(await body_of(request), ProfileBody, "The profile", EXAMPLE)
    return body, read_body(body.name, body.profile, body.toml)


def _shown(house: House) -> ProfileShown:
    now: ProfileVersion = house.profiles.now
    return ProfileShown(
        version=now.version,
        at=now.at,
        by=now.by,
        reason=now.reason,
        digest=now.digest,
        shipped=now.shipped,
        profile=now.profile,
        toml=profile_file.write(now.profile),
        available=list(shipped.NAMES),
    )


@get("/api/v1/profile", opt={"answer": ProfileShown})
async def show_profile(request: AnyRequest) -> Response[bytes]:
    """The profile that the house goes by: matrix, roles, cadence, closure, service levels."""
    caller_of(request, "read")
    house = house_of(request)
    await house.profiles.look()
    return answer(_shown(house))


@put("/api/v1/profile", opt={"body": ProfileBody, "answer": ProfileShown})
async def change_profile(request: AnyRequest) -> Response[bytes]:
    """Go by another profile from now on, or by an own one. Rooms keep the one that they were declared under."""
    caller = caller_of(request, "admin")
    house = house_of(request)
    body, profile = await _body(request)
    book = house.profiles
    await book.change(profile, actor=caller.actor, via="api", version=body.version, reason=body.reason)
    return answer(_shown(house))


@post("/api/v1/profile/preview", status_code=200, opt={"body": ProfileBody, "answer": ProfilePreview})
async def preview_profile(request: AnyRequest) -> Response[bytes]:
    """Check a profile, and say what it would change. Writes nothing."""
    caller_of(request, "read")
    house = house_of(request)
    _body_given, profile = await _body(request)
    await house.profiles.look()
    changed = differences(house.profiles.now.profile, profile)
    return answer(ProfilePreview(digest=digest(profile), differences=changed, rooms=ROOMS_STAY))


@get("/api/v1/profile/shipped", opt={"answer": list[Profile]})
async def list_shipped_profiles(request: AnyRequest) -> Response[bytes]:
    """The six shipped profiles, whole."""
    caller_of(request, "read")
    return answer({"items": [shipped.shipped(name) for name in shipped.NAMES], "next": None})
