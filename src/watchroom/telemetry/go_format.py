"""Go's way to write values: `%v` and the other verbs of `printf`, as templates of Prometheus and Loki print them.

Python's values stand for Go's: str, bool, int, float (float64), None (nil), sequences and mappings. A verb that does
not fit its value is written as Go writes it, `%!d(string=x)`, and is no error. Source: Go's packages fmt and strconv.
"""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

WIDTH_MAX = 1_000
"""Characters that a width or a precision may ask for."""
_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\*|\d*)(?P<point>\.)?(?P<precision>\d*)(?P<verb>.)?", re.DOTALL)


def printed(value: object) -> str:
    """`%v`: a value as Go prints it."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case float():
            return general(value, None)
        case Mapping():
            return f"map[{' '.join(f'{key}:{printed(value[key])}' for key in sorted(value))}]"
        case Sequence():
            return f"[{' '.join(printed(each) for each in value)}]"
    return str(value)


def general(value: float, precision: int | None) -> str:
    """`%g`: the shortest digits that read back the same, or so many; an exponent below 1e-4 and from 1e6 on."""
    unusual = _unusual(value)
    if unusual is not None:
        return unusual
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    text = repr(value) if precision is None else format(value, f".{max(precision, 1) - 1}e")
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    power = int(exponent) + len(digits) - 1
    highest = 6 if precision is None else max(precision, 1)
    written = "".join(str(digit) for digit in digits)
    minus = "-" if sign else ""
    if power < -4 or power >= highest:
        mantissa = written[0] + ("." + written[1:] if len(written) > 1 else "")
        return f"{minus}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return format(Decimal(f"{minus}{written}").scaleb(power - len(written) + 1), "f")


def _unusual(value: float) -> str | None:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return None


def kind(value: object) -> str:
    """The name that Go has for the type of a value, for messages."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case str():
            return "string"
        case int():
            return "int"
        case float():
            return "float64"
        case Mapping():
            return "map[string]string"
        case Sequence():
            return "[]interface {}"
    return type(value).__name__


def sprint(*values: object) -> str:
    """`print`: values one after the other, with a space where neither neighbour is a string."""
    text = ""
    for number, value in enumerate(values):
        if number and not isinstance(value, str) and not isinstance(values[number - 1], str):
            text += " "
        text += printed(value)
    return text


def sprintf(pattern: str, *values: object) -> str:
    """`printf`: what the pattern says of the values."""
    parts: list[str] = []
    end = used = 0
    for found in _VERB.finditer(pattern):
        parts.append(pattern[end : found.start()])
        end = found.end()
        verb = found["verb"]
        if verb is None:
            parts.append("%!(NOVERB)")
            continue
        if verb == "%":
            parts.append("%")
            continue
        width = found["width"]
        if width == "*":
            asked = values[used] if used < len(values) else None
            used += 1
            width = str(asked) if isinstance(asked, int) and asked >= 0 else ""
        if used >= len(values):
            parts.append(f"%!{verb}(MISSING)")
            continue
        value = values[used]
        used += 1
        precision = int(found["precision"] or 0) if found["point"] else None
        if int(width or 0) > WIDTH_MAX or (precision or 0) > WIDTH_MAX:
            parts.append(f"%!(BADWIDTH){verb}")
            continue
        parts.append(_padded(_one(verb, found["flags"], precision, value), found["flags"], int(width or 0), value))
    parts.append(pattern[end:])
    if used < len(values):
        rest = ", ".join(f"{kind(value)}={printed(value)}" for value in values[used:])
        parts.append(f"%!(EXTRA {rest})")
    return "".join(parts)


def _padded(text: str, flags: str, width: int, value: object) -> str:
    if len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and isinstance(value, (int, float)):
        return text.zfill(width)
    return text.rjust(width)


def _one(verb: str, flags: str, precision: int | None, value: object) -> str:
    text: str | None = None
    if verb == "v":
        text = general(value, precision) if isinstance(value, float) else printed(value)
    elif verb == "T":
        return kind(value)
    elif isinstance(value, bool):
        text = printed(value) if verb == "t" else None
    elif isinstance(value, int):
        text = _integer(verb, flags, value)
    elif isinstance(value, float):
        text = _float(verb, precision, value)
    elif isinstance(value, str):
        text = _text(verb, precision, value)
    elif verb == "s" and value is not None:
        text = printed(value)
    if text is None:
        return f"%!{verb}({kind(value)}{'=' + printed(value) if value is not None else ''})"
    if isinstance(value, (int, float)) and not isinstance(value, bool) and text[:1] not in ("-", "+"):
        return "+" + text if "+" in flags else " " + text if " " in flags else text
    return text


def _integer(verb: str, flags: str, value: int) -> str | None:
    sharp = "#" if "#" in flags else ""
    match verb:
        case "d":
            return str(value)
        case "x" | "X" | "b" | "o":
            return format(value, f"{sharp}{verb}")
        case "c":
            return chr(value) if 0 <= value < 0x110000 else "\ufffd"
        case "q":
            return quoted(chr(value), "'") if 0 <= value < 0x110000 else "'\ufffd'"
    return None


def _float(verb: str, precision: int | None, value: float) -> str | None:
    if verb not in "eEfFgG":
        return None
    unusual = _unusual(value)
    if unusual is not None:
        return unusual
    if verb in "gG":
        text = general(value, precision)
        return text.upper() if verb == "G" else text
    return format(value, f".{6 if precision is None else precision}{verb}")


def _text(verb: str, precision: int | None, value: str) -> str | None:
    cut = value if precision is None else value[:precision]
    match verb:
        case "s":
            return cut
        case "q":
            return quoted(cut, '"')
        case "x":
            return cut.encode().hex()
        case "X":
            return cut.encode().hex().upper()
    return None


_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}


def quoted(text: str, quote: str) -> str:
    """A text in Go's quotes."""
    return f"{quote}{''.join(_escaped(each, quote) for each in text)}{quote}"


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{character}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
