"""`watchroom incident enter` and `watchroom incident measures`: the past entered, and how long things took.

Entering asks the running server or takes the record's lock itself; measuring only reads. Called by `shell.incident`.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args

from cyclopts import Parameter

from watchroom.base import shape
from watchroom.base.clock import WallClock, parse_day_or_time, rfc3339
from watchroom.base.errors import Malformed
from watchroom.config import Settings
from watchroom.detection.severity import Severity
from watchroom.incident import entering
from watchroom.incident.distribution import Asked, Distributions, distributions, distributions_json
from watchroom.incident.measures import DEFINITIONS, mark_text, measures, measures_json
from watchroom.operations.desk import ACTOR
from watchroom.operations.past import TimelineFile
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.reading import folded_room, summaries
from watchroom.shell.screen import plain, say, say_json, say_table

ENTER_S = 600.0
"""How long a server may take to enter a long timeline."""
_TITLES = {definition.measure: definition.title for definition in DEFINITIONS}


def enter(
    file: Path,
    /,
    *,
    plan: bool = False,
    person: str | None = None,
    json: bool = False,
    where: Where = HERE,
) -> None:
    """Enter a timeline of something that has happened, as an incident: all of it, or nothing, and once.

    Each entry keeps the time that it states. --plan shows what an entry is taken for, before anything is written.
    The incident is closed when it is there: nobody is called, and no live signal goes to it.

    Parameters
    ----------
    file
        The timeline, as JSON: docs/timelines.md shows the format.
    plan
        Only show what would be entered.
    person
        Who enters it, by e-mail; without it, the shell.
    json
        For programs.
    """
    settings = where.settings()
    # Before anything is asked for: a new data folder is not begun for a file that cannot be read.
    body = entering.file_body(file, settings.import_bytes_max)
    made = entering.plan(body, WallClock().now(), settings.timeline_entries_max)
    if plan:
        _show_plan(made, json)
        return
    actor = f"person:{person.strip().lower()}" if person else ACTOR
    params = TimelineFile(str(file.absolute()), actor)
    done = ask(settings, "incident.enter", params, entering.Done, answer_s=ENTER_S)
    if json:
        say_json(done)
        return
    for note in done.notes if done.added else ():
        say(f"  {plain(note)}")
    if done.added:
        say(f"{done.id} is entered: {done.added} facts from {made.entries} entries.")
    else:
        say(f"{done.id} is here already: nothing was done.")


def _show_plan(made: entering.Plan, json: bool) -> None:
    found = entering.plan_json(made)
    if json:
        say_json(found)
        return
    say(f"{plain(made.title)}: {made.entries} entries would become {len(made.steps)} facts.")
    for note in made.notes:
        say(f"  {plain(note)}")
    say_table(
        ("AT", "FACT", "ENTRY"),
        [(rfc3339(step.at), entering.kind(step.fact), step.entry or "-") for step in made.steps],
        "It holds nothing.",
    )


def measures_(
    id: str | None = None,
    /,
    *,
    since: Annotated[str | None, Parameter(name="--from")] = None,
    until: Annotated[str | None, Parameter(name="--to")] = None,
    severity: str | None = None,
    service: str | None = None,
    practice: bool = False,
    json: bool = False,
    where: Where = HERE,
) -> None:
    """How long it took to detect, declare, tell, mitigate, resolve: of one incident, or of all as distributions.

    Parameters
    ----------
    id
        The incident; without it, all of them.
    since
        Only incidents declared from then on: a time (RFC 3339) or a day.
    until
        Only incidents declared before then.
    severity
        Only incidents of this severity: SEV1, SEV2, SEV3 or SEV4.
    service
        Only incidents of this service.
    practice
        Those of drills instead of the real ones.
    json
        For programs: the same as `GET /api/v1/measures`, or of one incident.
    """
    if severity is not None:
        if (spelt := shape.spelt(severity, get_args(Severity))) is None:
            raise Malformed(f"There is no severity {severity!r}.", hint=f"One of {', '.join(get_args(Severity))}.")
        severity = spelt
    settings = where.settings()
    if id is not None:
        _one(settings, id, json)
        return
    asked = Asked(_moment(since, "--from"), _moment(until, "--to"), severity, service, practice)
    found = distributions(asyncio.run(summaries(settings)), asked)
    if json:
        say_json(distributions_json(found, asked))
        return
    _show(found)


def _moment(text: str | None, name: str) -> datetime | None:
    return None if text is None else parse_day_or_time(text, name)


def _one(settings: Settings, id: str, json: bool) -> None:
    incident = asyncio.run(folded_room(settings, id))
    if json:
        say_json(measures_json(incident))
        return
    say_table(
        ("MEASURE", "TOOK", "FROM", "TO", "TIMES"),
        [
            (
                _TITLES[measure.measure],
                measure.not_applicable or took(measure.value_s),
                mark_text(measure.begins),
                mark_text(measure.ends),
                measure.confidence or "",
            )
            for measure in measures(incident)
        ],
        "Nothing is measured.",
    )


def _show(found: Distributions) -> None:
    say(f"{_counted(found.incidents, 'incident')}; {_counted(found.false_alarms, 'false alarm')} beside.")
    say_table(
        ("MEASURE", "N", "MEDIAN", "P90", "MOST", "NOT APPLICABLE"),
        [
            (each.title, each.n, took(each.median_s), took(each.p90_s), took(each.max_s), each.not_applicable)
            for each in found.items
        ],
        "Nothing is measured.",
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def took(value_s: float | None) -> str:
    """A span of time in the two largest units that it has; a dash where there is none."""
    if value_s is None:
        return "-"
    left, parts = round(value_s), []
    for unit, size_s in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size_s)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
