"""Commands at random, made from their own JSON Schemas: a new command is tried without a line here.

Used by the property tests beside it. Values are plausible, not always sensible: things that do not exist, people
nobody knows, times that have passed.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.rooms.stage import at
from watchroom.base.clock import rfc3339
from watchroom.incident.commands import PERSON_FIELDS, schemas
from watchroom.mitigation.roles import ROLES

PEOPLE = ("ana", "bo", "cem")
TEXTS = ("It is the cache", "Orders fail", 'ünïcödé & <b>\n\n"quoted"', "x")
THINGS = {
    "hypothesis": "H",
    "intervention": "I",
    "update": "U",
    "task": "T",
    "workstream": "W",
    "page": "P",
    "inbound": "Q",
    "answers": "N",
    "shim": "S",
}
# An image is sent before the message that shows it: tests/incident/test_images.py.
SKIPPED = frozenset({"command", "expected_seq", "at", "lever", "images"})


def of_schema(name: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values for one field."""
    if name in THINGS:
        return st.sampled_from([f"{THINGS[name]}{number}" for number in range(1, 4)])
    if name == "link":
        return st.sampled_from(["", "https://grafana.example.com/d/1"])
    if name == "team":
        return st.sampled_from(["payments", "nobody knows it"])
    if name == "role":
        return st.sampled_from(sorted(ROLES))
    if name in PERSON_FIELDS and schema.get("type") != "array":
        return st.sampled_from(["me", *(f"{person}@example.com" for person in PEOPLE), "x@elsewhere.example"])
    if "anyOf" in schema:
        return st.one_of([of_schema(name, each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "null":
            return st.none()
        case "string" if schema.get("format") == "date-time":
            return st.sampled_from([rfc3339(at(seconds)) for seconds in (-600, 60, 300, 900, 86_400)])
        case "string":
            return st.sampled_from(TEXTS)
        case "integer":
            return st.integers(1, 40)
        case "number":
            return st.sampled_from([0, 0.25, 0.5, 1])
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(
                of_schema(name if name in PERSON_FIELDS else f"{name}[]", schema["items"]), min_size=1, max_size=2
            )
        case "object":
            return st.just({"checkout": "down"})
        case other:
            raise AssertionError(f"a field of a shape that nobody knows: {name}: {other}")


def of_command(shown: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of one command."""
    schema = shown["schema"]
    required = set(schema.get("required", ()))
    fields = {name: of_schema(name, each) for name, each in schema["properties"].items() if name not in SKIPPED}
    return st.fixed_dictionaries(
        {"command": st.just(shown["command"]), **{name: each for name, each in fields.items() if name in required}},
        optional={name: each for name, each in fields.items() if name not in required},
    )


commands: st.SearchStrategy[dict[str, Any]] = st.one_of([of_command(shown) for shown in schemas()])
"""Any command of the room."""

ALERTS = ("a", "b", "c")
deliveries: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    # Alertmanager: stable starts, several alerts a group, groups that share alerts.
    st.tuples(
        st.just("alertmanager"),
        st.fixed_dictionaries(
            {
                "version": st.just("4"),
                "groupKey": st.sampled_from(["g1", "g2"]),
                "alerts": st.lists(
                    st.fixed_dictionaries(
                        {
                            "status": st.sampled_from(["firing", "firing", "resolved"]),
                            "labels": st.sampled_from([{"alertname": name} for name in ALERTS]),
                            "startsAt": st.sampled_from([rfc3339(at(0)), rfc3339(at(60))]),
                        }
                    ),
                    min_size=1,
                    max_size=3,
                ),
            }
        ),
    ),
    # A generic sender: no start, its key is its group.
    st.tuples(
        st.just("generic"),
        st.fixed_dictionaries(
            {"title": st.sampled_from(["Shop down", "Disk full"]), "status": st.sampled_from(["firing", "ok"])}
        ),
    ),
)
"""What senders send."""

verdicts: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"verdict": st.sampled_from(["false_alarm", "noise", "incident"])}),
    st.fixed_dictionaries(
        {
            "verdict": st.just("slow_burn"),
            "look_again_at": st.sampled_from([rfc3339(at(300)), rfc3339(at(2_000)), None]),
        }
    ),
    st.fixed_dictionaries({"verdict": st.just("duplicate"), "of": st.integers(0, 3)}),
)
"""Verdicts; the room of a duplicate by its number."""

steps = st.one_of(
    st.tuples(st.just("command"), st.integers(0, 3), st.sampled_from(PEOPLE), commands),
    st.tuples(st.just("send"), deliveries),
    st.tuples(st.just("judge"), st.integers(0, 7), verdicts),
    st.tuples(st.just("declare"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("end"), st.integers(0, 3), st.sampled_from(["resolve", "close", "reopen", "retract"])),
    st.tuples(st.just("pass"), st.sampled_from([1, 61, 400, 2_000])),
)
"""One thing that happens."""
courses: st.SearchStrategy[list[Any]] = st.lists(steps, min_size=1, max_size=40)
