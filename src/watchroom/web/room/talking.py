"""What a message box asks for beside the room itself: the emoji by name.

Called by `routes`. Who is meant by an `@` completes from the room's own completions, entries from what is on the page.
"""

from functools import lru_cache

import msgspec
from litestar import Response, get

from watchroom.web.html.emoji import EMOJI
from watchroom.web.http.reading import AnyRequest, caller_of

_KEPT_S = 86_400


@get("/emoji")
async def emoji_handler(request: AnyRequest) -> Response[bytes]:
    """Every emoji by the name that is typed between colons."""
    caller_of(request, "read")
    headers = {"Cache-Control": f"private, max-age={_KEPT_S}"}
    return Response(_listed(), media_type="application/json", headers=headers)


@lru_cache(maxsize=1)
def _listed() -> bytes:
    return msgspec.json.encode(EMOJI)
