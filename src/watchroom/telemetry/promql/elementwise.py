"""Functions of one value at a time: arithmetic, trigonometry, the parts of a date.

Each takes the values of a vector and answers as many; `NaN` in gives `NaN` out. Source: Prometheus, "Query functions".
"""

from collections.abc import Callable, Mapping

import numpy as np

from watchroom.telemetry.series import Values

OneValue = Callable[[Values], Values]


def _sign(values: Values) -> Values:
    return np.where(values < 0, -1.0, np.where(values > 0, 1.0, values))


_FAR = 8.64e12
"""Seconds from 1970 within which a calendar is kept."""


def _date(values: Values, part: Callable[[np.ndarray], np.ndarray]) -> Values:
    known = np.isfinite(values) & (np.abs(values) < _FAR)
    seconds = np.where(known, values, 0).astype(np.int64).astype("datetime64[s]")
    return np.where(known, part(seconds).astype(np.float64), np.nan)


def _months(at: np.ndarray) -> np.ndarray:
    return at.astype("datetime64[M]")


def _days(at: np.ndarray) -> np.ndarray:
    return at.astype("datetime64[D]")


DATES: Mapping[str, OneValue] = {
    "minute": lambda values: _date(values, lambda at: at.astype(np.int64) // 60 % 60),
    "hour": lambda values: _date(values, lambda at: at.astype(np.int64) // 3600 % 24),
    "day_of_week": lambda values: _date(values, lambda at: (_days(at).astype(np.int64) + 4) % 7),
    "day_of_month": lambda values: _date(
        values, lambda at: (_days(at) - _months(at).astype("datetime64[D]")).astype(int) + 1
    ),
    "day_of_year": lambda values: _date(
        values, lambda at: (_days(at) - at.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
    ),
    "days_in_month": lambda values: _date(
        values,
        lambda at: ((_months(at) + 1).astype("datetime64[D]") - _months(at).astype("datetime64[D]")).astype(int),
    ),
    "month": lambda values: _date(values, lambda at: _months(at).astype(int) % 12 + 1),
    "year": lambda values: _date(values, lambda at: at.astype("datetime64[Y]").astype(int) + 1970),
}
"""Parts of a date in UTC; without an argument, of the time of the step."""

MATHS: Mapping[str, OneValue] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sgn": _sign,
    "deg": np.degrees,
    "rad": np.radians,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
}


def rounded(values: Values, to: Values) -> Values:
    """To the nearest multiple of `to`, halves upward."""
    with np.errstate(all="ignore"):
        parts = 1.0 / to
        return np.floor(values * parts + 0.5) / parts


def larger(one: Values, other: Values) -> Values:
    """IEEE's maximum as Go has it: an infinity that decides wins over NaN, otherwise NaN does."""
    return np.where((one == np.inf) | (other == np.inf), np.inf, np.maximum(one, other))


def smaller(one: Values, other: Values) -> Values:
    """As `larger`, with the lesser."""
    return np.where((one == -np.inf) | (other == -np.inf), -np.inf, np.minimum(one, other))


def power(left: Values, right: Values) -> Values:
    """IEEE's pow, as Go has it: 1 to anything and anything to 0 are 1."""
    return np.power(left, right)


def modulo(left: Values, right: Values) -> Values:
    """The rest that keeps the sign of the dividend."""
    return np.fmod(left, right)


ARITHMETIC: Mapping[str, Callable[[Values, Values], Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": modulo,
    "^": power,
    "atan2": np.arctan2,
}
COMPARISONS: Mapping[str, Callable[[Values, Values], "np.ndarray"]] = {
    "==": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}
SETS = frozenset(("and", "or", "unless"))
