"""Takes the pictures of docs/pictures: starts a demo with a seeded incident, and photographs ten pages in Chromium.

Run by hand, as `python -m docs.take_pictures`, after a page has changed; whoever runs it looks at each. Needs Chromium
and its driver. Writes WebP files of less than 200 KB into docs/pictures, and nothing anywhere else.
"""

import argparse
import base64
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.install import Install
from tests.browser.patience import until
from tests.telemetry.dashboards.shop import FILES
from tests.telemetry.test_serve import Program

PICTURES = Path(__file__).resolve().parent / "pictures"
BYTES_MAX = 200_000
QUALITY = 82
INES, TOMASZ, LEILA = "ines@demo.example", "tomasz@demo.example", "leila@demo.example"
RAVI, MEI = "ravi@demo.example", "mei@demo.example"
TITLE = "UK customers cannot check out"
REQUESTS = "sum by (service) (rate(http_requests_total[5m]))"


class Demo:
    """The demo's people, each with a token of their own, and a clock that says when they said it."""

    def __init__(self, install: Install) -> None:
        self.install = install
        self._now = datetime.now(UTC)
        self._clients: dict[str, httpx.Client] = {}
        self.room = ""

    def at(self, minutes_ago: float) -> str:
        """So many minutes before now, as RFC 3339."""
        return (self._now - timedelta(minutes=minutes_ago)).isoformat().replace("+00:00", "Z")

    def client(self, person: str) -> httpx.Client:
        """As this person."""
        if person not in self._clients:
            name = person.partition("@")[0]
            token = self.install.shell(
                "token", "create", name, "--scope", "respond", "--scope", "read", "--person", person
            )
            headers = {"Authorization": f"Bearer {token}"}
            self._clients[person] = httpx.Client(base_url=self.install.url, headers=headers, timeout=60)
        return self._clients[person]

    def post(self, person: str, path: str, /, **body: Any) -> Any:
        """Somebody does something."""
        answer = self.client(person).post(path, json=body)
        assert answer.is_success, (path, body, answer.status_code, answer.text)
        return answer.json()

    def do(self, minutes_ago: float, person: str, command: str, /, **fields: Any) -> None:
        """A command in the room, as of then."""
        body = {"command": command, "at": self.at(minutes_ago), **fields}
        answer = self.client(person).post(f"/api/v1/incidents/{self.room}/commands", json=body)
        assert answer.is_success, (body, answer.text)

    def fires(self, key: str, title: str, minutes_ago: float, **fields: Any) -> str:
        """An alert; the room that it stands in."""
        body = {"title": title, "status": "firing", "starts_at": self.at(minutes_ago), "dedup_key": title, **fields}
        answer = httpx.post(f"{self.install.url}/in/{key}/api/v1/signals/generic", json=body, timeout=60)
        assert answer.is_success, answer.text
        room: str = answer.json()["receipts"][0]["stream"]
        return room


def seeded(demo: Demo) -> None:
    """A catalogue, what is over, what is mitigated, the incident of the hour, and what waits."""
    key = demo.install.source("prod-alerts", "generic")
    for name, depends_on, team in (
        ("checkout", ["payments", "cart"], "shop"),
        ("payments", ["payport"], "payments"),
        ("search", [], "search"),
    ):
        demo.install.post("/api/v1/services", name=name, depends_on=depends_on, team=team)
    demo.install.shell("team", "set", "payments", LEILA, RAVI)
    demo.install.shell("team", "set", "shop", TOMASZ, MEI)
    over(demo)
    mitigated(demo, key)
    running(demo, key)
    waiting(demo, key)


def declared(demo: Demo, minutes_ago: float, title: str, person: str, **fields: Any) -> None:
    """A new room, declared then."""
    demo.room = demo.post(person, "/api/v1/incidents", title=title, at=demo.at(minutes_ago), **fields)["id"]


def over(demo: Demo) -> None:
    """What was, this week."""
    for days, title, severity, services, took in (
        (1.1, "Card payments declined by one bank", "SEV2", ["payments"], 47),
        (2.2, "Search answers slowly in Germany", "SEV3", ["search"], 25),
        (3.4, "Order mails arrive an hour late", "SEV3", ["mail"], 82),
        (5.3, "Images missing in the app", "SEV4", ["images"], 33),
    ):
        began = days * 1440
        declared(demo, began, title, TOMASZ, services=services, noticed_at=demo.at(began + 6))
        demo.do(began - 1, TOMASZ, "set_severity", severity=severity)
        demo.do(began - 1, TOMASZ, "assign_role", role="incident_commander", person="me")
        demo.do(began - 2, TOMASZ, "state_impact", text=title, began_at=demo.at(began + 9))
        demo.do(began - took, TOMASZ, "mark_mitigated", by="rolled back")
        demo.do(began - took - 20, TOMASZ, "resolve", understood="yes", text="A change, undone")
        demo.do(began - took - 25, TOMASZ, "close", review="not_required", reason="Known, and the fix is out")


