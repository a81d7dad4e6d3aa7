"""Where the set-up stands: which of its parts are done, seen from what there is.

Called by the set-up's page, its API, and the frame of every page (`visit_of`). Never writes.
"""

from typing import Annotated, Literal

import msgspec

from watchroom.people.credential import OWNER
from watchroom.people.setup import STEPS, Step
from watchroom.web.house import House

State = Literal["done", "later", "open"]
OWN_SOURCES = ("sample", "note:")
"""What is tried or noted in the house itself; it is no sender that was heard."""
WORDS: dict[Step, str] = {
    "account": "Your account",
    "team": "Your team",
    "people": "Your people",
    "sender": "A first sender",
    "ring": "A test call",
}


class StepShown(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the set-up."""

    step: Step
    says: str
    state: Annotated[State, msgspec.Meta(description="`done`, `later` (put off), or `open`.")]
    found: Annotated[str, msgspec.Meta(description="What shows that it is done.")] = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    open: Annotated[bool, msgspec.Meta(description="Whether it began and nobody has ended it.")]
    steps: list[StepShown]

    def of(self, step: Step) -> StepShown:
        """One of its parts."""
        return next(each for each in self.steps if each.step == step)

    @property
    def now(self) -> Step | None:
        """The part that comes next: the first that is neither done nor put off."""
        return next((each.step for each in self.steps if each.state == "open"), None)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left, put off or not."""
        return all(each.state == "done" for each in self.steps)


async def standing(house: House) -> Standing:
    """Where the set-up stands now."""
    found = {
        "account": _account(house),
        "team": next((team.name for team in house.teams.all()), ""),
        "people": await _people(house),
        "sender": first_heard(house),
        "ring": "It rang." if house.setup.call_tried else "",
    }
    steps = []
    for step in STEPS:
        state: State = "done" if found[step] else "later" if step in house.setup.put_off else "open"
        steps.append(StepShown(step=step, says=WORDS[step], state=state, found=found[step]))
    return Standing(open=house.setup.open, steps=steps)


def _account(house: House) -> str:
    admins = [account.email for account in house.credentials.accounts.all() if account.admin and account.email != OWNER]
    return house.directory.name(admins[0]) if admins else ""


async def _people(house: House) -> str:
    accounts = [account.email for account in house.credentials.accounts.all() if account.email != OWNER]
    invited = [invitation.email for invitation in await house.credentials.invitations.all()]
    others = [*accounts[1:], *invited]
    return f"{len(others)} besides you" if others else ""


def first_heard(house: House) -> str:
    """The title of a signal that some sender sent; empty while none has."""
    for item in reversed(house.inbox.items.values()):
        if not item.practice and not house.inbox.is_restricted(item.stream) and not item.source.startswith(OWN_SOURCES):
            return item.title
    return ""
