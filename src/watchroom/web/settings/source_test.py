"""The test button: a sample of what a sender of this kind sends, on the way that it would take, and what became of it.

Called by the API and the source's page. What it made can be cleared again: its end is sent, and the signal judged.
"""

import re
from datetime import datetime

import msgspec

from watchroom.base.clock import epoch_us
from watchroom.base.errors import Malformed, NotFound, Refused, WatchroomError
from watchroom.detection.signal import Receipt, signal_id
from watchroom.detection.triage import Triage
from watchroom.integrations.report import report_of, signal_of
from watchroom.integrations.samples import SAID, TITLE, sample
from watchroom.people.source import HttpKind, Source
from watchroom.web.house import House
from watchroom.web.ingest import handlers as ingest
from watchroom.web.settings.source_view import SentTest

_ID = re.compile(r"test\d{10,20}")
REASON = "A test of the source."


class _Answer(msgspec.Struct):
    receipts: list[Receipt]
    warnings: list[ingest.Doubt] = []


async def send_test(house: House, source: Source) -> SentTest:
    """Send a sample as this source. Raises Refused when it is disabled, and what the ingest raises."""
    if source.disabled_at is not None:
        raise Refused(f"{source.name} is disabled: nothing is taken from it.", hint="Enable it first.")
    test = f"test{epoch_us(house.clock.now()) // 1_000}"
    return await _send(house, source, test, over=False)


async def clear_test(house: House, source: Source, test: str, *, actor: str, via: str) -> None:
    """Send the test's end, and judge what is left of it a false alarm. Raises Malformed, NotFound."""
    if not _ID.fullmatch(test):
        raise Malformed("That is no test's id.", hint="Send a test first.")
    begun = await _signals_of(house, source, test)
    if not begun:
        raise NotFound("There is no such test any more.", hint="Send another one.")
    if source.disabled_at is None and source.kind != "report":
        await _send(house, source, test, over=True)
    for id, room in begun:
        verdict = Triage(verdict="false_alarm", reason=REASON)
        try:
            await house.rooms.triage(id, room, verdict, actor=actor, via=via)
        except Refused:
            # Somebody has judged it meanwhile.
            continue


async def _signals_of(house: House, source: Source, test: str) -> list[tuple[str, str]]:
    """The test's signals and their rooms."""
    await house.projector.caught_up()
    return [
        (item.id, item.stream)
        for item in house.inbox.items.values()
        if item.source == source.name
        and item.triage == "open"
        and (test in item.title or test in item.key or test in item.labels.values())
    ]


async def _send(house: House, source: Source, test: str, *, over: bool) -> SentTest:
    now = house.clock.now()
    body = sample(source.kind, test, now, over=over)
    match source.kind:
        case "email":
            return SentTest(test=test, receipts=await house.mails.take(source.name, body))
        case "report":
            return SentTest(test=test, receipts=await _report(house, source, test, now))
        case kind:
            return await _deliver(house, source, kind, test, body)


async def _deliver(house: House, source: Source, kind: HttpKind, test: str, body: bytes) -> SentTest:
    try:
        _status, answered = await ingest.take_sample(house, source.name, kind, body)
    except Malformed as error:
        raise WatchroomError(
            f"The sample was not understood: {error.message}", hint="This is a mistake of ours.", code="bad_sample"
        ) from error
    answer = msgspec.json.decode(answered, type=_Answer)
    return SentTest(test=test, receipts=answer.receipts, warning=" ".join(doubt.message for doubt in answer.warnings))


async def _report(house: House, source: Source, test: str, now: datetime) -> list[Receipt]:
    signal = signal_of(source.name, report_of(f"{TITLE} {test}. {SAID}", "", "", ""), test, now)
    signal = msgspec.structs.replace(signal, id=signal_id(source.name, test))
    return await house.intake.receive(source.name, "web", [signal])
