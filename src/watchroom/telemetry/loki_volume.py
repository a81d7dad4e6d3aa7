"""How much has been logged, as Loki's index tells it. Source: Grafana Loki, "Query log statistics" and "volume"."""

import bisect
from collections.abc import Sequence

from watchroom.telemetry.labels import Labels, Matcher, keep
from watchroom.telemetry.logs import LogStore
from watchroom.telemetry.loki_parameters import Bounds


def stats(store: LogStore, matchers: Sequence[Matcher], within: Bounds) -> dict[str, int]:
    """Streams, chunks, bytes of text and lines. A stream here is one chunk."""
    found = store.select(matchers, within.start_ns, within.end_ns)
    return {
        "streams": len(found),
        "chunks": len(found),
        "bytes": sum(len(line.encode()) for each in found for line in each.lines),
        "entries": sum(len(each.lines) for each in found),
    }


def volume(
    store: LogStore,
    matchers: Sequence[Matcher],
    within: Bounds,
    step_ns: int,
    targets: Sequence[str],
    *,
    by_labels: bool,
) -> list[tuple[Labels, list[int], list[int]]]:
    """Bytes in each step, the largest first: by the target labels, or those that are asked for, or by label alone.

    Each is its labels, the ends of the steps (ns) and the bytes in each.
    """
    names = frozenset(targets or [each.name for each in matchers])
    ends = list(range(within.start_ns + step_ns, within.end_ns + step_ns, step_ns)) or [within.end_ns]
    sums: dict[Labels, list[int]] = {}
    for each in store.select(matchers, within.start_ns, within.end_ns):
        labels = keep(each.labels, names) if names else each.labels
        keys: list[Labels] = [((name, ""),) for name, _ in labels] if by_labels else [labels]
        sizes = [0] * len(ends)
        for time, line in zip(each.times_ns, each.lines, strict=True):
            sizes[min(bisect.bisect_right(ends, time), len(ends) - 1)] += len(line.encode())
        for key in keys:
            known = sums.setdefault(key, [0] * len(ends))
            for place, size in enumerate(sizes):
                known[place] += size
    ordered = sorted(sums.items(), key=lambda item: (-sum(item[1]), item[0]))
    return [(labels, ends, sizes) for labels, sizes in ordered]
