"""`python -m benchmarks` runs everything in turn; `python -m benchmarks NAME [options]` one benchmark."""

import importlib
import sys
import time

NAMES = {
    "ingest": "benchmarks.ingest",
    "processes": "benchmarks.processes",
    "reading": "benchmarks.reading",
    "viewers": "benchmarks.viewers",
    "opening": "benchmarks.opening",
    "room": "benchmarks.room",
    "start": "benchmarks.start",
    "record": "benchmarks.record_append",
    "rebuild": "benchmarks.rebuild",
    "telemetry": "benchmarks.telemetry",
    "rules": "benchmarks.rules",
    "status": "benchmarks.status",
    "search": "benchmarks.search",
}


def main() -> None:
    """Run what the arguments name."""
    name, *options = sys.argv[1:] or [""]
    if name and name not in NAMES:
        raise SystemExit(f"There is no benchmark {name!r}: {', '.join(NAMES)}.")
    for each in [name] if name else NAMES:
        began_s = time.perf_counter()
        print(f"== {each}", flush=True)
        importlib.import_module(NAMES[each]).main(options)
        print(f"({time.perf_counter() - began_s:.0f} s)\n", flush=True)


if __name__ == "__main__":
    main()
