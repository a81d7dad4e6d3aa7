"""The one path by which a room is written: read, fold, decide, append; on a conflict fold again.

Called by the API, the pages, the shell and the timers. Decisions are pure and stand in the cycles' files; what
spans two rooms (joining a duplicate, reopening) and the claims that say which room is open to new signals are put
together here.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.command import Act, Caution, Command, Register
from watchroom.base.errors import Conflict, Malformed, Refused
from watchroom.base.rng import Chance
from watchroom.base.wording import plain, tidied
from watchroom.communication.editing import EditMessage, edit_message
from watchroom.communication.message import PostMessage
from watchroom.detection.declaration import Declare, RoomOpened, declare
from watchroom.detection.triage import Triage, triage
from watchroom.incident import adopting, commands, doors, images, shipped, transfer, withdrawing
from watchroom.incident.adopting import Adopted, AdoptProfile, InForce
from watchroom.incident.catalogue_check import unknown_services
from watchroom.incident.commands import DECISIONS, OTHERS_TOO, PERSON_FIELDS
from watchroom.incident.folds import Folds
from watchroom.incident.idempotency import Done, Key, Keys, key_of
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.purge import Purge
from watchroom.incident.redacting import plan_redaction
from watchroom.incident.redaction import Redact
from watchroom.incident.sight import Sight, unknown
from watchroom.incident.undo import Retract, retract
from watchroom.incident.visibility import Admit, Viewer, admissions, guard_of, unknown_person
from watchroom.people.person import is_email
from watchroom.record.event import Claim, Decided, Draft, Event, Fact, Redaction, StreamAppend, reasoned
from watchroom.record.log import Appended, Log
from watchroom.resolution.reopening import Reopen

TRIES_MAX = 20
AHEAD_MAX = timedelta(minutes=2)
"""So much may a person's clock be ahead of ours before they are asked about it."""


class Handled(msgspec.Struct, frozen=True):
    """What a command did: the room's new events, its number now, and the cautions that go with it."""

    room: str
    events: list[Event]
    seq: int
    warnings: tuple[Caution, ...] = ()


class Bounds(msgspec.Struct, frozen=True):
    """What a room may hold, and which times a person can mean."""

    facts_max: int = 1_000_000
    year_earliest: int = 2000
    year_latest: int = 2100
    page_deadline_s: int = 3_600
    """How long a page rings and is tried, in seconds."""
    idempotency_s: int = 86_400


class Plan(msgspec.Struct):
    """What one attempt wants to write: facts by room, each at the number it was decided on, and claims."""

    room: str
    facts: list[Fact]
    expected_seq: int
    claims: list[Claim] = []
    others: list[tuple[Incident, int, list[Fact]]] = []
    """Facts for other rooms, and the number that each stood at when they were decided: a folded room moves on."""
    cautions: tuple[Caution, ...] = ()
    sources: dict[str, list[Fact]] = {}
    """Facts for the streams of sources, which go on by themselves."""
    redactions: list[Redaction] = []
    words: set[str] = set()
    """What is purged with them."""
    images: set[str] = set()
    """Images that go with them (`images.key_of`)."""


