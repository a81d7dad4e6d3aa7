"""A room with 5,000 facts in Chromium: how soon it can be used, its longest task, and whether anything moves.

`python -m benchmarks room [--rounds N] [--facts N]`. The room is declared over HTTP and filled through the record with
talk, alerts, theories, tries, tasks and what came in. Each round opens it anew in a tab of its own and, once it stands,
lets twenty messages and theories come in live while the pointer moves over a button and while somebody types.
"Usable" is when the page is drawn as it stays and its command bar takes words, counted from the start of the
navigation. Tasks and shifts are what Chromium itself reports (Long Tasks API, Layout Instability API). A room that was
only just declared is opened in each round before it: other work on the machine slows both alike, so their ratio says
more than either time. The processor's time of an opening is that of the page's main thread, by what it was used for
(Chromium's Performance domain, thread ticks).
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from selenium import webdriver

from benchmarks import programs
from benchmarks.viewers import call
from tests.browser.chromium import Browser
from tests.browser.patience import until
from watchroom.communication.inbound import InboundAdded, InboundAnswered
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import UpdatePosted
from watchroom.detection.signal import ObservationNoted, SignalRecorded
from watchroom.incident.incident import CODEC
from watchroom.mitigation.hypothesis import EvidenceAdded, HypothesisProposed, HypothesisRuledOut
from watchroom.mitigation.intervention import InterventionObserved, InterventionProposed, InterventionStarted
from watchroom.mitigation.task import TaskAssigned, TaskReported
from watchroom.record.event import Draft, Fact, StreamAppend
from watchroom.record.sqlite_log import SqliteLog

WHO = "ana@example.com"
AT_ONCE = 1_000
NEWS = 20
WATCH = """
window.seen = { tasks: [], shifts: [], usable: 0 };
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("longtask", (entry) => seen.tasks.push(entry.duration));
watch("layout-shift", (entry) => seen.shifts.push(entry.value));
const look = () => {
  const stands = document.documentElement?.classList.contains("dressed") && document.getElementById("line");
  if (stands) seen.usable = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

OPENED = """
const [page] = performance.getEntriesByType("navigation");
const found = { ...seen, nodes: document.getElementsByTagName("*").length, bytes: page.decodedBodySize };
[seen.tasks, seen.shifts] = [[], []];
return found;
"""


@dataclass(frozen=True)
class Door:
    """What a browser signs in by."""

    url: str
    data: Path

    def sign_in_link(self, email: str) -> str:
        command = [sys.executable, "-m", "watchroom", "user", "create", email, "--admin", "--data", str(self.data)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks room", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--facts", type=int, default=5_000)
    options = parser.parse_args(given)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with programs.watchroom(data) as server:
            declared = {"title": "UK customers cannot pay", "impact": "many"}
            empty, room = (call(server, "POST", "/api/v1/incidents", declared)["id"] for _ in range(2))
        asyncio.run(_fill(data, room, options.facts))
        with programs.watchroom(data) as server, Browser(Path(folder) / "profile", Path(folder)) as browser:
            browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
            browser.sign_in(Door(f"http://{programs.HOST}:{server.port}", data), WHO)
            browser.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
            rounds = [_round(browser, server, room, empty) for _ in range(options.rounds)]
    load = os.getloadavg()[0]
    print(f"A room with {options.facts:,} facts; {options.rounds} rounds; load average in the end {load:.1f}")
    for name in rounds[0]:
        values = sorted(each[name] for each in rounds)
        print(f"{name:44} {statistics.median(values):9.2f}  ({values[0]:.2f} to {values[-1]:.2f})")


def _opening(browser: Browser, room: str) -> dict[str, Any]:
    """Open a room: what Chromium reports of it, and when it was usable."""
    browser.go("/people")
    browser.go(f"/incidents/{room}")
    until(lambda: browser.script("return seen.usable > 0"), "the room to be usable")
    until(lambda: browser.script("return document.getElementById('stream')._htmx?.sse !== undefined"), "to follow")
    told = browser.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    spent_ms = {each["name"]: each["value"] * 1_000 for each in told if each["name"].endswith("Duration")}
    return {**browser.script(OPENED), **spent_ms}


def _round(browser: Browser, server: programs.Program, room: str, empty: str) -> dict[str, float]:
    bare, opened = _opening(browser, empty), _opening(browser, room)
    pointed = _meanwhile(browser, server, room, lambda: _point(browser))
    browser.script("document.getElementById('line').focus()")
    typed = _meanwhile(browser, server, room, lambda: browser.keys("look "))
    browser.script("document.getElementById('line').value = ''")
    return {
        "usable after, ms": opened["usable"],
        "an empty room, usable after, ms": bare["usable"],
        "usable, against an empty room": opened["usable"] / bare["usable"],
        "processor's time of the opening, ms": opened["TaskDuration"],
        "  of it style, ms": opened["RecalcStyleDuration"],
        "  of it layout, ms": opened["LayoutDuration"],
        "  of it script, ms": opened["ScriptDuration"],
        "  of an empty room, ms": bare["TaskDuration"],
        "longest task of the opening, ms": max(opened["tasks"], default=0.0),
        "layout shift of the opening": sum(opened["shifts"]),
        "longest task while pointing, ms": max(pointed["tasks"], default=0.0),
        "layout shift while pointing": sum(pointed["shifts"]),
        "longest task while typing, ms": max(typed["tasks"], default=0.0),
        "layout shift while typing": sum(typed["shifts"]),
        "elements": opened["nodes"],
        "page, kB": opened["bytes"] / 1_000,
    }


def _point(browser: Browser) -> None:
    hand = webdriver.ActionChains(browser.driver, duration=20)
    aim = browser.find("#panel-theories .card .acts button, #panel-theories .fold")
    for step in range(4):
        hand.move_to_element_with_offset(aim, step % 3, 0)
    hand.perform()


def _meanwhile(browser: Browser, server: programs.Program, room: str, hand: Any) -> Any:
    """What Chromium reports while news comes in and a hand is at work."""
    hand()
    browser.script("seen.tasks = []; seen.shifts = []")
    seq = 0
    for number in range(NEWS):
        body = {"command": "post_message", "text": f"News {number}: still four per cent."}
        if number % 4 == 3:
            body = {"command": "propose_hypothesis", "text": f"Guess {number}: the cache of eu-west-1"}
        seq = call(server, "POST", f"/api/v1/incidents/{room}/commands", body)["seq"]
        hand()
    until(lambda: browser.script("return document.getElementById(`e-${arguments[0]}`) !== null", seq), "the last of it")
    return browser.script("return seen")


async def _fill(data: Path, room: str, size: int) -> None:
    log = SqliteLog(data / "record.sqlite")
    head = await log.head(room)
    assert head is not None
    drafts: list[Draft] = []
    begin = datetime.now(UTC) - timedelta(hours=3)
    for number, fact in enumerate(_facts(size - head.seq)):
        at = begin + timedelta(seconds=2 * number)
        drafts.append(Draft(at, at, f"person:{WHO}", "bench", CODEC.kinds[type(fact)], CODEC.encode(fact)))
        if len(drafts) == AT_ONCE or number == size - head.seq - 1:
            await log.append([StreamAppend(room, None, drafts)])
            drafts = []
    await log.close()


def _facts(count: int) -> Iterator[Fact]:
    """What a long incident is made of: mostly talk; in every fifty facts a theory, a try, two tasks, what came in."""
    for number in range(count):
        kind, n = number % 50, number // 50 + 1
        done: dict[int, Fact] = {
            0: HypothesisProposed(id=f"H{n}", text=f"Guess {n}: the pool of payments is empty in eu-west-1"),
            1: EvidenceAdded(hypothesis=f"H{n}", direction="for", text="waiting threads rise with the errors"),
            2: EvidenceAdded(hypothesis=f"H{n}", direction="against", text="the canary has the same pool"),
            3: InterventionProposed(id=f"I{n}", text=f"Try {n}: restart one instance", expected="errors halve"),
            4: InterventionStarted(intervention=f"I{n}"),
            5: InterventionObserved(intervention=f"I{n}", outcome="no_effect", text="four per cent as before"),
            6: TaskAssigned(id=f"T{2 * n - 1}", person=WHO, text="Ask the network desk for the drops"),
            7: TaskAssigned(id=f"T{2 * n}", person=WHO, text="Count the tickets of the last hour"),
            8: InboundAdded(id=f"Q{n}", kind="report", sender="Support", text="31 tickets: stuck after the address"),
            9: SignalRecorded(
                signal=f"{n % 60:020d}",
                source="alertmanager",
                key=f"pod\x1e{n % 60}",
                group="checkout",
                title="HighErrorRate: 5xx ratio above 5 %",
                severity="critical",
            ),
        }
        if kind in done:
            yield done[kind]
        elif kind == 10 and n % 10:
            yield HypothesisRuledOut(hypothesis=f"H{n}", reason="the errors go on without it")
        elif kind == 11:
            yield TaskReported(task=f"T{2 * n - 1}", text="no drops")
        elif kind == 12 and n % 5:
            yield TaskReported(task=f"T{2 * n}", text="31")
        elif kind == 13 and n % 8:
            yield InboundAnswered(inbound=f"Q{n}", text="we are on it", used=True)
        elif kind == 14 and not n % 4:
            yield UpdatePosted(id=f"U{n // 4}", audience="support", impact="UK customers cannot pay.")
        elif kind % 5 == 4:
            yield ObservationNoted(text=f"Latency of checkout is at {number % 900} ms.", link="https://example.com/d/1")
        else:
            yield MessagePosted(text=f"Message {number}: the error rate in eu-west-1 is still at four per cent.")
