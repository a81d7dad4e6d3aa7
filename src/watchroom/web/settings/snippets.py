"""What to paste into a sender so that it sends here: one whole snippet for each kind.

Called by the source's page, with the key where it was just made and with KEY otherwise. Pure.
source: each sender's own documentation of its webhooks.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from watchroom.people.source import SourceKind


@dataclass(frozen=True)
class Snippet:
    """Something to paste."""

    where: str
    """Where it goes, in a few words."""
    text: str
    """What is pasted."""


def snippets(kind: SourceKind, base_url: str, key: str, mail: str = "") -> list[Snippet]:
    """What to paste for a sender of this kind; `mail` is the source's mail address, where mails are taken."""
    url = f"{base_url}/in/{key}/api/v1/signals/{kind}"
    found = _snippets(kind, base_url, key, url)
    if mail and kind != "report":
        found.append(Snippet("The address to send to" if kind == "email" else "Or by mail, to this address", mail))
    return found


def _snippets(kind: SourceKind, base_url: str, key: str, url: str) -> list[Snippet]:
    match kind:
        case "alertmanager":
            host = urlsplit(base_url).netloc
            return [
                Snippet(
                    "alertmanager.yml, below receivers: (and a route that leads to watchroom)",
                    f"- name: watchroom\n  webhook_configs:\n  - url: {url}\n    send_resolved: true",
                ),
                Snippet(
                    "prometheus.yml, without an Alertmanager",
                    "alerting:\n  alertmanagers:\n  - api_version: v2\n"
                    f"    path_prefix: /in/{key}\n    static_configs:\n    - targets: [{host!r}]",
                ),
            ]
        case "pagerduty":
            return [
                Snippet("The integration's routing key", key),
                Snippet("Where PagerDuty events are sent, in place of https://events.pagerduty.com", base_url),
            ]
        case "opsgenie":
            return [
                Snippet("The API key (GenieKey)", key),
                Snippet("The API's address, in place of https://api.opsgenie.com", base_url),
            ]
        case "email":
            return []
        case "report":
            return [Snippet("The link that you give to customers or support", f"{base_url}/report/{key}")]
        case "generic" | "cloudevents":
            body = '\'{"title": "Disk full on db-1", "dedup_key": "db-1/disk"}\''
            header = f"-H 'Authorization: Bearer {key}' {base_url}/api/v1/signals/{kind}"
            if kind == "cloudevents":
                event = '\'{"specversion": "1.0", "id": "1", "source": "/db-1", "type": "disk.full"}\''
                return [
                    Snippet("From a shell", f"curl -H 'Content-Type: application/cloudevents+json' {header} -d {event}")
                ]
            return [Snippet("From a shell", f"curl {header} -d {body}"), Snippet("As a webhook's address", url)]
        case _:
            return [Snippet(_WHERE[kind], url)]


_WHERE: dict[str, str] = {
    "grafana": "Alerting, Contact points, New: Integration Webhook, URL",
    "sentry": "Settings, Integrations, Internal integration: Webhook URL",
    "sns": "A subscription of the topic: protocol HTTPS, endpoint",
    "datadog": "Integrations, Webhooks, New: URL",
    "zabbix": "Alerts, Media types, Webhook: parameter URL",
    "uptimekuma": "Settings, Notifications: Webhook, Post URL, application/json",
}
