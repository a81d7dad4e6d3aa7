"""The page on which a sender's mapping is written: every change is tried on a sample at once, and kept on demand.

Called by `routes`. A trial records nothing. The form's lines (`OK = resolved`) become the mapping's tables here.
"""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed
from watchroom.integrations.mapping import FIELDS, FieldFault, Mapping, faults_of
from watchroom.integrations.source_settings import check_kind, give_mapping
from watchroom.people.source import Source
from watchroom.web.api.sources import Tried, tried
from watchroom.web.house import House, house_of
from watchroom.web.html.markup import escape
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of
from watchroom.web.live.frames import partial
from watchroom.web.settings.source_models import MappedPart, MappingForm, MappingPage, TriedItem
from watchroom.web.settings.source_view import view

SHOWN_MAX = 5
BODY_SHOWN_CHARS_MAX = 4_000
FORM_FIELDS = ("title", "each", *FIELDS[1:], "status_words", "severity_words", "labels")
EMPTY = Mapping(title="title")
BY_SUBJECT = Mapping(
    title="subject_rest",
    dedup_key="subject_rest",
    status="subject_word",
    status_words={"RESOLVED": "resolved", "OK": "resolved", "RECOVERY": "resolved", "*": "firing"},
    description="text",
    labels={"from": "sender"},
)
"""For monitors that write one mail for a problem and another for its end."""


def _lines(table: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in table.items())


def _table(text: str) -> dict[str, str]:
    """`name = value`, a line each; a line without `=` is a name without a value, which the mapping's check finds."""
    found = {}
    for line in text.replace("\r", "").split("\n"):
        name, _, value = line.rpartition("=") if line.count("=") == 1 else line.partition("=")
        if line.strip():
            found[name.strip()] = value.strip()
    return found


def form_of_mapping(mapping: Mapping) -> MappingForm:
    """A mapping as the form's fields hold it."""
    fields = {name: getattr(mapping, name) for name in ("each", *FIELDS)}
    return MappingForm(fields, _lines(mapping.status_words), _lines(mapping.severity_words), _lines(mapping.labels))


def mapping_of_form(form: Form) -> Mapping:
    """The mapping in the form's fields. Raises Malformed, naming the field."""
    values: dict[str, Any] = {name: form.get(name) for name in ("each", *FIELDS)}
    for name in ("status_words", "severity_words", "labels"):
        values[name] = _table(form.get(name))
    if not values["title"].strip():
        raise Malformed("title: Say where the title stands.")
    for word, state in values["status_words"].items():
        if state not in ("firing", "resolved"):
            raise Malformed(f"status_words: {word[:40]!r} must mean firing or resolved, as in OK = resolved.")
    return msgspec.convert(values, Mapping)


def _fault_of(error: Malformed) -> FieldFault:
    field, _, message = error.message.partition(": ")
    return FieldFault(field, message) if field in FORM_FIELDS else FieldFault("title", error.message)


async def _page(
    request: AnyRequest,
    house: House,
    source: Source,
    form: MappingForm,
    sample: str = "",
    faults: tuple[FieldFault, ...] = (),
) -> Response[str]:
    state = house.book.of(source.name)
    page = MappingPage(
        visit=visit_of(request),
        source=view(house, source),
        form=form,
        sample=sample,
        recent=house.recent.of(source.name),
        kept=[(each.seq, _clock(each.at), each.message) for each in reversed(state.troubles) if each.body],
        history=list(reversed(state.mappings)),
        people=house.directory,
        faults=faults,
    )
    return html(render(page), 400 if faults else 200)


def _clock(at: datetime) -> str:
    return rfc3339(at.replace(microsecond=0))


