"""Redaction: what somebody said is purged from this install for good; that they said something, and its place, stays.

For a secret in a message, a person's data, a customer's name. By the commander or an admin, with a reason, and never
taken back. What is left of a fact is its shape: numbers, times, ids, choices, and which of our people it is about, so
that a declared room stays declared, a theory keeps its place, and whoever is called is called still; every word that
somebody wrote goes. With `people` those whom it names go too. The copies that the house itself made are `copies`'
part, the purging is `purge`'s. Pure.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import inspect

from watchroom.base.command import Act, Caution, Command
from watchroom.base.errors import AlreadyDone, Refused
from watchroom.detection.signal import SignalMoved
from watchroom.detection.unknown import UnknownStated
from watchroom.incident.adopting import ProfileAdopted
from watchroom.incident.ownership import CycleOwned
from watchroom.mitigation.page import PageRequested
from watchroom.mitigation.roles import RoleAssigned, RoleHandedOver, Roles
from watchroom.mitigation.task import TaskAssigned
from watchroom.mitigation.workstream import WorkstreamOpened
from watchroom.people.person import is_email
from watchroom.record.event import Decided, Event, Fact
from watchroom.record.redaction import GONE, Redacted

# Fields that name a thing of the record and not what somebody wrote.
KEPT = frozenset(
    {"about", "after", "audience", "hypothesis", "id", "intervention", "joined", "moved_from", "of", "role", "room",
     "signal", "source", "stream", "team", "teams", "update"}
)  # fmt: skip
PEOPLE = frozenset({"lead", "members", "owner", "people", "person", "to", "was"})
"""Fields that say whom of ours a fact is about, by the names that the record has for them."""
_REFS = ("character:", "person:", "token:")
KEPT_IN: dict[type, frozenset[str]] = {SignalMoved: frozenset({"to"})}
_THING = re.compile(r"[A-Z][0-9]{1,9}")
"""The id of a thing in a room, such as H1."""


HELD: tuple[tuple[str, tuple[type[Fact], ...]], ...] = (
    ("lead", (WorkstreamOpened,)),
    ("person", (RoleAssigned, TaskAssigned, UnknownStated, CycleOwned)),
    ("to", (RoleHandedOver, PageRequested)),
)
"""By which field each fact gives somebody something to hold, or calls them; what has an `owner` gives it by that."""


class Redact(Command, frozen=True, kw_only=True, tag="redact"):
    """Purge for good what an entry says, everywhere; that it stood there, who redacted it and why stays."""

    seq: Annotated[int, msgspec.Meta(ge=1, description="The event's number in this room.")]
    people: Annotated[
        bool,
        msgspec.Meta(
            description="Purge also whom it names: they are called by it, and hold what it gave, no more. Who wrote it "
            "stays. Said with the first redaction of an entry, or never."
        ),
    ] = False


class RedactionExplained(Fact, frozen=True, kw_only=True):
    """A reason was added to an earlier redaction in this room, which was made without it."""

    redaction: Annotated[int, msgspec.Meta(description="The number of the `redacted` event that is explained.")]
    seq: Annotated[int, msgspec.Meta(description="The number of the event that was purged.")]
    reason: str


class Redaction(msgspec.Struct):
    """Who purged an event, when and why."""

    by: str
    at: datetime
    reason: str
    """Why, with what was added to it later."""
    redaction: int = 0
    """The number of the `redacted` event; 0 in what an older version has folded."""


class Redactions(msgspec.Struct):
    """What was purged, by number."""

    by_seq: dict[int, Redaction] = {}


class View(Protocol):
    """What the decision here reads."""

    @property
    def redactions(self) -> Redactions: ...
    @property
    def roles(self) -> Roles: ...


def apply(state: Redactions, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, Redacted):
        state.by_seq[fact.seq] = Redaction(event.actor.removeprefix("person:"), event.at, fact.reason, event.seq)
    elif isinstance(fact, RedactionExplained) and (known := state.by_seq.get(fact.seq)) is not None:
        known.reason = "; ".join(filter(None, (known.reason, fact.reason)))


def redact(command: Redact, view: View, act: Act, event: Event, fact: Fact | None) -> Decided:
    """Purge `event`, which says `fact`."""
    if isinstance(fact, Redacted):
        raise Refused("A redaction stays.", hint="If its reason holds a secret, change that secret where it is used.")
    if isinstance(fact, ProfileAdopted):
        raise Refused(
            "What the room goes by stays: without it nothing that it proposed could be explained.",
            hint="If the profile holds a secret, change that secret where it is used.",
        )
    if not act.admin and view.roles.person("incident_commander") != act.person:
        raise Refused(
            "Only the commander or an admin can redact.",
            hint="Ask one of them; an admin's token needs the scope admin. Taking it back hides it meanwhile: retract.",
        )
    if event.redacted:
        return _explain(command, view, event.seq)
    cautions: tuple[Caution, ...] = ()
    if not command.reason:
        cautions = (
            Caution("no_reason", "Redacted without a reason.", "An auditor will ask why: redact it again with one."),
        )
    return Decided((redacted(event, fact, command.reason, people=command.people),), cautions)


def _explain(command: Redact, view: View, seq: int) -> Decided:
    """Add a reason to the redaction of event `seq`. Raises AlreadyDone when nothing new is said."""
    known = view.redactions.by_seq.get(seq)
    said = known.reason if known is not None else ""
    if known is None or not command.reason or f"; {said}".endswith(f"; {command.reason}"):
        hint = "Nothing needs doing." if said else "Redact it again with a reason to add the reason."
        if command.people:
            hint = "Whom an entry names goes with its first redaction, or stays."
        raise AlreadyDone("That was redacted already.", hint=hint)
    cautions: tuple[Caution, ...] = ()
    if command.people:
        said = "Only the reason was added: whom an entry names goes with its first redaction, or stays."
        cautions = (Caution("people_stay", said, "Release them, or hand over what they hold."),)
    return Decided((RedactionExplained(redaction=known.redaction, seq=seq, reason=command.reason),), cautions)


def redacted(event: Event, fact: Fact | None, reason: str, *, people: bool = False) -> Redacted:
    """The fact that says that `event` was purged; with `people`, whom it names as well."""
    left = split(fact, people=people)[0] if fact is not None and type(fact).__name__ != "UnknownFact" else {}
    return Redacted(seq=event.seq, kind=event.kind, reason=reason, left=left)


def split(fact: Fact, *, people: bool = False) -> tuple[dict[str, Any], set[str]]:
    """What is left of a fact as JSON values, and the words that go; with `people`, whom it names goes with them."""
    words: set[str] = set()
    left = msgspec.to_builtins(_split_struct(fact, words, people))
    return left, words


def is_ref(text: str) -> bool:
    """Whether it names somebody as the record does: anything else is how somebody wrote a name."""
    return is_email(text) or (text.startswith(_REFS) and len(text.split()) == 1)


def given_to_nobody(fact: Fact) -> Fact:
    """The fact as folds take it: whom a redaction purged from it holds nothing by it, and is not called."""
    names = ["owner", *(name for name, facts in HELD if isinstance(fact, facts))]
    gone = {name: "" for name in names if getattr(fact, name, "") == GONE}
    return msgspec.structs.replace(fact, **gone) if gone else fact


def _named(value: Any, words: set[str]) -> Any:
    """What is left of a field that says whom a fact is about: those whom the record knows by it."""
    if isinstance(value, (list, tuple)):
        return [each for each in (_named(item, words) for item in value) if each != GONE]
    if not isinstance(value, str) or not value or is_ref(value):
        return value
    words.add(value)
    return GONE


def _split_struct(value: msgspec.Struct, words: set[str], people: bool) -> dict[str, Any]:
    kept = KEPT | KEPT_IN.get(type(value), frozenset())
    left = {}
    for field in msgspec.structs.fields(value):
        found = getattr(value, field.name)
        if not field.required and found == _default(field):
            continue
        if field.name in PEOPLE - kept and not people:
            left[field.encode_name] = _named(found, words)
        else:
            left[field.encode_name] = _split(found, inspect.type_info(field.type), field.name in kept, words, people)
    return left


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _split(value: Any, declared: inspect.Type, kept: bool, words: set[str], people: bool) -> Any:
    """What is left of one value; the words that go are added to `words`."""
    if isinstance(declared, inspect.Metadata):
        declared = declared.type
    match value:
        case str():
            if not value or kept or _is_choice(value, declared) or _THING.fullmatch(value):
                return value
            words.add(value)
            return GONE
        case list() | tuple():
            items = [_split(item, _item_type(declared), kept, words, people) for item in value]
            return [item for item in items if item != GONE]
        case dict():
            _gather(value, words)
            return {}
        case msgspec.Struct():
            return _split_struct(value, words, people)
        case msgspec.Raw():
            return {}
        case _:
            return value


def _is_choice(value: str, declared: inspect.Type) -> bool:
    """Whether the text is one of a fixed set, and so nobody's own words."""
    if isinstance(declared, inspect.UnionType):
        return any(_is_choice(value, each) for each in declared.types)
    return isinstance(declared, inspect.LiteralType) and value in declared.values


def _item_type(declared: inspect.Type) -> inspect.Type:
    if isinstance(declared, inspect.UnionType):
        declared = next((each for each in declared.types if isinstance(each, inspect.ListType)), declared)
    return declared.item_type if isinstance(declared, inspect.ListType) else declared


def _gather(value: object, words: set[str]) -> None:
    """Add every text inside `value` to `words`."""
    match value:
        case str():
            words.add(value)
        case Mapping():
            for each in value.values():
                _gather(each, words)
        case list() | tuple():
            for each in value:
                _gather(each, words)
        case msgspec.Struct():
            _gather(msgspec.structs.asdict(value), words)


FACTS: tuple[type[Fact], ...] = (Redacted, RedactionExplained)
