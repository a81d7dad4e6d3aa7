"""A source's mapping: which part of what it sends becomes which field of a signal.

Each field has an expression (`expression`), the state and the severity also a table of the sender's words. A mapping is
checked when it is saved, tried in the browser before, and kept as facts, so that it has a history. Evaluating it is
pure and bounded. Called by `mapped` on what comes in, and by the pages and the API. Never drops a body: what it cannot
read is read automatically.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import msgspec

from watchroom.base.errors import Malformed, WatchroomError
from watchroom.detection.signal import Signal, State, signal_id
from watchroom.integrations.delivery import Limits, check_sizes, plausible
from watchroom.integrations.expression import Budget, Expression, Path, evaluate, every, parse, parse_list, text_of
from watchroom.people.stream import DirectoryFact
from watchroom.record.event import Fact

Meta = msgspec.Meta
STEPS_PER_BODY_MAX = 200_000
LABELS_MAX = 64
WORDS_MAX = 100
WORD_CHARS_MAX = 200
TITLE_CHARS_MAX = 500
ANY_WORD = "*"
"""In a table of words: what every other word means. As a label's name: every entry of the object at its path."""
FIELDS = (
    "title", "status", "dedup_key", "description", "severity", "service", "url", "starts_at", "ends_at",
)  # fmt: skip
OVER = frozenset({"resolved", "resolve", "ok", "okay", "up", "closed", "close", "recovered", "recovery", "normal"})
BEGUN = frozenset(
    {"firing", "problem", "down", "open", "triggered", "trigger", "alarm", "alerting", "critical", "error"}
)


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Expressions by field; an empty one leaves its field to what is usual."""

    title: Annotated[str, Meta(min_length=1, description="What is wrong, in a few words; must hold something.")]
    each: Annotated[str, Meta(description="Where the signals are listed, such as `alerts[*]`; empty: one a body.")] = ""
    status: Annotated[str, Meta(description="Whether it begins or ends; empty: everything begins.")] = ""
    status_words: Annotated[
        dict[str, State], Meta(description="The sender's words for `firing` and `resolved`; `*` is every other word.")
    ] = {}
    dedup_key: Annotated[str, Meta(description="Which thing it speaks of; empty: the title and the service.")] = ""
    description: Annotated[str, Meta(description="More about it.")] = ""
    severity: Annotated[str, Meta(description="How grave the sender calls it.")] = ""
    severity_words: Annotated[
        dict[str, str], Meta(description="The sender's words for a severity, and what they mean here.")
    ] = {}
    service: Annotated[str, Meta(description="What it is about.")] = ""
    url: Annotated[str, Meta(description="Where to look: an http or https address.")] = ""
    starts_at: Annotated[str, Meta(description="When it began: RFC 3339, or seconds or milliseconds since 1970.")] = ""
    ends_at: Annotated[str, Meta(description="When it ended, in the same way.")] = ""
    labels: Annotated[dict[str, str], Meta(description="Labels by name; `*` takes every entry of an object.")] = {}


class SourceMapped(DirectoryFact, frozen=True, kw_only=True):
    """A source was given a mapping; null takes it away, and what comes is read automatically again."""

    mapping: Mapping | None


class FieldFault(msgspec.Struct, frozen=True):
    """Why a field could not be made: of the mapping itself, or of one body."""

    field: str
    message: str


class Mapped(msgspec.Struct):
    """What became of one item of a body: a signal, or the faults that prevented it."""

    item: Any
    signal: Signal | None
    faults: list[FieldFault]


class Compiled(msgspec.Struct, frozen=True):
    """A mapping that was checked, ready to be used."""

    mapping: Mapping
    each: Path | None
    fields: dict[str, Expression]
    labels: dict[str, Expression]
    status_words: dict[str, State]
    severity_words: dict[str, str]


def faults_of(mapping: Mapping) -> list[FieldFault]:
    """What is wrong with a mapping, whatever body comes; empty when it can be used."""
    return _compiled(mapping)[1]


def compiled(mapping: Mapping) -> Compiled:
    """The mapping, ready to be used. Raises Malformed, naming the first field that is wrong."""
    found, faults = _compiled(mapping)
    if faults:
        raise Malformed(f"{faults[0].field}: {faults[0].message}", hint="docs/senders.md explains mappings.")
    return found


def _compiled(mapping: Mapping) -> tuple[Compiled, list[FieldFault]]:
    faults: list[FieldFault] = []
    each: Path | None = None
    fields: dict[str, Expression] = {}
    labels: dict[str, Expression] = {}
    try:
        each = parse_list(mapping.each) if mapping.each.strip() else None
    except Malformed as error:
        faults.append(FieldFault("each", error.message))
    for name in FIELDS:
        _parse(name, getattr(mapping, name), fields, faults)
    for name, text in list(mapping.labels.items())[:LABELS_MAX]:
        _parse(name, text, labels, faults, "labels")
    if len(mapping.labels) > LABELS_MAX:
        faults.append(FieldFault("labels", f"At most {LABELS_MAX} labels are made."))
    for name in ("status_words", "severity_words"):
        words: dict[str, str] = getattr(mapping, name)
        if len(words) > WORDS_MAX or any(len(word) + len(words[word]) > WORD_CHARS_MAX for word in words):
            faults.append(FieldFault(name, f"At most {WORDS_MAX} words of {WORD_CHARS_MAX} characters."))
    if "title" not in fields and not faults:
        faults.append(FieldFault("title", "Say where the title stands."))
    status = {word.strip().casefold(): state for word, state in mapping.status_words.items()}
    severity = {word.strip().casefold(): meant for word, meant in mapping.severity_words.items()}
    return Compiled(mapping, each, fields, labels, status, severity), faults


def _parse(
    name: str, text: str, into: dict[str, Expression], faults: list[FieldFault], field: str | None = None
) -> None:
    if not text.strip():
        return
    try:
        into[name] = parse(text)
    except Malformed as error:
        said = error.message if field is None else f"{name}: {error.message}"
        faults.append(FieldFault(field or name, said))


def items_of(use: Compiled, body: Any, limits: Limits, budget: Budget) -> list[Any]:
    """The items of a body that become signals. Raises Malformed when there is none, or there are too many."""
    alone = body if isinstance(body, list) else [body]
    found = alone if use.each is None else list(every(use.each, body, budget))
    if not found:
        raise Malformed(f"each: nothing stands at {use.mapping.each}.", hint="Name the list of signals.")
    if len(found) > limits.alerts_max:
        raise Malformed(f"each: {len(found)} signals; at most {limits.alerts_max} are taken.", hint="Send fewer.")
    return found


def mapped(use: Compiled, body: Any, source: str, limits: Limits) -> list[Mapped]:
    """Every item of a decoded body as a signal, or with what is wrong with it. Raises Malformed as `items_of`."""
    budget = Budget(STEPS_PER_BODY_MAX)
    return [_mapped(use, body, item, source, limits, budget) for item in items_of(use, body, limits, budget)]


def _mapped(use: Compiled, body: Any, item: Any, source: str, limits: Limits, budget: Budget) -> Mapped:
    faults: list[FieldFault] = []
    texts: dict[str, str] = {}
    raw: dict[str, Any] = {}
    for name, expression in use.fields.items():
        value = evaluate(expression, body, item, budget)
        if value is not None:
            raw[name] = value
            texts[name] = text_of(value).strip()
    title = texts.get("title", "").split("\n", 1)[0].strip()[:TITLE_CHARS_MAX]
    if not title:
        faults.append(FieldFault("title", f"Nothing stands at {use.mapping.title}."))
    state = _state(use, texts.get("status"), faults)
    severity = _severity(use, texts.get("severity", ""))[:100]
    times = {name: _time(name, raw.get(name), limits, faults) for name in ("starts_at", "ends_at")}
    url = texts.get("url", "")
    if url and not url.startswith(("http://", "https://")):
        faults.append(FieldFault("url", f"{url[:60]!r} is no http or https address."))
    labels = _labels(use, body, item, budget)
    service = texts.get("service", "")[:200]
    key = texts.get("dedup_key") or f"{title}\x1f{service}"
    annotations = {"description": texts["description"]} if texts.get("description") else {}
    try:
        check_sizes({**labels, "dedup_key": key}, annotations, limits)
    except Malformed as error:
        faults.append(FieldFault("labels", error.message))
    if faults:
        return Mapped(item, None, faults)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state,
        title=title,
        severity=severity,
        service=service,
        labels=labels,
        annotations=annotations,
        starts_at=times["starts_at"],
        stable_start="starts_at" in use.fields and "dedup_key" in use.fields,
        ends_at=times["ends_at"] if state == "resolved" else None,
        url=url[:2000],
    )
    return Mapped(item, signal, [])


def _state(use: Compiled, word: str | None, faults: list[FieldFault]) -> State:
    if "status" not in use.fields:
        return "firing"
    said = (word or "").casefold()
    found = use.status_words.get(said) or use.status_words.get(ANY_WORD)
    if found is not None:
        return found
    if said in OVER:
        return "resolved"
    if said in BEGUN:
        return "firing"
    if word is None:
        faults.append(FieldFault("status", f"Nothing stands at {use.mapping.status}."))
    else:
        faults.append(FieldFault("status", f"{word[:60]!r} is not among the words for firing and resolved."))
    return "firing"


def _severity(use: Compiled, word: str) -> str:
    found = use.severity_words.get(word.casefold())
    return found if found is not None else use.severity_words.get(ANY_WORD, word)


def _labels(use: Compiled, body: Any, item: Any, budget: Budget) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, expression in use.labels.items():
        value = evaluate(expression, body, item, budget)
        if name == ANY_WORD and isinstance(value, dict):
            budget.spend(len(value))
            found |= {str(key): text_of(entry) for key, entry in value.items() if entry is not None}
        elif value is not None and name != ANY_WORD:
            found[name] = text_of(value)
    return found


def _time(name: str, value: Any, limits: Limits, faults: list[FieldFault]) -> datetime | None:
    """RFC 3339, or seconds or milliseconds since 1970, as number or text."""
    if value is None:
        return None
    try:
        return plausible(_moment(value), name, limits)
    except WatchroomError as error:
        faults.append(FieldFault(name, error.message))
    except (ValueError, OverflowError, OSError):
        faults.append(FieldFault(name, f"{text_of(value)[:60]!r} is no time."))
    return None


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            return datetime.fromisoformat(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no time")
    return datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)


FACTS: tuple[type[Fact], ...] = (SourceMapped,)
STATES: tuple[State, ...] = get_args(State)
