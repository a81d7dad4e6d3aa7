"""Plays a script: moves the clock, does each deed through the house's real doors, and keeps what was answered.

Called by `conftest` and the tests of the language. Judges nothing: that is `expectations`' part.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec

from tests.rooms import verbs
from tests.rooms.script import Deed, Script, Word, seconds
from tests.rooms.sender import Alertmanager, labels_of
from tests.rooms.stage import Stage, actor, at
from watchroom.base.clock import rfc3339
from watchroom.base.errors import Refused, WatchroomError
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.signal import Receipt
from watchroom.incident.handle import Handled
from watchroom.incident.visibility import EVERYONE
from watchroom.record.log import Placed

REPEATED = "#"
"""Stands for 1, 2, 3 … in the alert of `fires 100 NodeDown{instance="n#"}`."""


@dataclass(frozen=True)
class Answer:
    """What a deed was answered with."""

    deed: Deed
    handled: Handled | None = None
    refused: WatchroomError | None = None
    receipts: tuple[Receipt, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """The codes of the cautions that went with it."""
        return [caution.code for caution in self.handled.warnings] if self.handled is not None else []


@dataclass
class Played:
    """A script that was played: everything that was recorded, and every answer."""

    script: Script
    stage: Stage
    answers: list[Answer] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)


BESIDE = ("profile_adopted", "roles_proposed")
"""What the house writes beside a declaration: no name of a script means it."""


class Player:
    """Plays one script on one stage."""

    def __init__(self, script: Script, stage: Stage) -> None:
        self._script = script
        self._stage = stage
        self._played = Played(script, stage)
        self._alertmanagers: dict[str, Alertmanager] = {}
        self._names: dict[str, int] = {}

    async def play(self) -> Played:
        """From the first line to the last expected time. Raises ScriptError for a line that cannot be done."""
        for deeds in self._script.moments:
            await self._stage.move_to(deeds[0].at_s)
            self._played.answers += await asyncio.gather(*map(self._do, deeds))
        times = [each.when.end_s for each in self._script.expected]
        await self._stage.move_to(max([time for time in times if time != float("inf")], default=0))
        await self._stage.settled()
        self._played.placed = await self._stage.house.log.read_all(0, 1_000_000)
        return self._played

    async def _do(self, deed: Deed) -> Answer:
        try:
            if deed.who in self._script.senders:
                return Answer(deed, receipts=tuple(await self._send(deed)))
            if " ".join(word.text for word in deed.words[:2]) in verbs.RULES:
                await self._rules(deed)
                return Answer(deed)
            handled = await self._command(deed)
        except (Refused, WatchroomError) as error:
            return Answer(deed, refused=error)
        except ValueError as error:
            raise self._script.error(deed.line, str(error)) from error
        if deed.name:
            said = [event.seq for event in handled.events if event.kind not in BESIDE]
            self._names[deed.name] = said[-1] if said else handled.seq
        return Answer(deed, handled)

    async def _command(self, deed: Deed) -> Handled:
        first = deed.words[0]
        if isinstance(first.value, dict):
            return await self._stage.do(await self._room(deed), first.value, deed.who)
        if first.text == verbs.JUDGES:
            return await self._judge(deed)
        if first.text == verbs.WITHDRAWS:
            if len(deed.words) != 2:
                raise ValueError("withdraws names a signal: bo withdraws CheckoutErrors")
            # A duplicate stands in another room than the one in which it was judged.
            signal = await self._signal(deed.words[1].text, replace(deed, room=0))
            return await self._stage.withdraw(signal, await self._room(deed), by=deed.who)
        verb, words = verbs.verb_of(self._script, deed)
        fields = verbs.fields_of(self._script, deed, verb, words, self._value)
        if verb.phrase == verbs.NEW_ROOM or (verb.command == "declare" and not await self._stage.rooms()):
            room = await self._stage.declare(by=deed.who, **fields)
            incident = await self._stage.room(room)
            return Handled(room, await self._stage.house.log.read(room), incident.seq)
        return await self._stage.do(await self._room(deed), {"command": verb.command, **fields}, deed.who)

    async def _judge(self, deed: Deed) -> Handled:
        if len(deed.words) < 3:
            raise ValueError("judges names a signal and a verdict: bo judges CheckoutErrors false_alarm")
        signal, verdict, *rest = deed.words[1:]
        judge = verbs.Verb("judges", "triage")
        fields = verbs.fields_of(self._script, deed, judge, rest, self._value, verbs.TRIAGE_SCHEMA)
        if isinstance(fields.get("of"), int):
            fields["of"] = await self._room_number(fields["of"], deed)
        id = await self._signal(signal.text, deed)
        return await self._stage.judge(id, {"verdict": verdict.text, **fields}, deed.who)

    async def _rules(self, deed: Deed) -> None:
        """What is said of the house: `adds rule {…}`, `drops rule NAME`, `defines service NAME [on, what]`, `chooses
        profile NAME`."""
        rulebook, by = self._stage.house.rulebook, actor(deed.who)
        phrase = " ".join(word.text for word in deed.words[:2])
        if len(deed.words) < 3:
            raise ValueError(f"{phrase} what? see docs/room-scripts.md")
        what = deed.words[2]
        if phrase == "chooses profile":
            await self._stage.house.profiles.choose(what.text, actor=by, via="test")
        elif phrase == "adds rule":
            rule = msgspec.convert(what.value, Rule)
            await rulebook.change([*rulebook.now.rules, rule], actor=by, via="test")
        elif phrase == "drops rule":
            await rulebook.change([rule for rule in rulebook.now.rules if rule.name != what.text], actor=by, via="test")
        elif phrase == "composes team":
            members = [actor(name).removeprefix("person:") for name in deed.words[3].value or []]
            await self._stage.house.teams.compose(what.text, members, actor=by, via="test")
        else:
            depends_on = deed.words[3].value if len(deed.words) > 3 else []
            await self._stage.house.services.define(what.text, depends_on, actor=by, via="test")

    async def _signal(self, spec: str, deed: Deed) -> str:
        await self._stage.settled()
        items = self._stage.house.inbox.items.values()
        found = [item for item in items if matches(spec, item.labels, item.title)]
        if deed.room:
            room = await self._room(deed)
            found = [item for item in found if item.stream == room]
        if len(found) != 1:
            titles = ", ".join(sorted(item.title for item in items)) or "none"
            raise ValueError(f"{len(found)} signals are called {spec}; there are: {titles}")
        return found[0].id

    async def _room(self, deed: Deed) -> str:
        return await self._room_number(deed.room or 1, deed)

    async def _room_number(self, number: int, deed: Deed) -> str:
        rooms = await self._stage.rooms()
        if number > len(rooms):
            raise ValueError(f"there is no room {number} yet; {len(rooms)} were opened so far")
        return rooms[number - 1]

    def _value(self, name: str, schema: Mapping[str, Any], words: Sequence[Word]) -> Any:
        """A field's value from its words, by what the command's schema says of it."""
        word = words[0]
        if word.quoted:
            return word.text
        if verbs.is_time(schema):
            return self._time(words)
        if words[0].text == "room" and len(words) == 2:
            return int(words[1].text)
        if name == "people":
            names = word.value if word.value is not None else [word.text]
            return [each if each in ("me", EVERYONE) else actor(each).removeprefix("person:") for each in names]
        if word.value is not None:
            return word.value
        known_team = self._stage.house.teams.get(word.text) is not None
        if verbs.is_person(name) and not verbs.is_a(schema, "array") and not known_team:
            return word.text if word.text == "me" else actor(word.text).removeprefix("person:")
        if name == "seq" and not word.text.isdigit():
            if word.text not in self._names:
                known = ", ".join(self._names) or "none yet"
                raise ValueError(f"no event is called {word.text!r}; named so far with as: {known}")
            return self._names[word.text]
        if verbs.is_a(schema, "number", "integer", "boolean"):
            return msgspec.json.decode(word.text.encode())
        return [word.text] if verbs.is_a(schema, "array") else word.text

    def _time(self, words: Sequence[Word]) -> str:
        length = seconds(words[-1].text)
        if length is None:
            raise ValueError(f"{words[-1].text!r} is no time; write 20m (on the script's clock) or in 20m")
        moment = self._stage.clock.now() + timedelta(seconds=length) if len(words) == 2 else at(length)
        return rfc3339(moment)

    async def _send(self, deed: Deed) -> list[Receipt]:
        kind, what = self._script.senders[deed.who], deed.words[0]
        if what.text not in verbs.SENDS:
            raise ValueError(f"a sender {', '.join(verbs.SENDS)}; {deed.who} cannot {what.text!r}")
        words = list(deed.words[1:])
        if what.text == "sends":
            if not words or words[0].value is None:
                raise ValueError('sends takes JSON: generic sends {"title": "Disk full"}')
            return await self._stage.send(kind, words[0].value, deed.who)
        alertmanager = self._alertmanagers.setdefault(deed.who, Alertmanager())
        specs, group, since = self._alerts(words)
        now = self._stage.clock.now()
        if what.text == "fires":
            alertmanager.fire(specs, group, now, at(since) if since is not None else None)
        elif what.text in ("resolves", "forgets"):
            group = alertmanager.end(specs, now)
        body = alertmanager.webhook(group)
        if what.text == "forgets":
            # `send_resolved: false`: that it ended is never told.
            return []
        if kind == "prometheus":
            return await self._stage.send(kind, body["alerts"], deed.who)
        return await self._stage.send(kind, body, deed.who)

    def _alerts(self, words: list[Word]) -> tuple[list[str], str, float | None]:
        """Which alerts, of which group, since when."""
        specs: list[str] = []
        group, since, count = "default", None, 1
        while words:
            word = words.pop(0)
            if word.text in ("group", "since") and words:
                value = words.pop(0).text
                if word.text == "group":
                    group = value
                else:
                    since = seconds(value)
            elif word.text.isdigit():
                count = int(word.text)
            elif word.text != ",":
                labels_of(word.text)
                specs += [word.text.replace(REPEATED, str(number + 1)) for number in range(count)]
                count = 1
        return specs, group, since


def matches(spec: str, labels: Mapping[str, str], title: str) -> bool:
    """Whether a signal is meant by `CheckoutErrors`, by some of its labels, or by its title."""
    if spec == title:
        return True
    try:
        wanted = labels_of(spec)
    except ValueError:
        return False
    return all(labels.get(name) == value for name, value in wanted.items())
