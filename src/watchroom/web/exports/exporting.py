"""What exports need of a running house, kept between two requests.

Built by `app`, used by `api_export`.
"""

import asyncio
from collections.abc import Awaitable, Callable

from watchroom.record.signing import Signer


class Exports:
    """What exports need of the house: the key that signs heads, made at first need, and a bound on PDFs at once."""

    def __init__(self, make_signer: Callable[[], Awaitable[Signer]], pdf_parallel_max: int) -> None:
        self._make_signer = make_signer
        self._signer: Signer | None = None
        self.pdfs = asyncio.Semaphore(pdf_parallel_max)

    async def signer(self) -> Signer:
        """The key. Raises MisConfigured, Unavailable."""
        if self._signer is None:
            self._signer = await self._make_signer()
        return self._signer
