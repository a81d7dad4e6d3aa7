"""`watchroom incident`: look at incidents, export and verify their record.

These only read, and do so beside a running server: what is verified is what lies on the disk, not what a server
says.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchroom.base.clock import WallClock
from watchroom.base.errors import Malformed
from watchroom.config import Settings
from watchroom.incident.listing import newest_first
from watchroom.incident.summary import Summary, summary
from watchroom.incident.view import incident_json
from watchroom.people.person import Directory
from watchroom.record.export import export_lines
from watchroom.record.opening import signer_of
from watchroom.shell.proof import digest_in, verify_file, verify_record
from watchroom.shell.reach import HERE, Where, with_key
from watchroom.shell.reading import directory, room_and_tolls, room_head, summaries
from watchroom.shell.screen import cell, complain, plain, say, say_bytes, say_json, say_table, write_whole
from watchroom.shell.timelines import enter, measures_
from watchroom.web.exports.forms import FORMATS, Made, rendered
from watchroom.web.exports.report import report_of

OPEN = ("triage", "declared", "mitigated", "resolved")

commands = App(name="incident", help="Incidents and their record.")
commands.command(enter)
commands.command(measures_, name="measures")


@commands.command(name="list")
def list_(
    *,
    every: Annotated[bool, Parameter(name="--all")] = False,
    practice: bool = False,
    json: bool = False,
    where: Where = HERE,
) -> None:
    """List the incidents that are not over, the newest first.

    Parameters
    ----------
    every
        Those that are closed or dismissed too.
    practice
        Those of drills instead of the real ones.
    json
        For programs.
    """
    rows = asyncio.run(summaries(where.settings()))
    rows = [row for row in rows if row.practice == practice and (every or row.status in OPEN)]
    rows.sort(key=newest_first, reverse=True)
    if json:
        say_json({"items": rows})
        return
    people = asyncio.run(directory(where.settings()))
    say_table(
        ("ID", "STATUS", "SEVERITY", "OPENED", "COMMANDER", "TITLE"),
        [(row.id, _status(row), row.severity, row.opened_at, _called(people, row), row.title) for row in rows],
        "No incident." if every else "No open incident. Those that are over: watchroom incident list --all",
    )


def _called(people: Directory, row: Summary) -> str:
    """Who commands, by name."""
    commander = row.roles.get("incident_commander")
    return people.name(commander) if commander else ""


def _status(row: Summary) -> str:
    """The status, and what else the row is."""
    kinds = (("practice", row.practice), ("imported", row.imported), ("entered", row.entered))
    also = [word for word, is_so in kinds if is_so]
    return f"{row.status} ({', '.join(also)})" if also else row.status


@commands.command
def show(id: str, /, *, json: bool = False, where: Where = HERE) -> None:
    """Show one incident as it stands.

    Parameters
    ----------
    id
        The incident, as in its URL.
    json
        For programs: the same as `GET /api/v1/incidents/ID`.
    """
    incident, recovered = asyncio.run(room_and_tolls(where.settings(), id))
    if json:
        say_json(incident_json(incident, recovered))
        return
    row = summary(incident)
    people = asyncio.run(directory(where.settings()))
    say(f"{row.id}  {plain(row.title) or 'Untitled'}")
    for name, value in (
        ("status", _status(row)),
        ("severity", row.severity),
        ("services", row.services),
        ("impact", row.impact),
        ("noticed", "" if incident.declaration.noticed_unsaid else row.noticed_at),
        ("declared", row.declared_at),
        ("mitigated", row.mitigated_at),
        ("resolved", row.resolved_at),
        ("closed", row.closed_at),
        ("next update", row.next_update_at),
        ("signals firing", f"{row.firing} of {row.signals}"),
        *((role.replace("_", " "), people.name(person)) for role, person in row.roles.items()),
        ("events", row.seq),
    ):
        if value:
            say(f"  {name:<22}{cell(value)}")


@commands.command
def export(
    id: str,
    /,
    *,
    form: Annotated[str, Parameter(name="--format")] = "jsonl",
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    where: Where = HERE,
) -> None:
    """Write one incident's record to standard output.

    As JSON Lines first its head (stream, number and digest of the last event, signed by this install), then one event
    a line with all that `verify` and `import` need. The other formats are for people.

    Parameters
    ----------
    id
        The incident, as in its URL.
    form
        jsonl, md (Markdown), html (one file), or pdf.
    output
        The file to write, whole or not at all, instead of standard output.
    """
    if form not in FORMATS:
        raise Malformed(f"There is no export as {form!r}.", hint=f"The formats are {', '.join(FORMATS)}.")
    written, lacks = asyncio.run(_export(where.settings(), id, form))
    if lacks:
        complain(lacks)
    if output is None:
        say_bytes(written)
    else:
        write_whole(output, written)
        complain(f"{output} is written: {len(written)} bytes.")


@commands.command
def verify(
    id: str | None = None,
    /,
    *,
    file: Path | None = None,
    head: str | None = None,
    key: str | None = None,
    json: bool = False,
    where: Where = HERE,
) -> int:
    """Check that the record is whole: walk the chain of digests of one stream, of all of them, or of an exported file.

    Exit status 0 and one line when it is, 1 naming the first broken or missing event when it is not.

    Parameters
    ----------
    id
        The incident; without it, every stream of the record.
    file
        An exported file to check in place of this install's record.
    head
        A digest that was noted earlier, as 64 hexadecimal digits: the record must still hold the event that it
        belongs to, so that a tail that was cut off is found.
    key
        For a file: the public key that must have signed it (`watchroom record key` of the install that it is from).
    json
        For programs.
    """
    wanted = None if head is None else digest_in(head)
    signer = None if key is None else digest_in(key, "key").hex()
    if file is None and signer is not None:
        raise Malformed("--key is for an exported file.", hint="Give --file FILE with it.")
    if file is not None and id is not None:
        raise Malformed("A file names its incident itself.", hint="Give either an incident or --file FILE.")
    verdict = (
        asyncio.run(verify_record(where.settings(), id, wanted)) if file is None else verify_file(file, wanted, signer)
    )
    if json:
        say_json(verdict)
    elif verdict.whole:
        say(verdict.says)
    else:
        complain(f"watchroom: {verdict.says}")
    return 0 if verdict.whole else 1


async def _export(settings: Settings, id: str, form: str) -> Made:
    async with with_key(settings) as log:
        head = await room_head(log, id)
        signer = await signer_of(settings, log)
        if form == "jsonl":
            return Made(b"".join([piece async for piece in export_lines(log, id, head, signer)]))
        directory = Directory(log, WallClock())
        await directory.load()
        report = await report_of(log, id, head, signer, directory, pictures=form == "html")
    return await rendered(report, form, settings.pdf_s)
