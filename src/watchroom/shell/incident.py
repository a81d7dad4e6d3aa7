"""`watchroom incident`: look at incidents, export and verify their record.

These only read, and do so beside a running server: what is verified is what lies on the disk, not what a server
says.
"""

import asyncio
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from watchroom.base.errors import Malformed, NotFound
from watchroom.config import Settings
from watchroom.incident.doors import is_room
from watchroom.incident.incident import Incident, fold
from watchroom.incident.listing import STALE, Listing, newest_first
from watchroom.incident.summary import Summary, summary
from watchroom.incident.view import incident_json
from watchroom.record.chain import Broken, Verifier
from watchroom.record.codec import export_line
from watchroom.record.log import Head, Log
from watchroom.shell.reach import HERE, Where, beside
from watchroom.shell.screen import cell, complain, plain, say, say_json, say_lines, say_table

PAGE_EVENTS = 2_000
LATER_FORMATS = ("md", "html", "pdf")
OPEN = ("triage", "declared", "mitigated", "resolved")

commands = App(name="incident", help="Incidents and their record.")


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
    rows = asyncio.run(_summaries(where.settings()))
    rows = [row for row in rows if row.practice == practice and (every or row.status in OPEN)]
    rows.sort(key=newest_first, reverse=True)
    if json:
        say_json({"items": rows})
        return
    say_table(
        ("ID", "STATUS", "SEVERITY", "OPENED", "COMMANDER", "TITLE"),
        [
            (row.id, row.status, row.severity, row.opened_at, row.roles.get("incident_commander"), row.title)
            for row in rows
        ],
        "No incident." if every else "No open incident. Those that are over: watchroom incident list --all",
    )


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
    incident = asyncio.run(_incident(where.settings(), id))
    if json:
        say_json(incident_json(incident))
        return
    row = summary(incident)
    say(f"{row.id}  {plain(row.title) or 'Untitled'}")
    for name, value in (
        ("status", row.status + (" (practice)" if row.practice else "")),
        ("severity", row.severity),
        ("services", row.services),
        ("impact", row.impact),
        ("noticed", row.noticed_at),
        ("declared", row.declared_at),
        ("mitigated", row.mitigated_at),
        ("resolved", row.resolved_at),
        ("closed", row.closed_at),
        ("next update", row.next_update_at),
        ("signals firing", f"{row.firing} of {row.signals}"),
        *((role.replace("_", " "), person) for role, person in row.roles.items()),
        ("events", row.seq),
    ):
        if value:
            say(f"  {name:<22}{cell(value)}")


@commands.command
def export(id: str, /, *, form: Annotated[str, Parameter(name="--format")] = "jsonl", where: Where = HERE) -> None:
    """Write one incident's record to standard output as JSON Lines.

    First its head (stream, number and digest of the last event), then one event a line with all that `verify` needs.
    The head is not signed yet; that comes with the next version.

    Parameters
    ----------
    id
        The incident, as in its URL.
    form
        jsonl; md, html and pdf come later.
    """
    if form in LATER_FORMATS:
        raise Malformed(f"Export as {form} comes with a later version.", hint="jsonl is there now.")
    if form != "jsonl":
        raise Malformed(f"There is no export as {form!r}.", hint="The format is jsonl.")
    asyncio.run(_export(where.settings(), id))


@commands.command
def verify(id: str | None = None, /, *, head: str | None = None, json: bool = False, where: Where = HERE) -> int:
    """Check that the record is whole: walk the chain of digests of one stream, or of all of them.

    Exit status 0 and one line when it is, 1 naming the first broken or missing event when it is not.

    Parameters
    ----------
    id
        The incident; without it, every stream of the record.
    head
        A digest that was noted earlier, as 64 hexadecimal digits: the record must still hold the event that it
        belongs to, so that a tail that was cut off is found.
    json
        For programs.
    """
    wanted = None if head is None else _digest(head)
    verdict = asyncio.run(_verify(where.settings(), id, wanted))
    if json:
        say_json(verdict)
    elif verdict.whole:
        say(verdict.says)
    else:
        complain(f"watchroom: {verdict.says}")
    return 0 if verdict.whole else 1


