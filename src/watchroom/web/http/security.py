"""The page headers put on every answer of the pages and the API, refusals included.

Called by `app` after each request, and by `errors` for what ends in a refusal. Never loosened for a single page; a
picture (`drawing/svg`) brings a stricter one of its own.
"""

from typing import Any

from litestar import Response

from watchroom.web.http.policy import SECURITY_HEADERS


def with_security_headers(response: Response[Any]) -> Response[Any]:
    """The answer, with the headers that it does not set itself."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
