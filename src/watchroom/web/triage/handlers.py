"""What is done on the inbox: judging one signal or several at once, taking a judgement back, noting a worry.

Called by `routes`. Works without a script; with one, a key does what a click does, by the same forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed, NotFound, WatchroomError
from watchroom.detection.signal import Signal, signal_id
from watchroom.detection.triage import Triage
from watchroom.incident.inbox import SignalItem
from watchroom.people.caller import Caller
from watchroom.web.house import House, house_of
from watchroom.web.html.forms import convert
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.html.words import many, word
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, go, html, is_partial, rooms_seen, visit_of
from watchroom.web.lists import level_of
from watchroom.web.live.frames import notice_html, partial
from watchroom.web.triage.filters import filter_of
from watchroom.web.triage.inbox import InboxPage, inbox_now

AT_ONCE_MAX = 100
"""So many signals are judged by one click; what is beyond stays in the inbox."""
UNDO_S = 10
"""For so long the page offers to take a judgement back, in seconds; the API, and the list of what was judged, do so
for as long as nothing else follows from it."""
SAMPLE_SOURCE = "sample"


@dataclass(frozen=True)
class Outcome:
    """What became of a judgement of several signals."""

    judged: tuple[tuple[str, str], ...]
    """Signal and room of each that was judged, in the order in which they were."""
    room: str
    """The room that the last of them is in now."""
    cautions: tuple[Caution, ...]
    refused: tuple[WatchroomError, ...]
    """Why others were not judged."""


@template("judged.html")
@dataclass(frozen=True)
class Judged:
    """A word to the one who judged: what it was judged, and the way back for some seconds."""

    done: str
    """What was done, in a few words."""
    judged: Sequence[tuple[str, str]]
    """Signal and room of each, so that it can be taken back."""
    cautions: Sequence[Caution]
    """What to look at, though nothing was blocked."""
    refused: Sequence[WatchroomError]
    """Why others were not judged."""
    ask_why: str
    """The verdict whose reason is asked for, without having to be given; empty: none."""
    undo_s: int
    """For how long the way back is offered, in seconds."""


@get("/signals")
async def inbox_page(request: AnyRequest) -> Response[str]:
    """The inbox: signals that wait for a person's judgement, by the filter of the address."""
    caller = caller_of(request, "read")
    house = house_of(request)
    by = filter_of(request.query_params.multi_items())
    position = await house.log.position()
    inbox = await inbox_now(house, await level_of(house, caller), by)
    live = f"/live/signals?{by.query}&after={position}" if by.query else f"/live/signals?after={position}"
    return html(render(InboxPage(visit_of(request), inbox, live, by)))


async def item_of(house: House, id: str, caller: Caller) -> SignalItem:
    """A signal of the inbox that the caller sees, up to date. Raises NotFound."""
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    item = house.inbox.items.get(id)
    hidden = item is not None and house.inbox.is_restricted(item.stream)
    if item is None or (hidden and item.stream not in rooms_seen(house, caller)):
        raise NotFound(f"There is no signal {id[:40]!r}.", hint="GET /api/v1/signals lists them.")
    return item


@post("/signals/{id:str}/triage")
async def triage_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """A verdict on one signal; `incident` declares and opens the room."""
    form = await form_of(request)
    return await _judge(request, form, [id])


@post("/signals/judge")
async def judge_form(request: AnyRequest) -> Response[str] | Redirect:
    """A verdict on all the signals that are marked; of several, `incident` makes one incident."""
    form = await form_of(request)
    signals = list(dict.fromkeys(form.all("signal")))
    if not signals:
        caller_of(request, "respond", form.csrf)
        raise Malformed("No signal is marked.", hint="Mark some with their boxes, or with x, then judge them.")
    if len(signals) > AT_ONCE_MAX:
        raise Malformed(f"{len(signals)} signals are marked.", hint=f"Judge at most {AT_ONCE_MAX} at once.")
    return await _judge(request, form, signals)


async def _judge(request: AnyRequest, form: Form, signals: Sequence[str]) -> Response[str] | Redirect:
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    verdict = _verdict(form, house)
    outcome = await judge_all(house, caller, signals, verdict)
    if outcome.refused and not outcome.judged:
        raise outcome.refused[0]
    if verdict.verdict == "incident":
        judged = ",".join(f"{signal}.{room}" for signal, room in outcome.judged)
        return go(request, f"/incidents/{outcome.room}?judged={judged}")
    if not is_partial(request):
        return Redirect(f"/signals?{_by(form)}" if _by(form) else "/signals", status_code=303)
    ask_why = verdict.verdict if verdict.verdict in ("false_alarm", "noise") and not verdict.reason else ""
    notice = Judged(
        done=_done(outcome, verdict),
        judged=outcome.judged,
        cautions=[caution for caution in outcome.cautions if not (ask_why and caution.code == "no_reason")],
        refused=outcome.refused,
        ask_why=ask_why,
        undo_s=UNDO_S,
    )
    return html(partial("notices", "beforeend", render(notice)))


