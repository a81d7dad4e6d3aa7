"""The pages' files: styles, scripts, icons and fonts, read once at start and served from memory.

Called by `routes`. Each has an ETag, so that a browser asks again cheaply and never shows an old script with a new
page.
"""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from watchroom.base.errors import NotFound
from watchroom.web.http.reading import AnyRequest

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


@get("/static/{path:path}")
async def static_file(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
    """A file of the pages."""
    asset = assets().get(str(path).lstrip("/"))
    if asset is None:
        raise NotFound("There is no such file.", hint="Load the page again.")
    headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == asset.etag:
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
