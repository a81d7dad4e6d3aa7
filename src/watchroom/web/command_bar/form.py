"""How a command is typed: its name, its parts in their order, and what each part is completed from.

The one place from which the help, the palette, the completion and the hint of a refusal are made; the modules beside
this one hold the commands themselves. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from watchroom.web.command_bar.synonyms import SYNONYMS

Kind = Literal[
    "text", "people", "callable", "guests", "role", "cycle", "audience", "category", "question", "choice", "time",
    "past", "span", "number", "share", "list", "services", "signals", "link", "pairs", "lever", "flag",
    "H", "I", "N", "P", "Q", "S", "T", "U", "W",
]  # fmt: skip
"""What a part is completed from; a letter stands for the room's things of that letter."""


@dataclass(frozen=True)
class Part:
    """One part of a typed line."""

    shown: str
    """As it stands in the form: WHO, TEXT, for|against."""
    kind: Kind
    does: str
    """What it says, in a few words for whoever types it."""
    lead: str = ""
    """The word or mark that comes before it: because, by, `|`, a comma."""
    optional: bool = False
    choices: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The part as it stands in the form."""
        text = f"{self.lead} {self.shown}" if self.lead else self.shown
        return f"[{text}]" if self.optional else text


@dataclass(frozen=True)
class Typed:
    """One command that can be typed."""

    name: str
    does: str
    parts: tuple[Part, ...] = ()
    other: str = ""
    """Another form, where one line does not show it."""

    @property
    def form(self) -> str:
        """How it is typed: `/task WHO TEXT [by 10m|14:30]`."""
        text = " ".join((f"/{self.name}", *(part.written for part in self.parts))).replace(" [, ", "[, ")
        return f"{text}, or {self.other}" if self.other else text

    @property
    def words(self) -> str:
        """What it is found by: its name, what it does, and the other words for it."""
        others = [other for other, name in SYNONYMS.items() if name == self.name]
        return " ".join((self.name, self.does, *others)).replace("_", " ")

    def shown(self, named: Sequence[Part] = ()) -> dict[str, Any]:
        """For the page's script: everything that it completes and explains this command from."""
        return {
            "name": self.name,
            "form": self.form,
            "does": self.does,
            "parts": [_part(part) for part in self.parts],
            "named": [_part(part) for part in named],
        }


def _part(part: Part) -> dict[str, Any]:
    said = {"shown": part.shown, "kind": part.kind, "does": part.does, "lead": part.lead}
    return said | {"optional": part.optional, "choices": list(part.choices)}


def typed(name: str, does: str, *parts: Part, other: str = "") -> Typed:
    """A command with its parts in their order."""
    return Typed(name, does, parts, other)


def text(does: str, shown: str = "TEXT") -> Part:
    """Free words."""
    return Part(shown, "text", does)


def thing(letter: Kind, does: str) -> Part:
    """Something of the room by its id."""
    return Part(f"{letter}1", letter, does)


def choice(does: str, *choices: str, shown: str = "") -> Part:
    """One of a few words."""
    return Part(shown or "|".join(choices), "choice", does, choices=choices)


def who(does: str = "a name, an e-mail, or me", shown: str = "WHO", kind: Kind = "people") -> Part:
    """A person, or what else can be called by name."""
    return Part(shown, kind, does)


def time(does: str, shown: str = "10m|14:30") -> Part:
    """A time to come: in so long, at that hour (the next one to come), or on a day."""
    return Part(shown, "time", does)


def led(lead: str, part: Part) -> Part:
    """The part after a word or a mark."""
    return replace(part, lead=lead)


def may(part: Part, lead: str = "") -> Part:
    """The part may be left out."""
    return replace(part, optional=True, lead=lead or part.lead)


WHY = may(Part("WHY", "text", "why; it stays in the record"), "because")
