"""Functions that give series other labels. Source: Prometheus, "label_replace()", "label_join()"."""

import re

from watchroom.telemetry.labels import Labels, anchored, value_of, with_label
from watchroom.telemetry.refusal import Unanswerable

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")


def is_label_name(name: str) -> bool:
    """Whether a label may be called so."""
    return _LABEL_NAME.match(name) is not None


def replaced(labels: list[Labels], target: str, replacement: str, source: str, expression: str) -> list[Labels]:
    """`target` set to the replacement wherever the whole of `source` matches. Raises `Unanswerable` for a bad name."""
    if not is_label_name(target):
        raise Unanswerable(f"invalid destination label name in label_replace(): {target}")
    regex = anchored(expression)
    answer = []
    for each in labels:
        match = regex.search(value_of(each, source))
        if match is None:
            answer.append(each)
            continue
        groups = match.groupdict()

        def group(reference: "re.Match[str]", match=match, groups=groups) -> str:  # type: ignore[no-untyped-def]  # bound now
            name = reference[1] or reference[2]
            if name is None:
                return "$"
            if name.isdigit():
                return (match.group(int(name)) or "") if int(name) <= len(match.groups()) else ""
            return groups.get(name) or ""

        answer.append(with_label(each, target, _REFERENCE.sub(group, replacement)))
    return answer


def joined(labels: list[Labels], target: str, separator: str, sources: list[str]) -> list[Labels]:
    """`target` set to the values of several labels. Raises `Unanswerable` for a bad name."""
    for name in (target, *sources):
        if not is_label_name(name):
            what = "destination" if name == target else "source"
            raise Unanswerable(f"invalid {what} label name in label_join(): {name}")
    return [with_label(each, target, separator.join(value_of(each, name) for name in sources)) for each in labels]
