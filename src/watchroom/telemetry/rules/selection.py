"""What `/api/v1/rules` is asked for: only some groups, only some rules, with or without their alerts. Pure.

Called by `prometheus_api`. Source: Prometheus HTTP API v1, "Rules" (`type`, `rule_name[]`, `rule_group[]`, `file[]`,
`exclude_alerts`); the last four came with 2.46 and later, and are understood whatever version is served.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchroom.telemetry.refusal import BadData

_TYPES = {"": ("alerting", "recording"), "alert": ("alerting",), "record": ("recording",)}


def selected(groups: Iterable[Mapping[str, Any]], parameters: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The groups that are left, each with its rules that are left; one without any is not told. Raises `BadData`."""
    kind = (parameters.get("type") or [""])[0].lower()
    if kind not in _TYPES:
        raise BadData(f'not supported value "{kind}"')
    exclude = (parameters.get("exclude_alerts") or [""])[0].lower()
    if exclude not in ("", "true", "false", "1", "0", "t", "f"):
        raise BadData('invalid parameter "exclude_alerts": not a truth value')
    without_alerts = exclude in ("true", "1", "t")
    names, files, own = (set(parameters.get(key, ())) for key in ("rule_name[]", "file[]", "rule_group[]"))
    chosen = []
    for group in groups:
        if (files and group["file"] not in files) or (own and group["name"] not in own):
            continue
        rules = [
            _without_alerts(rule) if without_alerts else rule
            for rule in group["rules"]
            if rule["type"] in _TYPES[kind] and (not names or rule["name"] in names)
        ]
        if rules or not (names or kind):
            chosen.append({**group, "rules": rules})
    return chosen


def _without_alerts(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != "alerts"}