def _verdict(form: Form, house: House) -> Triage:
    """The verdict of a form. A room alone means a duplicate; a slow burn without a word is looked at again by whoever
    judges, after the usual time."""
    beside = ("signal", "by")
    pairs = [pair for pair in form.pairs if pair[0] not in beside]
    names = {name for name, _ in pairs}
    if "of" in names and "verdict" not in names:
        pairs.append(("verdict", "duplicate"))
    given = Form(pairs)
    slow = given.get("verdict") == "slow_burn"
    verdict = convert(given, Triage)
    if slow and verdict.look_again_at is None and verdict.owner is None:
        later = house.clock.now() + timedelta(seconds=house.settings.slow_burn_look_again_s)
        return msgspec.structs.replace(verdict, owner="me", look_again_at=later)
    return verdict


async def judge_all(house: House, caller: Caller, signals: Sequence[str], verdict: Triage) -> Outcome:
    """Judge each; several that are an incident are one: the first declares, and those of other rooms join it."""
    judged: list[tuple[str, str]] = []
    cautions: dict[str, Caution] = {}
    refused: list[WatchroomError] = []
    room = ""
    for id in signals:
        body = verdict
        try:
            item = await item_of(house, id, caller)
            if verdict.verdict == "incident" and room:
                if item.stream == room:
                    continue
                body = Triage(verdict="duplicate", of=room, reason=verdict.reason)
            handled = await house.rooms.triage(id, item.stream, body, actor=caller.actor, via="web")
        except WatchroomError as error:
            refused.append(error)
            continue
        judged.append((id, item.stream))
        room = room or handled.room
        cautions |= {caution.code: caution for caution in handled.warnings}
    return Outcome(tuple(judged), room, tuple(cautions.values()), tuple(refused))


def _done(outcome: Outcome, verdict: Triage) -> str:
    said = word(verdict.verdict)
    if verdict.verdict == "duplicate" and verdict.of:
        said = f"duplicate of {verdict.of}"
    if len(outcome.judged) == 1:
        return f"Judged {said}"
    return f"{many(len(outcome.judged), 'signal')} judged {said}"


def _by(form: Form) -> str:
    """The filter that the page was shown by, as it may stand in an address."""
    return filter_of(Form.pairs_of(form.get("by"))).query


@post("/signals/withdraw")
async def withdraw_form(request: AnyRequest) -> Response[str] | Redirect:
    """Take judgements back, the last one first, each with what it brought about."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    pairs = [each.partition(" ") for each in form.all("judged")[:AT_ONCE_MAX]]
    if not pairs:
        raise Malformed("Nothing is named that could be taken back.", hint="Load the inbox again.")
    events, refused = [], None
    for signal, _, room in reversed(pairs):
        try:
            item = await item_of(house, signal, caller)
            handled = await house.rooms.withdraw(signal, room or item.judged_in, actor=caller.actor, via="web")
            events += handled.events
        except WatchroomError as error:
            refused = error
    if refused is not None:
        raise refused
    if form.get("then") == "signals":
        return go(request, "/signals")
    if is_partial(request):
        return html(notice_html(events[-1:]))
    return Redirect(f"/signals?{_by(form)}" if _by(form) else "/signals", status_code=303)


@post("/signals/note")
async def note_form(request: AnyRequest) -> Response[str] | Redirect:
    """An engineer's note: something looks odd. It becomes a signal that waits for a judgement."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    text = form.get("text").strip()
    if not text:
        raise Malformed("The note is empty.", hint="Say in a sentence what you saw.")
    source = f"note:{caller.person}"
    key = f"{house.clock.now().isoformat()} {text}"
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="firing",
        title=text.split("\n", 1)[0][:300],
        kind="observation",
        annotations={"description": text} if len(text) > 300 or "\n" in text else {},
        starts_at=house.clock.now(),
    )
    await house.intake.receive(source, "web", [signal])
    if is_partial(request):
        return html("")
    return Redirect("/signals", status_code=303)


@post("/signals/sample")
async def sample_form(request: AnyRequest) -> Response[str] | Redirect:
    """A sample alert, so that the whole path can be walked without an Alertmanager."""
    form = await form_of(request)
    caller_of(request, "respond", form.csrf)
    house = house_of(request)
    now = house.clock.now()
    labels = {
        "alertname": "CheckoutErrorBudgetBurn",
        "service": "checkout",
        "region": "uk",
        "severity": "critical",
        "sample": now.strftime("%H:%M:%S"),
    }
    key = f"CheckoutErrorBudgetBurn {now.isoformat()}"
    signal = Signal(
        id=signal_id(SAMPLE_SOURCE, key),
        source=SAMPLE_SOURCE,
        key=key,
        group=key,
        state="firing",
        title="CheckoutErrorBudgetBurn: checkout burns its error budget 14.4 times too fast",
        severity="critical",
        service="checkout",
        labels=labels,
        annotations={
            "summary": "checkout burns its error budget 14.4 times too fast",
            "description": "A sample alert. 31 % of orders have failed for 5 minutes.",
        },
        starts_at=now,
        stable_start=True,
    )
    await house.intake.receive(SAMPLE_SOURCE, "web", [signal])
    return go(request, "/signals")


@post("/deliveries/{source:str}/{seq:int}/put-away")
async def put_away_form(request: AnyRequest, source: FromPath[str], seq: FromPath[int]) -> Response[str] | Redirect:
    """A delivery that could not be read was dealt with."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    await house.projector.caught_up()
    if f"source:{source}#{seq}" not in house.inbox.kept:
        raise NotFound("There is no such delivery any more.", hint="Load the inbox again.")
    await house.intake.put_away(source, seq, actor=caller.actor, via="web")
    if is_partial(request):
        return html("")
    return Redirect("/signals", status_code=303)
