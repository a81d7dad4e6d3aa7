"""Go's fmt.Sprintf for the values that a template has. Source: Go, "fmt"."""

import json
import math
import re
from typing import Any

from watchroom.telemetry.promql.printing import number_text

WIDTH_MAX = 1_000
"""Widest that one value may be padded to, and most digits after the point."""
_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d+)?(?:\.(?P<precision>\d*))?(?P<verb>[a-zA-Z%])")


class Verbs:
    """Forms used by name."""

    VALUE = "%v"


def printed(form: str, *values: Any) -> str:
    """The form with its verbs filled in. A verb that does not fit its value is written as Go writes it."""
    waiting = list(values)

    def filled(found: "re.Match[str]") -> str:
        verb = found["verb"]
        if verb == "%":
            return "%"
        if not waiting:
            return f"%!{verb}(MISSING)"
        flags = found["flags"]
        precision = None if found["precision"] is None else min(int(found["precision"] or 0), WIDTH_MAX)
        text = _written(verb, flags, precision, waiting.pop(0))
        width = min(int(found["width"] or 0), WIDTH_MAX)
        if "-" in flags:
            return text.ljust(width)
        if "0" in flags and verb not in "sqv":
            sign = text[:1] if text[:1] in "+-" else ""
            return sign + text[len(sign) :].rjust(width - len(sign), "0")
        return text.rjust(width)

    text = _VERB.sub(filled, form)
    if waiting:
        text += "%!(EXTRA " + ", ".join(f"{_kind(value)}={_value(value)}" for value in waiting) + ")"
    return text


def _written(verb: str, flags: str, precision: int | None, value: Any) -> str:
    plus = "+" if "+" in flags else " " if " " in flags else ""
    match verb:
        case "v" | "s" if verb == "v" or isinstance(value, str):
            text = _value(value)
            return text if precision is None or verb == "v" else text[:precision]
        case "q" if isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)
        case "d" | "x" | "X" | "o" | "b" if isinstance(value, int) and not isinstance(value, bool):
            text = format(value, verb)
            return text if not plus or value < 0 else plus + text
        case "f" | "F" | "e" | "E" | "g" | "G" if isinstance(value, float):
            if verb in "gG" and precision is None:
                return _value(value)
            text = format(value, f".{6 if precision is None else precision}{verb}")
            return text if not plus or value < 0 else plus + text
        case "t" if isinstance(value, bool):
            return "true" if value else "false"
        case "x" | "X" if isinstance(value, str):
            text = value.encode().hex()
            return text.upper() if verb == "X" else text
    return f"%!{verb}({_kind(value)}={_value(value)})"


def _kind(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "float64", str: "string"}
    return names.get(type(value), "interface {}")


def _value(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isfinite(value) and value != 0 and not 1e-4 <= abs(value) < 1e21:
            digits, _, power = format(value, "e").partition("e")
            shortest = repr(value)
            digits = shortest.split("e")[0].removesuffix(".0") if "e" in shortest else digits.rstrip("0").rstrip(".")
            return f"{digits}e{power}"
        return number_text(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_value(item) for item in value) + "]"
    return str(value)
