"""The telemetry pages in a real browser, over the shop of docs/examples: asked, zoomed, isolated, gone back, shared.

The server is `watchroom telemetry serve` in a process of its own, with a few traces beside it in another test's app.
"""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import WIDE, Browser
from tests.browser.patience import until
from tests.peers import require_peer
from tests.telemetry.dashboards.shop import BEGIN_S, END_S, FILES
from tests.telemetry.test_serve import Program

pytestmark = pytest.mark.peer("chromium", "chromedriver")
REQUESTS = "sum by (service) (rate(http_requests_total[5m]))"
LINES_DRAWN = "return document.querySelectorAll('#legend tbody tr:not(.off)').length"


@pytest.fixture(scope="module")
def shop() -> Iterator[Program]:
    metrics, logs, dashboard, rules = FILES
    running = Program(metrics, "--logs", logs, "--dashboards", dashboard, "--rules", rules, "--port", "0")
    yield running
    assert running.end(signal.SIGTERM) == (0, "")


@pytest.fixture(scope="module")
def own(shop: Program, shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that nobody is signed in with."""
    require_peer("chromium")
    require_peer("chromedriver")
    with Browser(tmp_path_factory.mktemp("profile"), shots) as browser:
        browser.base = shop.url.removesuffix("/prometheus")
        yield browser


@pytest.fixture
def page(own: Browser) -> Iterator[Browser]:
    own.width(WIDE)
    own.scheme("light")
    own.wrong()
    yield own
    assert own.wrong() == []


def explore(page: Browser, *queries: str, more: str = "") -> None:
    page.go("/explore?" + "&".join(f"q={quote(each)}" for each in queries) + more)


def parameters(page: Browser) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.path).query)


def looked_at(page: Browser, name: str) -> None:
    """The page in both widths and colours: nothing that axe finds, nothing that scrolls sideways."""
    assert page.every_look(f"telemetry-{name}") == []


def test_a_first_look_offers_what_is_there(page: Browser) -> None:
    page.go("/")
    page.reads("#main", "Shop overview", "/prometheus", "/loki")
    looked_at(page, "start")
    page.click("Explore", within="#main")
    page.reads("#begin", "metrics are here", "http_requests_total")
    page.reads("#logs-says", "These are here", '{service="checkout"}')
    looked_at(page, "begin")
    page.click("process_cpu_ratio")
    page.reads("#legend", "checkout-a", "Mean")
    assert parameters(page)["q"] == ["process_cpu_ratio"]
    # What was recorded ended long ago: all of it is shown instead of an empty hour.
    assert page.text("#range-words").startswith("9 Jan 16:00")


def test_queries_graph_legend_and_logs(page: Browser) -> None:
    explore(page, REQUESTS, more="&unit=req%2Fs&logs=" + quote('{service="checkout"} |= "failed"'))
    page.reads("#legend", 'service="checkout"', "req/s")
    page.reads("#marks-list", "CheckoutFails", "checkout 2.15.0 released")
    page.reads("#lines", "ERROR", "tax table")
    page.click('{service="web"}', within="#legend")
    until(lambda: page.script(LINES_DRAWN) == 1, "one line alone")
    looked_at(page, "explore")
    page.click('{service="web"}', within="#legend")
    until(lambda: page.script(LINES_DRAWN) == 4, "all lines again")
    page.script("document.querySelector('.lines summary').click()")
    page.click("without lines where level is error")
    page.reads("#logs-says", "No")
    assert parameters(page)["logs"] == ['{service="checkout", level!="error"} |= "failed"']


def test_dragging_zooms_and_back_goes_back(page: Browser) -> None:
    explore(page, REQUESTS)
    page.reads("#legend", "checkout")
    whole = page.text("#range-words")
    over = page.find("#graph .u-over")
    quarter = over.size["width"] // 4
    hand = webdriver.ActionChains(page.driver, duration=50)
    hand.move_to_element_with_offset(over, -quarter, 0).click_and_hold().move_by_offset(quarter, 5).release().perform()
    until(lambda: page.text("#range-words") != whole, "a shorter range")
    begin, end = (int(parameters(page)[name][0]) / 1000 for name in ("from", "to"))
    assert BEGIN_S + 1200 < begin < BEGIN_S + 1500
    assert BEGIN_S + 2500 < end < BEGIN_S + 2900
    page.click("Back to the range before")
    until(lambda: page.text("#range-words") == whole, "the whole range again")


def test_everything_by_keyboard(page: Browser) -> None:
    page.go("/explore")
    page.reads("#begin", "metrics are here")
    page.type("Query A", "process_c")
    page.reads(".offers", "process_cpu_ratio")
    page.keys(Keys.ENTER)
    until(
        lambda: page.script("return document.querySelector('.query').value") == "process_cpu_ratio",
        "the metric to be taken",
    )
    page.keys("{")
    page.reads(".offers", "instance", "service")
    page.keys("ser")
    page.lacks(".offers", "instance")
    page.keys(Keys.TAB, '="')
    page.reads(".offers", "checkout", "payments")
    page.keys(Keys.ESCAPE, 'search"}', Keys.ENTER)
    page.reads("#legend", "search-a", "search-b")
    page.press("Add query")
    page.keys("up", Keys.ENTER)
    page.reads("#legend", "B: up")
    page.press("Move B up")
    page.reads("#legend", "A: up")
    assert parameters(page)["q"] == ["up", 'process_cpu_ratio{service="search"}']
    page.press("Hide A")
    page.lacks("#legend", "up{")
    page.tab_to(lambda: page.find(".plot"), "the graph")
    page.keys(Keys.ARROW_RIGHT)
    page.reads(".tip", "16:00:00", "search-a")
    words = page.text("#range-words")
    page.keys("+")
    until(lambda: page.text("#range-words") != words, "the range to be zoomed")


def test_what_is_wrong_is_said_with_its_place(page: Browser) -> None:
    explore(page, "sum(rate(up[5m])", "foo_requests", 'up{service="nope"}')
    page.reads(".queries", "at character 4", "A bracket is opened and never closed")
    page.reads(".queries", "No metric is called foo_requests", "http_requests_total")
    page.reads(".queries", 'No series of up fits service="nope"', "checkout, payments, search, web")
    looked_at(page, "wrong")
    page.click("http_requests_total", within="#queries")
    page.reads("#legend", "checkout-a")
    # The browser itself notes the refusal of the first query; nothing else went wrong.
    noted = page.wrong()
    assert noted
    assert all("400" in line for line in noted)


def test_a_table_of_the_values_at_the_end(page: Browser) -> None:
    explore(page, "sum by (service) (up)", more="&view=table")
    page.reads("#graph", "service", "checkout", "2")
    page.click("Table")
    page.reads("#legend", 'service="checkout"')


def test_a_link_holds_the_whole_view(page: Browser) -> None:
    explore(page, REQUESTS, "up", more="&hide=2&unit=req%2Fs&stack=1&from=now-15m&to=now&refresh=10s&marks=0")
    page.reads("#queries-title", "Queries")
    assert page.text("#range-words") == "Last 15 minutes"
    assert page.find("#stacked").is_selected()
    assert not page.find("#marks").is_selected()
    assert page.find("#refresh").get_attribute("value") == "10s"
    page.reads("#queries", "has no samples in this range")
    page.click("Show all of it")
    page.reads("#legend", 'service="web"')


def test_a_dashboard_with_choices_marks_and_a_way_into_the_explorer(page: Browser) -> None:
    page.go("/dashboards/shop-overview")
    page.reads("#rows", "Requests that fail", "Slowest checkouts", "at or above 500", "Revenue a minute")
    page.reads("[data-panel='7']", "checkout", "payments", "search", "web")
    looked_at(page, "dashboard")
    page.go(f"/dashboards/shop-overview?var-service=search&from={BEGIN_S * 1000}&to={END_S * 1000}")
    page.reads("[data-panel='7']", "search")
    page.lacks("[data-panel='7']", "checkout")
    assert page.button("Service: search").is_displayed()
    page.click("More of Requests")
    page.click("Open in the explorer")
    page.reads("#legend", 'service="search"')
    assert 'service=~"search"' in parameters(page)["q"][0]
    assert parameters(page)["unit"] == ["req/s"]


def test_the_cursor_of_one_graph_is_the_cursor_of_all(page: Browser) -> None:
    page.go("/dashboards/shop-overview")
    page.reads("[data-panel='5']", "uk")
    page.reads("[data-panel='6']", "confirmations")
    page.script("""
        const over = document.querySelector("[data-panel='5'] .u-over");
        const box = over.getBoundingClientRect();
        over.dispatchEvent(new MouseEvent("mouseenter", {clientX: box.left + 90, clientY: box.top + 20}));
        over.dispatchEvent(new MouseEvent("mousemove", {bubbles: true, clientX: box.left + 90, clientY: box.top + 20}));
    """)
    moved = "return document.querySelector(`[data-panel='${arguments[0]}'] .u-cursor-x`).style.transform"
    until(lambda: page.script(moved, 5) == page.script(moved, 6) != "", "both cursors at one place")


def test_one_panel_alone_and_choices_by_hand(page: Browser) -> None:
    page.go("/dashboards/shop-overview?panel=12")
    page.reads("[data-panel='12']", "Replicas", "checkout")
    assert page.script("return document.querySelectorAll('.tile').length") == 1
    page.click("Service: All")
    page.click("payments", within="#var-service")
    page.keys(Keys.ESCAPE)
    page.lacks("[data-panel='12']", "checkout")
    assert parameters(page)["var-service"] == ["payments"]
    page.click("Show all panels")
    page.reads("#rows", "Requests that fail")


HOSTILE = "<img src=x onerror=alert(1)>\"'&\\"


@pytest.fixture
def evil(tmp_path: Path) -> Iterator[Program]:
    """Series, lines and a dashboard whose words want to be something else."""
    own = {"__name__": "evil", "who": HOSTILE}
    metrics, logs, board = tmp_path / "m.jsonl", tmp_path / "l.json", tmp_path / "d.yaml"
    series = [{"labels": own, "start": BEGIN_S, "step": 30, "values": [1, None, 2, "NaN", "+Inf", 3]}]
    metrics.write_text(json.dumps({"series": series}), encoding="utf-8")
    line = "<script>alert(1)</script> " + "w" * 5000
    logs.write_text(
        json.dumps({"streams": [{"stream": {"who": HOSTILE}, "values": [[f"{BEGIN_S}000000000", line]]}]}),
        encoding="utf-8",
    )
    panels = [
        {"title": HOSTILE, "queries": [{"promql": 'evil{who="$who"}', "legend": "{{who}}"}]},
        {
            "title": "counted",
            "queries": [{"logql": 'sum by (who) (count_over_time({who=~".+"}[1m]))', "legend": "{{who}}"}],
        },
        {
            "title": "at once",
            "kind": "table",
            "queries": [{"logql": 'sum by (who) (count_over_time({who=~".+"}[2h]))'}],
        },
        {"title": "lines", "kind": "logs", "queries": [{"logql": '{who=~".+"}'}]},
    ]
    variable = {"name": "who", "query": "label_values(evil, who)"}
    board.write_text(
        json.dumps(
            {"uid": "evil", "title": HOSTILE, "variables": [variable], "rows": [{"title": HOSTILE, "panels": panels}]}
        ),
        encoding="utf-8",
    )
    running = Program(metrics, "--logs", logs, "--dashboards", board, "--port", "0")
    yield running
    running.end(signal.SIGKILL)


def test_hostile_words_stay_words_and_a_lost_server_is_said(page: Browser, evil: Program) -> None:
    home, page.base = page.base, evil.url.removesuffix("/prometheus")
    try:
        page.go("/dashboards/evil")
        for panel in (1, 2, 3):
            page.reads(f"[data-panel='{panel}']", HOSTILE)
        page.reads("[data-panel='4']", "<script>alert(1)</script>")
        looked_at(page, "hostile")
        explore(page, f"evil{{who={json.dumps(HOSTILE)}}}")
        page.reads("#legend", "onerror")
        assert page.script("return document.querySelectorAll('img, #rows script').length") == 0
        evil.end(signal.SIGKILL)
        page.click("Ask again")
        page.reads("#queries", "The server does not answer", "what came last")
        page.reads("#legend", "onerror")
        page.wrong()
    finally:
        page.base = home
