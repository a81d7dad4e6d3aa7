"""`$name` and `${name:format}` in a dashboard's texts: which are named, and texts with something put in their place.

Called by the reader, which checks that each is known and that the query around it can be read. The page and Grafana
put in the real values. Source: Grafana, "Variable syntax", "Global variables".
"""

import re
from collections.abc import Callable, Iterator

BUILT_IN = {
    "__interval": "1m",
    "__interval_ms": "60000",
    "__rate_interval": "5m",
    "__range": "1h",
    "__range_s": "3600",
    "__range_ms": "3600000",
    "__from": "0",
    "__to": "0",
}
"""What every dashboard knows, with a value to try a query with."""
FORMATS = ("regex", "pipe", "csv", "raw")
"""Formats of `${name:format}` that the page and Grafana write alike."""

_NAMED = re.compile(r"\$(?:\{(?P<braced>\w+)(?::(?P<format>\w+))?\}|(?P<plain>[a-zA-Z_]\w*))")


def named(text: str) -> Iterator[tuple[str, str]]:
    """Each variable that a text names, with its format or an empty text."""
    for found in _NAMED.finditer(text):
        yield found["braced"] or found["plain"], found["format"] or ""


def filled(text: str, value: Callable[[str], str]) -> str:
    """The text with each variable's value in its place."""
    return _NAMED.sub(lambda found: value(found["braced"] or found["plain"]), text)
