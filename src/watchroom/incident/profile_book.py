"""The book of profiles: which one the house goes by, who chose or changed it, when and why.

Facts of the stream `directory`, so every server process sees the same. Without any, the setting `profile` holds. A
change never reaches into a room: each holds the profile that it was declared under. Called by the write path and the
intake (`in_force`), the API, the shell and the settings page.
"""

from collections import deque
from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, Malformed, WatchroomError
from watchroom.incident import shipped
from watchroom.incident.adopting import InForce
from watchroom.incident.profile import Profile, digest
from watchroom.people.stream import DirectoryFact, Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Event, Fact
from watchroom.record.log import Log

VERSION_CLAIM, VERSION_KEY = "profile", "version"
HISTORY_MAX = 50


class ProfileChosen(DirectoryFact, frozen=True, kw_only=True):
    """The house goes by a shipped profile from now on."""

    version: int
    name: str
    digest: Annotated[str, msgspec.Meta(description="Names the content that it had when it was chosen.")]
    profile: Annotated[Profile, msgspec.Meta(description="The whole of it, as it was shipped then.")]
    reason: str = ""


class ProfileChanged(DirectoryFact, frozen=True, kw_only=True):
    """The house goes by a profile of its own from now on."""

    version: int
    profile: Profile
    reason: str = ""


FACTS: tuple[type[Fact], ...] = (ProfileChosen, ProfileChanged)
CODEC = FactCodec(FACTS)


class ProfileVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The house's profile from one change to the next: who made it so, when, and why."""

    version: int
    at: datetime | None
    by: str
    reason: str
    profile: Profile
    digest: str
    shipped: bool
    """Whether it is one of the shipped ones, unchanged."""


class ProfileBook(Following):
    """The house's profile and its history. Call `load` once; from then on it follows the log by itself.

    `name` is the setting's. Raises MisConfigured when no such profile is shipped.
    """

    def __init__(self, log: Log, clock: Clock, name: str = shipped.DEFAULT_NAME) -> None:
        super().__init__(log, clock)
        first = shipped.shipped(name)
        self._versions: deque[ProfileVersion] = deque(maxlen=HISTORY_MAX)
        self._set = _version(0, None, "", "", first)

    @property
    def now(self) -> ProfileVersion:
        """The profile as it stands."""
        return self._versions[-1] if self._versions else self._set

    @property
    def history(self) -> list[ProfileVersion]:
        """The last changes, newest first."""
        return list(reversed(self._versions))

    def in_force(self) -> InForce:
        """What a room that is declared now goes by."""
        return InForce(self.now.profile, self.now.version)

    async def choose(self, name: str, *, actor: str, via: str, version: int | None = None, reason: str = "") -> bool:
        """Go by a shipped profile; False when that is so already. Raises Malformed, Conflict."""
        try:
            profile = shipped.shipped(name)
        except WatchroomError as error:
            raise Malformed(error.message, hint=error.hint) from error
        return await self.change(profile, actor=actor, via=via, version=version, reason=reason)

    async def change(
        self, profile: Profile, *, actor: str, via: str, version: int | None = None, reason: str = ""
    ) -> bool:
        """Go by this profile; False when that is so already.

        `version` is the one that was edited: another's change since then is never overwritten unseen. A profile that
        has a shipped one's name and other content is refused, so that a name always means one thing. Raises Malformed,
        Conflict.
        """
        own = digest(profile)
        is_shipped = profile.name in shipped.NAMES
        if is_shipped and digest(shipped.shipped(profile.name)) != own:
            raise Malformed(
                f"{profile.name} is the name of a shipped profile, and this one is another.",
                hint="Give yours a name of its own, such as " + f"{profile.name}-own.",
            )
        await self.catch_up()
        now = self.now
        if version is not None and version != now.version:
            raise _moved_on(now)
        if own == now.digest:
            return False
        next_ = now.version + 1
        fact: Fact = ProfileChanged(version=next_, profile=profile, reason=reason)
        if is_shipped:
            fact = ProfileChosen(version=next_, name=profile.name, digest=own, profile=profile, reason=reason)
        claim = Claim(VERSION_CLAIM, VERSION_KEY, str(next_), str(now.version) if now.version else None)
        try:
            await record(self._log, self._clock, CODEC, fact, actor, via, claim)
        except Conflict as error:
            await self.catch_up()
            raise _moved_on(self.now) from error
        await self.catch_up()
        return True

    def take(self, event: Event) -> None:
        match CODEC.decode(event):
            case ProfileChosen() | ProfileChanged() as fact:
                by = event.actor.removeprefix("person:")
                self._versions.append(_version(fact.version, event.at, by, fact.reason, fact.profile))
            case _:
                return


def _version(version: int, at: datetime | None, by: str, reason: str, profile: Profile) -> ProfileVersion:
    own = digest(profile)
    known = profile.name in shipped.NAMES and digest(shipped.shipped(profile.name)) == own
    return ProfileVersion(version=version, at=at, by=by, reason=reason, profile=profile, digest=own, shipped=known)


def _moved_on(now: ProfileVersion) -> Conflict:
    by = f" by {now.by}" if now.by else ""
    return Conflict(
        f"The profile was changed meanwhile{by}; it is at version {now.version}.",
        hint="Load it again, and make your change on top of theirs.",
    )
