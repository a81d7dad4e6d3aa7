"""Each stage of a pipeline at its edges: the line and the labels that it leaves. Source: Grafana Loki, "Log queries"."""

import pytest

from tests.telemetry.log_lines import lines_of, store_of

JSON = '{"a":"1","n":{"b c":2.50,"d":{"e":true}},"l":[{"x":"y"},7],"z":null,"9k":"q","job":"other","s":"x\\ny"}'


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ('|= "error"', ["an error", "error: bad"]),
        ('!= "error"', ["all well", "Error"]),
        ('|= "an" or "bad"', ["an error", "error: bad"]),
        ('!= "an" or "bad"', ["all well", "Error"]),
        ('|~ "(?i)^error"', ["error: bad", "Error"]),
        ('!~ "error|well"', ["Error"]),
        ('|= ""', ["an error", "error: bad", "all well", "Error"]),
        ('|= "err" != "bad"', ["an error"]),
        ("|> `<_> error`", ["an error"]),
        ("|> `error: <_>`", ["error: bad"]),
        ("|> `<_>error<_>`", []),
        ("!> `<_>r`", ["error: bad", "all well"]),
        ("|> `Error`", ["Error"]),
        ("# said in passing\n|= `well`", ["all well"]),
    ],
)
def test_line_filters(query: str, passes: list[str]) -> None:
    store = store_of("an error", "error: bad", "all well", "Error")
    assert [line for line, _ in lines_of(store, f'{{job="app"}} {query}')] == passes


@pytest.mark.parametrize(
    ("address", "passes"),
    [
        ("10.0.0.1", ["from 10.0.0.1 on"]),
        ("10.0.0.0/30", ["from 10.0.0.1 on", "10.0.0.3"]),
        ("10.0.0.2-10.0.0.9", ["10.0.0.3"]),
        ("2001:db8::/32", ["[2001:db8::5]:80"]),
    ],
)
def test_addresses_in_a_line(address: str, passes: list[str]) -> None:
    store = store_of("from 10.0.0.1 on", "10.0.0.3", "10.0.0.333", "1.10.0.0.1", "[2001:db8::5]:80")
    assert [line for line, _ in lines_of(store, f'{{job="app"}} |= ip("{address}")')] == passes


@pytest.mark.parametrize(
    ("line", "stage", "labels"),
    [
        (JSON, "json", {"a": "1", "n_b_c": "2.50", "n_d_e": "true", "_9k": "q", "job_extracted": "other", "s": "x\ny"}),
        (JSON, 'json x="l[0].x", whole="n.d", num=`n["b c"]`', {"x": "y", "whole": '{"e":true}', "num": "2.50"}),
        (JSON, 'json none="no.such", far="l[9]", nil="z"', {}),
        ('{"a":"b"} trailing', "json", {"__error__": "JSONParserErr"}),
        ("[1]", "json", {"__error__": "JSONParserErr"}),
        ('a=1 b="two words" c d= job=x', "logfmt", {"a": "1", "b": "two words", "job_extracted": "x"}),
        ('a="x\\"y" b=2', 'logfmt q="a"', {"q": 'x"y'}),
        ("a=1 ==bad b=2", "logfmt", {"a": "1", "b": "2"}),
        ("a=1 ==bad b=2", "logfmt --strict", {"a": "1", "__error__": "LogfmtParserErr"}),
        ('a="open', "logfmt --strict", {"__error__": "LogfmtParserErr"}),
        ("1.2.3.4 - [now] GET", "pattern `<ip> - [<_>] <verb>`", {"ip": "1.2.3.4", "verb": "GET"}),
        ("abc", "pattern `x<ip> <verb>`", {}),
        ("a b", "pattern `<one> <two>|<three>`", {"one": "a", "two": "b"}),
        ("took 12ms", r"regexp `took (?P<n>\d+)(?P<unit>\w+)`", {"n": "12", "unit": "ms"}),
        ("nothing", r"regexp `took (?P<n>\d+)`", {}),
    ],
)
def test_parsers(line: str, stage: str, labels: dict[str, str]) -> None:
    ((_, found),) = lines_of(store_of(line), f'{{job="app"}} | {stage}')
    found.pop("__error_details__", None)
    assert found == {"job": "app", **labels}


