"""The senders' own client libraries and receivers send to us, unpatched: they are told another address, and that is all.

pypd knows its maker's https address alone: it goes through a proxy of ours (`tls_front`), as it would behind a company's
wall, and so do the others once.
"""

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.patience import until
from tests.http.server import Sender, Server, unique, walk
from tests.http.tls_front import Front
from tests.peer_alerting import Peer, alertmanager

# They warn of their own age and of their own spelling when they are imported; that is not ours to mend.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    opsgenie_sdk = importlib.import_module("opsgenie_sdk")
    pdpyras = importlib.import_module("pdpyras")
    pypd = importlib.import_module("pypd")


@pytest.fixture
def pagerduty(server: Server) -> Iterator[Sender]:
    made = server.source("pagerduty")
    yield made
    made.close()


@pytest.fixture
def opsgenie(server: Server) -> Iterator[Sender]:
    made = server.source("opsgenie")
    yield made
    made.close()


@pytest.fixture
def front(server: Server, tmp_path: Path) -> Iterator[Front]:
    with Front(tmp_path, server.url) as running:
        yield running


def items(api: httpx.Client, sender: Sender) -> list[dict[str, Any]]:
    return list(walk(api, "/api/v1/signals", q=sender.name))


def observations(api: httpx.Client, room: str) -> list[str]:
    events = api.get(f"/api/v1/incidents/{room}/events").json()["items"]
    return [event["data"]["text"] for event in events if event["kind"] == "observation_noted"]


def test_pdpyras(server: Server, pagerduty: Sender, api: httpx.Client) -> None:
    with pdpyras.EventsAPISession(pagerduty.key) as session:
        session.url = server.url
        key = session.trigger(
            "Disk of db-1 is full",
            "db-1",
            severity="critical",
            custom_details={"free": "1 %"},
            links=[{"href": "https://runbook.example/1", "text": "Runbook"}],
        )
        assert session.trigger("Disk of db-1 is full", "db-1", dedup_key=key, severity="critical") == key
        (item,) = items(api, pagerduty)
        assert (item["key"], item["title"], item["state"], item["count"]) == (key, "Disk of db-1 is full", "firing", 2)
        assert (item["severity"], item["url"]) == ("critical", "https://runbook.example/1")
        assert session.acknowledge(key) == key
        (item,) = items(api, pagerduty)
        assert (item["state"], item["remark"]["action"]) == ("firing", "acknowledged")
        assert observations(api, item["stream"]) == [f"Acknowledged in {pagerduty.name}"]
        assert session.resolve(key) == key
        (item,) = items(api, pagerduty)
        assert item["state"] == "resolved"


def test_pdpyras_is_told_what_is_wrong(server: Server, pagerduty: Sender) -> None:
    with pdpyras.EventsAPISession(pagerduty.key) as session:
        session.url = server.url
        with pytest.raises(pdpyras.PDClientError, match="invalid event"):
            session.trigger("", "db-1")
    with pdpyras.EventsAPISession("0" * 32) as stranger:
        stranger.url = server.url
        with pytest.raises(pdpyras.PDClientError) as refused:
            stranger.trigger("x", "db-1")
        assert refused.value.response.status_code == 401


def test_pdpyras_changes(server: Server, pagerduty: Sender, api: httpx.Client) -> None:
    summary = unique("Deployed shop")
    with pdpyras.ChangeEventsAPISession(pagerduty.key) as session:
        session.url = server.url
        made = session.submit(
            summary,
            "ci",
            {"build": "412"},
            [{"href": "https://ci.example/412", "text": "Build"}],
            "2025-11-24T16:00:00Z",
        )
    (change,) = walk(api, "/api/v1/changes", q=pagerduty.name)
    assert (change["id"], change["summary"], change["service"]) == (made, summary, "ci")
    assert change["changed_at"] == "2025-11-24T16:00:00Z"
    assert change["links"] == [{"href": "https://ci.example/412", "text": "Build"}]
    assert change["details"] == {"build": "412"}
    assert items(api, pagerduty) == [], "a change is no signal"


