"""The report of an incident, for people who were not there: what happened, who did what, who knew what and when.

A function of the room's record up to its head, in plain words; `report_forms` makes Markdown, HTML and PDF of it.
Called by the shell and the API. Never reads the clock: the same record gives the same report.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from watchroom.base.clock import rfc3339
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import Update, UpdateApproved, UpdatePosted, tells
from watchroom.detection.declaration import IncidentDeclared
from watchroom.detection.signal import SignalRecorded
from watchroom.incident.images import BYTES, key_of
from watchroom.incident.incident import CODEC, IMPORTED, Incident, fold
from watchroom.incident.measures import lasted
from watchroom.mitigation.hypothesis import EvidenceAdded
from watchroom.mitigation.intervention import Intervention
from watchroom.mitigation.page import Pages, RoomPage
from watchroom.mitigation.recruiting import ResponderJoined
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned, RoleHandedOver, RoleReleased
from watchroom.record.event import Event, Fact
from watchroom.record.log import Head, Log
from watchroom.record.signing import Signer
from watchroom.web.html.template import People
from watchroom.web.html.words import after, many, share, span, standing, took_words, word
from watchroom.web.sayings.of_incident import say, say_redacted
from watchroom.web.sayings.of_updates import HEADLINE_ALONE, WORDLESS
from watchroom.web.sayings.saying import Saying

PAGE_EVENTS = 2_000
EMBEDDED_BYTES_MAX = 64 * 2**20
"""So many bytes of images are put into one report; the others are named."""


class Picture(msgspec.Struct, frozen=True):
    """An image in the file itself."""

    alt: str
    data: str
    """A `data:` address with its bytes (source: RFC 2397)."""
    width: int
    height: int


class Line(msgspec.Struct, frozen=True):
    """One entry of the timeline."""

    seq: int
    at: str
    who: str
    says: str
    """What the entry says, in one line."""
    quote: str = ""
    """Words of a person, as they wrote them (Markdown)."""
    mark: str = ""
    """`taken back` or `redacted`, or empty."""
    pictures: tuple[Picture, ...] = ()
    """What it shows, where the form can hold it."""


class Table(msgspec.Struct, frozen=True):
    """One part of the report."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    """What is said when there is no row."""


class Report(msgspec.Struct, frozen=True):
    """All of it, as text."""

    id: str
    title: str
    banner: str
    """`DRILL`, or that it is a copy; empty for this install's own incident."""
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    timeline: tuple[Line, ...]
    proof: tuple[tuple[str, str], ...]


async def report_of(
    log: Log, room: str, head: Head, signer: Signer, people: People, *, pictures: bool = False
) -> Report:
    """The report of the room as it stood at `head`; with `pictures` it holds those that messages show."""
    events: list[Event] = []
    while len(events) < head.seq and (page := await log.read(room, len(events), PAGE_EVENTS)):
        events += page[: head.seq - len(events)]
    incident = fold(room, events)
    incident.imported = await log.holder(IMPORTED, room) is not None
    said = [(event, CODEC.decode(event)) for event in events]
    embedded = await _embedded(log, room, said) if pictures else {}
    signed = signer.head(room, head)
    return Report(
        id=room,
        title=incident.declaration.title or "Untitled",
        banner=_banner(incident),
        facts=tuple(report_facts(incident, people)),
        tables=tuple(tables_of(incident, said, people)),
        timeline=tuple(lines_of(incident, said, people, embedded)),
        proof=(
            ("Last event", str(signed.seq)),
            ("Its digest", signed.digest),
            ("Signed by", signed.key),
            ("Signature", signed.signature),
        ),
    )


def _banner(incident: Incident) -> str:
    parts = ["DRILL: practice, no real incident"] if incident.declaration.practice else []
    if incident.imported:
        parts.append("Copy of another install's record")
    return " · ".join(parts)


def when(at: datetime | None) -> str:
    """A time to the second, in UTC."""
    return rfc3339(at.replace(microsecond=0)).replace("T", " ").replace("Z", " UTC") if at is not None else ""


def report_facts(incident: Incident, people: People) -> Iterator[tuple[str, str]]:
    """What the report says at its head, label and value; what is not known is left out."""
    d, i = incident.declaration, incident.impact
    took = lasted(incident)
    over = took.over_at
    noticed_at = None if d.noticed_unsaid else d.noticed_at
    severity = word(incident.rating.severity) if incident.rating.severity else ""
    for label, value in (
        ("Status", word(incident.status)),
        ("Severity", severity + ("" if incident.rating.confirmed or not severity else " (proposed)")),
        ("Services", ", ".join(d.services)),
        ("Categories", ", ".join(incident.categories.names)),
        ("Customers felt", " · ".join(part for part in (i.text, share(i.share_low, i.share_high)) if part)),
        ("First noticed", when(noticed_at)),
        ("Declared", _by(when(d.declared_at), d.declared_by, people)),
        ("Impact began", when(i.began_at)),
        ("Mitigated", when(i.mitigated_at)),
        ("Resolved", when(incident.resolution.resolved_at)),
        ("Understood", word(incident.resolution.understood or "") if incident.resolution.resolved_at else ""),
        ("Closed", _by(when(incident.closing.closed_at), incident.closing.closed_by, people)),
        ("From noticed to declared", after(noticed_at, d.declared_at).removeprefix("after ")),
        ("From noticed to over", took_words(took) if over and noticed_at is not None else ""),
        ("From declared to over", span(d.declared_at, over) if over and noticed_at is None else ""),
        ("Reopened", many(incident.reopening.times, "time") if incident.reopening.times else ""),
        ("Review", " · ".join(part for part in (word(incident.review.need or ""), incident.review.reason) if part)),
    ):
        if value:
            yield label, value


