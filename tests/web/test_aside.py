"""Long bodies: refused before they are read when they hold too much, and read while others have their turn."""

import threading
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from watchroom.base.errors import TooLarge
from watchroom.integrations import alertmanager
from watchroom.integrations.delivery import Limits, Reading
from watchroom.web.http.aside import ASIDE_BYTES, Aside

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


class Reader:
    """Notes what it was given, and in which thread."""

    def __init__(self) -> None:
        self.bodies: list[int] = []
        self.threads: set[int] = set()

    def read(self, body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
        self.bodies.append(len(body))
        self.threads.add(threading.get_ident())
        return Reading([])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"l":{' + b",".join(b'"l%d":""' % n for n in range(200_000)) + b"}}", "too_many_values"),
        (b"[" * 2_000_000, "too_many_values"),
        (b'{"a":' * 200 + b'"' + b"x" * ASIDE_BYTES + b'"' + b"}" * 200, "nested_too_deeply"),
    ],
)
async def test_a_hostile_body_is_refused_unread(body: bytes, code: str) -> None:
    reader = Reader()
    with pytest.raises(TooLarge) as refused:
        await Aside().read(reader.read, body, "am", Limits(), NOW)
    assert (refused.value.code, refused.value.status, reader.bodies) == (code, 413, [])
    assert "body_" in refused.value.message


async def test_a_long_body_is_read_in_another_thread_and_a_short_one_at_once() -> None:
    reader, aside = Reader(), Aside()
    await aside.read(reader.read, b'"' + b"x" * 100 + b'"', "am", Limits(), NOW)
    assert reader.threads == {threading.get_ident()}
    await aside.read(reader.read, b'"' + b"x" * ASIDE_BYTES + b'"', "am", Limits(), NOW)
    assert len(reader.threads) == 2


def test_too_many_labels_are_refused_before_they_are_sorted_and_hashed() -> None:
    """The error names the setting; a signal that was never made has no id."""
    labels = {f"l{n}": "v" for n in range(257)}
    alert: dict[str, Any] = {"version": "4", "groupKey": "g", "alerts": [{"labels": labels}]}
    reading = alertmanager.read_webhook(msgspec.json.encode(alert), "am", Limits(), NOW)
    assert reading.signals == []
    (fault,) = reading.faults
    assert (fault.code, "labels_per_signal_max" in fault.message) == ("too_many_labels", True)
