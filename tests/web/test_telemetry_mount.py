"""The telemetry pages wherever they are mounted: addresses below the base, headers, files, and hostile words as words."""

import json
import re
from collections.abc import Sequence

import pytest

from tests.telemetry.dashboards.shop import dashboard
from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.dashboards.reading import read_dashboard
from watchroom.telemetry.mount import Question, Reply
from watchroom.web.html.static_files import assets
from watchroom.web.http.policy import CONTENT_SECURITY_POLICY
from watchroom.web.telemetry.mount import PagesMount
from watchroom.web.telemetry.pages import Place

NOW_MS = 1_768_000_000_000
DRILL = Place(
    base="/drills/7",
    static="/static",
    prometheus="/drills/7/prometheus",
    loki="/drills/7/loki",
    tempo="/drills/7/tempo",
    changes="/api/v1/drills/7/changes",
    home="Back to the room",
    home_url="/incidents/k7m2",
    practice=True,
    step_s=1,
)
HOSTILE = "</script><script>alert(1)</script>\"'& 顧客"


def mount(place: Place, boards: Sequence[Dashboard] = (), *, serves_files: bool = True) -> PagesMount:
    return PagesMount(place, lambda: boards, lambda: NOW_MS, serves_files)


def asked(pages: PagesMount, path: str, method: str = "GET", seen: str = "") -> Reply:
    return pages.reply(Question(method, path, {}, seen), lambda: False)


def test_a_page_names_its_sources_below_the_base() -> None:
    html = asked(mount(DRILL, [dashboard()]), "/explore").body.decode()
    for said in (
        'data-base="/drills/7"', 'data-prometheus="/drills/7/prometheus"', 'data-loki="/drills/7/loki"', 'data-tempo="/drills/7/tempo"',
        'data-changes="/api/v1/drills/7/changes"', f'data-now="{NOW_MS}"', 'data-step="1"', 'href="/drills/7/dashboards/shop-overview"',
        'href="/incidents/k7m2"', "DRILL",
    ):  # fmt: skip
        assert said in html
    assert "data-begin" not in html


def test_recorded_data_says_what_it_spans_and_is_no_drill() -> None:
    html = asked(mount(Place(span=(1000, 2000))), "/explore").body.decode()
    assert 'data-begin="1000" data-end="2000"' in html
    assert "DRILL" not in html
    # Without logs and traces nothing is offered that could not be answered.
    assert "LogQL" not in html
    assert "Trace id" not in html


@pytest.mark.parametrize("path", ["/", "/explore", "/explore/", "/dashboards/shop-overview"])
def test_a_page_keeps_to_itself(path: str) -> None:
    reply = asked(mount(DRILL, [dashboard()]), path)
    assert (reply.status, reply.content_type) == (200, "text/html; charset=utf-8")
    assert reply.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    html = reply.body.decode()
    for attributes, inside in re.findall(r"<script([^>]*)>(.*?)</script>", html):
        # Inline, only data: the policy lets no inline script run.
        assert not inside or 'type="application/json"' in attributes
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)


def test_every_file_that_a_page_names_is_served() -> None:
    pages = mount(Place())
    html = (
        asked(pages, "/explore").body.decode()
        + asked(mount(Place(), [dashboard()]), "/dashboards/shop-overview").body.decode()
    )
    for path in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html)):
        assert asked(pages, path).status == 200, path
    for path, asset in assets().items():
        if path.startswith("telemetry/") and path.endswith(".js"):
            for imported in re.findall(r'from "\./([\w.]+)"', asset.body.decode()):
                assert f"telemetry/{imported}" in assets(), f"{path} imports {imported}"


@pytest.mark.parametrize("path", ["/explore", "/dashboards/shop-overview"])
def test_all_scripts_are_fetched_at_once(path: str) -> None:
    html = asked(mount(Place(), [dashboard()]), path).body.decode()
    preloaded = re.findall(r'rel="modulepreload" href="/static/telemetry/([\w.]+)"', html)
    needed = set(preloaded)
    for name in preloaded:
        needed |= set(re.findall(r'from "\./([\w.]+)"', assets()[f"telemetry/{name}"].body.decode()))
    assert needed == set(preloaded)
    assert len(preloaded) == len(set(preloaded)) > 10


def test_a_file_is_sent_once() -> None:
    pages = mount(Place())
    first = asked(pages, "/static/telemetry/chart.js")
    again = asked(pages, "/static/telemetry/chart.js", seen=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert asked(pages, "/static/telemetry/none.js").status == 404
    assert asked(mount(Place(), serves_files=False), "/static/telemetry/chart.js").status == 404


def test_a_dashboard_is_given_whole() -> None:
    html = asked(mount(Place(), [dashboard()]), "/dashboards/shop-overview").body.decode()
    [text] = re.findall(r'<script type="application/json" id="dashboard">(.*?)</script>', html)
    given = json.loads(text)
    assert given["rows"][0]["panels"][0]["thresholds"] == [
        {"value": 0.01, "tone": "warn"},
        {"value": 0.05, "tone": "hot"},
    ]
    assert given["variables"][0]["query"] == "label_values(http_requests_total, service)"


def test_the_explorer_marks_what_the_dashboards_mark() -> None:
    html = asked(mount(Place(loki="/loki"), [dashboard()]), "/explore").body.decode()
    [text] = re.findall(r'id="annotations">(.*?)</script>', html)
    assert [each["name"] for each in json.loads(text)] == ["Alerts", "Deploys"]


def test_what_is_not_there_says_what_is() -> None:
    pages = mount(DRILL, [dashboard()])
    reply = asked(pages, "/dashboards/none")
    assert reply.status == 404
    assert b"There is: shop-overview." in reply.body
    assert asked(pages, "/nothing").status == 404
    assert asked(pages, "/explore", "POST").status == 405
    assert pages.busy("full").status == 503


def test_hostile_words_stay_words() -> None:
    text = (
        f"uid: x\ntitle: {json.dumps(HOSTILE)}\ndescription: {json.dumps(HOSTILE)}\nrows:\n  - title: {json.dumps(HOSTILE)}\n    panels:\n"
        f"      - title: {json.dumps(HOSTILE)}\n        queries: [{{promql: up}}]\n"
    )
    html = asked(mount(Place(), [read_dashboard(text, "x.yaml")]), "/dashboards/x").body.decode()
    assert "<script>alert" not in html
    [given] = re.findall(r'id="dashboard">(.*?)</script>', html)
    assert json.loads(given)["title"] == HOSTILE
