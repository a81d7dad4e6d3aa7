"""What a script expects, judged: every claim is held against the record as it stood at that time.

A room at any moment is the fold of what was recorded until then, so nothing need be watched while the script plays.
Called by `perform` after `play`. Says what was seen instead.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from tests.rooms.play import Answer, Played, matches
from tests.rooms.script import Expected, Word, near, said
from tests.rooms.stage import STARTS_AT, actor
from watchroom.base.errors import WatchroomError
from watchroom.incident.gaps import Gap, gaps
from watchroom.incident.inbox import Inbox, SignalItem
from watchroom.incident.incident import CODEC, Incident, fold
from watchroom.incident.view import incident_json
from watchroom.incident.visibility import Viewer, guard_of, may_see
from watchroom.people.team import CODEC as TEAMS
from watchroom.people.team import TeamComposed
from watchroom.review.recovery import tolls

BEFORE_S = 1e-6
"""How long before a time "just before" is; the record's times are whole microseconds."""


@dataclass(frozen=True)
class Judged:
    """Whether a claim holds, and what was seen."""

    holds: bool
    seen: str


class Moment:
    """The record as it stood at a time."""

    def __init__(self, played: Played, room: int, at_s: float) -> None:
        self._played = played
        self._number = room
        self.at_s = at_s
        self.placed = [each for each in played.placed if _s(each.event.recorded_at) <= at_s]
        self.rooms = [each.event.stream for each in self.placed if each.event.kind == "room_opened"]
        self.answers = [answer for answer in played.answers if answer.deed.at_s <= at_s]

    @property
    def incident(self) -> Incident | None:
        """The room that is spoken of, if it was there by then."""
        if self._number > len(self.rooms):
            return None
        room = self.rooms[self._number - 1]
        return fold(room, [each.event for each in self.placed if each.event.stream == room])

    @property
    def json(self) -> dict[str, Any]:
        """The room as `GET /api/v1/incidents/{id}` shows it."""
        incident = self.incident
        return {} if incident is None else msgspec.to_builtins(incident_json(incident, tolls(incident.recovery)))

    @property
    def inbox(self) -> Inbox:
        """The inbox as it stood."""
        inbox = Inbox()
        for each in self.placed:
            inbox.apply(each)
        return inbox


def _s(at: Any) -> float:
    return float((at - STARTS_AT).total_seconds())


def failures(played: Played) -> Iterator[tuple[int, str]]:
    """Every expectation that was not met, and every refusal that nobody expected: line and what was seen instead."""
    for expected in played.script.expected:
        for claim in expected.claims:
            says = _failure(played, expected, claim)
            if says:
                yield expected.line, f"{expected.text}\n    {says}"
    awaited = {_refused_at(expected) for expected in played.script.expected if _refused_at(expected) is not None}
    for answer in played.answers:
        if answer.refused is not None and answer.deed.at_s not in awaited:
            error = answer.refused
            says = f"refused, which nobody expects: {error.code}: {error.message} {error.hint}"
            yield answer.deed.line, f"{answer.deed.text}\n    {says}"


def _refused_at(expected: Expected) -> float | None:
    refused = any(claim[0].text == "refused" for claim in expected.claims)
    return expected.when.start_s if refused and expected.when.kind == "at" else None


def _failure(played: Played, expected: Expected, claim: Sequence[Word]) -> str:
    when, judge = expected.when, _judge_of(played, expected, claim)
    if when.kind == "at":
        judged = judge(Moment(played, expected.room, when.start_s))
        return "" if judged.holds else f"seen {_at(when.start_s)}: {judged.seen}"
    if when.kind == "never":
        for at_s in sorted({_s(each.event.recorded_at) for each in played.placed}):
            judged = judge(Moment(played, expected.room, at_s))
            if judged.holds:
                return f"seen at {said(at_s)}: {judged.seen}"
        return ""
    before = judge(Moment(played, expected.room, when.start_s - BEFORE_S))
    if before.holds:
        return f"it was so before {said(when.start_s)} already: {before.seen}"
    after = judge(Moment(played, expected.room, when.end_s))
    return "" if after.holds else f"seen at {said(when.end_s)}: {after.seen}"