def mitigated(demo: Demo, key: str) -> None:
    """A smaller one that is being watched."""
    demo.room = demo.fires(key, "SearchLatencyHigh: p99 above 2 s", 190, service="search", severity="warning")
    demo.do(183, MEI, "declare", title="Search is slow for German customers", services=["search"])
    demo.do(182, MEI, "set_severity", severity="SEV3", impact="few", urgency="medium")
    demo.do(182, MEI, "assign_role", role="incident_commander", person="me")
    demo.do(181, MEI, "state_impact", text="Results take 4 to 6 seconds", share_low=0.05, share_high=0.1)
    demo.do(170, MEI, "propose_hypothesis", text="The index was rebuilt with the wrong shard count")
    demo.do(160, MEI, "propose_intervention", text="Move two shards to the idle node", expected="p99 under 1 s")
    demo.do(159, MEI, "start_intervention", intervention="I1")
    demo.do(150, MEI, "observe_intervention", intervention="I1", outcome="helped", text="p99 at 700 ms")
    demo.do(149, MEI, "mark_mitigated", by="two shards moved")
    demo.do(148, MEI, "add_shim", text="Shards pinned by hand", intervention="I1")


def running(demo: Demo, key: str) -> None:
    """The incident of the hour: one theory dropped, one supported, a try under way."""
    do = demo.do
    declared(demo, 38, TITLE, RAVI, impact="many", urgency="high", services=["checkout"], noticed_at=demo.at(41))
    do(37, INES, "join")
    do(36.5, INES, "assign_role", role="incident_commander", person="me")
    do(36, INES, "set_severity", severity="SEV1", impact="many", urgency="high")
    do(35.5, INES, "assign_role", role="technical_lead", person=TOMASZ, limit="roll back, up to the database")
    do(35, TOMASZ, "accept_role", role="technical_lead")
    do(34.5, INES, "assign_role", role="communications_lead", person=LEILA)
    do(34, LEILA, "accept_role", role="communications_lead")
    do(33.5, INES, "state_impact", text="Orders from the UK fail after the address page", share_low=0.31,
       share_high=0.31, services=["checkout"], regions=["UK"], began_at=demo.at(48))  # fmt: skip
    do(33, TOMASZ, "post_message", text="v412 passed canary, works for me. PayPort has been slow since quarter to.")
    do(32, TOMASZ, "propose_hypothesis", text="PayPort is slow")
    do(31, TOMASZ, "set_hypothesis", hypothesis="H1", state="testing")
    do(30, RAVI, "propose_hypothesis", text="v412 rejects addresses without a county")
    do(29, RAVI, "add_evidence", hypothesis="H2", direction="for",
       text="All failures are UK, all since v412 went out", link="https://grafana.demo.example/d/checkout")  # fmt: skip
    do(28, LEILA, "post_update", audience="customers", impact="Some customers in the UK cannot complete an order.",
       doing="We know where it breaks and are working on it.", state="investigating",
       next_at=demo.at(-9), reason="Checked with support")  # fmt: skip
    do(27, INES, "assign_task", person=RAVI, text="Compare failed addresses before and after v412", due_s=900)
    do(26, RAVI, "acknowledge_task", task="T1")
    do(24, RAVI, "add_evidence", hypothesis="H1", direction="against", text="PayPort's p99 is normal since 18:57")
    do(23, RAVI, "set_hypothesis", hypothesis="H1", state="ruled_out", reason="PayPort is fast, the UK still fails")
    do(22, RAVI, "report_task", task="T1", text="1,204 of 1,204 failed addresses have no county")
    do(21, TOMASZ, "set_hypothesis", hypothesis="H2", state="supported", reason="Every failure lacks a county")
    do(20, TOMASZ, "propose_intervention", text="Roll back checkout to v411", expected="UK success above 95 %",
       rollback="redeploy v412", risk="orders in flight are retried")  # fmt: skip
    do(19, INES, "decide", text="Roll back, no feature flag", alternatives=["Turn the address check off"],
       objections_asked=True)  # fmt: skip
    do(16, INES, "state_priority", text="The spring sale ends at midnight; prices are promised")
    do(14, TOMASZ, "start_intervention", intervention="I1")
    do(12, TOMASZ, "post_message", text="Rollback at 60 %. **UK success 0.41 and climbing**, Ireland flat.")
    do(9, INES, "state_trend", trend="better")
    do(8, INES, "add_inbound", kind="report", text="Two big customers ask whether they will lose the sale prices",
       **{"from": "support"})  # fmt: skip
    do(7.5, LEILA, "take_inbound", inbound="Q1")
    do(6.5, LEILA, "post_update", audience="customers", impact="Some customers in the UK cannot complete an order.",
       doing="We are undoing a change to the address page. Orders begin to work again.", state="identified",
       next_at=demo.at(-13), reason="The cause is confirmed")  # fmt: skip
    do(6, LEILA, "post_update", audience="leadership", impact="About 31 % of UK orders fail; £9,000 an hour.",
       doing="Rolling back v412. It helps.", need="May we extend the sale prices by a day?",
       next_at=demo.at(-20))  # fmt: skip
    do(5, MEI, "join")
    do(4, MEI, "state_unknown", text="Why did the canary pass?", person=MEI, by=demo.at(-25))
    fired = "CheckoutErrorBudgetBurn: checkout, UK"
    demo.fires(key, fired, 41, service="checkout", severity="critical", labels={"region": "uk"},
               description="31 % of orders have failed for 5 minutes.")  # fmt: skip
    (item,) = demo.install.get("/api/v1/signals", q="CheckoutErrorBudgetBurn")["items"]
    demo.post(RAVI, f"/api/v1/signals/{item['id']}/triage", verdict="duplicate", of=demo.room)
    do(
        3,
        INES,
        "post_message",
        text="Hold all else until the rollback is through. Good catch on the county, Ravi.",
    )


