"""Updates over HTTP: what to begin from, words looked at before they leave, forms that ask once and then go."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.server import Server, refused

WORDS = "Cards fail due to a bad deploy by an engineer; write to ana@corp.example. 🙂 AKIAIOSFODNN7EXAMPLE"
NEXT = "2099-01-01T00:00:00Z"


Ana = tuple[httpx.Client, str]


@pytest.fixture
def ana(server: Server) -> Iterator[Ana]:
    """A person's browser, and its form token."""
    client, csrf = server.session("ana@demo.example")
    with client:
        yield client, csrf


def opened(api: httpx.Client) -> str:
    """A room with something to tell."""
    id: str = api.post("/api/v1/incidents", json={"title": "UK cards are declined"}).json()["id"]
    give(api, id, "state_impact", text="UK customers cannot pay by card.")
    return id


def give(api: httpx.Client, id: str, name: str, **fields: object) -> dict[str, Any]:
    answer = api.post(f"/api/v1/incidents/{id}/commands", json={"command": name, **fields})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def updates(api: httpx.Client, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/api/v1/incidents/{id}").json()["updates"]
    return found


def test_words_are_looked_at_and_nothing_is_recorded(api: httpx.Client) -> None:
    id = opened(api)
    body = {"audience": "customers", "impact": WORDS, "next_at": NEXT}
    said = api.post(f"/api/v1/incidents/{id}/updates/check", json=body).json()
    codes = [flag["code"] for flag in said["items"]]
    assert {"blame", "unsupported_cause", "personal_data", "secret"} <= set(codes)
    for flag in said["items"]:
        assert flag["field"] == "impact"
        assert WORDS[flag["start"] : flag["end"]] == flag["text"]
    assert api.get(f"/api/v1/incidents/{id}").json()["seq"] == said["seq"]
    inside = api.post(f"/api/v1/incidents/{id}/updates/check", json={**body, "audience": "responders"}).json()
    assert "jargon" not in [flag["code"] for flag in inside["items"]]


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"\xff", b'{"audience": "press"}', b'{"audience": "customers", "impact": 3}']
)
def test_a_body_that_is_none_is_refused_in_words(api: httpx.Client, body: bytes) -> None:
    refused(api.post(f"/api/v1/incidents/{opened(api)}/updates/check", content=body), 400)


def test_an_update_begins_from_the_last_and_what_changed(api: httpx.Client) -> None:
    id = opened(api)
    at = f"/api/v1/incidents/{id}/updates/customers"
    begins = api.get(at).json()
    assert (begins["state"], begins["impact"], begins["last"]) == (
        "investigating",
        "UK customers cannot pay by card.",
        None,
    )
    assert [news["text"] for news in begins["changed"]] == ["UK customers cannot pay by card."]
    give(api, id, "post_update", audience="customers", impact="Cards are declined in the UK.", next_at=NEXT)
    assert api.get(at).json()["changed"] == []
    give(api, id, "propose_intervention", text="Undo the change", rollback="redo it")
    give(api, id, "start_intervention", intervention="I1")
    give(api, id, "note_observation", text="The disk is full")
    give(api, id, "mark_mitigated", by="I1")
    begins = api.get(at).json()
    assert (begins["impact"], begins["state"]) == ("Cards are declined in the UK.", "monitoring")
    assert [(news["about"], news["part"]) for news in begins["changed"]] == [
        ("Try started", "doing"), ("Mitigated", "impact"),
    ]  # fmt: skip
    assert "decision" not in str(begins["changed"])
    assert begins["usual"].keys() == {"investigating", "identified", "monitoring", "resolved"}
    refused(api.get(f"/api/v1/incidents/{id}/updates/press"), 409)
    refused(api.get("/api/v1/incidents/nosuchroom/updates/customers"), 404)


def test_what_was_taken_back_is_no_news(api: httpx.Client) -> None:
    id = opened(api)
    stated = give(api, id, "state_trend", trend="worse")["events"][0]["seq"]
    at = f"/api/v1/incidents/{id}/updates/support"
    assert "It is getting worse." in [news["text"] for news in api.get(at).json()["changed"]]
    give(api, id, "retract", seq=stated)
    assert "It is getting worse." not in [news["text"] for news in api.get(at).json()["changed"]]


