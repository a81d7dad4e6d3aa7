"""Triage: verdicts over HTTP's own body, what they ask back, and when a room counts as dismissed."""

from pathlib import Path
from typing import Any

import pytest

from tests.rooms.stage import at, staged
from watchroom.base.clock import rfc3339
from watchroom.base.errors import AlreadyDone, Malformed, NotFound, UnknownThing
from watchroom.detection.triage import Triage


@pytest.mark.parametrize(
    ("verdict", "status", "warnings"),
    [
        ({"verdict": "false_alarm"}, "dismissed", ["no_reason"]),
        ({"verdict": "noise", "reason": "flaps"}, "dismissed", []),
        ({"verdict": "slow_burn"}, "triage", ["no_look_again"]),
        ({"verdict": "slow_burn", "look_again_at": rfc3339(at(600))}, "triage", []),
        ({"verdict": "incident"}, "declared", []),
    ],
)
async def test_a_verdict(verdict: dict[str, Any], status: str, warnings: list[str], tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": "Disk full", "service": "db"})
        handled = await stage.judge(receipt.signal, verdict)
        assert (await stage.room(handled.room)).status == status
        assert [caution.code for caution in handled.warnings] == warnings
        with pytest.raises(AlreadyDone):
            await stage.judge(receipt.signal, verdict)


async def test_a_verdict_can_be_changed(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": "Disk full"})
        statuses = []
        for verdict in ("noise", "slow_burn", "false_alarm", "incident", "noise"):
            handled = await stage.judge(receipt.signal, {"verdict": verdict, "reason": "so"})
            statuses.append((await stage.room(handled.room)).status)
        # What was declared is an incident, whatever its first signal turned out to be.
        assert statuses == ["dismissed", "triage", "dismissed", "declared", "declared"]


async def test_a_room_is_dismissed_once_its_last_signal_is(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        body = {"version": "4", "groupKey": "g", "alerts": [{"labels": {"alertname": name}} for name in "abc"]}
        receipts = await stage.send("alertmanager", body)
        for number, receipt in enumerate(receipts, 1):
            handled = await stage.judge(receipt.signal, {"verdict": "noise", "reason": "flaps"})
            assert (await stage.room(handled.room)).status == ("dismissed" if number == 3 else "triage")


async def test_verdicts_that_cannot_be(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": "Disk full"})
        assert receipt.stream is not None
        for of, refusal in ((None, Malformed), (receipt.stream, Malformed), ("aaaa-aaaa", NotFound)):
            with pytest.raises(refusal):
                await stage.judge(receipt.signal, {"verdict": "duplicate"} | ({"of": of} if of else {}))
        with pytest.raises(Malformed):
            await stage.judge(receipt.signal, {"verdict": "slow_burn", "look_again_at": "1970-01-01T00:00:00Z"})
        other = await stage.declare()
        with pytest.raises(UnknownThing):
            await stage.house.rooms.triage(
                receipt.signal, other, Triage(verdict="noise"), actor="person:ana@example.com", via="test"
            )


async def test_a_duplicate_of_what_is_over_is_asked_about(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        over = await stage.declare()
        await stage.do(over, {"command": "resolve", "understood": "yes"})
        (receipt,) = await stage.send("generic", {"title": "Disk full"})
        handled = await stage.judge(receipt.signal, {"verdict": "duplicate", "of": over})
        assert [caution.code for caution in handled.warnings] == ["target_closed"]
        assert (await stage.room(over)).status == "resolved"
        assert list((await stage.room(over)).signals.by_id) == [receipt.signal]


async def test_why_can_be_said_afterwards(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": "Disk full"})
        await stage.judge(receipt.signal, {"verdict": "noise"})
        handled = await stage.judge(receipt.signal, {"verdict": "noise", "reason": "It flaps"})
        assert handled.warnings == ()
        assert (await stage.room(handled.room)).judgements.by_signal[receipt.signal].reason == "It flaps"
        with pytest.raises(AlreadyDone):
            await stage.judge(receipt.signal, {"verdict": "noise", "reason": "It flaps"})
