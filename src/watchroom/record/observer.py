"""What a store says of its own work, for metrics and readiness: how long commits take, what waits, what failed.

Given to a store by `app`; told on the event loop, once a group. Never learns what was written.
"""

from typing import Protocol, runtime_checkable


class Observer(Protocol):
    """Whoever wants to know. Must not block, and must not raise."""

    def committed(self, requests: int, events: int, seconds: float) -> None:
        """A group of `requests` with `events` became durable; deciding, writing and committing took `seconds`."""

    def failed(self, requests: int) -> None:
        """A group of `requests` could not be written; nothing of it was."""


class Unobserved:
    """Nobody wants to know."""

    def committed(self, requests: int, events: int, seconds: float) -> None:
        """See `Observer.committed`."""

    def failed(self, requests: int) -> None:
        """See `Observer.failed`."""


@runtime_checkable
class Queued(Protocol):
    """A store whose writes wait in a queue of its own."""

    @property
    def queued_requests(self) -> int:
        """Writes that are handed in and not answered yet."""

    @property
    def queued_bytes(self) -> int:
        """About how much memory they take."""

    @property
    def queued_requests_max(self) -> int:
        """Beyond this many, writes are refused as Overloaded."""
