"""Templates of line_format: functions, pipes, blocks, times, and what they are refused for."""

import pytest

from tests.telemetry.log_lines import BEGIN_NS, asked, lines_of, store_of
from watchroom.telemetry.gotemplate import TemplateError
from watchroom.telemetry.logql.entry import Entry
from watchroom.telemetry.logql.template import Template
from watchroom.telemetry.refusal import BadData

LABELS = {"a": "Hello World", "n": "7", "f": "2.5", "empty": "", "js": '{"k":{"x":[1,2]},"s":"t"}', "at": "1700000000"}


def written(template: str) -> str:
    entry = Entry(BEGIN_NS + 123_456_789, "the line", {}, LABELS, BEGIN_NS)
    return Template(template).written(entry)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{.a}}|{{ .none }}|{{__line__}}", "Hello World||the line"),
        ("x {{- .n -}} y", "x7y"),
        ('{{ .a | ToLower | replace " " "_" | trunc 5 }}', "hello"),
        ("{{ trunc -5 .a }}{{ substr 0 2 .a }}", "WorldHe"),
        ('{{ Replace .a "l" "L" 2 }}', "HeLLo World"),
        ('{{ if contains "World" .a }}yes{{ else }}no{{ end }}', "yes"),
        ('{{ if eq .n "8" }}8{{ else if hasPrefix "Hel" .a }}H{{ else }}-{{ end }}', "H"),
        ('{{ if and (hasSuffix "ld" .a) (not .empty) }}ok{{ end }}', "ok"),
        ("{{ with .empty }}some{{ else }}none{{ end }}{{ with .n }}{{ . }}{{ end }}", "none7"),
        ("{{ $x := .n }}{{ if $x }}{{ $x = .f }}{{ end }}{{ $x }}", "2.5"),
        ("{{ range $i, $v := (fromJson .js).k.x }}{{ $i }}={{ $v }};{{ end }}", "0=1;1=2;"),
        ('{{ index (fromJson .js) "s" }}', "t"),
        ("{{ add 1 .n 2 }} {{ sub 1 3 }} {{ mul 2 .n }} {{ div 7 2 }} {{ div -7 2 }} {{ mod 7 4 }}", "10 -2 14 3 -3 3"),
        ("{{ addf 1 .f }} {{ divf 1 4 }} {{ mulf 2 .f }} {{ round 2.345 2 }} {{ ceil 1.1 }}", "3.5 0.25 5 2.35 2"),
        ("{{ max 1 9 3 }} {{ minf 1.5 2 }} {{ int .f }} {{ float64 .n }}", "9 1.5 2 7"),
        ('{{ printf "%-5s|%5.1f|%03d|%q|%v" "ab" 1.25 7 "c" true }}', 'ab   |  1.2|007|"c"|true'),
        ('{{ printf "%d" "x" }} {{ printf "%s" }}', "%!d(string=x) %!s(MISSING)"),
        ('{{ alignLeft 3 "abcdef" }}|{{ alignRight 5 "ab" }}', "abc|   ab"),
        (r'{{ regexReplaceAll "(l+)" .a "<${1}>" }}', "He<ll>o Wor<l>d"),
        (r'{{ regexReplaceAllLiteral "o" .a "$1" }} {{ count "o" .a }}', "Hell$1 W$1rld 2"),
        ('{{ default "d" .empty }} {{ default "d" .n }}', "d 7"),
        ("{{ .a | urlencode }} {{ urldecode `a%20b` }}", "Hello+World a b"),
        ("{{ b64enc .n }} {{ b64dec `Nw==` }}", "Nw== 7"),
        ("{{ bytes `2KB` }} {{ duration `1m30s` }}", "2000 90"),
        ("{{ title `ab cd` }} {{ repeat 3 `x` }} {{ trimAll `-` `--x-` }} {{ len `äb` }}", "Ab Cd xxx x 3"),
        ('{{ __timestamp__ | date "2006-01-02T15:04:05.000Z07:00" }}', "2023-11-14T22:13:20.123Z"),
        ("{{ __timestamp__ | unixEpochMillis }} {{ now | unixEpoch }}", "1700000000123 1700000000"),
        ('{{ unixToTime .at | date "Jan _2 3:04PM" }}', "Nov 14 10:13PM"),
        ('{{ toDate "2006-01-02" "2024-02-29" | unixEpoch }}', "1709164800"),
        ('{{ toDateInZone "15:04 2006-01-02" "Europe/Berlin" "13:00 2024-07-01" | unixEpoch }}', "1719831600"),
        ("{{ nindent 2 `a` }}", "\n  a"),
        (
            "{{ (fromJson .js).none }}|{{ (fromJson .js).s }}|{{ index (fromJson .js) `none` }}",
            "<no value>|t|<no value>",
        ),
        ("{{ addf 1000000 0.5 }} {{ print 1 2 `a` 3 }}", "1.0000005e+06 1 2a3"),
        ('{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" .n }}', "<7>"),
        ("{{ range $i, $c := (fromJson .js).k.x }}{{ if $i }}{{ break }}{{ end }}{{ $c }}{{ end }}", "1"),
        ("{{ __timestamp__ }}", "2023-11-14 22:13:20.123456789 +0000 UTC"),
    ],
)
def test_functions_and_blocks(template: str, text: str) -> None:
    assert written(template) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{",
        "{{ nope .a }}",
        "{{ if .a }}",
        "{{ end }}",
        "{{ trunc 1 }}",
        "{{ .a | `x` }}",
        "{{ ( .a }}",
        "{{ } }}",
        "{{ " + "(" * 200 + ".a" + ")" * 200 + " }}",
        "{{ if .a }}" * 100 + "{{ end }}" * 100,
    ],
)
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(BadData, match="invalid template"):
        Template(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ repeat 1000000000 .a }}",
        "{{ div 1 0 }}",
        '{{ fromJson "{" }}',
        '{{ fromJson "' + "[" * 20_000 + '" }}',
        "{{ .a.b }}",
        "{{ $no }}",
        "{{ lt .n 8 }}",
        "{{ eq .n 7 }}",
        "{{ range $i, $v := 100000 }}{{ $v }}{{ end }}",
        '{{ regexReplaceAll "(" .a "" }}',
        "{{ repeat 9000 `ab ` | replace `a` (repeat 9000 `x`) }}",
    ],
)
def test_what_cannot_be_run_fails_for_that_line(template: str) -> None:
    with pytest.raises(TemplateError):
        written(template)


def test_a_failure_is_an_error_of_the_line_which_stays() -> None:
    ((line, labels),) = lines_of(store_of("kept"), '{job="app"} | line_format `{{ div 1 0 }}`')
    assert (line, labels["__error__"]) == ("kept", "TemplateFormatErr")


def test_a_wrong_template_refuses_the_query() -> None:
    status, text = asked(store_of("x"), '{job="app"} | line_format `{{ nope }}`')
    assert (status, text) == (400, 'parse error : invalid template: function "nope" not defined')
