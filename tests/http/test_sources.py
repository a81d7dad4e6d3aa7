"""Sources over the API and their pages: keys, tests, silence, mappings, errors, and the end."""

import re
from typing import Any

import httpx
import pytest

from tests.http.server import Sender, Server, receipts, refused, unique, walk
from watchroom.people.source import EVERY_KIND, KINDS

PATH = "/api/v1/sources"


def made(api: httpx.Client, kind: str = "generic") -> tuple[str, str]:
    """A source: its name and its key."""
    answer = api.post(PATH, json={"name": unique("made"), "kind": kind})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return body["name"], body["key"]


def sent(server: Server, key: str, body: object) -> httpx.Response:
    with server.client() as nobody:
        return nobody.post(f"/in/{key}/api/v1/signals/generic", json=body)


def shown(api: httpx.Client, name: str) -> dict[str, Any]:
    answer = api.get(f"{PATH}/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def items(api: httpx.Client, name: str) -> list[dict[str, Any]]:
    return list(walk(api, "/api/v1/signals", q=name))


def test_a_source_from_its_making_to_its_end(server: Server, api: httpx.Client) -> None:
    name, first = made(api)
    assert shown(api, name)["state"] == "new"
    receipts(sent(server, first, {"title": "one"}))
    found = shown(api, name)
    assert (found["state"], found["deliveries_last_day"], found["signals_last_day"]) == ("heard", 1, 1)
    assert first not in str(found)
    second = api.post(f"{PATH}/{name}/rotate").json()["key"]
    assert [sent(server, key, {"title": "two"}).status_code for key in (first, second)] == [200, 200]
    assert shown(api, name)["previous_key_until"]
    assert api.post(f"{PATH}/{name}/end-previous-key").json()["previous_key_until"] is None
    assert [sent(server, key, {"title": "three"}).status_code for key in (first, second)] == [401, 200]
    refused(api.post(f"{PATH}/{name}/end-previous-key"), 409, "already_done")
    third = api.post(f"{PATH}/{name}/rotate", json={"at_once": True}).json()["key"]
    assert sent(server, second, {"title": "four"}).status_code == 401
    assert api.post(f"{PATH}/{name}/disable", json={"reason": "moved"}).json()["state"] == "disabled"
    assert sent(server, third, {"title": "five"}).status_code == 401
    refused(api.post(f"{PATH}/{name}/disable"), 409, "already_done")
    refused(api.post(f"{PATH}/{name}/rotate"), 409)
    refused(api.post(f"{PATH}/{name}/test"), 409)
    fourth = api.post(f"{PATH}/{name}/enable").json()["key"]
    assert [sent(server, key, {"title": "six"}).status_code for key in (third, fourth)] == [401, 200]
    assert api.post(f"{PATH}/{name}/remove").status_code == 200
    assert sent(server, fourth, {"title": "seven"}).status_code == 401
    refused(api.get(f"{PATH}/{name}"), 404)
    assert {item["title"] for item in items(api, name)} == {"one", "two", "three", "six"}, "history stays"
    assert api.post(PATH, json={"name": name, "kind": "generic"}).status_code == 201, "its name is free"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_test_button_of_each_kind(kind: str, server: Server, api: httpx.Client) -> None:
    name, _key = made(api, kind)
    answer = api.post(f"{PATH}/{name}/test")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    (receipt,) = body["receipts"]
    assert (receipt["outcome"], body["warning"]) == ("recorded", "")
    (item,) = items(api, name)
    assert body["test"] in item["title"] + item["key"] + str(item["labels"])
    assert (item["state"], item["triage"], item["stream"]) == ("firing", "open", receipt["stream"])
    assert item["kind"] == ("report" if kind == "report" else "alert")
    assert api.post(f"{PATH}/{name}/clear-test", json={"test": body["test"]}).status_code == 200
    (item,) = items(api, name)
    assert (item["triage"], item["verdict"]) == ("done", "false_alarm")
    if kind in ("email", "report"):
        assert item["state"] == "firing", "no word of theirs ends anything by itself"
    else:
        assert item["state"] == "resolved"
    refused(api.post(f"{PATH}/{name}/clear-test", json={"test": body["test"]}), 404)
    refused(api.post(f"{PATH}/{name}/clear-test", json={"test": "x"}), 400)


def test_a_mapping_is_tried_kept_used_and_says_when_it_does_not_fit(server: Server, api: httpx.Client) -> None:
    name, key = made(api)
    mapping = {"title": "alert.name", "status": "alert.state", "status_words": {"BAD": "firing", "GOOD": "resolved"},
               "dedup_key": "alert.id", "labels": {"team": "owner"}}  # fmt: skip
    alert = {"name": "Disk", "state": "BAD", "id": "d1"}
    body = {"alert": alert, "owner": "data"}
    tried = api.post(f"{PATH}/{name}/mapping/try", json={"mapping": mapping, "body": body}).json()
    assert tried["faults"] == []
    assert tried["signals"][0]["signal"]["title"] == "Disk"
    assert items(api, name) == [], "a trial records nothing"
    wrong = api.post(f"{PATH}/{name}/mapping/try", json={"mapping": {**mapping, "title": "a..b"}, "body": body}).json()
    assert [fault["field"] for fault in wrong["faults"]] == ["title"]
    misfit = api.post(f"{PATH}/{name}/mapping/try", json={"mapping": mapping, "body": {"title": "x"}}).json()
    assert [fault["field"] for fault in misfit["signals"][0]["faults"]] == ["title", "status"]
    refused(api.post(f"{PATH}/{name}/mapping", json={"mapping": {**mapping, "title": "a..b"}}), 400)
    refused(api.post(f"{PATH}/{name}/mapping", json={"mapping": {**mapping, "titel": "a"}}), 400)
    assert api.post(f"{PATH}/{name}/mapping", json={"mapping": mapping}).json()["mapping"] == mapping
    answer = sent(server, key, body)
    assert "warnings" not in answer.json()
    receipts(sent(server, key, {**body, "alert": {**alert, "state": "GOOD"}}))
    (item,) = items(api, name)
    assert (item["key"], item["state"], item["labels"]) == ("d1", "resolved", {"team": "data"})
    for _ in range(2):
        answer = sent(server, key, {"title": "Not as the mapping thinks"})
        receipts(answer)
        assert answer.json()["warnings"][0]["code"] == "mapping_failed"
        assert "alert.name" in answer.json()["warnings"][0]["message"]
    assert {item["title"] for item in items(api, name)} == {"Disk", "Not as the mapping thinks"}
    errors = shown(api, name)["errors"]
    assert [error["code"] for error in errors] == ["mapping_failed"] * 2
    assert [bool(error["body"]) for error in errors] == [False, True], "one body an hour is kept"
    api.post(f"{PATH}/{name}/mapping", json={"mapping": None})
    assert "warnings" not in sent(server, key, {"title": "Read automatically"}).json()
    history = api.get(f"{PATH}/{name}/mappings").json()["items"]
    assert [change["mapping"] is None for change in history] == [True, False]
    am, _ = made(api, "alertmanager")
    refused(api.post(f"{PATH}/{am}/mapping", json={"mapping": mapping}), 400, "no_mapping_here")


def test_what_could_not_be_read_stands_in_the_error_log(server: Server, api: httpx.Client) -> None:
    name, key = made(api)
    with server.client() as nobody:
        nobody.post(f"/in/{key}/api/v1/signals/generic", content=b"{")
    (error,) = shown(api, name)["errors"]
    assert (error["code"], error["body"]) == ("malformed", "{")
    assert shown(api, name)["deliveries_last_day"] == 1


def test_only_an_admin(server: Server, api: httpx.Client) -> None:
    name, _key = made(api)
    with server.client(server.token("read", "respond", "signals")) as other, server.client() as nobody:
        for method, path in (("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/{name}"), ("POST", f"{PATH}/{name}/rotate"),
                             ("POST", f"{PATH}/{name}/test"), ("POST", f"{PATH}/{name}/mapping"),
                             ("POST", f"{PATH}/{name}/remove")):  # fmt: skip
            refused(other.request(method, path, json={}), 403)
            refused(nobody.request(method, path, json={}), 401)
        assert other.get(f"/settings/sources/{name}", headers={"Accept": "text/html"}).status_code == 403


def test_the_pages(server: Server, api: httpx.Client) -> None:
    name, key = made(api)
    receipts(sent(server, key, {"title": "A <b>real</b> one", "x": "quoted \" and 'single'"}))
    client, csrf = server.session(f"{unique('admin')}@example.com")
    at = f"/settings/sources/{name}"
    with client:
        page = client.get(at).text
        assert "deliveries in a day" in page
        assert key not in page
        assert f'href="{at}"' in client.get("/settings").text
        renewed = client.post(f"{at}/rotate", data={"csrf": csrf})
        assert re.search(r"wr_src_[0-9a-f]{40}", renewed.text)
        assert client.post(f"{at}/expect", data={"csrf": csrf, "every_s": "600"}).status_code == 303
        assert shown(api, name)["expect_every_s"] == 600
        assert client.post(f"{at}/expect", data={"csrf": csrf, "every_s": "x"}).status_code == 400
        mapping = client.get(f"{at}/mapping").text
        assert "what came at" in mapping
        form = {"csrf": csrf, "title": "title", "status": "nope", "status_words": "OK = resolved\nBAD=firing",
                "labels": "a = b\nc = \"x=y\"", "sample_of": "recent-0"}  # fmt: skip
        tried = client.post(f"{at}/mapping/try", data=form).text
        assert "Nothing stands at nope." in tried
        assert '#fault-status"' in tried
        good = client.post(f"{at}/mapping/try", data={**form, "status": ""}).text
        assert "A &lt;b&gt;real&lt;/b&gt; one" in good
        assert "<b>real" not in good
        assert "not JSON" in client.post(f"{at}/mapping/try", data={**form, "sample_of": "", "sample": "{"}).text
        bad = client.post(f"{at}/mapping", data={**form, "title": "a..b"})
        assert (bad.status_code, "no path" in bad.text) == (400, True)
        assert client.post(f"{at}/mapping", data={**form, "status": ""}).status_code == 303
        assert shown(api, name)["mapping"] == {
            "title": "title", "status_words": {"OK": "resolved", "BAD": "firing"}, "labels": {"a": "b", "c": '"x=y"'},
        }  # fmt: skip
        assert client.post(f"{at}/mapping", data={"csrf": csrf, "remove": "true"}).status_code == 303
        assert shown(api, name)["mapping"] is None
        for what in ("rotate", "test", "mapping", "mapping/try", "disable", "remove"):
            refused(client.post(f"{at}/{what}", data=form | {"csrf": "x"}), 403, "csrf")
        assert "stands in" in client.post(f"{at}/test", data={"csrf": csrf}).text
        assert client.post(f"{at}/disable", data={"csrf": csrf}).status_code == 303
        assert "Nothing is taken from it" in client.get(at).text
        assert client.post(f"{at}/remove", data={"csrf": csrf}).status_code == 303
        assert client.get(at, headers={"Accept": "application/json"}).status_code == 404


def test_the_kinds_with_an_address_are_those_of_the_contract(sender: Sender) -> None:
    assert set(EVERY_KIND) - set(KINDS) == {"email", "report"}
    assert sender.post("/api/v1/signals/email", {"title": "x"}).status_code == 404


def test_the_list_goes_page_by_page(api: httpx.Client) -> None:
    names = {made(api)[0] for _ in range(3)}
    listed = list(walk(api, PATH, limit=2, q="made generic"))
    assert names <= {item["name"] for item in listed}
    assert [item["name"] for item in listed] == sorted(item["name"] for item in listed)
    assert {item["kind"] for item in listed} == {"generic"}
