"""Many signals at once: others have their turn while they are sorted and encoded."""

import asyncio
from pathlib import Path

import msgspec

from tests.houses.street import street
from watchroom.integrations import alertmanager
from watchroom.integrations.intake import TURN_SIGNALS


async def test_others_have_their_turn_while_many_signals_are_sorted(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        house = here.processes[0].house

        async def turns(count: int) -> int:
            """How many turns of the event loop it took to take in so many new signals."""
            alerts = [{"labels": {"alertname": f"{count}-{number}"}} for number in range(count)]
            body = msgspec.json.encode({"version": "4", "groupKey": f"g{count}", "alerts": alerts})
            reading = alertmanager.read_webhook(body, "am", house.limits, house.clock.now())
            taking = asyncio.ensure_future(house.intake.receive("am", "test", reading.signals))
            passed = 0
            while not taking.done():
                passed += 1
                await asyncio.sleep(0)
            assert {receipt.outcome for receipt in await taking} == {"recorded"}
            return passed

        few, many = await turns(1), await turns(12 * TURN_SIGNALS)
        # A turn after each slice that is sorted, and one after each that is encoded; the ways there vary by a few.
        assert many - few >= 2 * 12 - 10
