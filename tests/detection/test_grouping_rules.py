"""Grouping rules: what can be kept, what is said of what cannot, and how a signal is grouped by them."""

import re
from typing import Any, get_args

import msgspec
import pytest

from tests.house.source import HOUSE
from watchroom.base.errors import Malformed
from watchroom.detection import grouping_rules
from watchroom.detection.grouping_rules import Rule, Rules, Way, checked
from watchroom.detection.signal import Signal, group_key
from watchroom.people.catalogue import Service
from watchroom.people.topology import Topology

PAGE = (HOUSE / "docs" / "grouping.md").read_text(encoding="utf-8")


def rule(name: str = "r", **fields: Any) -> Rule:
    return msgspec.convert({"name": name, **fields}, Rule)


def signal(service: str = "", severity: str = "", source: str = "am", **labels: str) -> Signal:
    return Signal(
        id="1", source=source, key="k", group="g", state="firing", title="t", service=service, severity=severity,
        labels=labels,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 81}, "needs a name"),
        ({"name": "a\x00b"}, "needs a name"),
        ({"by": []}, "names 0"),
        ({"by": list("abcdefghijk")}, "names 11"),
        ({"by": ["x" * 201]}, "at most 200"),
        ({"group": "separate", "by": ["a"]}, '"by" is for rules'),
        ({"group": "labels", "by": ["a"], "hops": 2}, '"hops" is'),
        ({"group": "topology", "hops": 6}, '"hops" is'),
        ({"group": "topology", "hops": 0}, '"hops" is'),
        ({"by": ["a"], "window_s": -1}, '"window_s" is'),
        ({"by": ["a"], "window_s": 91 * 86_400}, '"window_s" is'),
        ({"group": "separate", "window_s": 5}, "no room is joined"),
        ({"by": ["a"], "match": ["nothing"]}, "no matcher"),
        ({"by": ["a"], "match": ["a=~("]}, "cannot be used"),
        ({"by": ["a"], "match": ["a=b"] * 21}, "20 matchers"),
    ],
)
def test_what_cannot_be_kept_is_said_of_which_rule(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match="Rule 2") as refused:
        checked([rule("first", by=["a"]), rule(**{"name": "second", **fields})], 10)
    assert says in refused.value.message
    assert refused.value.hint


def test_a_name_is_taken_once_and_rules_are_bounded() -> None:
    with pytest.raises(Malformed, match="taken"):
        checked([rule("a", by=["x"]), rule(" a ", by=["y"])], 10)
    with pytest.raises(Malformed, match="at most 1"):
        checked([rule("a", by=["x"]), rule("b", by=["y"])], 1)


@pytest.mark.parametrize("field", ["colour", "windows_s"])
def test_an_unknown_field_is_refused(field: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "a", field: 1}, Rule)


def test_rules_are_kept_in_their_plain_form() -> None:
    (kept,) = checked([rule("  a   b ", by=[" cluster ", "cluster", ""], match=["severity = critical"])], 10)
    assert (kept.name, kept.by, kept.match) == ("a b", ["cluster"], ["severity=critical"])
    assert checked([kept], 10) == [kept]


@pytest.mark.parametrize(
    ("rules", "codes"),
    [
        ([rule("a", by=["x"])], []),
        ([rule("a", group="separate"), rule("b", by=["x"]), rule("c", by=["x"])], ["never_reached"] * 2),
        ([rule("a", group="sender", match=["a=b"]), rule("b", by=["x"])], []),
        # A rule by labels lets those signals pass that have none of them.
        ([rule("a", by=["x"]), rule("b", by=["y"])], []),
        ([rule("a", group="topology")], ["no_dependencies"]),
    ],
)
def test_what_is_worth_a_look(rules: list[Rule], codes: list[str]) -> None:
    assert [caution.code for caution in grouping_rules.cautions(rules, [Service(name="a")])] == codes


def test_dependencies_silence_the_caution() -> None:
    services = [Service(name="a", depends_on=["b"])]
    assert grouping_rules.cautions([rule("a", group="topology")], services) == ()


def key(rules: Rules, each: Signal, practice: bool = False) -> str | None:
    return rules.plan(each, practice).key


def test_without_a_rule_it_is_the_senders_group() -> None:
    plan = Rules().plan(signal())
    assert (plan.key, plan.rule, plan.declares) == (group_key("am", "g"), "", None)
    assert not Rules().looks_back