@pytest.mark.parametrize("version", [1, 2])
def test_pypd_which_knows_https_alone(
    version: int, front: Front, pagerduty: Sender, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(front.certificate))
    monkeypatch.setenv("HTTPS_PROXY", front.proxy)
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def send(action: str) -> dict[str, Any]:
        if version == 1:
            event = {"service_key": pagerduty.key, "event_type": action, "incident_key": "k", "description": "Slow"}
            answered: dict[str, Any] = pypd.Event.create(data=event)
        else:
            payload = {"summary": "Slow", "severity": "error", "source": "web-1"}
            event = {"routing_key": pagerduty.key, "event_action": action, "dedup_key": "k"}
            answered = pypd.EventV2.create(data={**event, "payload": payload})
        return answered

    answer = send("trigger")
    assert answer["status"] == "success"
    assert answer["incident_key" if version == 1 else "dedup_key"] == "k"
    (item,) = items(api, pagerduty)
    assert (item["title"], item["key"], item["state"]) == ("Slow", "k", "firing")
    send("acknowledge")
    send("resolve")
    (item,) = items(api, pagerduty)
    assert item["state"] == "resolved"
    assert set(front.asked) == {"events.pagerduty.com:443"}
    with pytest.raises(pypd.errors.BadRequest, match="unauthenticated"):
        pypd.EventV2.create(
            data={
                "routing_key": "0" * 32,
                "event_action": "trigger",
                "payload": {"summary": "x", "severity": "info", "source": "y"},
            }
        )


def test_pdpyras_over_tls(front: Front, pagerduty: Sender, api: httpx.Client) -> None:
    with pdpyras.EventsAPISession(pagerduty.key) as session:
        session.proxies, session.verify, session.trust_env = {"https": front.proxy}, str(front.certificate), False
        session.trigger("Over TLS", "db-1", dedup_key="tls")
    assert [item["title"] for item in items(api, pagerduty)] == ["Over TLS"]


def opsgenie_client(host: str | None, key: str, front: Front | None = None) -> Any:
    configuration = opsgenie_sdk.Configuration()
    configuration.api_key["Authorization"] = key
    configuration.retry_enabled = False
    if host is not None:
        configuration.host = host
    if front is not None:
        configuration.proxy, configuration.ssl_ca_cert = front.proxy, str(front.certificate)
    return opsgenie_sdk.AlertApi(opsgenie_sdk.ApiClient(configuration=configuration))


@contextlib.contextmanager
def ended(alerts: Any) -> Iterator[Any]:
    """The client's connections are closed at the end, which it does not do by itself."""
    try:
        yield alerts
    finally:
        alerts.api_client.rest_client.pool_manager.clear()


@pytest.mark.parametrize("secured", [False, True], ids=["http", "tls"])
def test_opsgenie_sdk(secured: bool, server: Server, front: Front, opsgenie: Sender, api: httpx.Client) -> None:
    client = opsgenie_client(None, opsgenie.key, front) if secured else opsgenie_client(server.url, opsgenie.key)
    with ended(client) as alerts:
        alias = f"queue/{'tls' if secured else 'http'} 1"
        made = alerts.create_alert(
            create_alert_payload=opsgenie_sdk.CreateAlertPayload(
                message="Queue grows",
                alias=alias,
                priority="P2",
                tags=["env:prod"],
                details={"depth": "12000"},
                entity="orders",
            )
        )
        assert made.result == "Request will be processed"
        assert made.id == alias, "the SDK asks what became of its request"
        shown = made.retrieve_resulting_action().data
        assert (shown.message, shown.status, shown.priority) == ("Queue grows", "open", "P2")
        acknowledged = opsgenie_sdk.AcknowledgeAlertPayload(user="ana@example.com", note="on it")
        alerts.acknowledge_alert(identifier=alias, identifier_type="alias", acknowledge_alert_payload=acknowledged)
        note = opsgenie_sdk.AddNoteToAlertPayload(user="ana@example.com", note="consumer restarted")
        alerts.add_note(identifier=alias, identifier_type="alias", add_note_to_alert_payload=note)
        (item,) = items(api, opsgenie)
        assert (item["key"], item["title"], item["state"], item["severity"]) == (alias, "Queue grows", "firing", "P2")
        assert observations(api, item["stream"]) == [
            f"Acknowledged in {opsgenie.name} by ana@example.com: on it",
            f"Noted in {opsgenie.name} by ana@example.com: consumer restarted",
        ]
        assert alerts.get_alert(identifier=alias, identifier_type="alias").data.status == "open"
        assert [alert.alias for alert in alerts.list_alerts().data] == [alias]
        closed = alerts.close_alert(identifier=alias, identifier_type="alias")
        status = alerts.get_request_status(request_id=closed.request_id).data
        assert (status.is_success, status.action, status.alias) == (True, "Close", alias)
        (item,) = items(api, opsgenie)
        assert item["state"] == "resolved"
        assert (front.asked == []) != secured


