"""The limits of a JSON body: how many values it holds and how deep it is nested, told from its bytes without decoding.

A few megabytes of empty objects would hold a decoder for seconds, so this is looked at before. Called by the ingest
and the mail listener. Pure; never says whether a body is JSON, which its decoder does better.
"""

from watchroom.base.errors import TooLarge

BLOCK_BYTES = 64 * 1024
_NO_BRACKET = bytes(set(range(256)) - set(b"{}[]"))
_AS_BRACES = bytes.maketrans(b"[]", b"{}")


def check_limits(body: bytes, values_max: int, depth_max: int) -> None:
    """Raises TooLarge, naming the limit, when the body holds more values, or is nested deeper, than it may be.

    Each value but the outermost follows a comma or an opening bracket, so counting those outside of texts counts the
    values; counting them everywhere gives a bound, which is enough for most bodies.
    """
    openers = body.count(b"{") + body.count(b"[")
    if openers <= depth_max and openers + body.count(b",") <= values_max:
        return
    values, brackets = _outside_texts(body, values_max)
    if values > values_max:
        raise TooLarge(
            f"The body holds more than {values_max} values (body_values_max).",
            hint="Send fewer alerts at once, or fewer labels (Alertmanager: max_alerts).",
            code="too_many_values",
        )
    if _is_deeper(brackets, depth_max):
        raise TooLarge(
            f"The body is nested deeper than {depth_max} levels (body_depth_max).",
            hint="Send the alert's fields near the top.",
            code="nested_too_deeply",
        )


def _outside_texts(body: bytes, values_max: int) -> tuple[int, bytes]:
    """How many values there are, and the brackets in their order, all as braces; it stops counting beyond the limit."""
    if b"\\" in body:
        # What is escaped ends no text: a backslash first, then a quote.
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    values, brackets, outside = 1, [], 0
    for start in range(0, len(body), BLOCK_BYTES):
        parts = body[start : start + BLOCK_BYTES].split(b'"')
        found = b"".join(parts[outside::2])
        # An odd number of quotes leaves the next block on the other side of one.
        outside = (outside + len(parts) - 1) % 2
        kept = found.translate(_AS_BRACES, _NO_BRACKET)
        values += found.count(b",") + kept.count(b"{")
        if values > values_max:
            return values, b""
        brackets.append(kept)
    return values, b"".join(brackets)


def _is_deeper(brackets: bytes, depth_max: int) -> bool:
    """Whether pairs are left once so many layers of innermost pairs were taken away; an open end counts as deep as it
    is long."""
    for _ in range(depth_max):
        fewer = brackets.replace(b"{}", b"")
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    return brackets.count(b"{") > depth_max or b"{}" in brackets
