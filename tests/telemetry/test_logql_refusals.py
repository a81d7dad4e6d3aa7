"""What is no LogQL is refused in Loki's words, with the place; what is hostile, within its limits."""

from dataclasses import replace

import pytest

from tests.telemetry.log_lines import BEGIN_NS, SECOND, api_of, asked, seconds, store_of
from watchroom.telemetry.logql.engine import LogEngine
from watchroom.telemetry.logql.expression import Logs
from watchroom.telemetry.logql.parse import NO_MATCHER, parse
from watchroom.telemetry.promql.budget import Limits
from watchroom.telemetry.refusal import BadData, Canceled, Unanswerable


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "parse error : syntax error: unexpected $end"),
        ("{}", f"parse error : {NO_MATCHER}"),
        ('{x=~".*"}', f"parse error : {NO_MATCHER}"),
        ('{x!="a"}', f"parse error : {NO_MATCHER}"),
        ('{x="a"', "parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,"),
        ("{x=a}", "parse error at line 1, col 4: syntax error: unexpected IDENTIFIER, expecting STRING"),
        ("{x}", "parse error at line 1, col 3: syntax error: unexpected }"),
        ('{x="a"} |=\n  5', "parse error at line 2, col 3: syntax error: unexpected NUMBER, expecting STRING"),
        ('{x="a"} | n > b', "parse error at line 1, col 15: syntax error: unexpected IDENTIFIER, expecting BYTES or NUMBER or DURATION"),
        ('{x="a} ', "parse error at line 1, col 4: literal not terminated"),
        ('{x="\\q"}', "parse error at line 1, col 4: invalid char escape"),
        ('{x="a"} ;', "parse error at line 1, col 9: syntax error: unexpected ;"),
        ('{x="a"} {y="b"}', "parse error at line 1, col 9: syntax error: unexpected {"),
        ('rate({x="a"})', "parse error at line 1, col 13: syntax error: unexpected ), expecting ["),
        ('rate({x="a"}[5])', "parse error at line 1, col 14: syntax error: unexpected NUMBER, expecting DURATION"),
        ('rate({x="a"}[0s])', "parse error : range must be greater than 0"),
        ('sum_over_time({x="a"}[1m])', "parse error : invalid aggregation sum_over_time without unwrap"),
        ('count_over_time({x="a"} | unwrap n [1m])', "parse error : invalid aggregation count_over_time with unwrap"),
        ('rate({x="a"}[1m]) by (x)', "parse error : grouping not allowed for rate aggregation"),
        ('topk(sum(rate({x="a"}[1m])))', "parse error : parameter required for operation topk"),
        ('topk(0, rate({x="a"}[1m]))', "parse error : invalid parameter (must be greater than 0) topk(0,"),
        ('1 and rate({x="a"}[1m])', "parse error : unexpected literal for left leg of logical/set binary operation (and): 1.000000"),
        ('{x="a"} | regexp "nothing"', "parse error : at least one named capture must be supplied: `nothing`"),
        ('{x="a"} | pattern "none"', "parse error : at least one capture is required"),
        ('{x="a"} | pattern "<a><b>"', "parse error : found consecutive capture in `<a><b>`: invalid pattern; put a literal in between"),
        ('{x="a"} |~ "("', "parse error : error parsing regexp: missing ): (: `(`"),
        ('{x="a"} | json a="b[" ', "parse error : cannot parse expression [b[]: unexpected '[' at column 2"),
        ('{x="a"} | ip = ip("bad")', "parse error : ip: invalid pattern: bad"),
        ('{x="a"} | label_format a=b,a=c', "parse error : multiple label name 'a' not allowed in a single format operation"),
        ('rate({x="a"}[1m]) @ 5', "parse error at line 1, col 19: syntax error: unexpected @"),
    ],
)  # fmt: skip
def test_messages(query: str, message: str) -> None:
    with pytest.raises(BadData) as error:
        parse(query)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "query",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "-" * 10_000 + "1",
        "sum(" * 5_000 + 'rate({x="a"}[1m])' + ")" * 5_000,
        '{x="a"} | ' + "(" * 5_000 + "n > 1" + ")" * 5_000,
        '{x="a"}' + " | json" * 5_000,
        '{x="' + "a" * 70_000 + '"}',
        "rate((" + "(" * 1_000 + '{x="a"}[1m]' + ")" * 1_002,
        '{x="a"} |~ "' + "(a{1000}){1000}" + '"',
        '{x="a"}[' + "9" * 400 + "y]",
        'rate({x="a"}[' + "9" * 400 + "y])",
        "1" + " + 1" * 3_000,
        '{x="a"} | n > 5' + " or n > 5" * 5_000,
        "(" * 60 + "1" + (" + 1" * 90 + ")") * 60,
        "topk(" + "9" * 400 + ', rate({x="a"}[1m]))',
    ],
)
def test_hostile_texts_are_refused(query: str) -> None:
    with pytest.raises(BadData):
        parse(query)


def test_as_many_operators_and_levels_as_are_allowed_are_answered() -> None:
    query = "(" * 60 + "1" + " + 1" * 40 + " + 1)" * 60
    assert asked(store_of("x"), query, "query")[1]["result"][1] == "101"


def test_a_bomb_of_an_expression_takes_linear_time() -> None:
    status, data = asked(store_of("a" * 5_000 + "!"), '{job="app"} |~ "(a+)+$"')
    assert (status, data["result"]) == (200, [])


def test_as_many_comparisons_of_labels_as_are_allowed_are_answered() -> None:
    status, data = asked(store_of("n=6"), '{job="app"} | logfmt | n > 6' + " or n > 5" * 299)
    assert (status, len(data["result"])) == (200, 1)


def test_lines_are_limited() -> None:
    store = store_of(*("x" for _ in range(3_000)))
    engine = LogEngine(store, seconds, Limits(samples_max=2_000))
    query = parse('{job="app"} |= "none"')
    assert isinstance(query, Logs)
    with pytest.raises(Unanswerable, match="too many samples"):
        engine.lines(query, BEGIN_NS, BEGIN_NS + 10_000 * SECOND, limit=10, backward=True)


def test_a_query_can_be_stopped() -> None:
    store = store_of(*("x" for _ in range(3_000)))
    query = parse('{job="app"} |= "none"')
    assert isinstance(query, Logs)
    with pytest.raises(Canceled):
        LogEngine(store, seconds).lines(
            query, BEGIN_NS, BEGIN_NS + 10_000 * SECOND, limit=10, backward=True, canceled=lambda: True
        )
    ticks = iter(range(0, 1_000, 40))
    api = replace(api_of(store), engine=LogEngine(store, lambda: float(next(ticks))))
    answer = api.answer("query_range", {"query": ['{job="app"} |= "none"']})
    assert (answer.status, answer.body) == (504, b"query timed out in expression evaluation")
