"""What the report form is given: for people who are signed in, and for anybody who has a link.

Built by `reports`. Never reads the record.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from watchroom.web.html.pages import Visit
from watchroom.web.html.template import template


@template("pages/report.html")
@dataclass(frozen=True)
class ReportPage:
    """`/report` and `/report/{key}`: what cannot be done, since when, by how many, and how to reach who says so."""

    visit: Visit
    """Who is looking; nobody, behind a public link."""
    action: str
    """Where the form is sent."""
    since: Mapping[str, str]
    """Answers to "since when"."""
    how_many: Mapping[str, str]
    """Answers to "how many"."""
    given: Mapping[str, str]
    """What was filled in before, when something was missing."""
    problem: str = ""
    """What was missing, in a sentence."""


@template("pages/reported.html")
@dataclass(frozen=True)
class ReportedPage:
    """The thanks, with the reference."""

    visit: Visit
    """Who is looking; nobody, behind a public link."""
    reference: str
    """What to ask for later."""
    again: str
    """Where another report can be written."""
    room: str
    """The room that it stands in, for those who are signed in; empty for others."""
