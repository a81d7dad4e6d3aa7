"""`watchroom poster`: how a house runs incidents, on one sheet to hang on a wall. Writes nothing but the file."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from watchroom.base.errors import Malformed
from watchroom.incident import shipped
from watchroom.incident.profile import Profile
from watchroom.operations.desk import Nothing
from watchroom.operations.directory import TeamLine
from watchroom.operations.profile import ProfileNow
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import complain, say, say_bytes
from watchroom.web.poster.drawing import PAPERS
from watchroom.web.poster.making import FORMATS, making
from watchroom.web.poster.sheet import Group, sheet_of

Size = Literal["3", "15", "50"]
DEFAULT_TRADITION, DEFAULT_SIZE = shipped.DEFAULT_NAME.split("-")


def poster(
    *,
    form: Annotated[Literal["svg", "pdf", "md"] | None, Parameter(name="--format")] = None,
    size: Size | None = None,
    tradition: Literal["sre", "itil"] | None = None,
    paper: Literal["a3", "tabloid"] = "a3",
    blank: Annotated[bool, Parameter(negative=())] = False,
    own: Annotated[bool, Parameter(negative=())] = False,
    out: Path | None = None,
    where: Where = HERE,
) -> None:
    """Print the poster: six cycles, what a good colleague asks in each, who decides, who hears when.

    Of a shipped profile it needs no record; of your own it stands with your teams and their people.

    Parameters
    ----------
    form
        svg, pdf, or md (Markdown); by default as the file's name ends, else svg.
    size
        A team of 3, 15 or 50; 15 unless said otherwise.
    tradition
        sre or itil; sre unless said otherwise.
    paper
        a3 or tabloid (US, 17 by 11 inches), lying.
    blank
        With lines to fill in by hand.
    own
        What your house goes by, with your teams: asks the record.
    out
        The file to write; without, standard output.
    """
    chosen = form or (out.suffix.removeprefix(".") if out is not None and out.suffix else "svg")
    if chosen not in FORMATS:
        raise Malformed(f"There is no poster as {chosen}.", hint="Give --format svg, pdf or md.")
    if own and (size or tradition):
        raise Malformed("Your own has its size and tradition.", hint="Leave --own away, or --size and --tradition.")
    settings = where.settings()
    profile, groups = _own(where) if own else (_shipped(size, tradition), [])
    sheet = sheet_of(profile, groups, blank=blank)
    made = asyncio.run(making(sheet, PAPERS[paper], chosen, settings.pdf_s))
    if made.lacks:
        complain(made.lacks)
    if out is None:
        say_bytes(made.content)
        return
    out.write_bytes(made.content)
    say(f"{out}: {sheet.title}, {'blank, ' if blank else ''}{profile.title}, {PAPERS[paper].title}.")


def _shipped(size: Size | None, tradition: str | None) -> Profile:
    return shipped.shipped(f"{tradition or DEFAULT_TRADITION}-{size or DEFAULT_SIZE}")


def _own(where: Where) -> tuple[Profile, list[Group]]:
    settings = where.settings()
    now = ask(settings, "profile.show", Nothing(), ProfileNow)
    teams = ask(settings, "team.list", Nothing(), list[TeamLine])
    return now.profile, [Group(team.name, team.members) for team in teams]
