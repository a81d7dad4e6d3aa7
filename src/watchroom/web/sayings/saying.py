"""The shape of what one entry of the timeline says. What each kind of fact says stands in `sayings` and
`sayings_of_work`.

Called by `timeline`. Texts are plain here and escaped by the template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from watchroom.communication.image import Image


@dataclass(frozen=True)
class Saying:
    """What one entry says. Texts are plain; the template escapes them."""

    icon: str = "dot"
    bold: str = ""
    ref: str = ""
    """The thing it speaks of: `H1`, `I1`, `U1`."""
    person: str = ""
    """A person it names after the bold words."""
    people: tuple[str, ...] = ()
    """Persons and teams that it names one after the other, where there may be more than one."""
    text: str = ""
    actor: str = ""
    """A person who ends the sentence, with what they do in `then`: "Tomasz goes on looking"."""
    then: str = ""
    at: datetime | None = None
    """A time after `then`: "next 14:30"."""
    tag: str = ""
    tone: str = ""
    """`good`, `warn`, `hot`, `run`, `dead`: the tag's colour role."""
    quote: str = ""
    """Words of a person, shown as Markdown below."""
    parts: tuple[tuple[str, str], ...] = ()
    """Named paragraphs of an update."""
    link: str = ""
    room: str = ""
    """Another room it leads to."""
    signal: str = ""
    """A signal it speaks of, by id; the page adds the title that the entry before it has named."""
    named: tuple[str, str] | None = None
    """A signal that it names, and its title at that moment."""
    speech: bool = False
    to: str = ""
    """For speech: the one person it speaks to. For an update: its audience."""
    mentions: Mapping[str, str] = field(default_factory=dict)
    """For speech: who is meant, by the words of the quotation that name them."""
    answers: int = 0
    """For speech: the number of the entry that it answers; 0 for none."""
    images: Sequence[Image] = ()
    """For speech: what it shows."""
    quiet: bool = False