def test_unpack_puts_the_line_back() -> None:
    store = store_of('{"pod":"p1","n":3,"_entry":"the line"}')
    assert lines_of(store, '{job="app"} | unpack') == [("the line", {"job": "app", "pod": "p1"})]


def test_decolorize() -> None:
    assert lines_of(store_of("\x1b[31mred\x1b[0m"), '{job="app"} | decolorize')[0][0] == "red"


LOGFMT = ("t=5ms s=10KB n=3 ip=10.0.0.1 m=GET", "t=2s s=1MiB n=30 ip=10.1.0.1 m=PUT", "t=x s=x n=x ip=x m=x", "other")


@pytest.mark.parametrize(
    ("test", "passes"),
    [
        ('m="GET"', [0]),
        ('m!="GET"', [1, 2, 3]),
        ('m=~"G.*|P.*"', [0, 1]),
        ('m!~"G.*"', [1, 2, 3]),
        ("n > 3", [1, 2]),
        ("n >= 3", [0, 1, 2]),
        ("n = 3", [0, 2]),
        ("n != 3", [1, 2]),
        ("n < -1", [2]),
        ("t > 1s", [1, 2]),
        ("t <= 5ms", [0, 2]),
        ("s > 10KB", [1, 2]),
        ("s == 1MiB", [1, 2]),
        ('ip = ip("10.0.0.0/16")', [0]),
        ('ip != ip("10.0.0.0/16")', [1, 2]),
        ('n > 3 and m = "PUT"', [1]),
        ('n > 3, m = "PUT"', [1]),
        ('n > 3 m = "PUT"', [1]),
        ('m = "GET" or m = "PUT" and n > 100', [0]),
        ('(m = "GET" or m = "PUT") and n > 3', [1]),
        ('n > 3 | __error__ = ""', [1]),
        ('n > 3 | __error__ = "LabelFilterErr"', [2]),
        ('none = ""', [0, 1, 2, 3]),
    ],
)
def test_label_filters(test: str, passes: list[int]) -> None:
    found = [line for line, _ in lines_of(store_of(*LOGFMT), f'{{job="app"}} | logfmt | {test}')]
    assert found == [LOGFMT[number] for number in passes]


@pytest.mark.parametrize(
    ("stage", "labels"),
    [
        ("label_format verb=m", {"n": "3", "verb": "GET"}),
        ("label_format verb=none", {"n": "3", "m": "GET"}),
        ("label_format both=`{{.m}}-{{.n}}`,n=``", {"m": "GET", "both": "GET-3"}),
        ("drop n, none", {"m": "GET"}),
        ('drop n="4", m=~"G.*"', {"n": "3"}),
        ("keep m", {"m": "GET", "job": ""}),
        ('keep job, n="4", m!="PUT"', {"m": "GET"}),
    ],
)
def test_labels_are_written_dropped_and_kept(stage: str, labels: dict[str, str]) -> None:
    ((_, found),) = lines_of(store_of("n=3 m=GET"), f'{{job="app"}} | logfmt | {stage}')
    assert found == {name: value for name, value in {"job": "app", **labels}.items() if value}


def test_an_error_can_be_dropped() -> None:
    ((_, found),) = lines_of(store_of("no json"), '{job="app"} | json | drop __error__')
    assert found == {"job": "app"}


def test_lines_with_labels_of_their_own_are_streams_of_their_own() -> None:
    found = lines_of(store_of("level=info a", "level=warn b"), '{job="app"} | detected_level="warn"')
    assert found == [("level=warn b", {"job": "app", "detected_level": "warn"})]


def test_a_label_may_be_called_as_a_stage() -> None:
    assert [line for line, _ in lines_of(store_of("json=1", "json=2"), '{job="app"} | logfmt | json="1"')] == ["json=1"]
