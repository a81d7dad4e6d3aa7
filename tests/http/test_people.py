"""People, teams, invitations and the audit log over the API, and what the audit page makes of it."""

import re

import httpx
import pytest

from tests.http.server import Server, refused, unique, walk

PAGE = {"Accept": "text/html"}


def added(api: httpx.Client, name: str = "Ana", **more: object) -> str:
    email = f"{unique('ana')}@example.com"
    answer = api.post("/api/v1/people", json={"email": email, "name": name, **more})
    assert answer.status_code == 201, answer.text
    return email


def acts(api: httpx.Client, **query: str) -> list[dict[str, object]]:
    return list(walk(api, "/api/v1/audit", **query))


def test_a_person_is_added_changed_and_found(api: httpx.Client) -> None:
    team = unique("payments")
    first = added(api)
    api.post("/api/v1/teams", json={"name": team, "members": [first]})
    email = added(api, "Bo", time_zone="Europe/Berlin", teams=[team])
    shown = api.get(f"/api/v1/people/{email}").json()
    assert (shown["state"], shown["role"], shown["time_zone"], shown["teams"]) == (
        "no_account", None, "Europe/Berlin", [team],
    )  # fmt: skip
    moved = f"{unique('bo')}@example.com"
    change = {"name": "Bo Lind", "address": moved, "teams": [], "time_zone": ""}
    changed = api.post(f"/api/v1/people/{email}", json=change).json()
    assert (changed["email"], changed["address"], changed["name"], changed["teams"]) == (email, moved, "Bo Lind", [])
    assert api.get(f"/api/v1/people/{moved}").json()["email"] == email
    assert [each["email"] for each in walk(api, "/api/v1/people", q=f"lind {moved}")] == [email]
    everybody = [each["email"] for each in walk(api, "/api/v1/people", limit=1)]
    assert everybody == [each["email"] for each in walk(api, "/api/v1/people")]


def test_what_makes_no_sense_is_refused(api: httpx.Client) -> None:
    email, other = added(api), added(api)
    refused(api.post("/api/v1/people", json={"email": "no mail"}), 400)
    refused(api.post("/api/v1/people", json={"email": email, "nickname": "x"}), 400)
    refused(api.get("/api/v1/people/nobody@example.com"), 404)
    refused(api.post(f"/api/v1/people/{email}", json={"address": other}), 409, "already_done")
    refused(api.post(f"/api/v1/people/{email}", json={"role": "owner"}), 400)
    refused(api.post(f"/api/v1/people/{email}", json={"teams": ["none-such"]}), 404)
    refused(api.post(f"/api/v1/people/{email}", json={"time_zone": "Mars/Base"}), 400)
    refused(api.post(f"/api/v1/people/{email}", json={"name": "  "}), 400)
    refused(api.post(f"/api/v1/people/{email}/link", json={}), 404)
    refused(api.get("/api/v1/people", params={"after": "bm9ib2R5"}), 400)
    for days in (0, 31, -1):
        answer = api.post("/api/v1/invitations", json={"email": f"{unique('x')}@example.com", "days": days})
        assert answer.status_code == (201 if days == 0 else 400)


