"""Files of recorded telemetry -> series, whichever of the two formats each has. Reads the files; nothing else.

Called by `watchroom telemetry serve`.
"""

import itertools
from collections.abc import Iterable
from pathlib import Path

from watchroom.telemetry.fixture import read_fixture
from watchroom.telemetry.gathering import Gathered, Unreadable, together
from watchroom.telemetry.metadata import Metadata
from watchroom.telemetry.openmetrics import read_openmetrics
from watchroom.telemetry.series import Series


def read_files(paths: Iterable[Path]) -> tuple[list[Series], dict[str, Metadata]]:
    """The series of all files, and what is known of their metrics. Raises `Malformed`, or `OSError` of a file."""
    return together((str(path), _read(path)) for path in paths)


def _read(path: Path) -> Gathered:
    with path.open(encoding="utf-8", newline="\n") as file:
        try:
            first = next(file, "")
            lines = itertools.chain((first,), file)
            read = read_fixture if first.lstrip("\ufeff \t").startswith("{") else read_openmetrics
            return read(lines, str(path))
        except UnicodeDecodeError as error:
            raise Unreadable(str(path), 1, f"it is not UTF-8: {error.reason}", "Give text in UTF-8.") from None