class Rooms:
    """The write path over one log."""

    def __init__(
        self,
        log: Log,
        folds: Folds,
        clock: Clock,
        chance: Chance,
        register: Register,
        bounds: Bounds | None = None,
        purge: Purge | None = None,
        in_force: Callable[[], InForce] = lambda: InForce(shipped.default()),
        sight: Sight | None = None,
    ) -> None:
        self.log = log
        self.folds = folds
        self.clock = clock
        self._chance = chance
        self.register = register
        self._bounds = bounds or Bounds()
        self._purge = purge
        self._in_force = in_force
        """The house's profile as it stands."""
        self.sight = sight or Sight(folds, register.members)
        self.keys = Keys(log, clock, self._bounds.idempotency_s)

    async def room(self, room: str) -> Incident:
        """The room as it stands, whoever asks: for the house itself. Raises NotFound."""
        incident = await self.folds.get(room) if doors.is_room(room) else None
        if incident is None:
            raise unknown(room)
        return incident

    async def seen(self, room: str, viewer: Viewer) -> Incident:
        """The room as the record has it, for a viewer who sees it. Raises NotFound, Forbidden (to an admin)."""
        return await self.sight.room(room, viewer)

    async def command(
        self,
        room: str,
        command: Command,
        *,
        actor: str,
        via: str,
        idempotency_key: str | None = None,
        admin: bool = False,
    ) -> Handled:
        """Decide and record one command. Raises Malformed, NotFound, Refused, Conflict, Unavailable, Overloaded."""
        command, cautions = self._named_persons(tidied(command, commands.name_of(command)), actor)

        async def plan(incident: Incident, act: Act) -> Plan:
            return await self._decide(incident, command, act)

        cautions += _ahead_of(self.clock.now(), command.at) + unknown_services(command, self.register)
        return await self._run(room, command, plan, actor, via, cautions, idempotency_key, admin)

    async def declare_new(
        self, command: Declare, *, actor: str, via: str, practice: bool = False, idempotency_key: str | None = None
    ) -> Handled:
        """Declare an incident in a room of its own."""
        command = tidied(command, commands.name_of(command))
        self._check_times(command)
        key = key_of(actor, "declare", command, idempotency_key)
        if key is not None and (done := await self._done_before(key)) is not None:
            return done
        for _ in range(TRIES_MAX):
            room = self._chance.room_id()
            now = self.clock.now()
            blank = self._seen(Incident(room))
            act = self._act(blank, command, now, actor, via)
            opened = RoomOpened(practice=practice, title=command.title or "")
            decided = declare(command, blank, act)
            said = reasoned(decided.facts, act.reason)
            facts = [opened, *said, *adopting.brought(Incident(room), decided.facts, self._in_force())]
            cautions = decided.cautions + unknown_services(command, self.register)
            plan = Plan(room, facts, 0, [doors.open_claim(room)], [], cautions)
            try:
                return await self._append(plan, act, now, key)
            except Conflict:
                if key is not None and (done := await self._done_before(key)) is not None:
                    return done
        raise Conflict("The room could not be opened.", hint="Try again.")

    async def triage(self, signal: str, room: str, body: Triage, *, actor: str, via: str) -> Handled:
        """Record a person's verdict on a signal of `room`, with what follows from it."""
        body = tidied(body, "triage")
        self._check_time(body.look_again_at, "look_again_at")
        owner = actor.removeprefix("person:") if body.owner == "me" else self.register.ref(body.owner or "") or None
        body = msgspec.structs.replace(body, owner=owner)
        viewer = Viewer(actor.removeprefix("person:"))
        target = await self.seen(body.of, viewer) if body.verdict == "duplicate" and body.of else None
        if target is not None and target.imported:
            raise _is_copy(target.id)
        if target is not None and target.id == room:
            raise Malformed("A room is no duplicate of itself.", hint='Give "of": another room.')

        async def plan(incident: Incident, act: Act) -> Plan:
            decided = triage(body, signal, incident, act)
            facts, cautions = list(decided.facts), decided.cautions
            others: list[tuple[Incident, int, list[Fact]]] = []
            if body.verdict == "incident" and incident.declaration.declared_at is None:
                title = incident.signals.by_id[signal].title
                declared = declare(Declare(title=title), incident, act)
                facts, cautions = [*facts, *declared.facts], cautions + declared.cautions
            if body.verdict == "duplicate" and body.of:
                into = await self.seen(body.of, viewer)
                away, arriving = transfer.move([signal], incident, into.id)
                facts = [*facts, *away]
                others = [(into, into.seq, arriving)]
                cautions += _told_to_more(incident, into)
                if not into.is_open:
                    cautions += (Caution("target_closed", "The other room is over.", "Reopen it if it came back."),)
            return Plan(incident.id, facts, incident.seq, [], others, cautions)

        return await self._run(room, Command(reason=body.reason), plan, actor, via, (), None)

    async def withdraw(self, signal: str, room: str, reason: str = "", *, actor: str, via: str) -> Handled:
        """Take the last verdict on a signal that was judged in `room` back, with what followed from it.

        Raises NotFound, UnknownThing, AlreadyDone, Refused where others have gone on from a declaration.
        """
        viewer = Viewer(actor.removeprefix("person:"))

        async def plan(incident: Incident, act: Act) -> Plan:
            judgement = incident.judgements.by_signal.get(signal)
            into = None
            if judgement is not None and judgement.verdict == "duplicate" and signal not in incident.signals.by_id:
                into = await self.seen(judgement.of, viewer) if judgement.of else None
            gone_on: list[Event] = []
            if withdrawing.declared_by_it(signal, incident):
                declared = incident.milestones.declared
                assert declared is not None
                gone_on = await self.log.read(incident.id, declared.seq, withdrawing.FOLLOWING_MAX)
            facts, away = withdrawing.withdraw(signal, incident, into, gone_on, act)
            others = [(into, into.seq, away)] if into is not None else []
            return Plan(incident.id, facts, incident.seq, [], others)

        return await self._run(room, Command(reason=plain(reason)), plan, actor, via, (), None)

    async def record(self, room: str, decide: Callable[[Incident], Sequence[Fact]], *, actor: str, via: str) -> Handled:
        """Record facts that no command asks for (the timers'); `decide` sees the room as it stands."""

        async def plan(incident: Incident, act: Act) -> Plan:
            return Plan(incident.id, list(decide(incident)), incident.seq)

        return await self._run(room, Command(), plan, actor, via, (), None)

    async def _run(
        self,
        room: str,
        command: Command,
        plan: Callable[[Incident, Act], Awaitable[Plan]],
        actor: str,
        via: str,
        cautions: tuple[Caution, ...],
        idempotency_key: str | None,
        admin: bool = False,
    ) -> Handled:
        self._check_times(command)
        key = key_of(actor, room, command, idempotency_key)
        viewer = Viewer(actor.removeprefix("person:"), admin)
        if key is not None and (done := await self._done_before(key)) is not None:
            # What was answered once is not shown again to somebody who has lost sight of the room since.
            await self.seen(done.room, viewer)
            return done
        incident = await self.room(room)
        for _ in range(TRIES_MAX):
            if command.expected_seq is not None and command.expected_seq > incident.seq:
                # Whoever says so has seen what another process wrote, of which this one has not heard yet.
                incident = await self.folds.refresh(room) or incident
            if not _lets_self_in(command, viewer):
                # Asked at every turn: another process may have restricted the room just now.
                await self.sight.check(viewer, incident)
            if incident.imported and not isinstance(command, Redact):
                raise _is_copy(room)
            if command.expected_seq is not None and command.expected_seq != incident.seq:
                raise Conflict(
                    f"The room stands at {incident.seq}, not at {command.expected_seq}.",
                    hint="Read what has happened since, then send the command again with the new number.",
                )
            now = self.clock.now()
            act = self._act(incident, command, now, actor, via, admin)
            seen = incident.seq
            try:
                made = await plan(self._seen(incident), act)
                made.facts += adopting.brought(incident, made.facts, self._in_force())
            except Refused:
                # Perhaps only because of what another process has written since: then it is decided again.
                incident = await self.folds.refresh(room) or incident
                if incident.seq == seen:
                    raise
                continue
            let_in, said = admissions(incident, made.facts, self.register.members)
            made.facts += let_in
            made.cautions += said
            if not made.facts and not made.others:
                return Handled(room, [], incident.seq, cautions + made.cautions)
            if incident.seq + len(made.facts) > self._bounds.facts_max:
                raise Refused("The room is full.", hint="Close it and declare another that goes on from here.")
            rooms = frozenset([room, *(other.id for other, _seq, _facts in made.others)])
            for changed, _seq, facts in [(incident, 0, made.facts), *made.others]:
                made.claims += await doors.claims(self.log, changed, facts, act, rooms - {changed.id})
            made.claims = doors.merged(made.claims)
            made.cautions = cautions + made.cautions
            try:
                return await self._append(made, act, now, key)
            except Conflict:
                if key is not None and (done := await self._done_before(key)) is not None:
                    return done
                incident = await self.folds.refresh(room) or incident
                for other, _seq, _facts in made.others:
                    await self.folds.refresh(other.id)
        raise Conflict("Too many others write to this room at once.", hint="Try again.")

    def _seen(self, incident: Incident) -> Incident:
        """The room as decisions see it: before its declaration it goes by whatever the house goes by."""
        if incident.adopted.profile is not None or incident.declaration.declared_at is not None:
            return incident
        profile, version = self._in_force().profile, self._in_force().version
        return msgspec.structs.replace(incident, adopted=Adopted(profile=profile, version=version))

    def _act(
        self, incident: Incident, command: Command, now: datetime, actor: str, via: str, admin: bool = False
    ) -> Act:
        ahead_at = command.at if command.at is not None and command.at > now else None
        at = now if ahead_at is not None else command.at or now
        answer_s = self._seen(incident).profile.page_answer_s
        deadline_s = self._bounds.page_deadline_s
        return Act(at, actor, via, command.reason, self.register, answer_s, deadline_s, admin, ahead_at)

    async def _decide(self, incident: Incident, command: Command, act: Act) -> Plan:
        if isinstance(command, Retract):
            return await self._retract(incident, command, act)
        if isinstance(command, EditMessage):
            event = await self._earlier(incident, command.seq)
            edited = edit_message(command, incident, act, event, CODEC.decode(event))
            return Plan(incident.id, reasoned(edited.facts, act.reason), incident.seq, [], [], edited.cautions)
        if isinstance(command, Redact):
            return await self._redact(incident, command, act)
        if isinstance(command, AdoptProfile):
            adopted = adopting.adopt_profile(command, incident, act, self._in_force())
            return Plan(incident.id, list(adopted.facts), incident.seq, [], [], adopted.cautions)
        decided: Decided = DECISIONS[type(command)](command, incident, act)
        plan = Plan(incident.id, reasoned(decided.facts, act.reason), incident.seq, [], [], decided.cautions)
        if isinstance(command, PostMessage) and command.images:
            shown = await images.posted(self.log, incident.id, command.images)
            plan.facts[0] = msgspec.structs.replace(plan.facts[0], images=shown)
        if isinstance(command, Reopen):
            for offer in incident.reopening.offers:
                waiting = await self.folds.current(offer.room)
                # What only some may see never goes by itself to where more would see it.
                hidden = waiting is not None and bool(_told_to_more(waiting, incident))
                if waiting is not None and waiting.status == "triage" and not hidden:
                    away, arriving = transfer.give_back(waiting, incident.id)
                    plan.others.append((waiting, waiting.seq, away))
                    plan.facts += arriving
            # Whatever waits elsewhere as an incident of its own stays there.
            joined = [waiting.id for waiting, _seq, _away in plan.others]
            plan.facts[0] = msgspec.structs.replace(plan.facts[0], joined=joined)
        return plan

    async def _redact(self, incident: Incident, command: Redact, act: Act) -> Plan:
        made = await plan_redaction(self.log, self.folds, self.keys, incident, command, act)
        facts, cautions = list(made.decided.facts), made.decided.cautions
        plan = Plan(incident.id, facts, incident.seq, made.claims, made.others, cautions)
        plan.sources, plan.redactions = made.sources, made.redactions
        plan.words, plan.images = made.words, made.images
        return plan

    async def _retract(self, incident: Incident, command: Retract, act: Act) -> Plan:
        event = await self._earlier(incident, command.seq)
        decided = retract(command, incident, act, event, CODEC.decode(event))
        after = await self.folds.without(incident.id, command.seq)
        plan = Plan(incident.id, list(decided.facts), incident.seq, [], [], decided.cautions)
        plan.claims = await doors.claims_between(self.log, incident, after)
        return plan

    async def _earlier(self, incident: Incident, seq: int) -> Event:
        """An event of the room by its number. Raises Refused when the room has not come so far."""
        events = await self.log.read(incident.id, seq - 1, 1)
        if not events or seq > incident.seq:
            raise Refused(f"The room has no event {seq}.", hint=f"It has 1 to {incident.seq}.")
        return events[0]

    async def _append(self, plan: Plan, act: Act, now: datetime, key: Key | None) -> Handled:
        appends = [StreamAppend(plan.room, plan.expected_seq, self._drafts(plan.facts, act, now))]
        appends += [
            StreamAppend(other.id, seq, self._drafts(facts, act, now, f"{plan.room}#{plan.expected_seq + 1}"))
            for other, seq, facts in plan.others
            if facts
        ]
        appends += [StreamAppend(source, None, self._drafts(facts, act, now)) for source, facts in plan.sources.items()]
        claims = list(plan.claims)
        if key is not None:
            first, last = plan.expected_seq + 1, plan.expected_seq + len(plan.facts)
            claims += self.keys.claims(key, Done(plan.room, first, last, plan.cautions))
        if plan.redactions:
            return await self._append_and_purge(plan, appends, claims)
        return _handled(plan, await self.log.append(appends, claims))

    async def _append_and_purge(self, plan: Plan, appends: list[StreamAppend], claims: list[Claim]) -> Handled:
        if self._purge is None:
            appended = await self.log.append(appends, claims, plan.redactions)
            await images.forget(self.log, plan.images)
            return _handled(plan, appended)
        async with self._purge.turn(plan.room, plan.expected_seq + 1, plan.images) as turn:
            appended = await self.log.append(appends, claims, plan.redactions)
            rooms = {redaction.stream for redaction in plan.redactions if doors.is_room(redaction.stream)}
            plan.cautions += await turn.finish(rooms, plan.words, appended.position)
        return _handled(plan, appended)

    def _drafts(self, facts: Sequence[Fact], act: Act, now: datetime, cause: str | None = None) -> list[Draft]:
        return [
            Draft(act.ahead_at or act.at, now, act.actor, act.via, CODEC.kinds[type(fact)], CODEC.encode(fact), cause)
            for fact in facts
        ]

    def _named_persons(self, command: Command, actor: str) -> tuple[Command, tuple[Caution, ...]]:
        """Put the caller for `me`, and say which persons the directory does not know."""
        cautions: list[Caution] = []
        changes: dict[str, str] = {}
        for name in PERSON_FIELDS:
            ref = getattr(command, name, None)
            if not isinstance(ref, str) or not ref:
                continue
            if ref == "me":
                changes[name] = actor.removeprefix("person:")
            elif ref.startswith(("character:", "token:")) or self.register.members(ref) is not None:
                continue
            else:
                # However it is typed, and by whichever of their e-mails, a person is one person: what calls them must
                # find them.
                if is_email(ref.strip()):
                    changes[name] = ref = self.register.ref(ref.strip().lower())
                if self.register.known(ref):
                    continue
                others = (commands.name_of(command), name) in OTHERS_TOO
                cautions.append(unknown_person(ref, name, self.register, others=others))
        return (msgspec.structs.replace(command, **changes) if changes else command), tuple(cautions)

    def _check_times(self, command: Command) -> None:
        for field in msgspec.structs.fields(command):
            value = getattr(command, field.name)
            if isinstance(value, datetime):
                self._check_time(value, field.encode_name)

    def _check_time(self, at: datetime | None, field: str) -> None:
        earliest, latest = self._bounds.year_earliest, self._bounds.year_latest
        if at is not None and not earliest <= at.year < latest:
            raise Malformed(
                f"{field} lies in the year {at.year}.", hint=f"Give a time from {earliest} to {latest - 1}."
            )

    async def _done_before(self, key: Key) -> Handled | None:
        done = await self.keys.done(key)
        if done is None:
            return None
        events = await self.log.read(done.room, done.first - 1, done.last - done.first + 1)
        return Handled(done.room, events, done.last, done.cautions)