def _by(at: str, actor: str, people: People) -> str:
    return f"{at}, by {_name(actor, people)}" if at and actor else at


def _name(actor: str, people: People) -> str:
    kind, _, name = actor.partition(":")
    return name if kind in ("source", "system") and name else people.name(actor.removeprefix("person:"))


Said = tuple[Event, Fact | None]


async def _embedded(log: Log, room: str, said: Iterable[Said]) -> dict[str, str]:
    """The images of the room as `data:` addresses, by their SHA-256, as many as fit."""
    found: dict[str, str] = {}
    size = 0
    for event, fact in said:
        for image in fact.images if isinstance(fact, MessagePosted) and not event.redacted else ():
            size += image.bytes
            body = await log.row(BYTES, key_of(room, image.image)) if size <= EMBEDDED_BYTES_MAX else None
            if body is not None:
                found[image.image] = f"data:{image.type};base64,{b64encode(body).decode()}"
    return found


def tables_of(incident: Incident, said: list[Said], people: People) -> Iterator[Table]:
    """The parts of the report that gather what belongs together, in their order."""
    standing = [(event, fact) for event, fact in said if event.seq not in incident.retractions.seqs]
    yield Table("Roles", ("When", "Role", "Who", "How"), tuple(_roles(standing, people)), "Nobody took a role.")
    yield Table(
        "Theories",
        ("", "Theory", "State", "For", "Against"),
        tuple(_theories(incident, standing)),
        "No theory was put up.",
    )
    yield Table(
        "Tries",
        ("", "What", "Expected", "Started", "Seen"),
        tuple(
            (each.id, each.text, each.expected, when(each.started_at), " · ".join(_seen(each)))
            for each in incident.interventions.by_id.values()
        ),
        "Nothing was tried.",
    )
    yield Table(
        "Updates",
        ("", "To", "When", "What they were told", "Promised next"),
        tuple(
            (u.id, u.audience, when(u.posted_at) or "draft", _told(u), when(u.next_at))
            for u in incident.updates.by_id.values()
        ),
        "Nobody was told anything.",
    )
    yield Table(
        "Who knew what, and when",
        ("When", "Who", "What", "Entry"),
        tuple(_known(standing, incident, people)),
        "Nothing is on record.",
    )


def _told(update: Update | UpdatePosted) -> str:
    parts = ((update.impact, ""), (update.doing, "We do: "), (update.need, "We need: "))
    words = [f"{label}{text}" for text, label in parts if text]
    if update.title:
        words = [update.title, *(words or [HEADLINE_ALONE])]
    # Components are no words to anybody: an update of nothing else is one without a word.
    components = [f"Components: {standing(update.components)}"] if update.components else []
    return " · ".join([*(words or [WORDLESS]), *components])


def _seen(intervention: Intervention) -> Iterator[str]:
    if intervention.outcome is not None:
        yield word(intervention.outcome)
    if intervention.observed:
        yield intervention.observed
    if intervention.reverted_at is not None:
        yield f"taken back {when(intervention.reverted_at)}"


def _roles(said: Iterable[Said], people: People) -> Iterator[tuple[str, ...]]:
    for event, fact in said:
        match fact:
            case RoleAssigned():
                yield (
                    when(event.at),
                    word(fact.role),
                    people.name(fact.person),
                    f"given: {fact.brief}" if fact.brief else "given",
                )
            case RoleAccepted():
                yield when(event.at), word(fact.role), people.name(fact.person), "accepted"
            case RoleHandedOver():
                yield when(event.at), word(fact.role), people.name(fact.to), _from(event, fact, people)
            case RoleReleased():
                yield when(event.at), word(fact.role), people.name(fact.person), "released"


def _from(event: Event, fact: RoleHandedOver, people: People) -> str:
    """From whom the role came, and what was said by whom: who held it need not be the one who writes it down."""
    was = people.name(fact.was)
    if _acts(event, fact.was):
        return f"from {was}: {fact.brief}" if fact.brief else f"from {was}"
    by = _name(event.actor, people)
    return f"from {was}, as {by} wrote: {fact.brief}" if fact.brief else f"from {was}, as {by} recorded"