def waiting(demo: Demo, key: str) -> None:
    """What nobody has judged, and what was judged today."""
    fires: Callable[..., str] = demo.fires
    fires(key, "BackupLate: orders-db, last back-up 26 h ago", 95, service="orders-db", severity="warning",
          description="The nightly back-up of orders-db has not finished.")  # fmt: skip
    fires(key, "PaymentRetriesHigh: payments", 12, service="payments", severity="critical",
          description="Retries to PayPort are 6 times the usual rate.")  # fmt: skip
    fires(key, "DiskFillsUp: search-3 is full in 9 h", 33, service="search", severity="warning")
    fires(key, "CertificateExpires: api.demo.example in 13 days", 210, service="edge", severity="info")
    for title, verdict in (
        ("NodeFlaps: cache-7", {"verdict": "noise", "reason": "It flaps at every deploy; the alert is being mended"}),
        ("ProbeFailed: status page", {"verdict": "false_alarm", "reason": "The probe's own network was down"}),
    ):
        fires(key, title, 140, service="cache", severity="info")
        item = demo.install.get("/api/v1/signals", q=title.partition(":")[0])["items"][0]
        demo.post(RAVI, f"/api/v1/signals/{item['id']}/triage", **verdict)


def ended(demo: Demo) -> None:
    """The incident of the hour goes on to its end and into its review."""
    do = demo.do
    do(2.6, TOMASZ, "observe_intervention", intervention="I1", outcome="helped", text="UK success back at 0.97")
    do(2.5, INES, "mark_mitigated", by="rolled back to v411")
    do(2.4, TOMASZ, "add_shim", text="v412 is held back by hand", intervention="I1")
    do(2.2, TOMASZ, "resolve", understood="partly", text="v412 asked for a county. Why the canary passed is open.")
    do(2.0, INES, "close", review="required", reason="The canary gap is worth an hour", owner=INES,
       due_at=demo.at(-3 * 1440))  # fmt: skip
    events = {each["kind"]: each["seq"] for each in demo.install.events(demo.room)}
    ruled_out, declared_at = events["hypothesis_ruled_out"], events["incident_declared"]
    do(1.8, INES, "check_in", text="Fine, and glad that Ravi looked at the addresses.")
    do(1.7, TOMASZ, "check_in", text="Tired; I start later tomorrow.")
    do(1.6, RAVI, "mark_timeline", seq=ruled_out, text="Until here two of us chased the vendor.")
    do(1.5, TOMASZ, "record_belief", seq=ruled_out, text="I was sure that it was PayPort: it had been slow all week.")
    do(1.4, RAVI, "record_belief", seq=ruled_out, text="I thought it was v412, and had no way to say how sure I was.")
    do(1.3, INES, "mark_timeline", seq=declared_at, text="Declared three minutes after the alert.")
    do(1.2, RAVI, "record_belief", seq=declared_at, text="I was unsure, and declared because of the question.")
    do(1.1, RAVI, "add_factor", text="The canary gets no UK traffic, so no address without a county.")
    do(1.0, TOMASZ, "add_finding", text="A vendor that is slow every week hides what is new.")
    do(0.9, MEI, "add_mystery", text="Why did the synthetic check of the UK checkout pass?")
    do(0.8, INES, "add_action", text="Send UK orders through the canary", owner=TOMASZ, due_at=demo.at(-9 * 1440))
    do(0.7, INES, "save_artefact", kind="graph", link="https://grafana.demo.example/d/checkout",
       expires_at=demo.at(-12 * 1440))  # fmt: skip
    do(0.6, INES, "share_review", to=["payments"])


