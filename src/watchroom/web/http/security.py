"""The headers that keep a page to itself, on every answer of the pages and the API, refusals included.

Called by `app` after each request, and by `errors` for what ends in a refusal. Never loosened for a single page; a
picture (`drawing/svg`) brings a stricter one of its own.
"""

from typing import Any

from litestar import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def with_security_headers(response: Response[Any]) -> Response[Any]:
    """The answer, with the headers that it does not set itself."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
