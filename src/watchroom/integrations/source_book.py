"""The source book: what is known of each sender beyond its key, from the record alone.

When it was last heard, what it sent in the last day, what could not be read and why, its mapping, and whether it is
silent though it should not be. A projection; read by the settings, the API and the timers of `heartbeat`. Never
decides.
"""

from collections.abc import Mapping as ByName
from datetime import datetime, timedelta

import msgspec

from watchroom.detection.signal import DeliveryKept, DeliveryPutAway, DeliveryReceived
from watchroom.incident.inbox import KEEPER, SOURCE_PREFIX
from watchroom.integrations.heartbeat import SourceExpected, SourceFellSilent, SourceHeardAgain
from watchroom.integrations.mapped import CODE as MAPPING_FAILED
from watchroom.integrations.mapping import Mapping, SourceMapped
from watchroom.people.source import SourceDisabled, SourceEnabled, SourceRemoved
from watchroom.people.stream import STREAM as DIRECTORY
from watchroom.record.codec import FactCodec, UnknownFact
from watchroom.record.event import Event, kind_of
from watchroom.record.log import Placed
from watchroom.record.projection import Projection
from watchroom.record.redaction import REDACTED, Redacted

ERRORS_MAX = 20
"""How many entries an error log holds; older ones stay in the record."""
MAPPINGS_MAX = 10
DAY_HOURS = 24
SAMPLE_EVERY_S = 3_600
SAMPLE_CHARS_MAX = 16 * 1024
"""How much of a kept body the book itself repeats, as a sample for the mapping."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that could not be read as it should, wholly or in part."""

    at: datetime
    code: str
    message: str
    path: str = ""
    seq: int
    """Its number in the source's stream."""
    body: str = ""
    """The beginning of the body, if it was kept."""
    put_away: bool = False


class MappingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping that a source had from then on; null: none."""

    at: datetime
    by: str
    seq: int
    mapping: Mapping | None


class Hour(msgspec.Struct):
    """What came in during one hour."""

    deliveries: int = 0
    signals: int = 0


class KeptBody(msgspec.Struct, frozen=True, array_like=True):
    """A body that the record holds."""

    seq: int
    bytes: int
    """Its length in the record, with what was noted beside it."""


class SourceState(msgspec.Struct, kw_only=True):
    """One source as the record shows it."""

    name: str
    heard_at: datetime | None = None
    """When its last delivery was recorded."""
    hours: dict[int, Hour] = {}
    """By the hour, counted from 1970."""
    troubles: list[Trouble] = []
    """Newest last."""
    mappings: list[MappingChange] = []
    """Newest last; the last one holds."""
    expect_every_s: int = 0
    """After how many seconds without a delivery it counts as silent; 0: never."""
    expected_since: datetime | None = None
    silent_since: datetime | None = None
    """Since when it counts as silent; null while it is heard."""
    back_at: datetime | None = None
    """When it was heard although it counts as silent, until the timers have written that down."""
    disabled: bool = False
    bodies: list[KeptBody] = []
    """Bodies that the record holds, looked at or not; oldest first."""
    bodies_dropped: int = 0
    """How many were let go since newer ones needed their room."""
    seq: int = 0
    """The last number of its stream."""

    @property
    def mapping(self) -> Mapping | None:
        return self.mappings[-1].mapping if self.mappings else None

    def has_mapping_sample(self, now: datetime) -> bool:
        """Whether a body that the mapping did not fit was kept of late: one an hour is enough to mend it by."""
        begun = now - timedelta(seconds=SAMPLE_EVERY_S)
        return any(each.code == MAPPING_FAILED and each.body and each.at > begun for each in self.troubles)

    def last_day(self, now: datetime) -> Hour:
        """Deliveries and signals of the last 24 hours, by whole hours."""
        begun = _hour(now - timedelta(hours=DAY_HOURS - 1))
        recent = [hour for at, hour in self.hours.items() if at >= begun]
        return Hour(sum(hour.deliveries for hour in recent), sum(hour.signals for hour in recent))


class _Received(msgspec.Struct):
    """Of a delivery only what the book counts."""

    receipts: list[msgspec.Raw]
    fallback: str = ""


_received = msgspec.json.Decoder(_Received)
_state = msgspec.json.Decoder(SourceState)
_encode = msgspec.json.Encoder().encode
_OWN = FactCodec((DeliveryKept, DeliveryPutAway, SourceMapped, SourceExpected, SourceFellSilent, SourceHeardAgain))
_REDACTIONS = FactCodec((Redacted,))
_DIRECTORY = FactCodec((SourceDisabled, SourceEnabled, SourceRemoved))
_DELIVERY_RECEIVED = kind_of(DeliveryReceived)


class SourceBook(Projection):
    """Every source by name, whether it has a key here, is a token, or is a page of ours."""

    name = "sources"
    version = "2"

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, SourceState] = {}

    def clear(self) -> None:
        self.states = {}

    def restore(self, rows: ByName[str, bytes]) -> None:
        self.states = {name: _state.decode(row) for name, row in rows.items()}

    def row(self, key: str) -> bytes | None:
        state = self.states.get(key)
        return _encode(state) if state is not None else None

    def of(self, name: str) -> SourceState:
        """What is known of a source; one that was never heard of is as good as new."""
        return self.states.get(name) or SourceState(name=name)

    def mapping_of(self, name: str) -> Mapping | None:
        """The mapping that holds for a source."""
        state = self.states.get(name)
        return state.mapping if state is not None else None

    @property
    def heard(self) -> list[SourceState]:
        """Those that the heartbeat watches."""
        return [each for each in self.states.values() if each.expect_every_s > 0 or each.silent_since is not None]

    def silent(self) -> list[SourceState]:
        """Sources that are silent though they should not be, the longest first."""
        found = [state for state in self.states.values() if state.silent_since is not None]
        return sorted(found, key=lambda state: (state.silent_since, state.name))

    def apply(self, placed: Placed) -> None:
        event = placed.event
        if event.stream.startswith(SOURCE_PREFIX):
            self._apply_own(event, event.stream.removeprefix(SOURCE_PREFIX), placed.position)
        elif event.stream == DIRECTORY:
            self._apply_directory(event)

    def _apply_own(self, event: Event, name: str, position: int) -> None:
        state = self.states.get(name)
        if state is None:
            state = self.states[name] = SourceState(name=name)
        state.seq = event.seq
        self.touch(name)
        if event.kind == _DELIVERY_RECEIVED:
            _take_received(state, event)
            return
        if event.kind == REDACTED:
            self._apply_redaction(state, event, position)
            return
        match _OWN.decode(event):
            case DeliveryKept() as fact:
                if not fact.beside:
                    # It came in, yet nothing was heard in it: who sends only what cannot be read stays silent.
                    _count(state, event, 0)
                _note(state, event, fact.code, fact.message, fact.path, fact.body)
                state.bodies.append(KeptBody(event.seq, len(event.data or b"")))
            case DeliveryPutAway(seq=seq):
                state.troubles = [
                    msgspec.structs.replace(each, put_away=True) if each.seq == seq else each for each in state.troubles
                ]
            case SourceMapped(mapping=mapping):
                change = MappingChange(at=event.at, by=event.actor, seq=event.seq, mapping=mapping)
                state.mappings = [*state.mappings, change][-MAPPINGS_MAX:]
            case SourceExpected(every_s=every_s):
                state.expect_every_s, state.expected_since = every_s, event.recorded_at
                state.silent_since = state.back_at = None
            case SourceFellSilent():
                state.silent_since, state.back_at = event.recorded_at, None
            case SourceHeardAgain():
                state.silent_since = state.back_at = None
            case UnknownFact() if event.actor == event.stream:
                # Whatever else a source has sent, such as a change: it is alive.
                _alive(state, event.recorded_at)

    def _apply_redaction(self, state: SourceState, event: Event, position: int) -> None:
        fact = _REDACTIONS.decode(event)
        if not isinstance(fact, Redacted):
            return
        held = len(state.bodies)
        state.bodies = [body for body in state.bodies if body.seq != fact.seq]
        if event.actor != KEEPER:
            # What it repeats of the body, its message too, may be what was to go.
            self.renew(position)
            return
        state.bodies_dropped += held - len(state.bodies)
        state.troubles = [
            msgspec.structs.replace(each, body="") if each.seq == fact.seq else each for each in state.troubles
        ]

    def _apply_directory(self, event: Event) -> None:
        fact = _DIRECTORY.decode(event)
        if not isinstance(fact, SourceDisabled | SourceEnabled | SourceRemoved):
            return
        state = self.states.get(fact.name)
        if state is None:
            state = self.states[fact.name] = SourceState(name=fact.name)
        self.touch(fact.name)
        state.silent_since = state.back_at = None
        match fact:
            case SourceDisabled():
                state.disabled = True
            case SourceEnabled():
                state.disabled, state.expected_since = False, event.recorded_at
            case SourceRemoved():
                self.states.pop(fact.name)


def _take_received(state: SourceState, event: Event) -> None:
    if event.data is None:
        return
    delivery = _received.decode(event.data)
    _alive(state, event.recorded_at)
    _count(state, event, len(delivery.receipts))
    if delivery.fallback:
        _note(state, event, MAPPING_FAILED, delivery.fallback)


def _count(state: SourceState, event: Event, signals: int) -> None:
    at = event.recorded_at
    hour = _hour(at)
    if hour not in state.hours:
        begun = _hour(at - timedelta(hours=DAY_HOURS))
        state.hours = {name: each for name, each in state.hours.items() if name >= begun}
        state.hours[hour] = Hour()
    state.hours[hour].deliveries += 1
    state.hours[hour].signals += signals


def _alive(state: SourceState, at: datetime) -> None:
    state.heard_at = at if state.heard_at is None else max(state.heard_at, at)
    if state.silent_since is not None:
        state.back_at = at


def _note(state: SourceState, event: Event, code: str, message: str, path: str = "", body: str | None = None) -> None:
    before = state.troubles[-1] if state.troubles else None
    kept, sample = body is not None, (body or "")[:SAMPLE_CHARS_MAX]
    if kept and before is not None and before.seq == event.seq - 1 and before.code == code == MAPPING_FAILED:
        # The body of the delivery whose receipts were just noted.
        state.troubles[-1] = msgspec.structs.replace(before, body=sample, seq=event.seq)
        return
    trouble = Trouble(at=event.recorded_at, code=code, message=message, path=path, seq=event.seq, body=sample)
    state.troubles = [*state.troubles, trouble][-ERRORS_MAX:]


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3_600
