"""Expressions of PromQL as a grammar makes them: well-formed by kind (vector, number, window), meaning by chance."""

from hypothesis import strategies as st

SELECTORS = (
    "http_requests_total",
    'http_requests_total{job="j1"}',
    'http_requests_total{code!="200",instance=~"i[0-2]"}',
    "temperature",
    'temperature{site="a"}',
    'temperature{room!~"r[0-3]"}',
    "kube_pod",
    "info",
    "latency_bucket",
    "nothing",
    '{__name__=~"temperature|kube_pod"}',
)
LABELS = ("job", "instance", "code", "site", "room", "node", "pod", "svc", "le", "nowhere")
DURATIONS = ("15s", "1m", "90s", "5m", "17m")
OVER_TIME = (
    "sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "count_over_time", "last_over_time",
    "present_over_time", "stddev_over_time", "stdvar_over_time", "changes", "resets", "rate", "increase", "delta",
    "irate", "idelta", "deriv", "absent_over_time",
)  # fmt: skip
# Not the parts of a date: of an infinite time, Go answers what its bits happen to give, and we answer NaN.
OF_A_VECTOR = (
    "abs", "ceil", "floor", "sqrt", "exp", "ln", "sgn", "round", "timestamp", "absent", "sort",
)  # fmt: skip
AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
ARITHMETIC = ("+", "-", "*", "/", "%")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")

numbers = st.sampled_from(("0", "1", "-1.5", "50", "1e3", "NaN", "Inf"))
modifiers = st.sampled_from(
    ("",) * 6 + (" offset 3m", " offset -2m", " @ 1700003000", " @ end()", " offset 1m @ start()")
)
# Functions, so that each is described by its name: what they are made of is part of every larger strategy, whose
# description hypothesis writes out, and warns of when it is very long.


@st.composite
def _selector(draw: st.DrawFn) -> str:
    return f"{draw(st.sampled_from(SELECTORS))}{draw(modifiers)}"


@st.composite
def _label_list(draw: st.DrawFn) -> str:
    return ", ".join(draw(st.lists(st.sampled_from(LABELS), max_size=3, unique=True)))


@st.composite
def _window(draw: st.DrawFn) -> str:
    return f"{draw(st.sampled_from(SELECTORS))}[{draw(st.sampled_from(DURATIONS))}]{draw(modifiers)}"


@st.composite
def _function_of_a_window(draw: st.DrawFn) -> str:
    return str(draw(st.sampled_from(OVER_TIME)))


selectors, label_lists, windows, over_time = _selector(), _label_list(), _window(), _function_of_a_window()


def _subqueries(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda each, duration, step: f"({each})[{duration}:{step}]",
        inner,
        st.sampled_from(("3m", "10m")),
        st.sampled_from(("", "30s", "47s")),
    )


def _of_windows(windows: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda function, window: f"{function}({window})", over_time, windows),
        st.builds(
            lambda share, window: f"quantile_over_time({share}, {window})",
            st.sampled_from(("0", "0.3", "1", "2")),
            windows,
        ),
        # With `@`, Prometheus 2.42 answers it at the first step only.
        st.builds(
            lambda seconds, window: f"predict_linear({window}, {seconds})",
            st.sampled_from(("60", "-600")),
            windows.filter(lambda window: "@" not in window),
        ),
    )


def _aggregations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouping = st.builds(
        lambda word, labels: f"{word} ({labels})" if word else "", st.sampled_from(("by", "without", "")), label_lists
    )
    plain = st.sampled_from(AGGREGATIONS).map(lambda operator: (operator, ""))
    quantile = st.sampled_from(("0", "0.5", "0.99", "-1")).map(lambda share: ("quantile", f"{share}, "))
    reduced = st.builds(
        lambda operator, grouped, each: f"{operator[0]} {grouped} ({operator[1]}{each})",
        st.one_of(plain, plain, quantile),
        grouping,
        inner,
    )
    # Which of equal values Prometheus keeps is chance, so that only values that differ are ranked.
    ranked = st.builds(
        lambda operator, grouped, number, each: f"{operator} {grouped} ({number}, {each})",
        st.sampled_from(("topk", "bottomk")),
        grouping,
        st.integers(0, 4),
        st.sampled_from(("temperature", "kube_pod", "rate(http_requests_total[5m])")),
    )
    return st.one_of(reduced, reduced, ranked)


def _operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.one_of(
        st.sampled_from(ARITHMETIC),
        st.builds(
            lambda operator, boolean: operator + boolean, st.sampled_from(COMPARISONS), st.sampled_from(("", " bool"))
        ),
    )
    matching = st.one_of(
        st.just(""),
        st.builds(
            lambda word, labels, many: f"{word} ({labels}) {many}",
            st.sampled_from(("on", "ignoring")),
            label_lists,
            st.sampled_from(("", "", "group_left", "group_right", "group_left (version)")),
        ),
    )
    sets = st.builds(
        lambda operator, word, labels: f"{operator} {word} ({labels})" if word else operator,
        st.sampled_from(("and", "or", "unless")),
        st.sampled_from(("", "on", "ignoring")),
        label_lists,
    )
    with_number = st.builds(lambda left, operator, number: f"({left}) {operator} {number}", inner, operators, numbers)
    of_number = st.builds(lambda number, operator, right: f"{number} {operator} ({right})", numbers, operators, inner)
    of_two = st.builds(
        lambda left, operator, by, right: f"({left}) {operator} {by} ({right})", inner, operators, matching, inner
    )
    of_sets = st.builds(lambda left, operator, right: f"({left}) {operator} ({right})", inner, sets, inner)
    return st.one_of(with_number, of_number, of_two, of_sets)


def expressions() -> st.SearchStrategy[str]:
    """Expressions that are instant vectors."""
    leaves = st.one_of(
        selectors,
        _of_windows(windows),
        st.just("vector(1)"),
        st.just("histogram_quantile(0.9, rate(latency_bucket[5m]))"),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            _aggregations(inner),
            _operations(inner),
            _of_windows(_subqueries(inner)),
            st.builds(lambda function, each: f"{function}({each})", st.sampled_from(OF_A_VECTOR), inner),
            st.builds(lambda each: f"-({each})", inner),
            st.builds(lambda each, low: f"clamp_min({each}, {low})", inner, numbers),
            st.builds(lambda each: f"histogram_quantile(0.5, {each})", inner),
            st.builds(lambda each: f'label_replace({each}, "job", "x$1", "room", "r(.*)")', inner),
        ),
        max_leaves=6,
    )