class Camera:
    """A browser that writes pictures into docs/pictures."""

    def __init__(self, browser: Browser, png: Path | None) -> None:
        self.page = browser
        self._png = png

    def take(self, name: str, path: str, *, width: int = WIDE, height: int = 960, scheme: str = "light",
             ready: str = "main", before: str = "") -> None:  # fmt: skip
        """One picture of a page, once it has settled; `before` is a script that opens what is shown."""
        self.page.width(width, height)
        self.page.scheme(scheme)
        self.page.go(path)
        until(lambda: self.page.find(ready), f"{ready} on {path}")
        if before:
            self.page.script(before)
        self.page.driver.execute_async_script(SETTLED)
        quality = QUALITY
        while True:
            shot = self.page.driver.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "webp", "quality": quality, "captureBeyondViewport": False}
            )
            data = base64.b64decode(shot["data"])
            if len(data) <= BYTES_MAX or quality < 40:
                break
            quality -= 10
        (PICTURES / f"{name}.webp").write_bytes(data)
        if self._png is not None:
            self.page.driver.save_screenshot(str(self._png / f"{name}.png"))
        sys.stdout.write(f"{name}.webp: {len(data):,} bytes, {path}\n")


SETTLED = """
const done = arguments[arguments.length - 1];
document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done())));
"""


@contextmanager
def telemetry() -> Iterator[str]:
    """The explorer over the shop of docs/examples."""
    metrics, logs, dashboard, rules = FILES
    running = Program(metrics, "--logs", logs, "--dashboards", dashboard, "--rules", rules, "--port", "0")
    try:
        yield running.url.removesuffix("/prometheus")
    finally:
        running.end(signal.SIGTERM)


def main() -> None:
    """Seed, and photograph."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--png", type=Path, help="a folder that gets each picture as PNG too, to be looked at")
    png: Path | None = parser.parse_args().png
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Install(Path(folder) / "data") as install,
        Browser(Path(folder) / "profile", Path(folder)) as browser,
    ):
        demo = Demo(install)
        browser.sign_in(install, INES)
        seeded(demo)
        camera = Camera(browser, png)
        demo.room = room_of(demo)
        room = f"/incidents/{demo.room}"
        camera.take("board", "/", ready="#board .incident")
        camera.take("inbox", "/signals", ready="#inbox .signal")
        camera.take("room", room, height=1100, ready="#timeline .ev")
        camera.take("room-dark", room, height=1100, scheme="dark", ready="#timeline .ev")
        camera.take("room-narrow", room, width=NARROW, height=844, ready="#panel-strip")
        camera.take("flow", f"{room}/flow", ready="svg")
        camera.take("updates", f"{room}/updates/customers", ready="form")
        camera.take("status", "/status")
        camera.take("leadership", f"{room}/leadership")
        ended(demo)
        camera.take("review", f"{room}/review", height=1200, ready="#panel-moments")
        with telemetry() as base:
            browser.base = base
            camera.take("explorer", f"/explore?q={quote(REQUESTS)}", ready="#legend tbody tr")


def room_of(demo: Demo) -> str:
    """The incident of the hour."""
    (found,) = [each for each in demo.install.get("/api/v1/incidents")["items"] if each["title"] == TITLE]
    room: str = found["id"]
    return room


if __name__ == "__main__":
    main()
