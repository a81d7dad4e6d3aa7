"""Alerts out of the words that an Alertmanager sends where it can send no JSON.

source: Alertmanager's default templates (`__text_alert_list`), which its SNS, Opsgenie and PagerDuty receivers use:
after `Alerts Firing:` or `Alerts Resolved:`, for each alert its labels, its annotations and where it comes from.
Pure; called by `sns`.
"""

import re
from collections.abc import Iterator

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, State
from watchroom.integrations.alertmanager import Alert, signal_from
from watchroom.integrations.delivery import Limits, check_count

_LINE = re.compile(r"\s*-\s([^=]+?) = (.*)")
_HEADS = {"Alerts Firing:": "firing", "Alerts Resolved:": "resolved"}


def read(text: str, source: str, limits: Limits) -> list[Signal]:
    """The alerts that the text lists; none when it is not of this form. Raises TooLarge, Malformed."""
    if not any(head in text for head in _HEADS):
        return []
    found: list[Signal] = []
    for state, labels, annotations, url in _alerts(text):
        alert = Alert(labels=_raw(labels), annotations=_raw(annotations), generatorURL=url)
        signal = signal_from(alert, state, source, None, limits, len(text))
        # The words say nothing of when it began, so nothing about another start can be concluded from them.
        found.append(msgspec.structs.replace(signal, stable_start=False))
        check_count(len(found), limits)
    if not found:
        raise Malformed("The text speaks of alerts and lists none.", hint="Use Alertmanager's default template.")
    return found


def _raw(said: dict[str, str]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(said))


def _alerts(text: str) -> Iterator[tuple[State, dict[str, str], dict[str, str], str]]:
    state: State = "firing"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    into = labels
    last = ""
    for line in text.splitlines():
        bare = line.strip()
        if bare in _HEADS:
            state, last = ("firing" if _HEADS[bare] == "firing" else "resolved"), ""
        elif bare == "Labels:":
            labels, annotations, last = {}, {}, ""
            into = labels
        elif bare == "Annotations:":
            into, last = annotations, ""
        elif bare.startswith("Source:"):
            if labels:
                yield state, labels, annotations, bare.removeprefix("Source:").strip()
            labels, annotations, last = {}, {}, ""
        elif (pair := _LINE.match(line)) is not None:
            last = pair[1].strip()
            into[last] = pair[2]
        elif last:
            # An annotation of several lines goes on.
            into[last] += f"\n{line}"
