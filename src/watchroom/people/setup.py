"""The set-up of a new install: that it began, what was put off, and that it is over, as facts of the directory.

Begun by `app` on a record that nobody has an account in, never in a demo. Whether a step is done is seen from what is
there (an account, a team, …) and not kept twice; only that a call was tried is kept here. Nothing waits for it.
"""

from typing import Literal, get_args

from watchroom.base.clock import Clock
from watchroom.base.errors import Malformed
from watchroom.people.stream import DirectoryFact, Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log

Step = Literal["account", "team", "people", "sender", "ring"]
STEPS: tuple[Step, ...] = get_args(Step)
ACTOR = "system:setup"


class SetupBegun(DirectoryFact, frozen=True, kw_only=True):
    """A server was started on a record in which nobody has an account."""


class SetupStepPutOff(DirectoryFact, frozen=True, kw_only=True):
    """Somebody does a part of the set-up later, or never."""

    step: Step


class SetupCallTried(DirectoryFact, frozen=True, kw_only=True):
    """Somebody said that a test call rang in their browser."""

    email: str


class SetupEnded(DirectoryFact, frozen=True, kw_only=True):
    """Somebody said that the set-up is over; it is shown no more."""


FACTS: tuple[type[Fact], ...] = (SetupBegun, SetupStepPutOff, SetupCallTried, SetupEnded)
CODEC = FactCodec(FACTS)


def checked_step(name: str) -> Step:
    """The step of that name. Raises Malformed."""
    for step in STEPS:
        if name == step:
            return step
    raise Malformed(f"{name[:40]!r} is no part of the set-up.", hint=f"The parts are {', '.join(STEPS)}.")


class Setup(Following):
    """How far the set-up is. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock) -> None:
        super().__init__(log, clock)
        self.begun = False
        self.ended = False
        self.put_off: set[Step] = set()
        self.call_tried = False

    @property
    def open(self) -> bool:
        """Whether it is to be shown where somebody stands."""
        return self.begun and not self.ended

    async def begin(self) -> None:
        """It begins, if it has not."""
        await self.catch_up()
        if not self.begun:
            await self._say(SetupBegun(), ACTOR, "serve")

    async def later(self, step: Step, *, actor: str, via: str) -> None:
        """Put a part off."""
        if step not in self.put_off:
            await self._say(SetupStepPutOff(step=step), actor, via)

    async def tried(self, email: str, *, actor: str, via: str) -> None:
        """Somebody's browser rang."""
        if not self.call_tried:
            await self._say(SetupCallTried(email=email), actor, via)

    async def end(self, *, actor: str, via: str) -> None:
        """It is over."""
        if not self.ended:
            await self._say(SetupEnded(), actor, via)

    async def _say(self, fact: Fact, actor: str, via: str) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self.catch_up()

    def take(self, event: Event) -> None:
        match CODEC.decode(event):
            case SetupBegun():
                self.begun = True
            case SetupStepPutOff(step=step):
                self.put_off.add(step)
            case SetupCallTried():
                self.call_tried = True
            case SetupEnded():
                self.ended = True
