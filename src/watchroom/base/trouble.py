"""Trouble of something that is done again and again: said once when it begins, and once when it is over.

A record that is away for an hour would otherwise be told thousands of times by each loop that looks every second, and
the one line that says something else would be lost among them. Called by the loops of timers, leases and lists. Never
decides whether anything is tried again.
"""

import logging

from watchroom.base.errors import WatchroomError


class Trouble:
    """What is wrong with one such loop just now, as its log tells it."""

    def __init__(self, log: logging.Logger, says: str) -> None:
        """`says` is what could not be done, as a sentence without its end."""
        self._log = log
        self._says = says
        self._why = ""
        self._times = 0

    def met(self, error: WatchroomError) -> None:
        """It failed. Told when that is news: it went well before, or fails of something else by now."""
        self._times += 1
        if error.message != self._why:
            self._why = error.message
            self._log.warning("%s: %s", self._says, error.message)

    def over(self) -> None:
        """It went well. Told when it had failed."""
        if self._why:
            self._log.warning("Over, after it failed %d times: %s", self._times, self._says)
            self._why, self._times = "", 0
