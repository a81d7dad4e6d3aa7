"""Collects `*.room` files: each is one test for each store, and fails with file, line and what was seen instead."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.perform import perform
from tests.rooms.script import ScriptError, read
from tests.rooms.stage import STORES


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "RoomFile | None":
    """Every script in this folder."""
    if file_path.suffix != ".room":
        return None
    file: RoomFile = RoomFile.from_parent(parent, path=file_path)
    return file


class RoomFile(pytest.File):
    """One script."""

    def collect(self) -> Iterator[pytest.Item]:
        for store in STORES:
            yield RoomItem.from_parent(self, name=f"{self.path.stem}[{store}]", store=store)


class RoomItem(pytest.Item):
    """One script on one store."""

    def __init__(self, *, store: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.store = store

    def runtest(self) -> None:
        where = self.path.relative_to(self.config.rootpath).as_posix()
        found = perform(read(self.path.read_text(encoding="utf-8"), where), self.store)
        if found:
            pytest.fail("\n".join(found), pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, ScriptError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name
