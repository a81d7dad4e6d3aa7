"""One question of guidance: what is asked, why, of whom, from when on, and the one action that answers it.

Made by the files of this folder, one for each kind of work; put in order and chosen from by `asking`. A question
proposes and never decides: what its action would send is shown, can be corrected, and is sent by a person only. Pure.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from watchroom.incident.gaps import GapName
from watchroom.incident.incident import Incident

Kind = Literal["text", "long", "person", "people", "choice", "after"]

COMMANDER, LEAD, SPEAKER = "incident_commander", "technical_lead", "communications_lead"
SAID_MAX = 160
"""How much of what somebody wrote a question repeats, in characters."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the action's command that a person fills, or corrects where something stands there already."""

    name: str
    label: str
    kind: Kind = "text"
    value: str = ""
    """What stands there already; for `after` the minutes from now that are chosen."""
    choices: tuple[tuple[str, str], ...] = ()
    """Value and words, for `choice`."""
    suggestions: tuple[str, ...] = ()
    minutes: tuple[int, ...] = ()
    """For `after`: the spans that are offered, in minutes from when it is sent."""
    required: bool = True


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its reason and its one action."""

    name: str
    """What it asks about; a profile can leave it out by this name."""
    text: str
    why: str
    action: str
    """The words on its button."""
    command: str
    given: dict[str, Any] = {}
    """The fields of the command that stand already."""
    fields: tuple[Field, ...] = ()
    """The fields that a person fills or corrects; none: one click sends it."""
    about: str = ""
    """The thing of the room that it is about, by id or name; two questions of one name differ in it."""
    facts: tuple[str, ...] = ()
    """What it comes from. Once one of these is another, a question that was put away may be asked again."""
    roles: tuple[str, ...] = ()
    """Whom it is for: the holder of the first of these roles that anybody holds; without one, everybody at work."""
    persons: tuple[str, ...] = ()
    """For these alone, whatever they hold."""
    everybody: bool = False
    """For whoever looks, also somebody who has no part in it yet."""
    strangers: bool = False
    """Only for somebody who has no part in it yet."""
    idle: bool = False
    """Only for somebody who is here and holds nothing."""
    from_at: datetime | None = None
    """When it begins to be asked; None: at once."""
    due_at: datetime | None = None
    """By when its answer is waited for."""
    heads_off: GapName | None = None
    """The gap that comes of it, if nobody answers."""

    @property
    def key(self) -> str:
        """Names it within its room."""
        return f"{self.name}:{self.about}" if self.about else self.name

    @property
    def basis(self) -> str:
        """A short digest of what it says and of the facts that it comes from."""
        said = "\n".join((self.key, self.text, self.command, *self.facts))
        return hashlib.sha256(said.encode()).hexdigest()[:12]


Questions = Iterator[Question]


def short(ref: str) -> str:
    """A person as a question names them, without the directory: what stands before the @, with a capital."""
    if ref.startswith("system:"):
        return "Watchroom"
    name = ref.removeprefix("character:").removeprefix("token:").partition("@")[0]
    return name[:1].upper() + name[1:]


def quoted(text: str) -> str:
    """What somebody wrote, on one line and not too long of it."""
    line = " ".join(text.split())
    return line if len(line) <= SAID_MAX else f"{line[: SAID_MAX - 1].rstrip()}…"


def sentence(text: str) -> str:
    """The same as a sentence that another can follow."""
    line = quoted(text)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def minutes(seconds: float) -> str:
    """A span of the profile in words: `5 minutes`, `2 hours`."""
    whole = round(seconds / 60)
    if whole % 60 == 0 and whole:
        return "1 hour" if whole == 60 else f"{whole // 60} hours"
    return "1 minute" if whole == 1 else f"{whole} minutes"


def free_hand(incident: Incident) -> str:
    """Somebody who is here and holds nothing, longest here first; empty when there is nobody."""
    here = sorted(incident.presence.since.items(), key=lambda each: (each[1], each[0]))
    return next((person for person, _ in here if not incident.holdings(person)), "")
