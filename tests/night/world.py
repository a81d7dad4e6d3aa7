"""Three nights: seeded incidents with a little scripted truth, and the people who answer.

A night says what rings, what is true (how many feel it, which try helps, what the dashboards show), who can be asked
and who does not answer. Colleagues act through the same write path as everybody, so that their answers come as facts;
each follows the guidance of their own role, one step in each turn. Used by the fast test over the API and by the one
in Chromium. Never asserts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from tests.http.server import Sender, Server
from tests.night.filling import fill
from watchroom.base.clock import DrillClock
from watchroom.base.errors import AlreadyDone
from watchroom.incident.commands import decode
from watchroom.incident.deadlines import next_at
from watchroom.incident.guidance.asking import guidance, standpoint
from watchroom.incident.guidance.body import guidance_json
from watchroom.incident.incident import Incident
from watchroom.incident.shipped import shipped
from watchroom.incident.timers import Timers

STARTS_AT = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
JUNIOR = "jo@example.com"
PEOPLE = {
    JUNIOR: "Jo Berg",
    "tomasz@example.com": "Tomasz Kowal",
    "ines@example.com": "Inès Duarte",
    "ravi@example.com": "Ravi Varma",
}
A_TURN_S = 20.0
"""How long one step takes somebody who reads it first."""
LOOKS_AGAIN_S = 60.0
NEVER_S = 1e9
"""How long somebody waits before they look again, where nothing is asked."""


@dataclass(frozen=True)
class Night:
    """What is true, and who is there."""

    name: str
    profile: str
    rings: Sequence[Mapping[str, Any]]
    """The generic signals that fire."""
    impact: str
    urgency: str
    helps: str
    """The words of the try that helps."""
    silent: frozenset[str] = frozenset()
    """Who does not answer when they are called."""
    relapses: bool = False
    """Whether it fires again during the first watch, and then a second time no more."""
    comes_in: str = ""
    """What a customer reports while it runs."""


NIGHTS = (
    Night(
        name="a deploy broke the address page",
        profile="sre-15",
        rings=(
            {"title": "CheckoutErrorBudgetBurn", "dedup_key": "burn", "severity": "critical", "service": "checkout",
             "description": "31 % of the orders from the UK fail after the address page."},
            {"title": "CheckoutLatencyHigh", "dedup_key": "latency", "severity": "warning", "service": "checkout"},
        ),
        impact="many", urgency="high", helps="Roll the last change back",
        comes_in="31 tickets: stuck after the address",
    ),
    Night(
        name="the vendor says green",
        profile="itil-15",
        rings=({"title": "PaymentsDeclined", "dedup_key": "declined", "severity": "critical", "service": "payments",
                "description": "Card payments are declined four times as often as usual."},),
        impact="all", urgency="high", helps="Fail over to the other region or vendor",
        silent=frozenset({"tomasz@example.com"}),
    ),
    Night(
        name="alone with a queue that fills again",
        profile="sre-3",
        rings=({"title": "QueueBacklog", "dedup_key": "queue", "severity": "critical", "service": "mail",
                "description": "Mails to customers are an hour late."},),
        impact="few", urgency="high", helps="Add capacity, or shed load", relapses=True,
    ),
)  # fmt: skip


def server_at(folder: Path, clock: DrillClock) -> Server:
    """A server that goes by this clock, whose leaps are no absence of the server's."""
    server = Server(folder, away_after_s=NEVER_S)
    server.clock = clock
    return server


