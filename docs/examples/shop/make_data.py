"""Writes the shop's metrics and log lines: `python -m docs.examples.shop.make_data`. The same bytes each time.

Ninety minutes. After fifty a release of the checkout makes every eighth order fail and slows the rest; one of its two
replicas is not scraped for six minutes; the release is rolled back after seventy-five. A test compares the files with
what this makes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
BEGIN_S = 1_767_974_400
"""2026-01-09T16:00:00Z, a Friday."""
STEP_S = 30
COUNT = 181
DEPLOYED, ROLLED_BACK = 100, 150
UNSCRAPED = range(118, 130)
SEED = 4
SERVICES = ("web", "checkout", "payments", "search")
BOUNDS = ("0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")
Values = list[float | None]


def metrics() -> list[dict[str, object]]:
    """Each series as the fixture format has it."""
    dice = Random(SEED)  # noqa: S311 - it is an example, and the same each time
    series: list[dict[str, object]] = []

    def add(name: str, values: Values, **labels: str) -> None:
        series.append({"labels": {"__name__": name, **labels}, "start": BEGIN_S, "step": STEP_S, "values": values})

    for place, service in enumerate(SERVICES):
        for replica in ("a", "b"):
            _replica(add, dice, service, f"{service}-{replica}", 40 / (place + 1))
    for service in SERVICES:
        _latency(add, dice, service)
    queue: Values = []
    length = 40.0
    for step in range(COUNT):
        length = max(length + dice.gauss(0, 6) + (9 if _bad(step) else -2 if length > 60 else 0), 0)
        queue.append(round(length))
    add("orders_queue_length", queue, queue="confirmations")
    add("orders_revenue_euros_total", _counted(dice, lambda step: 210 * (0.87 if _bad(step) else 1)), region="uk")
    add("orders_revenue_euros_total", _counted(dice, lambda step: 90 * (0.87 if _bad(step) else 1)), region="de")
    return series


def _bad(step: int) -> bool:
    return DEPLOYED + 2 <= step < ROLLED_BACK


def _counted(dice: Random, rate: Callable[[int], float]) -> Values:
    total, values = 0.0, []
    for step in range(COUNT):
        total += max(dice.gauss(1, 0.12), 0) * rate(step)
        values.append(round(total))
    return list(values)


def _replica(add: Callable[..., None], dice: Random, service: str, instance: str, rate: float) -> None:
    hurt = service in ("checkout", "web")
    share = {"checkout": 0.125, "web": 0.03}.get(service, 0)
    gone = UNSCRAPED if instance == "checkout-b" else ()

    def seen(values: Values) -> Values:
        return [None if step in gone else value for step, value in enumerate(values)]

    for code, of in (("200", 1.0), ("500", 0.0)):

        def at(step: int, of: float = of, code: str = code) -> float:
            failing = share if hurt and _bad(step) else 0.002
            return rate * STEP_S * ((1 - failing) if of else failing)

        add("http_requests_total", seen(_counted(dice, at)), service=service, instance=instance, code=code)
    busy: Values = [
        round(max(dice.gauss(0.34, 0.04) + (0.3 if hurt and _bad(step) else 0), 0.01), 3) for step in range(COUNT)
    ]
    add("process_cpu_ratio", seen(busy), service=service, instance=instance)
    memory = [
        round((380 + step * (0.8 if service == "search" else 0.05) + dice.gauss(0, 3)) * 1024 * 1024)
        for step in range(COUNT)
    ]
    add("process_resident_memory_bytes", seen(list(memory)), service=service, instance=instance)
    add("up", [0 if step in gone else 1 for step in range(COUNT)], service=service, instance=instance)
    add("build_info", [1] * COUNT, service=service, instance=instance, version="2.14.0")


def _latency(add: Callable[..., None], dice: Random, service: str) -> None:
    usual = (0.42, 0.78, 0.95, 0.985, 0.996, 0.999, 1.0)
    slow = (0.12, 0.3, 0.52, 0.7, 0.84, 0.95, 1.0)
    totals = [0.0] * len(BOUNDS)
    columns: list[Values] = [[] for _ in BOUNDS]
    for step in range(COUNT):
        count = 600 * max(dice.gauss(1, 0.1), 0)
        shares = slow if service == "checkout" and _bad(step) else usual
        for place, share in enumerate(shares):
            totals[place] += count * share
            columns[place].append(round(totals[place]))
    for bound, values in zip(BOUNDS, columns, strict=True):
        add("http_request_duration_seconds_bucket", values, service=service, le=bound)


def lines() -> dict[str, object]:
    """The log lines as Loki's push API has them."""
    dice = Random(SEED)  # noqa: S311 - it is an example, and the same each time
    streams: dict[tuple[str, str], list[list[str]]] = {}

    def say(at_s: float, service: str, level: str, text: str) -> None:
        line = [str(round((BEGIN_S + at_s) * 1000) * 1_000_000), f"level={level} {text}"]
        streams.setdefault((service, level), []).append(line)

    for step in range(COUNT):
        at = step * STEP_S
        say(at + 1, "web", "info", f'msg="page shown" path=/cart duration={dice.randint(20, 180)}ms')
        if step % 2:
            say(at + 3, "checkout", "info", f'msg="order placed" order={10_000 + step} euros={dice.randint(9, 240)}')
        if _bad(step) and step % 2 == 0:
            say(
                at + 5,
                "checkout",
                "error",
                f'msg="order failed" error="tax table: key not found: GB-N" order={10_000 + step}',
            )
        if step % 17 == 5:
            say(at + 7, "payments", "warn", f'msg="provider is slow" provider=acme took={dice.randint(900, 2400)}ms')
    say(DEPLOYED * STEP_S, "deploys", "info", 'msg="checkout 2.15.0 released" by=release-bot')
    say(ROLLED_BACK * STEP_S, "deploys", "info", 'msg="checkout rolled back to 2.14.0" by=ana')
    return {
        "streams": [
            {"stream": {"service": service, "level": level}, "values": values}
            for (service, level), values in sorted(streams.items())
        ]
    }


def files() -> dict[str, str]:
    """What is written, by name."""
    text = "".join(json.dumps({"series": [each]}, separators=(",", ":")) + "\n" for each in metrics())
    return {"metrics.jsonl": text, "logs.json": json.dumps(lines(), separators=(",", ":")) + "\n"}


if __name__ == "__main__":
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")
