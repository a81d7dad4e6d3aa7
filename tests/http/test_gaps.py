"""`GET /api/v1/incidents/{id}/gaps`: six, in their order, with evidence that exists and reads as the sentence says."""

from typing import Any

import httpx
import pytest

from tests.http.server import refused

GAPS = [
    "declaration_delay",
    "command_collision",
    "mitigation_as_resolution",
    "review_without_learning",
    "no_cadence",
    "no_preparation",
]
KINDS = {
    "declaration_delay": {"incident_noticed", "signal_recorded", "signal_triaged", "incident_declared"},
    "command_collision": {"role_assigned", "role_handed_over", "role_released", "intervention_started"},
    "mitigation_as_resolution": {
        "impact_mitigated", "stability_watch_began", "stability_watch_passed", "stability_watch_lapsed",
        "incident_resolved", "incident_closed",
    },
    "review_without_learning": {
        "incident_closed", "review_decided", "finding_added", "mystery_added", "factor_added", "action_added",
        "review_shared", "review_became_overdue",
    },
    "no_cadence": {
        "incident_declared", "incident_resolved", "incident_closed", "update_posted", "update_became_overdue",
    },
    "no_preparation": set(),
}  # fmt: skip
"""What kinds of events can be read as each gap's sentence says."""


def gaps_of(api: httpx.Client, id: str) -> dict[str, dict[str, Any]]:
    """The room's gaps by name; every piece of evidence is looked up, and is of a kind that the sentence can mean."""
    items = api.get(f"/api/v1/incidents/{id}/gaps").json()["items"]
    assert [item["gap"] for item in items] == GAPS
    events = {event["seq"]: event for event in api.get(f"/api/v1/incidents/{id}/events").json()["items"]}
    for item in items:
        assert item.keys() == {"gap", "found", "evidence", "sentence"}
        assert item["found"] in (True, False, None)
        assert item["sentence"].endswith(".")
        for evidence in item["evidence"]:
            assert evidence.keys() == {"stream", "seq"}
            assert evidence["stream"] == id
            assert events[evidence["seq"]]["kind"] in KINDS[item["gap"]], item
        if item["found"]:
            assert item["evidence"] or item["gap"] == "no_preparation", item
    return {item["gap"]: item for item in items}


def give(api: httpx.Client, id: str, name: str, **fields: object) -> dict[str, Any]:
    """One command."""
    answer = api.post(f"/api/v1/incidents/{id}/commands", json={"command": name, **fields})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def found(gaps: dict[str, dict[str, Any]]) -> dict[str, bool | None]:
    # Whether anybody has ever practised depends on what else this server has seen.
    return {name: gap["found"] for name, gap in gaps.items() if name != "no_preparation"}


def test_of_what_nobody_declared_nothing_is_assessed(api: httpx.Client) -> None:
    (receipt,) = api.post("/api/v1/signals/generic", json={"title": "gaps: alone", "dedup_key": "gaps-1"}).json()[
        "receipts"
    ]
    gaps = gaps_of(api, receipt["stream"])
    assert set(found(gaps).values()) == {None}
    assert not any(gap["evidence"] for gap in gaps.values())


def test_each_gap_that_is_found_leads_to_what_shows_it(api: httpx.Client) -> None:
    id = api.post("/api/v1/incidents", json={"title": "Gaps", "noticed_at": "2026-01-05T00:00:00Z"}).json()["id"]
    give(api, id, "assign_role", role="incident_commander", person="me")
    give(api, id, "propose_intervention", text="Roll back", expected="orders succeed")
    give(api, id, "start_intervention", intervention="I1")
    give(api, id, "mark_mitigated", text="rolled back")
    give(api, id, "resolve", understood="no")
    give(api, id, "close")
    gaps = gaps_of(api, id)
    assert found(gaps) == {
        "declaration_delay": True,
        "command_collision": True,
        "mitigation_as_resolution": True,
        "review_without_learning": True,
        "no_cadence": True,
    }
    events = {event["seq"]: event for event in api.get(f"/api/v1/incidents/{id}/events").json()["items"]}

    def shown(gap: str) -> list[dict[str, Any]]:
        return [events[evidence["seq"]] for evidence in gaps[gap]["evidence"]]

    noticed, declared = shown("declaration_delay")
    assert noticed["data"]["noticed_at"] == "2026-01-05T00:00:00Z"
    assert declared["kind"] == "incident_declared"
    assert [event["kind"] for event in shown("command_collision")] == ["role_assigned", "intervention_started"]
    assert len({event["actor"] for event in shown("command_collision")}) == 1
    assert [event["kind"] for event in shown("mitigation_as_resolution")] == ["impact_mitigated", "incident_resolved"]
    assert [event["kind"] for event in shown("review_without_learning")] == ["incident_closed"]


def test_the_same_handled_well_shows_none(api: httpx.Client) -> None:
    id = api.post("/api/v1/incidents", json={"title": "No gaps"}).json()["id"]
    give(api, id, "assign_role", role="incident_commander", person="ana@example.com")
    give(api, id, "assign_role", role="technical_lead", person="bo@example.com")
    give(api, id, "post_update", audience="support", impact="Orders fail", doing="We look")
    give(api, id, "mark_mitigated", text="rolled back")
    give(api, id, "resolve", understood="yes", text="A field was empty", reason="Watched on the graph")
    give(api, id, "close", review="required", due_at="2090-01-01T00:00:00Z", owner="bo@example.com")
    give(api, id, "add_mystery", text="Why the canary passed")
    gaps = gaps_of(api, id)
    # Nobody said when it was noticed; Bo was given the technical work, and has not said that they have it.
    unknown = {"declaration_delay": None, "command_collision": None}
    assert found(gaps) == dict.fromkeys(GAPS[:5], False) | unknown
    assert [evidence["seq"] for evidence in gaps["review_without_learning"]["evidence"]]


def test_what_was_taken_back_shows_nothing(api: httpx.Client) -> None:
    id = api.post("/api/v1/incidents", json={"title": "Taken back"}).json()["id"]
    give(api, id, "mark_mitigated", text="rolled back")
    give(api, id, "resolve", understood="yes", text="x", reason="watched")
    give(api, id, "close", review="not_required")
    learnt = give(api, id, "add_finding", text="x")
    assert found(gaps_of(api, id))["review_without_learning"] is False
    give(api, id, "retract", seq=learnt["events"][0]["seq"])
    assert found(gaps_of(api, id))["review_without_learning"] is True


@pytest.mark.parametrize("id", ["zzzz-zzzz", "no"])
def test_gaps_of_an_unknown_incident(id: str, api: httpx.Client) -> None:
    refused(api.get(f"/api/v1/incidents/{id}/gaps"), 404)
