"""What the pages about one sender are given: the sender itself, its mapping, what a test or a trial made.

Built by `source_pages`. Never reads the record.
"""

from collections.abc import Mapping as ByName
from collections.abc import Sequence
from dataclasses import dataclass

from watchroom.integrations.mapping import FieldFault
from watchroom.integrations.recent_bodies import Body
from watchroom.integrations.source_book import MappingChange
from watchroom.web.html.pages import NewSecret, Visit
from watchroom.web.html.template import People, template
from watchroom.web.settings.snippets import Snippet
from watchroom.web.settings.source_view import SentTest, SourceView

EXPECTATIONS = (0, 60, 300, 600, 1_800, 3_600, 6 * 3_600, 86_400)
"""Spans that the page offers for a sender's silence, in seconds."""


@dataclass(frozen=True)
class _Page:
    visit: Visit
    """Who is looking, the form token, the server's clock."""


@template("pages/source.html")
@dataclass(frozen=True)
class SourcePage(_Page):
    """`/settings/sources/{name}`: one sender, with all that can be asked of it."""

    source: SourceView
    """The sender as it stands."""
    snippets: Sequence[Snippet]
    """What to paste, with KEY in place of the key."""
    new: NewSecret | None
    """The key that was just made."""
    expectations: Sequence[int]
    """Spans that are offered, in seconds; the one that is set is among them."""
    overlap_s: int
    """How long a key still works after it was renewed."""
    has_mapping: bool
    """Whether senders of this kind can have a mapping."""
    smtp: str
    """Where this install listens for mails; empty when it does not."""
    sent: SentTest | None = None
    """The test that was just sent."""


@template("source_test.html")
@dataclass(frozen=True)
class SentTestPart:
    """What became of a test, below its button."""

    name: str
    """The sender's name."""
    sent: SentTest
    """Where it went, and the id by which it is cleared."""


@dataclass(frozen=True)
class MappingForm:
    """A mapping as the form's fields hold it."""

    fields: ByName[str, str]
    status_words: str
    severity_words: str
    labels: str


@template("pages/mapping.html")
@dataclass(frozen=True)
class MappingPage(_Page):
    """`/settings/sources/{name}/mapping`: the mapping, tried on a sample before it is kept."""

    source: SourceView
    """The sender as it stands."""
    form: MappingForm
    """What the fields hold."""
    sample: str
    """The sample body that stands in the page."""
    recent: Sequence[Body]
    """Bodies that came of late, newest first."""
    kept: Sequence[tuple[int, str, str]]
    """Bodies that could not be read: number, time and reason."""
    history: Sequence[MappingChange]
    """Mappings that the sender had, newest first."""
    people: People
    """Names of people."""
    faults: Sequence[FieldFault] = ()
    """What is wrong with what was to be kept."""


@dataclass(frozen=True)
class TriedItem:
    """What one item of a body becomes."""

    signal: ByName[str, str]
    """The signal's fields as text; empty when it becomes none."""
    state: str
    labels: ByName[str, str]
    faults: Sequence[FieldFault]


@template("mapped.html")
@dataclass(frozen=True)
class MappedPart:
    """What a mapping makes of the sample, beside it."""

    problem: str
    """Why nothing could be tried, or empty."""
    items: Sequence[TriedItem]
    """The first items of the body."""
    more: int
    """How many more there are."""
    body: str
    """The beginning of the body that was tried, when it is not the one in the page."""