@get("/settings/sources/{name:str}/mapping")
async def mapping_page(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """A sender's mapping, with a sample to try it on; `version` takes up an earlier one, `preset` a usual one."""
    caller_of(request, "admin")
    house = house_of(request)
    source = house.credentials.sources.named(name)
    check_kind(source)
    await house.projector.caught_up()
    state = house.book.of(name)
    wanted = request.query_params.get("version")
    earlier = next((each.mapping for each in state.mappings if str(each.seq) == wanted), None)
    preset = BY_SUBJECT if request.query_params.get("preset") == "subject" else None
    usual = Mapping(title="subject") if source.kind == "email" else EMPTY
    return await _page(request, house, source, form_of_mapping(earlier or preset or state.mapping or usual))


@post("/settings/sources/{name:str}/mapping")
async def mapping_form(request: AnyRequest, name: FromPath[str]) -> Response[str] | Redirect:
    """Keep the mapping, or take it away. What cannot be used comes back with what is wrong, field by field."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    source = house.credentials.sources.named(name)
    check_kind(source)
    mapping: Mapping | None = None
    if form.get("remove") != "true":
        try:
            mapping = mapping_of_form(form)
            faults = tuple(faults_of(mapping))
        except Malformed as error:
            faults = (_fault_of(error),)
        if faults:
            shown = MappingForm(
                {field: form.get(field) for field in ("each", *FIELDS)},
                form.get("status_words"),
                form.get("severity_words"),
                form.get("labels"),
            )
            return await _page(request, house, source, shown, form.get("sample"), faults)
    await give_mapping(house.log, house.clock, source, mapping, actor=caller.actor, via="web")
    return Redirect(f"/settings/sources/{name}", status_code=303)


@post("/settings/sources/{name:str}/mapping/try", status_code=200)
async def try_mapping_form(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """What the mapping in the form makes of the sample; nothing is recorded."""
    house = house_of(request)
    form = await form_of(request)
    caller_of(request, "admin", form.csrf)
    source = house.credentials.sources.named(name)
    check_kind(source)
    text, chosen = _sample(house, source, form)
    try:
        mapping = mapping_of_form(form)
        faults = faults_of(mapping)
    except Malformed as error:
        return html(_parts(MappedPart("The mapping is not whole yet.", (), 0, ""), [_fault_of(error)]))
    if faults:
        return html(_parts(MappedPart("The mapping cannot be used yet.", (), 0, ""), faults))
    if not text.strip():
        return html(_parts(MappedPart("Put a body here, or choose one that came.", (), 0, ""), []))
    body: Any = text
    if source.kind != "email" or chosen:
        try:
            body = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            return html(_parts(MappedPart(f"The body is not JSON: {error}.", (), 0, _shown(text, chosen)), []))
    found = tried(house, source, mapping, body)
    return html(_parts(_part(found, _shown(text, chosen)), _field_faults(found)))


def _shown(text: str, chosen: bool) -> str:
    return text[:BODY_SHOWN_CHARS_MAX] if chosen else ""


def _sample(house: House, source: Source, form: Form) -> tuple[str, bool]:
    """The body to try on, and whether it was chosen among those that came."""
    kind, _, number = form.get("sample_of").partition("-")
    bodies = house.recent.of(source.name)
    if kind == "recent" and number.isdecimal() and int(number) < len(bodies):
        return bodies[int(number)].text, True
    if kind == "kept":
        for trouble in house.book.of(source.name).troubles:
            if str(trouble.seq) == number and trouble.body:
                return trouble.body, True
    return form.get("sample"), False


def _field_faults(found: Tried) -> list[FieldFault]:
    """What is wrong, once for each field: of the mapping, else of the first item that it does not fit."""
    first = next((each.faults for each in found.signals if each.faults), [])
    return [*found.faults, *first]


def _part(found: Tried, body: str) -> MappedPart:
    items = [_item(each.signal, tuple(each.faults)) for each in found.signals[:SHOWN_MAX]]
    problem = " ".join(fault.message for fault in found.faults)
    return MappedPart(problem, items, max(0, len(found.signals) - SHOWN_MAX), body)


def _item(signal: dict[str, Any] | None, faults: tuple[FieldFault, ...]) -> TriedItem:
    if signal is None:
        return TriedItem({}, "", {}, faults)
    shown = {name: str(signal[name] or "") for name in ("title", "severity", "service", "starts_at", "ends_at", "url")}
    shown["key"] = str(signal["key"]).replace("\x1f", " · ")
    shown["description"] = str(signal["annotations"].get("description", ""))[:400]
    return TriedItem(shown, str(signal["state"]), signal["labels"], ())


def _parts(part: MappedPart, faults: list[FieldFault]) -> str:
    """The result, and what is wrong beside each field; fields that are right lose what stood there."""
    said = dict.fromkeys(FORM_FIELDS, "")
    for fault in faults:
        said[fault.field] = f"{said.get(fault.field, '')} {fault.message}".strip()
    beside = (partial(f"fault-{name}", "innerHTML", str(escape(text))) for name, text in said.items())
    return partial("mapped", "innerHTML", render(part)) + "".join(beside)