def _briefed(event: Event, fact: RoleHandedOver | RoleAssigned, pages: Pages, people: People) -> str:
    """Who told the new holder what, for whom where it was not the one who held the role, and whether they heard."""
    to, was = (fact.to, fact.was) if isinstance(fact, RoleHandedOver) else (fact.person, "")
    if _acts(event, to):
        before = f" from {people.name(was)}" if was else ""
        return f"wrote down, taking over as {word(fact.role).lower()}{before}: {fact.brief}"
    told = f"by {_name(event.actor, people)}" + (f" for {people.name(was)}" if was and not _acts(event, was) else "")
    call = _call_of(event, fact, pages)
    if call is None:
        return f"was briefed {told}: {fact.brief}"
    if call.acknowledged_at is None:
        return f"was not reached; a brief was left {told}: {fact.brief}"
    return f"was briefed {told}, heard {when(call.acknowledged_at)}: {fact.brief}"


def _call_of(event: Event, fact: RoleHandedOver | RoleAssigned, pages: Pages) -> RoomPage | None:
    """The call that went with a hand-over, in the same append; None where none did."""
    made = (page for page in pages.by_id.values() if page.seq == event.seq + 1)
    return next((page for page in made if (page.cause, page.about) == ("role", fact.role)), None)


def _acts(event: Event, person: str) -> bool:
    return event.actor.removeprefix("person:") == person


def _theories(incident: Incident, said: list[Said]) -> Iterator[tuple[str, ...]]:
    evidence = [fact for _event, fact in said if isinstance(fact, EvidenceAdded)]
    for theory in incident.hypotheses.by_id.values():
        spoken = {
            direction: " · ".join(e.text for e in evidence if (e.hypothesis, e.direction) == (theory.id, direction))
            for direction in ("for", "against")
        }
        yield theory.id, theory.text, word(theory.state), spoken["for"], spoken["against"]


def _known(said: Iterable[Said], incident: Incident, people: People) -> Iterator[tuple[str, ...]]:
    """From what was said to whom, and from who was there: whoever writes in the room has read it up to there."""
    seen: set[str] = set()
    updates = incident.updates
    for event, fact in said:
        at, entry = when(event.at), f"#{event.seq}"
        if event.actor.startswith(("person:", "token:")) and event.actor not in seen:
            seen.add(event.actor)
            joined = "joined" if isinstance(fact, ResponderJoined) else "wrote for the first time"
            yield at, _name(event.actor, people), f"{joined}; the room was open to them up to here", entry
        match fact:
            case SignalRecorded():
                yield at, fact.source, f"reported: {fact.title}", entry
            case IncidentDeclared():
                yield at, "everybody in the room", f"it is an incident: {fact.title}", entry
            case UpdatePosted() if tells(fact, event):
                yield at, fact.audience, _told(fact), entry
            case UpdateApproved() if (update := updates.by_id.get(fact.update)) is not None and not update.empty:
                yield at, update.audience, _told(update), entry
            case MessagePosted() if fact.channel == "direct":
                yield at, people.name(fact.to), f"was spoken to by {_name(event.actor, people)}: {fact.text}", entry
            case RoleHandedOver(to=to) | RoleAssigned(person=to) if fact.brief:
                yield at, people.name(to), _briefed(event, fact, incident.pages, people), entry


def lines_of(incident: Incident, said: Iterable[Said], people: People, embedded: Mapping[str, str]) -> Iterator[Line]:
    """The timeline, an entry a line; `embedded` has the images, by their SHA-256."""
    titles = {id: signal.title for id, signal in incident.signals.by_id.items()}
    for event, fact in said:
        if isinstance(fact, SignalRecorded):
            titles[fact.signal] = fact.title
        redaction = incident.redactions.by_seq.get(event.seq)
        saying = say_redacted(event.kind, redaction) if event.redacted else say(event, fact)
        mark = "redacted" if event.redacted else "taken back" if event.seq in incident.retractions.seqs else ""
        yield Line(
            event.seq, when(event.at), _name(event.actor, people), _sentence(saying, people, titles), _quote(saying),
            mark,
            tuple(
                Picture(image.alt, embedded[image.image], image.width, image.height)
                for image in saying.images
                if image.image in embedded
            ),
        )  # fmt: skip


def _sentence(saying: Saying, people: People, titles: Mapping[str, str]) -> str:
    """An entry's words in one line; `titles` says what a signal is called, by its id."""
    parts = [saying.bold, saying.ref, f"[{saying.tag}]" if saying.tag else ""]
    parts.append(people.name(saying.person) if saying.person else "")
    parts.append(", ".join(people.name(each) for each in saying.people))
    parts.append(f"to {people.name(saying.to)}" if saying.speech and saying.to else "")
    text = " ".join(part for part in parts if part)
    end = " ".join(
        part for part in (people.name(saying.actor) if saying.actor else "", saying.then, when(saying.at)) if part
    )
    signal = titles.get(saying.signal, f"signal {saying.signal}") if saying.signal else ""
    return " · ".join(part for part in (text, signal, saying.text, end, saying.room, saying.link) if part)


def _quote(saying: Saying) -> str:
    parts = [f"{label}: {text}" if label else text for label, text in saying.parts]
    shown = [
        f"Image: {image.alt or 'not described'} ({image.type}, {image.width} x {image.height}, SHA-256 {image.image})"
        for image in saying.images
    ]
    return "\n\n".join([*parts, *([saying.quote] if saying.quote else []), *shown])