def test_an_invitation_from_end_to_end(server: Server, api: httpx.Client) -> None:
    email = f"{unique('kim')}@example.com"
    sent = api.post("/api/v1/invitations", json={"email": email, "role": "reader", "mail": True})
    assert sent.headers["cache-control"] == "no-store"
    first = sent.json()
    assert (first["mailed"], first["problem"]) == (False, "No mail server is set up.")
    (listed,) = [each for each in api.get("/api/v1/invitations").json()["items"] if each["email"] == email]
    assert "key" not in listed
    second = api.post(f"/api/v1/invitations/{first['id']}/renew", json={"days": 1}).json()
    with server.client(**PAGE) as kim:
        assert kim.get(first["link"]).status_code == 404
        assert kim.get(second["link"]).status_code == 200
        assert api.post(f"/api/v1/invitations/{first['id']}/revoke").json()["email"] == email
        assert kim.get(second["link"]).status_code == 404
    refused(api.post(f"/api/v1/invitations/{first['id']}/revoke"), 404)
    third = api.post("/api/v1/invitations", json={"email": email, "role": "reader"}).json()
    with server.client(**PAGE) as kim:
        token = third["link"].rpartition("/")[2]
        assert kim.post("/invitation", data={"token": token, "name": "Kim"}).status_code == 303
        assert kim.get("/account").status_code == 200
        refused(api.post("/api/v1/invitations", json={"email": email}), 409, "has_account")
        link = api.post(f"/api/v1/people/{email}/link", json={"purpose": "password"}).json()["link"]
        assert "/password/" in link
        assert api.post(f"/api/v1/people/{email}/sign-out").json() == {"ended": 1}
        assert kim.get("/account").status_code == 303
        assert kim.get(link).status_code == 404, "signing out everywhere spoils links too"
        assert (
            api.post(f"/api/v1/people/{email}", json={"active": False, "reason": "left"}).json()["state"]
            == "deactivated"
        )
    kinds = [act["kind"] for act in reversed(acts(api, who=email))]
    assert kinds == [
        "person_invited", "invitation_renewed", "invitation_revoked", "person_invited", "person_added", "account_opened",
        "invitation_accepted", "session_opened", "sign_in_link_made", "sessions_ended", "account_deactivated",
    ]  # fmt: skip


def test_a_member_whom_nobody_knows_is_pointed_out(api: httpx.Client) -> None:
    team, ana = unique("payments"), added(api)
    slip = ana.replace("@", "x@")
    given = api.post("/api/v1/teams", json={"name": team, "members": [ana, slip]}).json()
    (warning,) = given["warnings"]
    assert warning["code"] == "unknown_person"
    assert slip in warning["message"]
    assert ana in warning["message"]
    (kept,) = [each for each in given["items"] if each["name"] == team]
    assert kept["members"] == [ana, slip]


def test_a_team_and_its_services(api: httpx.Client) -> None:
    team, service, ana, bo = unique("payments"), unique("checkout"), added(api), added(api)
    api.post("/api/v1/services", json={"name": service, "depends_on": ["cart"]})
    said = {"name": team, "members": [bo, ana], "services": [service]}
    given = api.post("/api/v1/teams", json=said).json()
    assert given["warnings"] == []
    teams = {each["name"]: each for each in given["items"]}
    assert (teams[team]["members"], teams[team]["services"]) == ([bo, ana], [service])
    (kept,) = [each for each in walk(api, "/api/v1/services") if each["name"] == service]
    assert (kept["team"], kept["depends_on"]) == (team, ["cart"])
    refused(api.post("/api/v1/teams", json={"name": team, "members": [ana], "services": ["none-such"]}), 404)
    assert team not in {
        each["name"] for each in api.post("/api/v1/teams", json={"name": team, "members": []}).json()["items"]
    }
    (kept,) = [each for each in walk(api, "/api/v1/services") if each["name"] == service]
    assert kept["team"] == ""
    refused(api.post("/api/v1/teams", json={"name": team, "members": []}), 404)


def test_a_team_is_called_otherwise_with_all_that_it_looks_after(api: httpx.Client) -> None:
    name, other = unique("team"), unique("team")
    service = unique("svc")
    assert api.post("/api/v1/teams", json={"name": name, "members": ["ana@example.com"]}).status_code == 200
    api.post("/api/v1/services", json={"name": service, "team": name})
    body = {"name": name, "members": ["ana@example.com"], "rename_to": other}
    items = {each["name"]: each for each in api.post("/api/v1/teams", json=body).json()["items"]}
    assert name not in items
    assert items[other]["services"] == [service]
    (kept,) = api.get("/api/v1/services", params={"q": service}).json()["items"]
    assert kept["team"] == other
    form = {"team": other, "called": name, "member": "ana@example.com", "service": service}
    page = api.post("/people/teams", data=form, headers={"Accept": "text/html"}).text
    assert f"{name} is kept." in page
    assert api.get("/api/v1/services", params={"q": service}).json()["items"][0]["team"] == name


