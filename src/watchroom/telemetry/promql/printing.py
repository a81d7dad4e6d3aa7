"""Numbers as Prometheus prints them: the shortest digits that read back the same, without an exponent between 1e-6 and
1e21. Source: Prometheus HTTP API v1, "Expression query result formats"; Go's strconv.FormatFloat.
"""

import math
from decimal import Decimal

import msgspec
import numpy as np

from watchroom.telemetry.series import Values

_encode = msgspec.json.Encoder().encode


def number_text(value: float) -> str:
    """As a label's value or in a message: never with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def _json_text(value: float) -> bytes:
    """As a sample of an answer."""
    if value != 0 and math.isfinite(value) and not 1e-6 <= abs(value) < 1e21:
        digits, _, exponent = repr(value).partition("e")
        if not exponent:
            digits, exponent = _scientific(value)
        power = int(exponent)
        return f"{digits.removesuffix('.0')}e{'-' if power < 0 else '+'}{abs(power):02d}".encode()
    return number_text(value).encode()


def exponential(value: float) -> str:
    """As the value of an alert: always with an exponent."""
    if not math.isfinite(value):
        return number_text(value)
    digits, power = _scientific(value)
    return f"{digits}e{'-' if int(power) < 0 else '+'}{abs(int(power)):02d}"


def _scientific(value: float) -> tuple[str, str]:
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(str(digit) for digit in digits)
    power = int(exponent) + len(text) - 1
    return ("-" if sign else "") + text[0] + ("." + text[1:] if len(text) > 1 else ""), str(power)


def sample_texts(values: Values) -> list[bytes]:
    """The texts of many values, quickly."""
    if not values.size:
        return []
    plain = np.isfinite(values)
    magnitude = np.abs(values)
    plain &= (values == 0) | ((magnitude >= 1e-5) & (magnitude < 1e15))
    texts = _encode(np.where(plain, values, 0.5).tolist())[1:-1].replace(b".0,", b",").split(b",")
    texts[-1] = texts[-1].removesuffix(b".0")
    for place in np.flatnonzero(~plain):
        texts[place] = _json_text(float(values[place]))
    return texts