def _at(at_s: float) -> str:
    return "at the end" if at_s == float("inf") else f"at {said(at_s)}"


Judge = Callable[[Moment], Judged]


def _judge_of(played: Played, expected: Expected, claim: Sequence[Word]) -> Judge:
    words = [word.text for word in claim]
    negated = words[0] == "no" and len(words) > 1
    head, rest = (words[1], words[2:]) if negated else (words[0], words[1:])
    if head not in _JUDGES and head.partition(".")[0] not in _paths():
        hint = near(head, [*_JUDGES, *_paths()])
        raise played.script.error(expected.line, f"nothing is known as {head!r}; {hint}")
    judge = _JUDGES.get(head)

    def judged(moment: Moment) -> Judged:
        try:
            found = judge(moment, rest) if judge is not None else _path(moment, head, rest)
        except (IndexError, ValueError) as error:
            raise played.script.error(expected.line, f"{' '.join(words)!r} is not whole: {error}") from error
        return Judged(found.holds != negated, found.seen)

    return judged


def _paths() -> list[str]:
    return list(incident_json(Incident("k7m2-9qxd"), []))


def _path(moment: Moment, path: str, wanted: Sequence[str]) -> Judged:
    """A value of the API's answer by its path; lists of things with an id are gone into by id."""
    value: Any = moment.json
    for step in path.split("."):
        if isinstance(value, list):
            value = next((each for each in value if isinstance(each, dict) and each.get("id") == step), None)
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return _same(value, " ".join(wanted))


def _same(value: Any, wanted: str) -> Judged:
    shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    empty = value in (None, "", [], {})
    if not wanted:
        return Judged(not empty, shown)
    holds = empty if wanted == "none" else shown == wanted or _is_person(value, wanted)
    return Judged(holds, "none" if empty else shown)


def _is_person(value: Any, wanted: str) -> bool:
    return isinstance(value, str) and "@" not in wanted and value == actor(wanted).removeprefix("person:")


def _thing(things: str) -> Callable[[Moment, Sequence[str]], Judged]:
    """`hypothesis H1 testing`: the state of a thing with an id; without a state, whether it is there."""

    def judge(moment: Moment, words: Sequence[str]) -> Judged:
        id, *state = words
        known = {each["id"]: each for each in moment.json.get(things, [])}
        if id not in known:
            there = ", ".join(known) or "none"
            return Judged(False, f"no {id}; there are: {there}")
        thing = known[id]
        seen = [thing["state"]] if "state" in thing else []
        if things == "updates":
            seen = ["draft" if thing["draft"] else "posted", thing["audience"], thing["state"] or ""]
        if things == "interventions" and thing["outcome"]:
            seen.append(thing["outcome"])
        # What is late, and what nobody has answered, is said by a word of its own.
        seen += [flag for flag in ("overdue", "unanswered") if thing.get(flag)]
        return Judged(all(word in seen for word in state), " ".join(seen))

    return judge


def _cadence(moment: Moment, words: Sequence[str]) -> Judged:
    audience, wanted = words
    promise = next((each for each in moment.json.get("promises", []) if each["audience"] == audience), None)
    seen = (
        "none"
        if promise is None
        else "overdue"
        if promise["overdue"]
        else "promised"
        if promise["promised"]
        else "asked"
    )
    shown = "" if promise is None else f" {promise['next_at']}"
    return Judged(seen == wanted, f"{seen}{shown}")


def _role(moment: Moment, words: Sequence[str]) -> Judged:
    holder = moment.json.get("roles", {}).get(words[0])
    return _same(holder, "none" if words[1:] in ([], ["nobody"]) else words[1])


