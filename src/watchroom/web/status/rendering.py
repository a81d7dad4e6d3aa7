"""The status page made into bytes: every address's answer at one moment, plain and packed, with its headers.

Called by `site`, which keeps one `Rendering` and serves it to everybody. The pages of single incidents and months are
made when they are first asked for, and then kept. Pure: the same view gives the same bytes.
"""

import gzip
import hashlib
from http import HTTPStatus

import msgspec

from watchroom.incident.status_view import StatusView
from watchroom.web.html.template import render
from watchroom.web.http.policy import SECURITY_HEADERS
from watchroom.web.status import atom
from watchroom.web.status.pages import months, status_incident, status_month, status_page
from watchroom.web.status.statuspage import PATH, Statuspage

HTML, JSON, ATOM = "text/html; charset=utf-8", "application/json; charset=utf-8", "application/atom+xml; charset=utf-8"
HISTORY = f"{PATH}/history"
PACKED_BYTES_MIN = 500
"""What is shorter is not worth packing."""
LATE_PAGES_MAX = 1_000
"""As many pages of incidents and months are kept at once."""

Headers = list[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What is sent for one address, in the form that ASGI wants it."""

    status: int
    etag: bytes
    body: bytes
    headers: Headers
    packed: bytes
    """The body by gzip; empty when it is not packed."""
    packed_headers: Headers
    unchanged_headers: Headers
    """Those of the answer 304."""


class Rendering:
    """All that is served of one view. `url`: how the page is reached; `max_age_s`: how long others may keep it."""

    def __init__(self, view: StatusView, url: str, max_age_s: int) -> None:
        self.view = view
        self._url = url
        self._kept = f"public, max-age={max_age_s}, stale-if-error=86400".encode()
        self._late: dict[str, Answer | None] = {}
        self._answers: dict[str, Answer] = {}
        if not view.shown:
            return
        self._answers = {path: self._answer(body, JSON) for path, body in Statuspage(view, url).documents().items()}
        self._answers[PATH] = self._answer(render(status_page(view, url)).encode(), HTML)
        self._answers[atom.PATH] = self._answer(atom.feed(view, url), ATOM)

    def get(self, path: str) -> Answer | None:
        """The answer for a path, or None when nothing stands there."""
        answer = self._answers.get(path)
        if answer is not None or not self.view.shown:
            return answer
        if path not in self._late:
            if len(self._late) >= LATE_PAGES_MAX:
                self._late.clear()
            html = self._page(path)
            if html is None:
                # What there is not is not kept: anybody may ask for any number of such addresses.
                return None
            self._late[path] = self._answer(html.encode(), HTML)
        return self._late[path]

    def _page(self, path: str) -> str | None:
        page: object = None
        if path == HISTORY:
            page = status_month(self.view, months(self.view)[0], self._url)
        elif path.startswith(f"{HISTORY}/"):
            page = status_month(self.view, path.removeprefix(f"{HISTORY}/"), self._url)
        elif path.startswith(f"{PATH}/incidents/"):
            page = status_incident(self.view, path.removeprefix(f"{PATH}/incidents/"), self._url)
        return render(page) if page is not None else None

    def _answer(self, body: bytes, media_type: str) -> Answer:
        return made(body, media_type, HTTPStatus.OK, self._kept)


def made(body: bytes, media_type: str, status: int, kept: bytes) -> Answer:
    """An answer that anybody may have, from any page."""
    etag = b'W/"%b"' % hashlib.sha256(body).hexdigest()[:20].encode()
    common: Headers = [
        (b"etag", etag),
        (b"cache-control", kept),
        (b"vary", b"accept-encoding"),
        (b"access-control-allow-origin", b"*"),
    ]
    whole: Headers = [(b"content-type", media_type.encode()), *common]
    whole += [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
    # The same bytes give the same packed bytes: no time of packing stands in them.
    packed = gzip.compress(body, 6, mtime=0) if len(body) >= PACKED_BYTES_MIN else b""
    return Answer(
        status=status,
        etag=etag,
        body=body,
        headers=[*whole, (b"content-length", b"%d" % len(body))],
        packed=packed,
        packed_headers=[*whole, (b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(packed))],
        unchanged_headers=common,
    )
