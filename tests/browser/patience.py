"""Waiting for the thing itself: a condition is looked at again and again until it holds or its time is up.

Used by the browser tests and the peers that they start. The deadline is a limit against a hang, never a measure of
speed.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)

T = TypeVar("T")

DEADLINE_S: Final = 30.0
LOOK_EVERY_S: Final = 0.03
# What a page says while it is being changed by what comes in live.
NOT_YET: Final = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)


def until(
    condition: Callable[[], T],
    what: str,
    *,
    deadline_s: float = DEADLINE_S,
    not_yet: tuple[type[Exception], ...] = NOT_YET,
    otherwise: Callable[[], object] | None = None,
) -> T:
    """The first true value of `condition`; `not_yet` are errors that mean "look again".

    Fails naming `what`, and what `otherwise` says about how things stand.
    """
    over = time.monotonic() + deadline_s
    pause = threading.Event()
    last: object = None
    while True:
        try:
            if found := condition():
                return found
            last = found
        except not_yet as error:
            last = error
        if time.monotonic() > over:
            stands = otherwise() if otherwise is not None else last
            raise AssertionError(f"waited {deadline_s:.0f} s for: {what}. It stands at: {stands}")
        pause.wait(LOOK_EVERY_S)
