"""The page of the grouping rules: what it is given.

Called by `grouping_settings`, which passes it to `render`. Never reads the record itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from watchroom.base.command import Caution
from watchroom.base.errors import WatchroomError
from watchroom.detection.rulebook import Change
from watchroom.web.api.grouping import GroupingPreview
from watchroom.web.html.pages import Visit
from watchroom.web.html.template import People, template
from watchroom.web.settings.grouping_form import DraftRule

WAYS = (
    ("labels", "by labels"),
    ("topology", "by services that depend on each other"),
    ("sender", "as its sender groups"),
    ("separate", "never: each in a room of its own"),
)


@template("pages/grouping.html")
@dataclass(frozen=True)
class GroupingPage:
    """`/settings/grouping`: the rules as a draft, what they would have made of the last week."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    draft: Sequence[DraftRule]
    """The rules as they stand in the form."""
    version: int
    """The version that the draft began from."""
    changed: bool
    """Whether the draft differs from the rules that are kept."""
    previewed: str
    """The digest of the rules that were last tried out."""
    seen: GroupingPreview | None
    """What the preview saw, when it was asked for."""
    problem: WatchroomError | None
    """Why the draft could not be tried out or kept."""
    saved: bool
    """Whether the draft was kept just now."""
    cautions: Sequence[Caution]
    """What to look at."""
    history: Sequence[Change]
    """The last changes, newest first."""
    services: int
    """How many services the catalogue holds."""
    people: People
    """Names of people."""
    ways: Sequence[tuple[str, str]] = WAYS
    """The ways of grouping: the word and how it reads."""
