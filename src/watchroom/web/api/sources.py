"""Sources over the API: made, looked at, tested, given another key, told what to expect, mapped, disabled, removed.

Everything here needs the scope `admin`. A key is in the answer that made it, and nowhere else. Called by `routes`.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base.errors import Malformed, WatchroomError
from watchroom.integrations import mail
from watchroom.integrations.mapped import ready
from watchroom.integrations.mapping import FieldFault, Mapping, faults_of, mapped
from watchroom.integrations.source_book import MappingChange
from watchroom.integrations.source_settings import check_kind, expect, give_mapping
from watchroom.people.caller import Caller
from watchroom.people.source import Source, SourceKind
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, cursor, decoded, number, to_cursor
from watchroom.web.settings.source_test import clear_test, send_test
from watchroom.web.settings.source_view import SentTest, SourceView, addresses, view

Meta = msgspec.Meta
VIA = "api"
T = TypeVar("T")


class NewSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source to be made."""

    name: str
    kind: str = "generic"


class Renewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a key is renewed."""

    at_once: Annotated[bool, Meta(description="End the key before at once, because others have seen it.")] = False


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is done."""

    reason: str = ""


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often a source must be heard."""

    every_s: Annotated[int, Meta(ge=0, description="Seconds; 0: it may be silent.")]


class NewMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping to be kept; null takes the one that there is away."""

    mapping: Mapping | None


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping to be tried on a body; nothing is kept."""

    mapping: Mapping
    body: Annotated[Any, Meta(description="The body as JSON; for a source of the kind email the mail as text.")]


class TriedSignal(msgspec.Struct, frozen=True):
    """What one item of a body becomes: a signal's fields, or why it becomes none."""

    signal: dict[str, Any] | None
    faults: list[FieldFault]


class Tried(msgspec.Struct, frozen=True):
    """What a mapping makes of a body."""

    faults: list[FieldFault]
    """What is wrong with the mapping itself, or with the body as a whole."""
    signals: list[TriedSignal]


class SourceKey(msgspec.Struct, frozen=True):
    """A source's key, said once, and where its sender sends to."""

    name: str
    kind: SourceKind
    key: str
    addresses: dict[str, str]


class TestId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test, by its id."""

    test: str


class Nothing(msgspec.Struct, frozen=True):
    """Nothing more to say."""


def _asked(request: AnyRequest) -> tuple[House, Caller]:
    return house_of(request), caller_of(request, "admin")


async def _given(request: AnyRequest, kind: type[T], hint: str) -> T:
    body = await body_of(request)
    return decoded(body or b"{}", kind, "The body", hint)


async def _view(house: House, name: str) -> SourceView:
    source = house.credentials.sources.named(name)
    await house.projector.caught_up()
    return view(house, source)


def _key(house: House, source: Source, key: str) -> SourceKey:
    return SourceKey(source.name, source.kind, key, addresses(house, source, key))


@get("/api/v1/sources", opt={"query": ("q", "limit", "after"), "answer": list[SourceView]})
async def list_sources(request: AnyRequest) -> Response[bytes]:
    """All sources by name, with when each was heard, what it sent in the last day, and what could not be read."""
    house, _caller = _asked(request)
    limit = number(request, "limit", 100, 1, house.settings.page_items_max)
    words = request.query_params.get("q", "").casefold().split()
    after = cursor(request.query_params.get("after"))
    await house.projector.caught_up()
    found = [
        source
        for source in house.credentials.sources.all()
        if source.name > after and all(word in f"{source.name} {source.kind}".casefold() for word in words)
    ]
    more = to_cursor(found[limit - 1].name) if len(found) > limit else None
    return answer({"items": [view(house, source) for source in found[:limit]], "next": more})


@post("/api/v1/sources", status_code=201, opt={"body": NewSource, "answer": SourceKey})
async def create_source(request: AnyRequest) -> Response[bytes]:
    """Make a source; its key is in this answer alone."""
    house, caller = _asked(request)
    asked = await _given(request, NewSource, 'Send {"name": "alertmanager-eu", "kind": "alertmanager"}.')
    sources = house.credentials.sources
    key = await sources.create(asked.name, asked.kind, actor=caller.actor, via=VIA)
    return answer(_key(house, sources.named(asked.name), key), 201)


@get("/api/v1/sources/{name:str}", opt={"query": (), "answer": SourceView})
async def show_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """One source."""
    house, _caller = _asked(request)
    return answer(await _view(house, name))


@post("/api/v1/sources/{name:str}/rotate", status_code=200, opt={"body": Renewal, "answer": SourceKey})
async def rotate_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Give a source another key; the one before works for `source_key_overlap_s` yet, unless it is ended at once."""
    house, caller = _asked(request)
    asked = await _given(request, Renewal, 'Send {} or {"at_once": true}.')
    sources = house.credentials.sources
    key = await sources.rotate(name, at_once=asked.at_once, actor=caller.actor, via=VIA)
    return answer(_key(house, sources.named(name), key))