def test_the_first_rule_that_speaks_of_it_decides() -> None:
    rules = Rules([rule("crit", match=["severity=critical"], by=["x"]), rule("all", by=["x"])])
    assert rules.plan(signal(severity="critical", x="1")).rule == "crit"
    assert rules.plan(signal(x="1")).rule == "all"
    # Nothing to group it by: the next one, and at last the sender's group.
    assert rules.plan(signal(severity="critical")).rule == ""


def test_the_same_values_are_the_same_key_whoever_sends() -> None:
    rules = Rules([rule("r", by=["b", "a"])])
    assert key(rules, signal(a="1", b="2")) == key(rules, signal(source="other", b="2", a="1"))
    assert key(rules, signal(a="1", b="2")) != key(rules, signal(a="2", b="1"))
    # A missing value is one too, as in Alertmanager.
    assert key(rules, signal(a="1")) == key(rules, signal(a="1", b=""))
    assert key(rules, signal(a="1")) != key(rules, signal(b="1"))


def test_another_rule_is_another_key() -> None:
    one, other = Rules([rule("one", by=["a"])]), Rules([rule("other", by=["a"])])
    assert key(one, signal(a="1")) != key(other, signal(a="1"))


def test_no_value_can_be_mistaken_for_another() -> None:
    rules = Rules([rule("r", by=["a", "b"])])
    tricky = ['1","b":"2', "1", "", "x" * 300, "x" * 299 + "y", '"]', "\x1f", "am\x1fg"]
    keys = {key(rules, signal(a=first, b=second)) for first in tricky for second in tricky if first or second}
    assert len(keys) == len(tricky) ** 2 - 1
    assert group_key("am", "g") not in keys
    assert max(len(made or "") for made in keys) < 1_000


def test_separate_leads_nobody() -> None:
    plan = Rules([rule("alone", group="separate")]).plan(signal())
    assert (plan.leads, plan.key, plan.rule) == ((), None, "alone")


def test_as_the_sender_groups_is_the_same_key_as_without_a_rule() -> None:
    plan = Rules([rule("as sent", group="sender", window_s=60)]).plan(signal())
    assert (plan.key, plan.rule, plan.window_s) == (group_key("am", "g"), "as sent", 60)


def test_practice_keeps_to_its_own_source_and_is_never_declared() -> None:
    rules = Rules([rule("r", by=["a"], declare={"impact": "many"})])
    drill, other = signal(source="drill-1", a="1"), signal(source="drill-2", a="1")
    assert len({key(rules, drill, True), key(rules, drill), key(rules, other, True)}) == 3
    assert rules.plan(drill).declares is not None
    assert rules.plan(drill, True).declares is None
    assert rules.looks_back


TOPOLOGY = Topology(
    {
        "web": ["checkout"],
        "checkout": ["payments", "cart"],
        "payments": ["vendor"],
        # Depends on each other: no walk may go round for ever.
        "a": ["b"],
        "b": ["a"],
    }
)


@pytest.mark.parametrize(
    ("service", "hops", "near"),
    [
        ("checkout", 1, ["cart", "payments", "web"]),
        ("web", 1, ["checkout"]),
        ("web", 2, ["checkout", "cart", "payments"]),
        ("web", 3, ["checkout", "cart", "payments", "vendor"]),
        ("vendor", 1, ["payments"]),
        ("a", 5, ["b"]),
        ("elsewhere", 5, []),
    ],
)
def test_which_services_are_near(service: str, hops: int, near: list[str]) -> None:
    assert [each.service for each in TOPOLOGY.near(service, hops)] == near


def test_topology_leads_by_the_service_and_those_near_it() -> None:
    rules = Rules([rule("deps", group="topology")], TOPOLOGY)
    plan = rules.plan(signal("checkout"))
    assert [lead.says for lead in plan.leads] == [
        "service checkout",
        "service cart, which checkout depends on",
        "service payments, which checkout depends on",
        "service web, which depends on checkout",
    ]
    # Of two neighbours each finds the other.
    assert plan.key in [lead.key for lead in rules.plan(signal("payments")).leads]
    assert rules.plan(signal()).rule == ""


def test_an_unknown_service_is_not_remembered_for_ever() -> None:
    topology = Topology({})
    for number in range(1_000):
        assert topology.near(f"s{number}", 1) == ()
    assert topology.kept == 0


@pytest.mark.parametrize("example", re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_the_examples_of_the_page_can_be_kept(example: str) -> None:
    made = msgspec.json.decode(example, type=Rule)
    assert checked([made], 1) == [made]


def test_the_page_names_every_field_and_way() -> None:
    words = [*Rule.__struct_fields__, *get_args(Way)]
    assert [word for word in words if f"`{word}`" not in PAGE] == []
