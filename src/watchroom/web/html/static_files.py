"""The pages' files: styles, scripts, icons and fonts, read once at start and kept in memory, each with its ETag.

Read by `assets`, which serves them to the app's pages, and by `mount`, which serves them beside recorded
telemetry.
"""

import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.with_name("static")
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}


class Asset(NamedTuple):
    """One file as it is sent."""

    body: bytes
    media_type: str
    etag: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """All files by their path below `static`."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            media_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            found[path.relative_to(FOLDER).as_posix()] = Asset(body, media_type, etag)
    return found


_IMPORTED = re.compile(r'^(?:import|\}) .*?from "\./([\w.]+)";|^import "\./([\w.]+)";', re.MULTILINE)


@lru_cache(maxsize=64)
def modules(path: str) -> tuple[str, ...]:
    """A script and all that it imports, by their paths: what a browser may fetch at once, not one after another."""
    folder = path.rpartition("/")[0]
    found: dict[str, None] = {}
    ahead = [path]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found[name] = None
            imported = _IMPORTED.findall(assets()[name].body.decode())
            ahead.extend(f"{folder}/{one or other}" for one, other in imported)
    return tuple(sorted(found))
