"""The files that a Grafana reads at its start: data sources, a provider of dashboards, and the dashboards. Pure.

Called by `watchroom telemetry grafana`, which writes them. Source: Grafana, "Provision Grafana".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.dashboards.grafana import Sources, grafana_json

DATA_SOURCES = "provisioning/datasources/watchroom.yaml"
PROVIDER = "provisioning/dashboards/watchroom.yaml"
DASHBOARDS = "dashboards"


@dataclass(frozen=True, slots=True)
class Target:
    """The Grafana that the files are for."""

    url: str
    """The base below which /prometheus, /loki and /tempo answer; without a slash at the end."""
    dashboards_path: str
    """Where that Grafana finds the dashboards' files."""
    token_variable: str = ""
    """A variable of that Grafana's environment that holds a token; empty: it asks without one."""
    traces: bool = False
    """Whether there is a Tempo too."""


def provisioned(dashboards: Sequence[Dashboard], target: Target, sources: Sources | None = None) -> Mapping[str, bytes]:
    """The files by their paths. Two dashboards of one uid are a mistake of the caller."""
    sources = sources or Sources()
    files = {
        DATA_SOURCES: _data_sources(target, sources).encode(),
        PROVIDER: _provider(target).encode(),
    }
    for each in dashboards:
        made = grafana_json(each, sources, f"{target.url}/dashboards/{each.uid}")
        files[f"{DASHBOARDS}/{each.uid}.json"] = msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"
    return files


def _quoted(text: str) -> str:
    """A text as YAML reads it back: JSON's strings are YAML's. A `$` would be read as a variable by Grafana."""
    return json.dumps(text, ensure_ascii=False).replace("$", "$$")


def _data_sources(target: Target, sources: Sources) -> str:
    parts = [
        "# Written by `watchroom telemetry grafana`. Put it below provisioning/datasources of Grafana.",
        "apiVersion: 1",
        "datasources:",
    ]
    parts += _source(target, "Watchroom metrics", "prometheus", sources.prometheus, "/prometheus", "httpMethod: POST")
    parts += _source(target, "Watchroom logs", "loki", sources.loki, "/loki", "maxLines: 1000")
    if target.traces:
        parts += _source(target, "Watchroom traces", "tempo", "watchroom-tempo", "/tempo", "")
    return "\n".join(parts) + "\n"


def _source(target: Target, name: str, kind: str, uid: str, path: str, more: str) -> list[str]:
    lines = [
        f"  - name: {name}",
        f"    uid: {uid}",
        f"    type: {kind}",
        "    access: proxy",
        f"    url: {_quoted(target.url + path)}",
        "    editable: false",
    ]
    own = [more] if more else []
    if kind == "prometheus":
        # The shortest step that Grafana asks for, and what $__rate_interval is made from.
        own += ["prometheusType: Prometheus", "prometheusVersion: 2.42.0", 'timeInterval: "15s"', "manageAlerts: true"]
    if target.token_variable:
        own.append("httpHeaderName1: Authorization")
    if own:
        lines += ["    jsonData:", *(f"      {each}" for each in own)]
    if target.token_variable:
        header = f'      httpHeaderValue1: "Bearer ${{{target.token_variable}}}"'
        lines += ["    secureJsonData:", header]
    return lines


def _provider(target: Target) -> str:
    return (
        "# Written by `watchroom telemetry grafana`. Put it below provisioning/dashboards of Grafana.\n"
        "apiVersion: 1\n"
        "providers:\n"
        "  - name: watchroom\n"
        "    folder: Watchroom\n"
        "    type: file\n"
        "    disableDeletion: false\n"
        "    updateIntervalSeconds: 30\n"
        "    allowUiUpdates: false\n"
        "    options:\n"
        f"      path: {_quoted(target.dashboards_path)}\n"
    )
