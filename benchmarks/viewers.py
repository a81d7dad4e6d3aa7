"""From writing a message to the last of 1,000 viewers' having it, against a raw ASGI stream.

`python -m benchmarks viewers [--rounds N] [--viewers N]`. Watchroom decides, writes to disk (`synchronous=FULL`),
renders once and sends; the raw stream is the same uvicorn sending the very same bytes, which it is handed
ready-made, and keeps nothing.
"""

import argparse
import json
import statistics
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks import programs
from benchmarks.crowd import Measured, Order, run

MESSAGES = 11
"""A round; the first of them warms up."""


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks viewers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--viewers", type=int, default=1_000)
    options = parser.parse_args(given)
    with (
        tempfile.TemporaryDirectory() as data,
        programs.watchroom(Path(data)) as ours,
        programs.module("raw_stream") as raw,
    ):
        room = call(ours, "POST", "/api/v1/incidents", {"title": "Checkout fails", "impact": "many"})["id"]
        streams = {"programs' stream": f"/api/v1/incidents/{room}/stream", "page's stream": f"/incidents/{room}/live"}
        measured: dict[str, list[tuple[Measured, Measured]]] = {name: [] for name in streams}
        for _ in range(options.rounds):
            for name, path in streams.items():
                seq = call(ours, "GET", f"/api/v1/incidents/{room}")["seq"]
                said = [
                    {"command": "post_message", "text": f"Looking at the load balancer, {n}."} for n in range(MESSAGES)
                ]
                bodies = [json.dumps(each).encode() for each in said]
                post = f"/api/v1/incidents/{room}/commands"
                order = Order(ours.port, f"{path}?after={seq}", post, bodies, options.viewers, ours.token)
                mine = run(order)
                theirs = run(Order(raw.port, "/stream", "/", mine.frames, options.viewers))
                if theirs.frames != mine.frames:
                    raise SystemExit("The two did not send the same bytes.")
                measured[name].append((mine, theirs))
    print(
        f"From sending a message to the last of {options.viewers:,} viewers; {options.rounds} rounds of {MESSAGES - 1}"
    )
    for name, rounds in measured.items():
        _print(name, rounds)


def _print(name: str, rounds: list[tuple[Measured, Measured]]) -> None:
    size = statistics.median(len(frame) for mine, _ in rounds for frame in mine.frames)
    print(f"{name} ({size:,.0f} bytes a frame)   last ms (median, worst)   middle viewer   answer   crowd's CPU")
    for who, part in (("Watchroom", 0), ("raw ASGI", 1)):
        each = [pair[part] for pair in rounds]
        last = [ms for found in each for ms in found.last_ms]
        print(
            f"  {who:34} {statistics.median(last):8.1f} {max(last):8.1f} "
            f"{statistics.median(ms for found in each for ms in found.median_ms):17.1f} "
            f"{statistics.median(ms for found in each for ms in found.answer_ms):12.1f} "
            f"{statistics.median(found.busy_ms for found in each):8.1f} ms"
        )
    ratios = [statistics.median(mine.last_ms) / statistics.median(theirs.last_ms) for mine, theirs in rounds]
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"  ratio {statistics.median(ratios):.2f} (rounds: {shown})")


def call(program: programs.Program, method: str, path: str, body: Any = None) -> Any:
    """One request to the API, decoded."""
    headers = {"Authorization": f"Bearer {program.token}", "Content-Type": "application/json"}
    url = f"http://{programs.HOST}:{program.port}{path}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=20) as answer:
        return json.load(answer)
