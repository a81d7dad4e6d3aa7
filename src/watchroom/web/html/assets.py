"""The address of the pages' files. Called by `routes`.

Each file has an ETag, so that a browser asks again cheaply and never shows an old script with a new page.
"""

from litestar import Response, get
from litestar.params import FromPath

from watchroom.base.errors import NotFound
from watchroom.web.html.static_files import assets
from watchroom.web.http.reading import AnyRequest


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
