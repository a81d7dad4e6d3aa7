"""Go templates: what Go's own documentation says of actions, pipelines and functions, and the bounds."""

import math

import pytest

from watchroom.telemetry.go_format import sprintf
from watchroom.telemetry.gotemplate import Record, Template, TemplateError
from watchroom.telemetry.gotemplate_syntax import DEPTH_MAX

DATA = {"job": "api", "codes": ["200", "500"], "by": {"b": "2", "a": "1"}, "n": 3, "f": 1234567.0, "no": None}


def _upper(text: str) -> str:
    return text.upper()


def _join(separator: str, parts: list[str]) -> str:
    return separator.join(parts)


def written(text: str) -> str:
    return Template(text, {"upper": _upper, "join": _join}).written(DATA, {"$labels": {"job": "db"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain { } text", "plain { } text"),
        ("{{ .job }} {{.job}} {{ $.job }} {{ $labels.job }}", "api api api db"),
        ("a {{- .job -}} \n b", "aapib"),
        ("{{/* nothing */}}x{{- /* more */ -}} y", "xy"),
        ("{{ .job | upper | printf `%s-%d` }}", "API-%!d(MISSING)"),
        ('{{ printf "%s-%d" .job .n }}', "api-3"),
        ("{{ .missing }}|{{ .no }}|{{ .f }}|{{ .by }}|{{ .codes }}", "|<no value>|1.234567e+06|map[a:1 b:2]|[200 500]"),
        ("{{ if .missing }}a{{ else if eq .job `api` }}b{{ else }}c{{ end }}", "b"),
        ("{{ if and .n (gt .n 2) }}a{{ end }}{{ if or false .missing }}b{{ else }}c{{ end }}", "ac"),
        ("{{ if or true (index .codes 9) }}not looked at{{ end }}", "not looked at"),
        ("{{ with .by }}{{ .a }}{{ $.job }}{{ end }}{{ with .missing }}x{{ else }}y{{ end }}", "1apiy"),
        ("{{ range .codes }}<{{ . }}>{{ end }}{{ range .missingList }}x{{ end }}", None),
        ("{{ range $i, $c := .codes }}{{ $i }}={{ $c }} {{ end }}", "0=200 1=500 "),
        ("{{ range $k, $v := .by }}{{ $k }}{{ $v }}{{ end }}", "a1b2"),
        ("{{ range .codes }}{{ if eq . `500` }}{{ break }}{{ end }}{{ . }}{{ else }}none{{ end }}", "200"),
        ("{{ range .codes }}{{ if eq . `200` }}{{ continue }}{{ end }}{{ . }}{{ end }}", "500"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}", "2"),
        ('{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" .job }}{{ template "t" .n }}', "<api><3>"),
        ('{{ block "t" .job }}<{{ . }}>{{ end }}', "<api>"),
        ("{{ (index .codes 1) }} {{ len .job }} {{ slice .job 1 2 }} {{ not .n }}", "500 3 p false"),
        (
            "{{ join `,` .codes }} {{ html `<a>` }} {{ urlquery `a b` }} {{ print 1 2 `x` 3 }}",
            "200,500 &lt;a&gt; a+b 1 2x3",
        ),
        (r'{{ "a\tb\u00e9\"" }} {{ 0x1F }} {{ 1e3 }} {{ 1_000 }} {{ -2 }} {{ true }}', 'a\tbé" 31 1000 1000 -2 true'),
        ('{{ "}}" }}', "}}"),
    ],
)
def test_what_a_template_writes(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(TemplateError, match="range can't iterate"):
            written(text)
    else:
        assert written(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ .job", "not closed"),
        ("{{ if .job }}x", "no end"),
        ("{{ end }}", "nothing is open"),
        ("x\n{{ nothing .job }}", '"nothing" not defined'),
        ("{{ }}", "missing value"),
        ("{{ .job | }}", "a command is empty"),
        ("{{ ( .job }}", "not closed"),
        ("{{ upper }}", "wrong number of args for upper"),
        ("x\n{{ $none }}", 'line 2: undefined variable "\\$none"'),
        ("{{ .job.more }}", "can't evaluate field more"),
        ("{{ eq 1 1.0 }}", "incompatible types"),
        ("{{ index .codes 7 }}", "out of range"),
        ('{{ template "t" }}', "not defined"),
        ("{{ .job .n }}", "can't give argument"),
        ("{{ break }}", "outside of a range"),
        ("{{ if 1 }}" * (DEPTH_MAX + 1) + "{{ end }}" * (DEPTH_MAX + 1), "nested more than"),
        ("{{ if 1 }}" + "{{ else if 1 }}" * (DEPTH_MAX + 1) + "{{ end }}", "nested more than"),
        ("{{ " + "(" * (DEPTH_MAX + 1) + "1" + ")" * (DEPTH_MAX + 1) + " }}", "nested more than"),
        ('{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}', "call one another"),
        ("{{ range 1000 }}{{ range 1000 }}x{{ end }}{{ end }}", "steps"),
        ("{{ range 2000 }}{{ printf `%999d` 1 }}{{ end }}", "characters"),
        ("a" * 70_000, "at most"),
    ],
)
def test_what_is_refused_says_why(text: str, says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        written(text)


def test_a_record_has_its_fields_and_no_others() -> None:
    record = Record("Sample", {"Labels": {"a": "b"}, "Value": 2.0, "Twice": lambda: 4.0})
    assert Template("{{ .Labels.a }}{{ .Value }}{{ .Twice }}{{ . }}", {}).written(record).startswith("b24{map[a:b] 2 ")
    with pytest.raises(TemplateError, match="field Lables in type Sample"):
        Template("{{ .Lables }}", {}).written(record)


@pytest.mark.parametrize(
    ("pattern", "values", "expected"),
    [
        ("%.2f %5.1f|%-6s|%06.2f|%+d|% d", (3.14159, 2.0, "ab", 1.5, 3, 4), "3.14   2.0|ab    |001.50|+3| 4"),
        ("%v %v %v", (1e6, 0.00001, 123456.0), "1e+06 1e-05 123456"),
        ("%.4g %.4g %.4g %g", (1234.5678, 0.000012345, 1e20, 100000.0), "1235 1.234e-05 1e+20 100000"),
        ("%q %x %X %c %t %%", ('a"\n', "hi", 255, 0x41, True), '"a\\"\\n" 6869 FF A true %'),
        ("%d %s %f", ("x", 1, "y"), "%!d(string=x) %!s(int=1) %!f(string=y)"),
        ("%d", (), "%!d(MISSING)"),
        ("x", (1, "y"), "x%!(EXTRA int=1, string=y)"),
        ("%*d|%", (5, 42), "   42|%!(NOVERB)"),
        ("%v %v %e %.1e", (math.nan, math.inf, 12345.678, 0.0), "NaN +Inf 1.234568e+04 0.0e+00"),
        ("%v %T %v", (None, 1.0, [1, 2]), "<nil> float64 [1 2]"),
    ],
)
def test_what_printf_writes(pattern: str, values: tuple[object, ...], expected: str) -> None:
    assert sprintf(pattern, *values) == expected
