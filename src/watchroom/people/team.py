"""Teams: people who can be paged together, as facts of the stream `directory`.

Written by the shell; read by the write path, which pages a team's members one by one, and by the page of the people.
`Teams` follows the log in memory. Never says who is on call.
"""

import re
from collections.abc import Callable, Sequence

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.command import Caution
from watchroom.base.errors import AlreadyDone, Malformed, NotFound
from watchroom.people.person import Directory, normal_email
from watchroom.people.stream import DirectoryFact, Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log

MEMBERS_MAX = 200
_NAME = re.compile(r"[\w][\w .&+/-]{0,79}")


class TeamComposed(DirectoryFact, frozen=True, kw_only=True):
    """A team consists of these people from now on; without any, it is dissolved."""

    team: str
    members: list[str]


class TeamRenamed(DirectoryFact, frozen=True, kw_only=True):
    """A team is called otherwise from now on; what the record says under its old name speaks of it still."""

    team: str
    name: str


FACTS: tuple[type[Fact], ...] = (TeamComposed, TeamRenamed)
CODEC = FactCodec(FACTS)


class Team(msgspec.Struct, frozen=True):
    """A team and its members' e-mails, in the order in which they are paged."""

    name: str
    members: tuple[str, ...]


def strangers(members: Sequence[str], directory: Directory) -> tuple[Caution, ...]:
    """A caution for each member whom the directory lacks: a slip in an e-mail is called, and nobody ever answers."""
    cautions = []
    for member in dict.fromkeys(each.strip().lower() for each in members):
        if not directory.known(member):
            near = " or ".join(directory.nearest(member))
            meant = f" Did you mean {near}?" if near else ""
            hint = "Check the spelling, or add them; they are in the team all the same."
            cautions.append(Caution("unknown_person", f"{member} is not in the directory.{meant}", hint))
    return tuple(cautions)


class Teams(Following):
    """All teams, folded from the stream `directory`. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock) -> None:
        super().__init__(log, clock)
        self._teams: dict[str, Team] = {}
        self._renamed: dict[str, str] = {}
        """Names that teams had before, and the name that each had next."""
        self._told: tuple[Callable[[], None], ...] = ()

    def on_change(self, *told: Callable[[], None]) -> None:
        """Have these called whenever somebody is in a team who was not, or the other way round."""
        self._told += told

    def all(self) -> list[Team]:
        """Every team by name."""
        return sorted(self._teams.values(), key=lambda team: team.name.casefold())

    def get(self, name: str) -> Team | None:
        """The team of that name, or that once had it, in whatever case it is written."""
        plain = name.strip().casefold()
        while plain not in self._teams and plain in self._renamed:
            plain = self._renamed[plain]
        return self._teams.get(plain)

    async def compose(self, name: str, members: Sequence[str], *, actor: str, via: str) -> bool:
        """Say who is in a team; False when that is so already. Raises Malformed for a bad name or e-mail."""
        name = " ".join(name.split())
        if not _NAME.fullmatch(name) or "@" in name:
            raise Malformed(f"{name[:80]!r} is no name for a team.", hint="Use letters, digits, spaces and - . & +")
        if len(members) > MEMBERS_MAX:
            raise Malformed(f"A team has at most {MEMBERS_MAX} members.", hint="Make two teams of it.")
        emails = tuple(dict.fromkeys(normal_email(member) for member in members))
        before = self.get(name)
        if (before.members if before is not None else ()) == emails:
            return False
        fact = TeamComposed(team=before.name if before is not None else name, members=list(emails))
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self.catch_up()
        return True

    async def rename(self, name: str, to: str, *, actor: str, via: str) -> bool:
        """Call a team otherwise; False when it is called so already. Raises NotFound, Malformed, AlreadyDone."""
        await self.catch_up()
        team = self.get(name)
        if team is None:
            raise NotFound(f"There is no team {name[:80]!r}.", hint="GET /api/v1/teams names them all.")
        to = " ".join(to.split())
        if not _NAME.fullmatch(to) or "@" in to:
            raise Malformed(f"{to[:80]!r} is no name for a team.", hint="Use letters, digits, spaces and - . & +")
        if team.name == to:
            return False
        other = self._teams.get(to.casefold())
        if other is not None and other is not team:
            raise AlreadyDone(
                f"There is a team {other.name} already.", hint="Choose another name, or dissolve that one."
            )
        await record(self._log, self._clock, CODEC, TeamRenamed(team=team.name, name=to), actor, via)
        await self.catch_up()
        return True

    async def join(self, name: str, email: str, *, actor: str, via: str) -> bool:
        """Put somebody into a team, at the end; False when they are in it, or there is no such team any more."""
        await self.catch_up()
        team = self.get(name)
        if team is None or email in team.members:
            return False
        return await self.compose(team.name, [*team.members, email], actor=actor, via=via)

    async def leave(self, name: str, email: str, *, actor: str, via: str) -> bool:
        """Take somebody out of a team; False when they are not in it. Without them it may be dissolved."""
        await self.catch_up()
        team = self.get(name)
        if team is None or email not in team.members:
            return False
        left = [member for member in team.members if member != email]
        return await self.compose(team.name, left, actor=actor, via=via)

    def of(self, email: str) -> list[str]:
        """The names of the teams that somebody is in, by name."""
        return [team.name for team in self.all() if email in team.members]

    def take(self, event: Event) -> None:
        match CODEC.decode(event):
            case TeamRenamed(team=name, name=to) if (team := self._teams.pop(name.casefold(), None)) is not None:
                self._renamed.pop(to.casefold(), None)
                if name.casefold() != to.casefold():
                    self._renamed[name.casefold()] = to.casefold()
                self._teams[to.casefold()] = Team(to, team.members)
            case TeamComposed(team=name, members=[]):
                self._teams.pop(name.casefold(), None)
            case TeamComposed(team=name, members=members):
                # A new team may take up a name that another has given up.
                self._renamed.pop(name.casefold(), None)
                self._teams[name.casefold()] = Team(name, tuple(members))
            case _:
                return
        for tell in self._told:
            tell()
