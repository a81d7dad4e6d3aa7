"""A full disk is called that, where a key is made and where a record is copied."""

import errno
import os
import sqlite3
from pathlib import Path
from typing import NoReturn

import pytest

from watchroom.base.errors import MisConfigured
from watchroom.record import signing
from watchroom.shell import backup


def test_no_room_for_the_key_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(signing, "_make", full)
    with pytest.raises(MisConfigured) as refused:
        signing.signer_in_file(tmp_path / "signing.pem")
    assert "disk is full" in refused.value.hint


def test_no_room_for_a_copy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(sqlite3.DatabaseError):
        sqlite_errorname = "SQLITE_FULL"

    def connect(path: Path, *, writes: bool) -> NoReturn:
        raise Full("database or disk is full")

    monkeypatch.setattr(backup, "connect", connect)
    with pytest.raises(MisConfigured) as refused:
        backup._copy(tmp_path / "record.db", tmp_path / "copy.db")
    assert "Make room" in refused.value.hint
