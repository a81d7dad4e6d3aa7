"""Trouble that lasts is one line, and its end another."""

import logging

import pytest

from watchroom.base.errors import Overloaded, Unavailable
from watchroom.base.trouble import Trouble


def test_what_goes_wrong_again_and_again_is_said_when_it_begins_changes_and_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trouble = Trouble(logging.getLogger("test"), "Timers could not write")
    trouble.over()
    for _ in range(3):
        trouble.met(Unavailable("The disk is full."))
    trouble.met(Overloaded("The queue is full."))
    trouble.over()
    trouble.over()
    trouble.met(Unavailable("The disk is full."))
    assert [record.getMessage() for record in caplog.records] == [
        "Timers could not write: The disk is full.",
        "Timers could not write: The queue is full.",
        "Over, after it failed 4 times: Timers could not write",
        "Timers could not write: The disk is full.",
    ]
