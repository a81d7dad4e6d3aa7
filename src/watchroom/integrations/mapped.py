"""Reading a body as its source's mapping says, and automatically where the mapping does not fit: nothing is lost.

`reader(mapping, read)` stands in front of a sender's own reader. Called by the web's ingest and by the mail listener.
Pure.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.integrations.delivery import Fault, Limits, Read, Reading
from watchroom.integrations.mapping import Compiled, FieldFault, Mapped, Mapping, compiled, mapped

CODE = "mapping_failed"
"""The code of the error log's entries about bodies that a mapping did not fit."""
MAPPED_KINDS = ("generic", "email")
"""The kinds whose bodies nobody else knows the shape of."""
COMPILED_MAX = 256

_json = msgspec.json.Decoder(Any)


def reader(mapping: Mapping | None, read: Read) -> Read:
    """`read`, with the mapping in front of it; `read` itself when there is none."""
    if mapping is None:
        return read

    def read_mapped(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
        return _read(mapping, read, body, source, limits, now)

    return read_mapped


def _read(mapping: Mapping, read: Read, body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    try:
        found = mapped(ready(mapping), _json.decode(body), source, limits)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Not JSON at all: the sender's own reader says so in its words.
        return read(body, source, limits, now)
    except Malformed as error:
        reading = read(body, source, limits, now)
        reading.fallback = error.message
        return reading
    reading = Reading([])
    for index, each in enumerate(found):
        if each.signal is not None:
            reading.signals.append(each.signal)
            continue
        reading.fallback = reading.fallback or said(each.faults)
        _automatically(reading, index, each, read, source, limits, now, alone=len(found) == 1)
    return reading


def _automatically(
    reading: Reading, index: int, each: Mapped, read: Read, source: str, limits: Limits, now: datetime, *, alone: bool
) -> None:
    """One item that the mapping does not fit, read as if there were none. Raises Malformed when it is the only one."""
    try:
        automatic = read(msgspec.json.encode(each.item), source, limits, now)
    except Malformed as error:
        if alone:
            raise
        reading.faults.append(Fault(index, error.code, error.message))
        return
    reading.signals += automatic.signals
    reading.truncated += automatic.truncated
    reading.remarks += automatic.remarks
    reading.changes += automatic.changes
    reading.notice = reading.notice or automatic.notice
    reading.faults += [Fault(index, fault.code, fault.message) for fault in automatic.faults]


def said(faults: list[FieldFault]) -> str:
    """The faults in one line."""
    return " ".join(f"{fault.field}: {fault.message}" for fault in faults)


def ready(mapping: Mapping) -> Compiled:
    """The mapping, ready to be used; what was made of the last ones is remembered."""
    return _ready(msgspec.json.encode(mapping))


@lru_cache(COMPILED_MAX)
def _ready(mapping: bytes) -> Compiled:
    return compiled(msgspec.json.decode(mapping, type=Mapping))