@post("/api/v1/sources/{name:str}/end-previous-key", status_code=200, opt={"body": Nothing, "answer": SourceView})
async def end_previous_key(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """End the key before the last renewal now."""
    house, caller = _asked(request)
    await house.credentials.sources.end_previous_key(name, actor=caller.actor, via=VIA)
    return answer(await _view(house, name))


@post("/api/v1/sources/{name:str}/disable", status_code=200, opt={"body": Reason, "answer": SourceView})
async def disable_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Take nothing from a source any more, from the next request on; what it sent stays."""
    house, caller = _asked(request)
    asked = await _given(request, Reason, 'Send {} or {"reason": "…"}.')
    await house.credentials.sources.disable(name, asked.reason, actor=caller.actor, via=VIA)
    return answer(await _view(house, name))


@post("/api/v1/sources/{name:str}/enable", status_code=200, opt={"body": Nothing, "answer": SourceKey})
async def enable_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Let a disabled source send again, with another key."""
    house, caller = _asked(request)
    sources = house.credentials.sources
    key = await sources.enable(name, actor=caller.actor, via=VIA)
    return answer(_key(house, sources.named(name), key))


@post("/api/v1/sources/{name:str}/remove", status_code=200, opt={"body": Nothing, "answer": Nothing})
async def remove_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Forget a source, its keys and its settings; its name is free again, and what it sent stays."""
    house, caller = _asked(request)
    await house.credentials.sources.remove(name, actor=caller.actor, via=VIA)
    return answer({})


@post("/api/v1/sources/{name:str}/expect", status_code=200, opt={"body": Expectation, "answer": SourceView})
async def expect_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Say how often a source must be heard; if it is not, that becomes a fact and is shown."""
    house, caller = _asked(request)
    asked = await _given(request, Expectation, 'Send {"every_s": 600}, or 0 for a source that may be silent.')
    source = house.credentials.sources.named(name)
    await expect(house.log, house.clock, source, asked.every_s, actor=caller.actor, via=VIA)
    return answer(await _view(house, name))


@post("/api/v1/sources/{name:str}/test", status_code=200, opt={"body": Nothing, "answer": SentTest})
async def send_sample(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Send a sample of this source's kind on the real way, and say where it went."""
    house, _caller = _asked(request)
    return answer(await send_test(house, house.credentials.sources.named(name)))


@post("/api/v1/sources/{name:str}/clear-test", status_code=200, opt={"body": TestId, "answer": SourceView})
async def clear_source_test(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """End a test's signal, and judge it a false alarm."""
    house, caller = _asked(request)
    asked = await _given(request, TestId, 'Send {"test": "…"}, the id that the test was answered with.')
    source = house.credentials.sources.named(name)
    await clear_test(house, source, asked.test, actor=caller.actor, via=VIA)
    return answer(await _view(house, name))


@get("/api/v1/sources/{name:str}/mappings", opt={"query": (), "answer": list[MappingChange]})
async def list_mappings(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """The mappings that a source had, newest first; the first one holds."""
    house, _caller = _asked(request)
    source = house.credentials.sources.named(name)
    await house.projector.caught_up()
    return answer({"items": list(reversed(house.book.of(source.name).mappings)), "next": None})


@post("/api/v1/sources/{name:str}/mapping", status_code=200, opt={"body": NewMapping, "answer": SourceView})
async def map_source(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Give a source of the kind generic or email a mapping, or take it away."""
    house, caller = _asked(request)
    asked = await _given(request, NewMapping, 'Send {"mapping": {"title": "alert.name"}} or {"mapping": null}.')
    source = house.credentials.sources.named(name)
    await give_mapping(house.log, house.clock, source, asked.mapping, actor=caller.actor, via=VIA)
    return answer(await _view(house, name))


@post("/api/v1/sources/{name:str}/mapping/try", status_code=200, opt={"body": Trial, "answer": Tried})
async def try_mapping(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Show what a mapping makes of a body, with what is wrong field by field; nothing is kept."""
    house, _caller = _asked(request)
    asked = await _given(request, Trial, 'Send {"mapping": {"title": "name"}, "body": {"name": "Disk full"}}.')
    source = house.credentials.sources.named(name)
    check_kind(source)
    return answer(tried(house, source, asked.mapping, asked.body))


def tried(house: House, source: Source, mapping: Mapping, body: Any) -> Tried:
    """What the mapping makes of a decoded body; for a source of the kind email a text is a mail."""
    faults = faults_of(mapping)
    if faults:
        return Tried(faults, [])
    if source.kind == "email" and isinstance(body, str):
        body = msgspec.json.decode(mail.document(body.encode("utf-8", "replace")))
    try:
        found = mapped(ready(mapping), body, source.name, house.limits)
    except Malformed as error:
        return Tried([_whole(error)], [])
    return Tried(
        [],
        [
            TriedSignal(msgspec.to_builtins(each.signal) if each.signal is not None else None, each.faults)
            for each in found
        ],
    )


def _whole(error: WatchroomError) -> FieldFault:
    field, colon, message = error.message.partition(": ")
    return FieldFault(field, message) if colon and field == "each" else FieldFault("each", error.message)
