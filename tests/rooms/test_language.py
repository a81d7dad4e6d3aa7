"""The `.room` language itself: a script that cannot be read, or is not met, says where, and what was seen instead."""

import pytest

from tests.rooms import verbs
from tests.rooms.expectations import SUBJECTS
from tests.rooms.perform import perform
from tests.rooms.script import ScriptError, read, said, seconds, words_of
from watchroom.incident.commands import BY_NAME, fields
from watchroom.incident.incident import Incident
from watchroom.incident.view import incident_json

HEAD = '# A test\nat 0s bo declares "Search is down"\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("at 0s bo joins\n", 1, "nothing is expected"),
        ("at 0s bo joins\n----\n", 2, "nothing is expected"),
        ("at 0s bo joins\n----\n----\nexpect at end rooms 1\n", 3, "a second rule"),
        ("at soon bo joins\n----\nexpect at end rooms 1\n", 1, "'soon' is no time; write 90s"),
        ("at 9s bo joins\nat 5s bo joins\n----\nexpect at end rooms 1\n", 2, "5s is before the line above"),
        ("when 0s bo joins\n----\nexpect at end rooms 1\n", 1, "begins with at, and, or sender, not 'when'"),
        ("and bo joins\n----\nexpect at end rooms 1\n", 1, "begins with at"),
        ('at 0s bo says "x\n----\nexpect at end rooms 1\n', 1, "a quotation that begins with '\"x' does not end"),
        ('at 0s bo {"command": "join"\n----\nexpect at end rooms 1\n', 1, "does not end"),
        ("at 0s bo\n----\nexpect at end rooms 1\n", 1, "nobody does anything here"),
        ("sender uptime\n----\nexpect at end rooms 1\n", 1, "a sender has a name and a kind"),
        ("at 0s bo joins in room 0\n----\nexpect at end rooms 1\n", 1, "rooms are counted from 1"),
        ("at 0s bo joins\n----\nwant at end rooms 1\n", 3, "begins with expect, not 'want'"),
        ("at 0s bo joins\n----\nexpect rooms 1\n", 3, "no time: write expect at 5m"),
        ("at 0s bo joins\n----\nexpect at end\n", 3, "nothing is expected here"),
    ],
)
def test_a_script_that_cannot_be_read(text: str, line: int, says: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read(text, "x.room")
    assert str(caught.value).startswith(f"x.room:{line}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        ("at 1s bo dances", "nobody can 'dances' here"),
        ("at 1s bo resolvs yes", "did you mean 'resolves'?"),
        ("at 1s bo join_workstream yes", "nobody can 'join_workstream' here"),
        ('at 1s bo raises hypothesis "It" urgency high', "'raises hypothesis' takes no 'urgency'"),
        ('at 1s bo tells customers "It" next in ever', "'ever' is no time"),
        ("at 1s bo joins in room 7", "there is no room 7 yet; 1 were opened so far"),
        ("at 1s bo takes back slip", "no event is called 'slip'; named so far with as: none yet"),
        ("at 1s bo judges DiskFull noise", "0 signals are called DiskFull; there are: none"),
        ("at 1s bo judges DiskFull", "judges names a signal and a verdict"),
        ("at 1s alertmanager rings DiskFull", "a sender fires, resolves, forgets, repeats, sends"),
        ("at 1s alertmanager resolves DiskFull", "DiskFull does not fire, so it cannot end"),
        ("at 1s alertmanager fires DiskFull{host=db1}", "'host=db1' is no label"),
        ("at 1s generic sends hello", "sends takes JSON"),
    ],
)
def test_a_line_that_cannot_be_done(deed: str, says: str) -> None:
    with pytest.raises(ScriptError) as caught:
        perform(read(f"{HEAD}{deed}\n----\nexpect at end rooms 1\n", "x.room"))
    assert str(caught.value).startswith("x.room:3: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ("at end status closed", "seen at the end: declared"),
        ("at 0s hypothesis H1", "seen at 0s: no H1; there are: none"),
        ("at 1m hypothesis H1 ruled_out", "seen at 1m: proposed"),
        ("at end severity SEV1", "seen at the end: none proposed"),
        ("at end role scribe bo", "seen at the end: none"),
        ("at end rooms 2", "seen at the end: 1"),
        ("at end fact hypothesis_proposed 2", "seen at the end: 1 of it, at 1m"),
        ("at 1m warning no_brief", "seen at 1m: none"),
        ("at 1m refused already_done", "seen at 1m: none"),
        ("never hypothesis H1", "seen at 1m: proposed"),
        ("between 10s and 50s hypothesis H1", "seen at 50s: no H1; there are: none"),
        ("between 61s and 90s hypothesis H1", "it was so before 1m1s already: proposed"),
        ("at end cadence customers overdue", "seen at the end: none"),
        ("at end impact.returned 1", "seen at the end: 0"),
        ("at end no hypothesis H1", "seen at the end: proposed"),
        ("at end signal DiskFull firing", "seen at the end: 0 signals of that name"),
        ("at end hypotheses.H1.text It is full", "seen at the end: The disk"),
    ],
)
def test_an_expectation_that_is_not_met(expected: str, says: str) -> None:
    script = f'{HEAD}at 1m bo raises hypothesis "The disk"\n----\nexpect {expected}\n'
    (failure,) = perform(read(script, "x.room"))
    assert failure.startswith("x.room:5: expect ")
    assert failure.endswith(says)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ("at end statis closed", "nothing is known as 'statis'; did you mean 'status'?"),
        ("at end fact hypothesis_proposd", "did you mean 'hypothesis_proposed'?"),
        ("at end hypothesis", "is not whole"),
        ("at end cadence customers", "is not whole"),
    ],
)
def test_an_expectation_that_means_nothing(expected: str, says: str) -> None:
    with pytest.raises(ScriptError) as caught:
        perform(read(f"{HEAD}----\nexpect {expected}\n", "x.room"))
    assert str(caught.value).startswith("x.room:4: ")
    assert says in str(caught.value)