def _sees(moment: Moment, words: Sequence[str]) -> Judged:
    """`sees bo`: whether bo sees the room, with the teams as they are at that moment."""
    incident = moment.incident
    guard = None if incident is None else guard_of(incident)
    teams: dict[str, tuple[str, ...]] = {}
    for each in moment.placed:
        fact = TEAMS.decode(each.event) if each.event.kind == "team_composed" else None
        if isinstance(fact, TeamComposed):
            teams[fact.team] = tuple(fact.members)
    viewer = Viewer(actor(words[0]).removeprefix("person:"))
    inside = "everybody" if guard is None else ", ".join((*guard.people, *guard.teams))
    return Judged(may_see(viewer, guard, teams.get), inside)


def _severity(moment: Moment, words: Sequence[str]) -> Judged:
    shown = moment.json
    seen = [shown.get("severity") or "none", "confirmed" if shown.get("severity_confirmed") else "proposed"]
    return Judged(all(word in seen for word in words), " ".join(seen))


def _count(of: Callable[[Moment], int]) -> Callable[[Moment, Sequence[str]], Judged]:
    def judge(moment: Moment, words: Sequence[str]) -> Judged:
        count = of(moment)
        return Judged(count == int(words[0]) if words else count > 0, str(count))

    return judge


def _firing(moment: Moment) -> int:
    incident = moment.incident
    return 0 if incident is None else len(incident.signals.firing)


def _facts(moment: Moment, words: Sequence[str]) -> Judged:
    """`fact KIND`, `fact KIND 2`: how often it is in the room's record; a sender's facts count in every room."""
    kind = words[0]
    known = CODEC.kinds.values()
    if kind not in known and not any(each.event.kind == kind for each in moment.placed):
        raise ValueError(f"there is no fact {kind!r}; {near(kind, list(known))}")
    room = moment.incident.id if moment.incident is not None else ""
    times = [
        said(_s(each.event.recorded_at))
        for each in moment.placed
        if each.event.kind == kind and (each.event.stream == room or kind not in known)
    ]
    holds = len(times) == int(words[1]) if len(words) > 1 else bool(times)
    return Judged(holds, f"{len(times)} of it" + (f", at {', '.join(times[:10])}" if times else ""))


def _signal(moment: Moment, words: Sequence[str]) -> Judged:
    """`signal NAME firing|resolved open|done false_alarm… room 2 count 3`: its item in the inbox, in any order."""
    spec, *wanted = words
    items = [item for item in moment.inbox.items.values() if matches(spec, item.labels, item.title)]
    if len(items) != 1:
        return Judged(False, f"{len(items)} signals of that name")
    seen = _signal_words(items[0], moment)
    pairs = dict(pairwise(wanted))
    holds = all(word in seen or word.isdigit() for word in wanted) and all(
        seen[seen.index(name) + 1] == pairs[name] for name in ("room", "count") if name in pairs
    )
    return Judged(holds, " ".join(seen))


def _signal_words(item: SignalItem, moment: Moment) -> list[str]:
    number = moment.rooms.index(item.stream) + 1
    seen = [item.state, item.triage, "room", str(number), "count", str(item.count)]
    return seen + ([item.verdict] if item.verdict else [])


def _watch(moment: Moment, words: Sequence[str]) -> Judged:
    """`watch broken`: how the newest watch for stability stands; `watch none`."""
    watches = moment.json.get("stability", [])
    seen = watches[-1]["state"] if watches else "none"
    return Judged(seen == words[0], f"{seen} {watches[-1]['broken_by']}" if watches else seen)