def _handled(plan: Plan, appended: Appended) -> Handled:
    events = [event for event in appended.events if event.stream == plan.room]
    return Handled(plan.room, events, events[-1].seq if events else plan.expected_seq, plan.cautions)


def _is_copy(room: str) -> Refused:
    return Refused(
        f"{room} was imported: it is a copy of another install's record, and nothing continues it here.",
        hint="Declare an incident of your own that names it. Only redact changes a copy.",
        code="imported",
    )


def _lets_self_in(command: Command, viewer: Viewer) -> bool:
    """Whether an admin asks to be let into a room that they do not see: the only thing that such a one may do there."""
    return viewer.admin and isinstance(command, Admit) and command.person == viewer.ref


def _told_to_more(away: Incident, into: Incident) -> tuple[Caution, ...]:
    """A caution when what moves from a restricted room may be read by others where it goes."""
    before, after = guard_of(away), guard_of(into)
    if before is None or (
        after is not None and set(after.people) <= set(before.people) and set(after.teams) <= set(before.teams)
    ):
        return ()
    said = f"{into.id} is seen by others than this restricted room: they can read the signal's title and labels now."
    return (Caution("leaves_restriction", said, f"Restrict {into.id} too, or redact the signal there."),)


def _ahead_of(now: datetime, at: datetime | None) -> tuple[Caution, ...]:
    """A stated time that has not come yet: a slip, or a clock that is wrong."""
    if at is None or at <= now + AHEAD_MAX:
        return ()
    said = f"It is recorded for {at:%Y-%m-%d %H:%M} UTC, which has not come yet."
    return (Caution("in_the_future", said, "Take it back, and say it again with the time at which it happened."),)