@dataclass
class World:
    """One night on one server, whose clock is moved by hand."""

    night: Night
    server: Server
    clock: DrillClock
    sender: Sender = field(init=False)
    room: str = ""
    quiet: bool = False
    relapsed: bool = False
    asked: int = 0
    turns: list[str] = field(default_factory=list)
    """Who did what, for whoever reads a failure."""

    def __enter__(self) -> "World":
        """The house with its people and its profile, a practice that the junior was in, and the alerts that ring."""
        self.server.do(self._open())
        self.sender = self.server.source("generic", "monitoring")
        self._send("firing")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sender.close()

    async def _open(self) -> None:
        house = self.server.house
        by: Any = {"actor": "system:test", "via": "test"}
        for email, name in PEOPLE.items():
            await house.directory.add(email, name, **by)
        await house.profiles.change(shipped(self.night.profile), **by)
        drill = (
            await house.rooms.declare_new(_command({"command": "declare", "title": "Practice"}), practice=True, **by)
        ).room
        await house.rooms.command(drill, _command({"command": "join"}), actor=f"person:{JUNIOR}", via="test")

    # Time

    def pass_s(self, seconds: float) -> None:
        """Time passes: what comes due is written, the try shows its effect, and the others do what they do."""
        while seconds > 0:
            self.server.do(self._pass(min(seconds, LOOKS_AGAIN_S)))
            self.react()
            seconds -= LOOKS_AGAIN_S

    async def _pass(self, seconds: float) -> None:
        house = self.server.house
        timers = Timers(house.rooms, house.listing, house.projector, self.clock)
        end = (self.clock.now() - STARTS_AT).total_seconds() + seconds
        while True:
            await timers.fire()
            due = [next_at(await house.rooms.room(row.id)) for row in house.listing.all() if not row.practice]
            seconds_due = [(at - STARTS_AT).total_seconds() for at in due if at is not None]
            now = (self.clock.now() - STARTS_AT).total_seconds()
            ahead = [each for each in seconds_due if now < each <= end]
            if not ahead:
                break
            self.clock.jump(min(ahead) - now)
        self.clock.jump(max(0.0, end - (self.clock.now() - STARTS_AT).total_seconds()))
        await timers.fire()

    # The others

    def incident(self) -> Incident:
        """The room as it stands."""
        return self.server.do(self.server.house.rooms.room(self.room))

    def react(self) -> None:
        """The signals follow the truth, something comes in, and each colleague takes one step of their own."""
        self._signals()
        if self.night.comes_in and not self.asked and self.incident().status == "declared":
            self.asked = 1
            body = {"command": "add_inbound", "kind": "report", "text": self.night.comes_in, "from": "Support"}
            self.give("ines@example.com", body)
        for person in PEOPLE:
            if person != JUNIOR and person not in self.night.silent:
                self._step(person)

    def _step(self, person: str) -> None:
        incident = self.incident()
        looks = standpoint(incident, person)
        if not (looks.roles or any(page.to == person for page in incident.pages.open)):
            return
        if not guidance(incident, looks, self.clock.now()):
            return
        item = msgspec.json.decode(msgspec.json.encode(guidance_json(incident, looks, self.clock.now())))["items"][0]
        self.give(person, fill(item["command"], self))

    def give(self, person: str, body: dict[str, Any]) -> None:
        """One command of somebody, as a program would send it."""
        self.turns.append(f"{(self.clock.now() - STARTS_AT).total_seconds():6.0f} s {person}: {body}")
        actor, rooms = f"person:{person}", self.server.house.rooms
        try:
            self.server.do(rooms.command(self.room, _command(body), actor=actor, via="test"))
        except AlreadyDone as refusal:
            self.turns.append(f"         refused: {refusal}")

    def _signals(self) -> None:
        incident = self.incident()
        cured = any(i.text == self.night.helps and i.outcome == "helped" for i in incident.interventions.by_id.values())
        watch = incident.stability.running
        if cured and not self.quiet:
            self._send("resolved")
            self.quiet = True
        elif self.night.relapses and not self.relapsed and watch is not None:
            self.relapsed, self.quiet = True, True
            self._send("firing")
            self._send("resolved")

    def _send(self, status: str) -> None:
        for signal in self.night.rings:
            answer = self.sender.generic({**signal, "status": status}).json()
            self.room = self.room or answer["receipts"][0]["stream"]

    # What somebody sees who looks

    def choice(self, command: str, field: str, choices: Sequence[str], given: dict[str, Any]) -> str | None:
        """What the dashboards say."""
        if command == "set_severity":
            return self.night.impact if field == "impact" else self.night.urgency
        if command == "observe_intervention":
            tried = self.incident().interventions.by_id[given["intervention"]]
            undoes = any(shim.undo == tried.id for shim in self.incident().shims.by_id.values())
            return "helped" if undoes or tried.text == self.night.helps else "no_effect"
        if command == "add_evidence":
            return "for"
        return None

    def words(self) -> str:
        """What stands on the dashboards."""
        return "Errors fell back to where they were" if self.quiet else "The errors go on, since 03:10"

    def person(self) -> str:
        """The next in the directory who has not been asked."""
        incident = self.incident()
        busy = {h.person for h in incident.roles.held.values()} | {p.to for p in incident.pages.by_id.values()}
        free = [person for person in PEOPLE if person != JUNIOR and person not in busy]
        return free[0] if free else next(person for person in PEOPLE if person not in (JUNIOR, *self.night.silent))


def _command(body: dict[str, Any]) -> Any:
    return decode(msgspec.json.encode(body))
