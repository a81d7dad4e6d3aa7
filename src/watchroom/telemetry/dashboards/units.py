"""The units of a panel's values, by the names that a definition uses, and what Grafana calls each.

Read by the reader of definitions and the writer of Grafana's JSON; the page has the
same names in `static/telemetry/units.js`.
Source: Grafana, "Standard options definitions", unit ids.
"""

GRAFANA = {
    "number": "short",
    "none": "none",
    "seconds": "s",
    "milliseconds": "ms",
    "bytes": "bytes",
    "bytes/s": "binBps",
    "bits/s": "bps",
    "percent": "percent",
    "ratio": "percentunit",
    "req/s": "reqps",
    "ops/s": "ops",
    "per minute": "opm",
    "boolean": "bool_yes_no",
    "euros": "currencyEUR",
    "pounds": "currencyGBP",
    "dollars": "currencyUSD",
}
"""Unit -> Grafana's id. `percent` goes from 0 to 100, `ratio` from 0 to 1."""