def test_the_form_asks_once_and_then_goes(api: httpx.Client, ana: Ana) -> None:
    id = opened(api)
    client, csrf = ana
    form = {
        "csrf": csrf, "command": "post_update", "audience": "customers", "impact": "Cards fail due to a bad deploy.",
        "next_at": NEXT, "act": "send", "to": "bo@demo.example", "brief": "not of a sent one",
    }  # fmt: skip
    held = client.post(f"/incidents/{id}/updates", data=form, headers={"HX-Request": "true"})
    assert (held.status_code, held.headers["X-Held"]) == (200, "1")
    assert "Not sent yet" in held.text
    plain = client.post(f"/incidents/{id}/updates", data=form)
    assert plain.status_code == 200
    assert "Send all the same" in plain.text
    assert "Cards fail due to a bad deploy." in plain.text
    assert updates(api, id) == []
    sent = client.post(f"/incidents/{id}/updates", data={**form, "reason": "It is known"})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/incidents/{id}")
    (update,) = updates(api, id)
    assert (update["flagged"], update["reason"], update["to"]) == (["unsupported_cause", "jargon"], "It is known", "")


def test_the_form_keeps_a_draft_and_hands_it_over(api: httpx.Client, ana: Ana) -> None:
    id = opened(api)
    client, csrf = ana
    form = {
        "csrf": csrf, "command": "post_update", "audience": "customers", "impact": "Cards fail due to AWS.",
        "to": "bo@demo.example", "brief": "Legal knows.", "next_at": NEXT,
    }  # fmt: skip
    for act, to in (("draft", ""), ("hand_over", "bo@demo.example")):
        assert client.post(f"/incidents/{id}/updates", data={**form, "act": act}).status_code == 303
        assert (updates(api, id)[-1]["draft"], updates(api, id)[-1]["to"]) == (True, to)
    approve = {"csrf": csrf, "command": "approve_update", "update": "U2"}
    held = client.post(f"/incidents/{id}/do", data=approve, headers={"HX-Request": "true"})
    assert held.headers["X-Held"] == "1"
    plain = client.post(f"/incidents/{id}/do", data=approve)
    assert (plain.status_code, plain.headers["Location"]) == (303, f"/incidents/{id}/updates/customers?draft=U2")
    shown = client.get(plain.headers["Location"])
    assert "This takes the place of the draft U2" in shown.text
    assert client.post(f"/incidents/{id}/do", data={**approve, "reason": "They say so"}).status_code == 303
    update = updates(api, id)[-1]
    assert (update["draft"], update["approved_by"]) == (False, "ana@demo.example")
    for wrong in ({"act": "shout"}, {"command": "close"}, {"replaces": "U9"}, {"audience": "press"}):
        answer = client.post(f"/incidents/{id}/updates", data={**form, "act": "send", "reason": "x", **wrong})
        assert answer.status_code in (400, 409), wrong


def test_a_program_is_warned_and_never_held(api: httpx.Client) -> None:
    id = opened(api)
    said = give(api, id, "post_update", audience="customers", impact=WORDS, next_at=NEXT)
    (warning,) = [each for each in said["warnings"] if each["code"] == "flagged_words"]
    assert "AKIA" not in str(said["warnings"])
    assert warning["hint"]
    assert updates(api, id)[0]["draft"] is False


def test_the_check_of_the_page_wants_its_token(api: httpx.Client, ana: Ana) -> None:
    id = opened(api)
    client, csrf = ana
    form = {"audience": "customers", "impact": "Cards fail.", "next_at_in": "30", "state": "investigating"}
    at = f"/incidents/{id}/updates/check"
    assert client.post(at, data=form).status_code == 403
    said = client.post(at, data={**form, "csrf": csrf})
    assert "Nothing stands out" in said.text
    assert (
        "Next update missing" in client.post(at, data={"csrf": csrf, "audience": "customers", "impact": "x fails"}).text
    )
