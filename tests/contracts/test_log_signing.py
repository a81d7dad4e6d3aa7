"""The key that several processes share by way of the store: of all who make one at once, everybody gets the same."""

import asyncio

from tests.contracts.stores import Opened
from watchroom.record.log import Log
from watchroom.record.signing import ROWS, signer_in_rows


async def test_in_rows_all_who_come_get_one_key(log: Log) -> None:
    signers = await asyncio.gather(*(signer_in_rows(log) for _ in range(10)))
    assert len({signer.key for signer in signers}) == 1
    assert len(await log.rows(ROWS)) == 1


async def test_in_rows_it_stays_when_the_store_is_opened_again(durable: Opened) -> None:
    log = durable.open()
    key = (await signer_in_rows(log)).key
    log = await durable.reopen(log)
    assert (await signer_in_rows(log)).key == key