def test_a_refusal_that_nobody_expects_is_a_failure() -> None:
    (failure,) = perform(read(f"{HEAD}at 1s bo tests H1\n----\nexpect at end status declared\n", "x.room"))
    assert failure.startswith("x.room:3: at 1s bo tests H1\n")
    assert "refused, which nobody expects: unknown_thing: There is no hypothesis H1 here." in failure


def test_words() -> None:
    words = words_of('at 5m bo says "a \\"b\\" # c", A{x="1, 2"} {"k": [1]} [a, b]')
    assert [word.text for word in words] == [
        *("at", "5m", "bo", "says", 'a "b" # c', ",", 'A{x="1, 2"}', '{"k": [1]}', "[a, b]"),
    ]
    assert [word.value for word in words[-2:]] == [{"k": [1]}, ["a", "b"]]
    assert words_of("  # only a comment") == words_of("") == []


@pytest.mark.parametrize(("text", "length"), [("0s", 0), ("90s", 90), ("1h30m", 5_400), ("2d", 172_800), ("1.5s", 1.5)])
def test_times(text: str, length: float) -> None:
    assert seconds(text) == length
    assert seconds(said(length)) == length


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5s", "now"])
def test_no_times(text: str) -> None:
    assert seconds(text) is None


def test_each_phrase_stands_for_a_command_and_its_fields() -> None:
    for verb in verbs.VERBS:
        known = [*fields(verb.command).split(", "), "reason", "at"]
        assert set(verb.fields) | set(verb.fixed) <= set(known), verb


def test_every_command_can_be_given_by_its_own_name() -> None:
    for name in BY_NAME:
        script = read(f"at 0s bo {name}\n----\nexpect at end rooms 0\n", "x.room")
        verb, rest = verbs.verb_of(script, script.moments[0][0])
        assert (verb.command, rest) == (name, ())


def test_subjects_hide_no_name_of_the_api() -> None:
    assert set(SUBJECTS) & set(incident_json(Incident("k7m2-9qxd"), [])) <= {"signals", "severity"}