def test_opsgenie_sdk_is_told_what_is_wrong(server: Server, opsgenie: Sender) -> None:
    with ended(opsgenie_client(server.url, "no-such-key")) as alerts, pytest.raises(Exception, match="401"):
        alerts.create_alert(create_alert_payload=opsgenie_sdk.CreateAlertPayload(message="x"))
    with ended(opsgenie_client(server.url, opsgenie.key)) as alerts:
        with pytest.raises(opsgenie_sdk.rest.exceptions.ApiException, match="404"):
            alerts.get_alert(identifier="nothing")
        gone = alerts.close_alert(identifier="nothing", identifier_type="alias")
        assert alerts.get_request_status(request_id=gone.request_id).data.is_success is False


RECEIVERS = """\
  pagerduty_configs:
  - url: '{url}/v2/enqueue'
    routing_key: '{pagerduty}'
    send_resolved: true
  opsgenie_configs:
  - api_url: '{url}/'
    api_key: '{opsgenie}'
    send_resolved: true
    update_alerts: true
  sns_configs:
  - api_url: '{url}/in/{sns}/api/v1/signals/sns'
    sigv4: {{region: eu-west-1, access_key: none, secret_key: none}}
    topic_arn: 'arn:aws:sns:eu-west-1:111:ops'
    send_resolved: true
"""


def test_every_receiver_of_a_real_alertmanager(
    server: Server, pagerduty: Sender, opsgenie: Sender, api: httpx.Client, tmp_path: Path
) -> None:
    webhook, sns = server.source("alertmanager"), server.source("sns")
    address = f"{server.url}/in/{webhook.key}/api/v1/signals/alertmanager"
    receivers = RECEIVERS.format(url=server.url, pagerduty=pagerduty.key, opsgenie=opsgenie.key, sns=sns.key)
    senders, name, now = (webhook, pagerduty, opsgenie, sns), unique("QueueGrows"), datetime.now(UTC)

    def post(peer: Peer, ends_at: datetime) -> None:
        alert = {
            "labels": {"alertname": name, "service": "orders", "severity": "critical", "odd": '<名> & "x" = y'},
            "annotations": {"summary": "More than 1,000 messages\nin two lines"},
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": ends_at.isoformat(),
            "generatorURL": "http://prometheus.example/graph",
        }
        assert httpx.post(f"{peer.url}/api/v2/alerts", json=[alert], trust_env=False).status_code == 200

    def states() -> list[list[str]]:
        return [[item["state"] for item in items(api, sender)] for sender in senders]

    with alertmanager(tmp_path / "alertmanager", address, receivers) as peer:
        post(peer, now + timedelta(hours=1))
        until(lambda: states() == [["firing"]] * 4, "all four receivers to have sent")
        found = [items(api, sender)[0] for sender in senders]
        assert all(name in item["title"] for item in found), [item["title"] for item in found]
        for item in (found[0], found[3]):
            assert item["labels"]["odd"] == '<名> & "x" = y'
            assert (item["severity"], item["service"]) == ("critical", "orders")
        assert found[2]["service"] == "orders"
        post(peer, datetime.now(UTC))
        until(lambda: states() == [["resolved"]] * 4, "all four receivers to have resolved")
    for sender in (webhook, sns):
        sender.close()
    kept = api.get("/api/v1/signals/kept").json()["items"]
    assert [each for each in kept if each["source"] in {sender.name for sender in senders}] == []
