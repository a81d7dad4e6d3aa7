"""Filters on IP addresses: one, a range `a-b`, or a network in CIDR notation. Source: Grafana Loki, "Matching IPs"."""

import ipaddress
import re
from collections.abc import Callable
from typing import TypeAlias

from watchroom.telemetry.refusal import BadData

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_CANDIDATE = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?![\w]))")
ADDRESS_CHARACTERS_MAX = 45


def _address(text: str) -> _Address | None:
    if len(text) > ADDRESS_CHARACTERS_MAX:
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def address_test(pattern: str) -> Callable[[str], bool]:
    """Whether a text is an address that the pattern means. Raises `BadData` for a pattern that is none."""
    low_text, dash, high_text = pattern.partition("-")
    if dash:
        low, high = _address(low_text.strip()), _address(high_text.strip())
    elif "/" in pattern:
        try:
            network = ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            raise BadData(f"ip: invalid pattern: {pattern}") from None
        low, high = network[0], network[-1]
    else:
        low = high = _address(pattern)
    if low is None or high is None or low.version != high.version:
        raise BadData(f"ip: invalid pattern: {pattern}")
    version, least, most = low.version, int(low), int(high)

    def accepts(text: str) -> bool:
        found = _address(text)
        return found is not None and found.version == version and least <= int(found) <= most

    return accepts


def line_test(pattern: str) -> Callable[[str], bool]:
    """Whether a line holds such an address. Raises `BadData`."""
    accepts = address_test(pattern)
    return lambda line: any(accepts(found) for found in _CANDIDATE.findall(line))
