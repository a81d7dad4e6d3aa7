"""Entering: a timeline of something that has happened becomes a room, as if it had been kept at the time.

Each fact has the time that the timeline states, and was recorded now; its tool is `entered`. The room is closed when it
is there: it opens no door, pages nobody, and no timer waits for it; people may review it, or reopen it. All or nothing,
and once for each timeline. Called by the API and `operations`. `facts_of` is pure.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, NotFound, Refused, TooLarge
from watchroom.base.rng import Chance
from watchroom.communication.update import UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, IncidentNoticed, RoomOpened
from watchroom.detection.severity import SeverityConfirmed
from watchroom.detection.signal import ObservationNoted
from watchroom.incident.entered import TimelineEntered
from watchroom.incident.incident import CODEC
from watchroom.incident.timeline_file import Entry, Timeline, read_timeline
from watchroom.incident.timeline_words import Milestone, Reading
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated
from watchroom.record.event import VIA_ENTERED, Claim, Draft, Fact, StreamAppend
from watchroom.record.log import Log
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.review.action_item import ActionAdded
from watchroom.review.finding import FactorAdded, FindingAdded

ENTERED = "entered"
"""The scope of the claims by which a timeline is entered once: by its digest, and by its key if it has one."""
TRIES_MAX = 5
UNSAID = "The timeline does not say whether it was understood."
PUT_AWAY = "Entered afterwards; the timeline does not say when the room was put away."


class Step(msgspec.Struct, frozen=True):
    """One fact of the room to come, and when it happened."""

    at: datetime
    fact: Fact
    entry: int = 0
    """The entry that it comes from; 0 for what the timeline says elsewhere."""


class Plan(msgspec.Struct, frozen=True):
    """What would be entered."""

    title: str
    entries: int
    steps: list[Step]
    notes: list[str]
    unstated: list[str]
    from_words: list[str]
    approximate: list[str]
    digest: str
    key: str


class Done(msgspec.Struct, frozen=True):
    """What was entered; with `added` 0 it was here already."""

    id: str
    seq: int
    added: int
    notes: list[str]
    position: int = 0


class _Room:
    """Where the room stands while its facts are put together: what is said twice is a note the second time."""

    def __init__(self, timeline: Timeline, now: datetime) -> None:
        self.timeline = timeline
        self.now = now
        self.steps: list[Step] = []
        self.declared = self.noticed = self.mitigated = self.resolved = self.closed = False
        self.began = False
        # Of a status page's own posts the first shows that it was noticed by then, at the latest.
        self.timeline_is_posts = all(
            any(reading.milestone == "told" for reading in entry.readings) for entry in timeline.entries if entry.number
        )
        self.updates = 0
        self.from_words: set[str] = set()
        self.approximate: set[str] = set()

    def take(self, entry: Entry) -> None:
        """One entry: the milestones that it tells, or a note."""
        facts: list[Fact] = []
        for reading in entry.readings:
            told = list(self._facts(reading, entry))
            if told:
                facts += told
                if entry.from_words:
                    self.from_words.add(reading.milestone)
                if entry.rough:
                    self.approximate.add(reading.milestone)
        if entry.text and not any(_holds(fact, entry.text) for fact in facts):
            facts.insert(0, ObservationNoted(text=entry.text))
        self.steps += [Step(entry.at, fact, entry.number) for fact in facts]

    def _facts(self, reading: Reading, entry: Entry) -> Iterator[Fact]:
        text, over = entry.text, self.resolved or self.closed
        match reading.milestone:
            case "began" if not self.began:
                self.began = True
                yield ImpactStated(text=self.timeline.impact or text or self.timeline.title, began_at=entry.at)
            case "noticed" if not self.noticed:
                self.noticed = True
                yield IncidentNoticed(noticed_at=entry.at)
            case "declared" if not self.declared:
                self.declared = True
                yield IncidentDeclared(title=self.timeline.title, services=self.timeline.services)
            case "declared" | "reopened" if over:
                yield from self._reopened(text)
            case "told":
                if not self.noticed and self.timeline_is_posts:
                    self.noticed = True
                    self.from_words.add("noticed")
                    self.approximate.add("noticed")
                    yield IncidentNoticed(noticed_at=entry.at)
                self.updates += 1
                yield UpdatePosted(id=f"U{self.updates}", audience="customers", impact=text, state=reading.state)
            case "mitigated" if not self.mitigated:
                self.mitigated = True
                yield ImpactMitigated(text=text)
            case "returned" if self.mitigated:
                self.mitigated = False
                if over:
                    yield from self._reopened("")
                yield ImpactReturned(text=text)
            case "resolved" if not over:
                self.resolved = True
                understood = self.timeline.understood
                yield IncidentResolved(understood=understood or "no", text=text, reason="" if understood else UNSAID)
            case "closed" if not self.closed:
                self.closed = True
                yield IncidentClosed(reason=text)

    def _reopened(self, text: str) -> Iterator[Fact]:
        self.resolved = self.closed = False
        yield IncidentReopened(reason=text)

    def afterwards(self, last: datetime) -> None:
        """What the timeline says of the whole, and that the room is put away."""
        if not self.closed:
            self.steps.append(Step(last, IncidentClosed(reason=PUT_AWAY)))
        for name, text in self.timeline.prose.items():
            self.steps.append(Step(self.now, ObservationNoted(text=f"{name.capitalize()}:\n\n{text}")))
        for number, (kind, text) in enumerate(self._learnt(), 1):
            fact = FactorAdded if kind == "contributing" else FindingAdded
            self.steps.append(Step(self.now, fact(id=f"F{number}", text=text)))
        for number, text in enumerate(self.timeline.lists.get("actions", ()), 1):
            self.steps.append(Step(self.now, ActionAdded(id=f"X{number}", text=text)))

    def _learnt(self) -> list[tuple[str, str]]:
        lists = self.timeline.lists
        return [(kind, text) for kind in ("contributing", "lessons") for text in lists.get(kind, ())]


def _holds(fact: Fact, text: str) -> bool:
    """Whether a fact says itself what the entry says."""
    return text in (getattr(fact, "text", ""), getattr(fact, "impact", ""), getattr(fact, "reason", ""))


def file_body(path: Path, bytes_max: int) -> bytes:
    """What a file holds. Raises NotFound, TooLarge."""
    try:
        with path.open("rb") as file:
            body = file.read(bytes_max + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", hint="Give the path of a timeline.") from error
    if len(body) > bytes_max:
        raise TooLarge(f"{path} is longer than {bytes_max} bytes.", hint="Enter it in parts.")
    return body


def digest_of(body: bytes) -> str:
    """The digest of what a timeline says: spaces and the order of fields do not count."""
    plain = json.dumps(json.loads(body.decode("utf-8-sig")), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def plan(body: bytes, now: datetime, entries_max: int) -> Plan:
    """What a timeline would become. Raises Malformed, naming the field and the line."""
    timeline = read_timeline(body, entries_max)
    digest = digest_of(body)
    room = _Room(timeline, now)
    for entry in timeline.entries:
        room.take(entry)
    unstated: list[Milestone] = []
    notes = list(timeline.notes)
    first = timeline.entries[0].at
    opening: list[Fact] = []
    if not room.declared:
        unstated.append("declared")
        opening.append(IncidentDeclared(title=timeline.title, services=timeline.services))
    if timeline.severity is not None:
        opening.append(SeverityConfirmed(severity=timeline.severity))
    if timeline.impact and not room.began:
        opening.append(ImpactStated(text=timeline.impact))
    if not room.closed:
        unstated.append("closed")
    room.afterwards(max(entry.at for entry in timeline.entries))
    ahead = [step.entry for step in room.steps if step.at > now]
    if ahead:
        notes.append(f"Entry {ahead[0]} lies in the future.")
    mark = TimelineEntered(
        digest=digest,
        source=timeline.source,
        entries=sum(entry.number > 0 for entry in timeline.entries),
        timezone=timeline.zone,
        unstated=list(unstated),
        from_words=sorted(room.from_words),
        approximate=sorted(room.approximate),
        notes=notes,
    )
    before: list[Fact] = [RoomOpened(practice=False, title=timeline.title), mark, *opening]
    steps = [*(Step(first, fact) for fact in before), *room.steps]
    found = mark.entries
    return Plan(
        timeline.title, found, steps, notes, mark.unstated, mark.from_words, mark.approximate, digest, timeline.key
    )


async def enter(log: Log, made: Plan, *, clock: Clock, chance: Chance, actor: str, facts_max: int) -> Done:
    """Write what was planned: the whole room, or nothing.

    Raises Refused when its key was used for another timeline, TooLarge, Unavailable, Overloaded.
    """
    if len(made.steps) > facts_max:
        raise TooLarge(f"It makes {len(made.steps)} facts; a room may have {facts_max}.", hint="Enter less of it.")
    names = [made.digest, *([f"key/{made.key}"] if made.key else [])]
    for _ in range(TRIES_MAX):
        held = [await log.holder(ENTERED, name) for name in names]
        if held[0] is not None:
            head = await log.head(held[0])
            return Done(held[0], head.seq if head is not None else 0, 0, made.notes)
        if made.key and held[1] is not None:
            raise Refused(
                f"Another timeline with the key {made.key!r} was entered as {held[1]}.",
                hint=f"Continue {held[1]}, or give this one another key.",
                code="entered_already",
            )
        room = chance.room_id()
        now = clock.now()
        drafts = [
            Draft(step.at, now, actor, VIA_ENTERED, CODEC.kinds[type(step.fact)], CODEC.encode(step.fact))
            for step in made.steps
        ]
        claims = [Claim(ENTERED, name, room) for name in names]
        try:
            appended = await log.append([StreamAppend(room, 0, drafts)], claims)
        except Conflict:
            continue
        return Done(room, len(drafts), len(drafts), made.notes, appended.position)
    raise Conflict("The room could not be opened.", hint="Try again.")


def kind(fact: Fact) -> str:
    """The kind of a fact of a plan."""
    return CODEC.kinds[type(fact)]


def plan_json(made: Plan) -> dict[str, object]:
    """What would be entered, for programs: each fact with its time, its kind, and the entry that it comes from."""
    steps = [
        {"at": step.at, "kind": CODEC.kinds[type(step.fact)], "entry": step.entry or None, "data": step.fact}
        for step in made.steps
    ]
    return {**{name: getattr(made, name) for name in made.__struct_fields__}, "steps": steps}