def test_only_admins_change_people_and_read_the_audit_log(server: Server, api: httpx.Client) -> None:
    email = added(api)
    with server.client(server.token("read", "respond")) as other:
        for path in ("/api/v1/people", "/api/v1/teams", f"/api/v1/people/{email}", "/api/v1/roles"):
            assert other.get(path).status_code == 200
        for path in ("/api/v1/audit", "/api/v1/invitations", "/settings/audit"):
            refused(other.get(path), 403, "forbidden")
        for path in (
            "/api/v1/people", f"/api/v1/people/{email}", f"/api/v1/people/{email}/link", "/api/v1/teams",
            f"/api/v1/people/{email}/sign-out", "/api/v1/invitations", "/api/v1/invitations/x/renew",
            "/api/v1/invitations/x/revoke", "/people/invite", "/people/add", "/people/person", "/people/person/active",
            "/people/person/link", "/people/person/sign-out", "/people/teams", "/people/teams/dissolve",
            "/people/invitations/renew", "/people/invitations/revoke",
        ):  # fmt: skip
            refused(other.post(path, json={}), 403, "forbidden")


def test_every_act_says_who_what_when_and_from_where(api: httpx.Client) -> None:
    name = unique("ci")
    api.post("/api/v1/sources", json={"name": name, "kind": "generic"})
    api.post(f"/api/v1/sources/{name}/expect", json={"every_s": 600})
    created = acts(api, area="senders", q=name)
    assert [(act["kind"], act["actor"], act["via"], act["origin"]) for act in created] == [
        ("source_created", "token:everything", "api", "127.0.0.1")
    ]
    (expected,) = [act for act in acts(api, area="senders") if act["stream"] == f"source:{name}"]
    assert (expected["kind"], expected["origin"]) == ("source_expected", "127.0.0.1")
    assert acts(api, q=name, since="2999-01-01") == []
    assert acts(api, q=name, until="2000-01-01") == []
    assert len(acts(api, q=name, since="2000-01-01", until="2999-01-01")) == 1
    refused(api.get("/api/v1/audit", params={"area": "none-such"}), 400)
    refused(api.get("/api/v1/audit", params={"since": "yesterday"}), 400)
    ids = [str(act["id"]) for act in walk(api, "/api/v1/audit", limit=3)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids)) == len(acts(api))


def test_no_secret_stands_in_the_audit_log(server: Server, api: httpx.Client) -> None:
    made = api.post("/api/v1/sources", json={"name": unique("s"), "kind": "generic"}).json()["key"]
    link = api.post("/api/v1/invitations", json={"email": f"{unique('x')}@example.com"}).json()["link"]
    token = server.token("read")
    text = api.get("/api/v1/audit", params={"limit": 1000}).text + api.get("/settings/audit", headers=PAGE).text
    for secret in (made, link.rpartition("/")[2], token):
        assert secret not in text


def test_the_page_narrows_down_and_goes_on(api: httpx.Client) -> None:
    team, email = unique("team"), added(api)
    for count in range(3):
        api.post("/api/v1/teams", json={"name": f"{team}-{count}", "members": [email]})
    page = api.get("/settings/audit", params={"q": team, "area": "teams"}, headers=PAGE).text
    assert len(re.findall(f"The team {team}-", page)) == 3
    assert "Nothing like that" in api.get("/settings/audit", params={"q": unique("nothing")}, headers=PAGE).text
    wrong = api.get("/settings/audit", params={"since": "soon"}, headers=PAGE)
    assert wrong.status_code == 400
    assert "is not a time" in wrong.text


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_people_type_is_only_text(server: Server, api: httpx.Client, word: str) -> None:
    email = added(api, word)
    admin, _csrf = server.session(f"{unique('boss')}@example.com")
    with admin:
        for path in (f"/people/person?who={email}", "/people", "/people/teams", f"/settings/audit?q={email}"):
            page = admin.get(path, headers=PAGE)
            assert page.status_code == 200
            assert word not in page.text
