"""The telemetry pages below a drill's path, with traces and a list of changes beside them: as `web` will mount them."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.patience import until
from tests.peers import require_peer
from tests.telemetry.dashboards.shop import BEGIN_S, END_S, FILES, dashboard
from watchroom.config import Settings
from watchroom.shell.telemetry_sources import loki, prometheus, read_logs
from watchroom.telemetry.asgi import TelemetryApp
from watchroom.telemetry.mount import LokiMount, PrometheusMount, Question, Reply, TempoMount
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.recorded_files import read_files
from watchroom.telemetry.tempo_api import TempoApi
from watchroom.telemetry.traces import Span, SpanKind, SpanStatus, TraceStore
from watchroom.telemetry.workers import Workers
from watchroom.web.telemetry.mount import PagesMount
from watchroom.web.telemetry.pages import Place

pytestmark = pytest.mark.peer("chromium", "chromedriver")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_NS = (BEGIN_S + 3600) * 1_000_000_000
NOW_MS = (END_S - 900) * 1000


class Listed:
    """The list of changes that a drill will have."""

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        at = "2026-01-09T16:50:00Z"
        return Reply(200, json.dumps({"items": [{"at": at, "title": "checkout 2.15.0"}]}).encode())

    def busy(self, says: str) -> Reply:
        return Reply(503, b"{}")


def traces() -> TraceStore:
    store = TraceStore()
    spans = [
        ("", "a" * 16, "GET /cart", "web", 0, 900),
        ("a" * 16, "b" * 16, "checkout", "checkout", 50, 850),
        ("b" * 16, "c" * 16, "SELECT", "orders-db", 100, 200),
    ]
    store.append(
        Span(
            TRACE,
            own,
            parent,
            name,
            service,
            SPAN_NS + begin * 1_000_000,
            SPAN_NS + end * 1_000_000,
            kind=SpanKind.SERVER,
            status=SpanStatus.ERROR if name == "checkout" else SpanStatus.UNSET,
            status_message="tax table" if name == "checkout" else "",
            attributes={"region": "uk"},
        )
        for parent, own, name, service, begin, end in spans
    )
    return store


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of the pages of drill 7."""
    metrics, logs, _, _ = FILES
    series, metadata = read_files([metrics])
    lines, _ = read_logs((logs,), Settings())
    workers = Workers(2, 100)
    place = Place(
        base="/drills/7", static="/static", prometheus="/drills/7/prometheus", loki="/drills/7/loki", tempo="/drills/7/tempo",
        changes="/changes", home="Back to the room", home_url="/drills/7/", practice=True, step_s=15,
    )  # fmt: skip
    boards = [dashboard()]
    app = TelemetryApp(
        {
            "/drills/7/prometheus": PrometheusMount(prometheus(series, metadata, Settings(), Semantics.PROMETHEUS_3)),
            "/drills/7/loki": LokiMount(loki(lines, Settings())),
            "/drills/7/tempo": TempoMount(TempoApi(traces())),
            "/changes": Listed(),
            "/drills/7": PagesMount(place, lambda: boards, lambda: NOW_MS),
            "": PagesMount(Place(), list, lambda: NOW_MS),
        },
        workers,
    )
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    running = threading.Thread(target=server.run, args=([listening],))
    running.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    running.join()
    workers.close()


@pytest.fixture
def page(base: str, shots: Path, tmp_path: Path) -> Iterator[Browser]:
    require_peer("chromium")
    require_peer("chromedriver")
    with Browser(tmp_path / "profile", shots) as browser:
        browser.base = base
        browser.width(WIDE)
        browser.scheme("light")
        yield browser
        assert browser.wrong() == []


def test_the_pages_of_a_drill(page: Browser) -> None:
    page.go("/drills/7/explore?q=up&logs=%7Bservice%3D%22checkout%22%7D")
    # The drill's clock says what "now" is: quarter past five, not today.
    page.reads(".drill", "practice only")
    page.reads("#legend", "checkout-a")
    assert page.text("#range-words") == "Last 1 hour"
    page.reads("#marks-list", "Changes", "checkout 2.15.0")
    assert str(page.button("Back to the room").get_attribute("href")).endswith("/drills/7/")
    page.click("Trace")
    page.write("Trace id", TRACE)
    page.click("Show", within="#trace-part")
    page.reads("#trace", "3 spans of 3 services in 900", "1 failed", "orders-db")
    page.script("document.querySelectorAll('#trace summary')[1].click()")
    page.reads("#trace", "tax table", "region", "uk")
    for width in (WIDE, NARROW):
        page.width(width)
        assert page.faults() == []
        assert page.overflow() == []
        page.shoot(f"telemetry-drill-{width}")
    page.width(WIDE)
    page.write("Trace id", "123")
    page.click("Show", within="#trace-part")
    page.reads("#trace", "There is no trace of this id here")
    assert all("404" in line for line in page.wrong())
    page.go("/drills/7/dashboards/shop-overview")
    page.reads("[data-panel='7']", "checkout", "payments")
    until(lambda: page.script("return document.querySelectorAll('.tile[aria-busy]').length") == 0, "all to be answered")
