"""The telemetry pages as something that can be mounted: a question in, a reply out, whatever the server around it.

`telemetry serve` mounts them at its root, `web` below a drill. Each page comes with the headers that keep it to itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.mount import NOT_ALLOWED, TEXT, Question, Reply
from watchroom.web.html.static_files import assets
from watchroom.web.http.policy import SECURITY_HEADERS
from watchroom.web.telemetry.pages import Place, dashboard_page, explore_page, start_page

HTML = "text/html; charset=utf-8"
_PAGE = {**SECURITY_HEADERS, "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class PagesMount:
    """The pages of one source. `dashboards` is asked at each page, so that they may come and go."""

    place: Place
    dashboards: Callable[[], Sequence[Dashboard]]
    now_ms: Callable[[], int]
    serves_files: bool = True
    """Whether the pages' files are served below the base too, where nobody else does it."""

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        """As `telemetry.mount.Api` says."""
        if question.method not in ("GET", "HEAD"):
            return NOT_ALLOWED
        path = question.path
        if self.serves_files and path.startswith("/static/"):
            return _file(path.removeprefix("/static/"), question.if_none_match)
        parts = path.strip("/").split("/")
        dashboards, now = self.dashboards(), self.now_ms()
        match parts:
            case [""]:
                return _page(start_page(self.place, dashboards, now))
            case ["explore"]:
                return _page(explore_page(self.place, dashboards, now))
            case ["dashboards", uid]:
                page = dashboard_page(self.place, dashboards, uid, now)
                if page is not None:
                    return _page(page)
                known = ", ".join(each.uid for each in dashboards) or "none"
                return _missing(f"There is no dashboard '{uid}' here. There is: {known}.")
        return _missing(f"There is no such page. Look at {self.place.base}/ for what is here.")

    def busy(self, says: str) -> Reply:
        """As `telemetry.mount.Api` says."""
        return Reply(503, f"{says}\n".encode(), TEXT, {"Retry-After": "1"})


def _page(html: str) -> Reply:
    return Reply(200, html.encode(), HTML, _PAGE)


def _missing(says: str) -> Reply:
    return Reply(404, f"{says}\n".encode(), TEXT, _PAGE)


def _file(path: str, if_none_match: str) -> Reply:
    asset = assets().get(path)
    if asset is None:
        return _missing("There is no such file: load the page again.")
    headers = {**SECURITY_HEADERS, "ETag": asset.etag, "Cache-Control": "no-cache"}
    # A server that packs an answer may mark its ETag as a weak one.
    if if_none_match.removeprefix("W/") == asset.etag:
        return Reply(304, b"", asset.media_type, headers)
    return Reply(200, asset.body, asset.media_type, headers)