def _gap(moment: Moment, words: Sequence[str]) -> Judged:
    """`gap no_cadence true`: whether the room's history shows it; `false`, or `null` where that cannot be told."""
    incident = moment.incident
    if incident is None:
        return Judged(False, "no room")
    events = [each.event for each in moment.placed if each.event.stream == incident.id]
    known = [(event, CODEC.decode(event)) for event in events if event.seq not in incident.retractions.seqs]
    found: dict[str, Gap] = {gap.gap: gap for gap in gaps(incident, [(e, f) for e, f in known if f is not None], None)}
    name, wanted = words
    gap = found.get(name)
    if gap is None:
        return Judged(False, f"no such gap; there are {', '.join(found)}")
    seen = {True: "true", False: "false", None: "null"}[gap.found]
    return Judged(seen == wanted, f"{seen}: {gap.sentence}")


def _offer(moment: Moment, words: Sequence[str]) -> Judged:
    offers = moment.json.get("reopening", [])
    numbers = [moment.rooms.index(offer["room"]) + 1 for offer in offers]
    seen = ", ".join(f"room {number}" for number in numbers) or "none"
    return Judged(int(words[1]) in numbers if words[:1] == ["room"] else bool(numbers), seen)


def _answers(moment: Moment, of: Callable[[Answer], Sequence[str]]) -> list[tuple[float, str]]:
    """What was answered at this moment, or up to it when it is the end or the edge of a span."""
    return [(answer.deed.at_s, code) for answer in moment.answers for code in of(answer)]


def _answered(of: Callable[[Answer], Sequence[str]]) -> Callable[[Moment, Sequence[str]], Judged]:
    def judge(moment: Moment, words: Sequence[str]) -> Judged:
        found = _answers(moment, of)
        exact = [code for at_s, code in found if at_s == moment.at_s]
        among = exact if any(answer.deed.at_s == moment.at_s for answer in moment.answers) else [c for _, c in found]
        return Judged(words[0] in among if words else bool(among), ", ".join(among) or "none")

    return judge


def _refusals(answer: Answer) -> list[str]:
    error: WatchroomError | None = answer.refused
    return [] if error is None else [error.code]


def _receipts(moment: Moment, words: Sequence[str]) -> Judged:
    """`receipts recorded 1 repeated 2`: outcomes of the deliveries of that moment."""
    counts: dict[str, int] = {}
    for answer in moment.answers:
        if answer.deed.at_s == moment.at_s or moment.at_s == float("inf"):
            for receipt in answer.receipts:
                counts[receipt.outcome] = counts.get(receipt.outcome, 0) + 1
    wanted = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    seen = " ".join(f"{name} {count}" for name, count in counts.items()) or "none"
    return Judged(counts == {name: count for name, count in wanted.items() if count}, seen)


def _why(moment: Moment, words: Sequence[str]) -> Judged:
    """`why "its open room"`: some signal of that moment's deliveries went where it went for that reason."""
    said = [receipt.why for answer in moment.answers if answer.deed.at_s == moment.at_s for receipt in answer.receipts]
    return Judged(words[0] in said, ", ".join(said) or "none")


_JUDGES: dict[str, Callable[[Moment, Sequence[str]], Judged]] = {
    "hypothesis": _thing("hypotheses"),
    "intervention": _thing("interventions"),
    "update": _thing("updates"),
    "task": _thing("tasks"),
    "page": _thing("pages"),
    "decision": _thing("decisions"),
    "escalation": _thing("escalations"),
    "item": _thing("inbound"),
    "unknown": _thing("unknowns"),
    "workstream": _thing("workstreams"),
    "cadence": _cadence,
    "role": _role,
    "sees": _sees,
    "severity": _severity,
    "rooms": _count(lambda moment: len(moment.rooms)),
    "firing": _count(_firing),
    "signals": _count(lambda moment: len(moment.json.get("signals", []))),
    "signal": _signal,
    "fact": _facts,
    "offer": _offer,
    "shim": _thing("shims"),
    "watch": _watch,
    "gap": _gap,
    "warning": _answered(lambda answer: answer.warnings),
    "refused": _answered(_refusals),
    "receipts": _receipts,
    "why": _why,
}
SUBJECTS = tuple(_JUDGES)
"""What an expectation may begin with, beside the names of the API's answer."""
