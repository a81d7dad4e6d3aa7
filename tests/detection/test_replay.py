"""Replay: which rooms the same signals make under other rules, and what is merged or split by them."""

from tests.rooms.stage import at
from watchroom.detection.grouping import Declares
from watchroom.detection.grouping_rules import Rule, Rules
from watchroom.detection.replay import (
    EXAMPLES_MAX,
    Ended,
    Fired,
    LetGo,
    Moved,
    RoomBack,
    RoomOver,
    Step,
    compare,
    replay,
)
from watchroom.detection.signal import Signal

BY_CLUSTER = Rules([Rule(name="by cluster", by=["cluster"])])
ALONE = Rules([Rule(name="alone", group="separate")])


def fired(at_s: float, name: str, room: str, group: str = "g", **labels: str) -> Fired:
    signal = Signal(id=name, source="am", key=name, group=group, state="firing", title=f"{name} fires", labels=labels)
    return Fired(at(at_s), signal, room)


def rooms(steps: list[Step], rules: Rules | None = None) -> list[int]:
    return replay(steps, rules or Rules()).went


def test_without_rules_it_goes_as_it_went() -> None:
    steps: list[Step] = [
        fired(0, "a", "r1"),
        fired(1, "b", "r1"),
        fired(2, "c", "r2", group="other"),
        Ended(at(3), "a"),
        fired(4, "a", "r1", group="other"),
        RoomOver("r1"),
        # What is over swallows nothing, and a signal that was in it opens another.
        fired(5, "a", "r3"),
        fired(6, "d", "r3"),
        LetGo("c"),
        fired(7, "e", "r4", group="other"),
    ]
    assert rooms(steps) == [0, 0, 1, 0, 2, 2, 3]


def test_a_replayed_room_is_over_once_all_of_it_was_let_go() -> None:
    steps: list[Step] = [
        fired(0, "a", "r1", group="1", cluster="eu"),
        fired(1, "b", "r2", group="2", cluster="eu"),
        RoomOver("r1"),
        fired(2, "c", "r3", group="3", cluster="eu"),
        RoomOver("r2"),
        fired(3, "d", "r3", group="3", cluster="eu"),
        RoomOver("r3"),
        fired(4, "e", "r4", group="4", cluster="eu"),
    ]
    assert rooms(steps, BY_CLUSTER) == [0, 0, 0, 0, 1]


def test_what_people_moved_ends_with_the_room_that_it_was_moved_to() -> None:
    steps: list[Step] = [
        fired(0, "a", "r1", group="1"),
        fired(1, "b", "r2", group="2"),
        Moved("a", "r2"),
        RoomOver("r1"),
        fired(2, "x", "r1", group="1"),
        RoomOver("r2"),
        fired(3, "y", "r3", group="1"),
        LetGo("x"),
        fired(4, "z", "r3", group="1"),
        # Of what the week does not know nothing is said.
        Moved("nobody", "r9"),
        LetGo("nobody"),
        Ended(at(5), "nobody"),
        RoomOver("nowhere"),
        RoomBack("nowhere"),
    ]
    assert rooms(steps) == [0, 1, 0, 0, 0]


def test_a_reopened_room_goes_on() -> None:
    steps: list[Step] = [fired(0, "a", "r1"), RoomOver("r1"), RoomBack("r1"), fired(1, "b", "r1")]
    assert rooms(steps) == [0, 0]


def test_a_window_counts_from_the_last_signal() -> None:
    rules = Rules([Rule(name="young", by=["cluster"], window_s=60)])
    steps: list[Step] = [
        fired(0, "a", "r", cluster="eu"),
        fired(50, "b", "r", cluster="eu"),
        Ended(at(100), "a"),
        fired(150, "c", "r", cluster="eu"),
        fired(300, "d", "r", cluster="eu"),
        fired(310, "e", "r", cluster="eu"),
        fired(400, "a", "r", cluster="eu"),
    ]
    assert rooms(steps, rules) == [0, 0, 0, 1, 1, 0]


def test_merged_and_split_are_counted_with_examples() -> None:
    steps: list[Step] = [
        fired(0, "a", "r1", group="1", cluster="eu"),
        fired(1, "b", "r2", group="2", cluster="eu"),
        fired(2, "c", "r2", group="2", cluster="us"),
        fired(3, "d", "r3", group="3"),
    ]
    found = compare(steps, Rules(), BY_CLUSTER)
    assert (found.signals, found.before.rooms, found.after.rooms) == (4, 3, 3)
    assert (found.before.largest, found.before.alone, found.after.largest, found.after.alone) == (2, 2, 2, 2)
    assert (found.merged, found.split) == (1, 1)
    (merged,) = found.merged_examples
    assert (merged.title, merged.signals, merged.parts) == ("a fires", 2, 2)
    assert (merged.titles, merged.streams) == (["a fires", "b fires"], ["r1", "r2"])
    (split,) = found.split_examples
    assert (split.at, split.title, split.parts, split.streams) == (at(1), "b fires", 2, ["r2"])
    assert [(each.rule, each.signals, each.rooms) for each in found.rules] == [("by cluster", 3, 2), ("", 1, 1)]


def test_the_same_rules_differ_in_nothing() -> None:
    steps: list[Step] = [fired(number, f"s{number}", "r", group=str(number % 3)) for number in range(9)]
    found = compare(steps, BY_CLUSTER, BY_CLUSTER)
    assert (found.merged, found.split, found.before) == (0, 0, found.after)
    assert compare([], Rules(), ALONE).signals == 0


def test_what_rules_would_declare_is_counted_once_a_room_and_never_over_a_person() -> None:
    rules = Rules([Rule(name="pages", by=["cluster"], declare=Declares())])
    steps: list[Step] = [
        fired(0, "a", "r1", cluster="eu"),
        fired(1, "b", "r1", cluster="eu"),
        LetGo("a"),
        fired(2, "c", "r1", cluster="eu"),
    ]
    assert compare(steps, Rules(), rules).after.declared == 1
    assert compare(steps, Rules(), rules).before.declared == 0


def test_examples_are_bounded_and_the_largest_come_first() -> None:
    steps: list[Step] = []
    for number in range(30):
        size = 3 if number == 20 else 2
        steps += [fired(number, f"{number}-{each}", f"r{number}", group=str(number)) for each in range(size)]
    found = compare(steps, Rules(), ALONE)
    assert found.split == 30
    assert len(found.split_examples) == EXAMPLES_MAX
    assert found.split_examples[0].title == "20-0 fires"