class End(msgspec.Struct, frozen=True):
    """The last event of a stream."""

    seq: int
    digest: str
    """As hexadecimal digits."""


class Verdict(msgspec.Struct, frozen=True):
    """What verifying found."""

    whole: bool
    says: str
    streams: int
    events: int
    broken: Broken | None = None
    head: End | None = None
    """Where the stream ends, if one was asked for."""


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text.strip().removeprefix("sha256:"))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise Malformed(f"{text[:80]!r} is no digest.", hint="A digest has 64 hexadecimal digits, as in an export.")
    return digest


async def _summaries(settings: Settings) -> list[Summary]:
    async with beside(settings) as log:
        stored = await log.load_projection(Listing.name)
        kept = stored.rows if stored is not None and stored.version == Listing.version else {}
        found = []
        for stream in await _streams(log):
            if not is_room(stream):
                continue
            head = await log.head(stream)
            body = kept.get(stream, STALE)
            row = None if body == STALE else msgspec.json.decode(body, type=Summary)
            if row is None or head is None or row.seq != head.seq:
                # The server has not yet written this one down; a row is a function of the room alone.
                row = summary(fold(stream, await log.read(stream)))
            found.append(row)
        return found


async def _incident(settings: Settings, id: str) -> Incident:
    async with beside(settings) as log:
        await _head(log, id)
        return fold(id, await log.read(id))


async def _head(log: Log, id: str) -> Head:
    head = await log.head(id) if is_room(id) else None
    if head is None:
        raise NotFound(f"There is no incident {id[:80]!r}.", hint="`watchroom incident list --all` shows them all.")
    return head


async def _export(settings: Settings, id: str) -> None:
    async with beside(settings) as log:
        head = await _head(log, id)
        say_lines([msgspec.json.encode({"stream": id, "seq": head.seq, "digest": head.digest.hex()})])
        after = 0
        while after < head.seq:
            events = await log.read(id, after, min(PAGE_EVENTS, head.seq - after))
            if not events:
                break
            say_lines(export_line(event) for event in events)
            after = events[-1].seq


async def _streams(log: Log) -> list[str]:
    names: list[str] = []
    while page := await log.streams(names[-1] if names else ""):
        names += page
    return names


async def _verify(settings: Settings, id: str | None, wanted: bytes | None) -> Verdict:
    async with beside(settings) as log:
        if id is not None and await log.head(id) is None:
            raise NotFound(f"There is no incident {id[:80]!r}.", hint="`watchroom incident list --all` shows them all.")
        streams = await _streams(log) if id is None else [id]
        events = 0
        place: tuple[str, int, int] | None = None
        verifier = None
        for stream in streams:
            verifier, at = await _walk(log, stream, wanted)
            events += verifier.seq
            if verifier.broken is not None:
                fault = verifier.broken
                says = f"Event {fault.seq} of {fault.stream} {fault.why}."
                return Verdict(False, says, len(streams), events, broken=fault)
            if at:
                place = (stream, at, verifier.seq)
    whole = (
        f"The record holds together: {_count(events, 'event')} in {_count(len(streams), 'stream')}"
        if id is None
        else f"{id} holds together"
    )
    head = End(verifier.seq, verifier.digest.hex()) if id is not None and verifier is not None else None
    if wanted is not None and place is None:
        says = f"{whole}, but no event has the digest {wanted.hex()}: its end was cut off, or it is another record's."
        return Verdict(False, says, len(streams), events, head=head)
    if place is not None:
        whole += f"; the digest is that of event {place[1]} of {place[0]}, "
        whole += "its last" if place[1] == place[2] else f"which has grown to {place[2]} since"
    elif head is not None:
        whole += f": {head.seq} events, the last with digest {head.digest}"
    return Verdict(True, whole + ".", len(streams), events, head=head)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


async def _walk(log: Log, stream: str, wanted: bytes | None) -> tuple[Verifier, int]:
    """Verify a whole stream; also the number of the event that has the digest `wanted`, or 0."""
    verifier, at = Verifier(stream), 0
    after = 0
    while events := await log.read(stream, after, PAGE_EVENTS):
        verifier.feed(events)
        if verifier.broken is not None:
            break
        at = next((event.seq for event in events if event.digest == wanted), at)
        after = events[-1].seq
    return verifier, at
