"""A YAML text -> nodes that know their line, read strictly: an unknown key, a wrong kind or a repeated key is refused.

Called by the readers of rule files and dashboards, each with an error of its own. No object is ever made of a tag.
Source: YAML 1.1.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

import yaml

from watchroom.telemetry.refusal import BadData

Node: TypeAlias = yaml.Node
Read = TypeVar("Read")


def compose(text: str, file: str, error: type[BadData], characters_max: int) -> Node | None:
    """The root of a text; None when it is empty. Raises `error`, which begins with `FILE:LINE:`."""
    if len(text) > characters_max:
        raise error(f"{file}:1: the file has {len(text)} characters; at most {characters_max} are read")
    try:
        root: Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise error(f"{file}:{line}: this is not YAML: {fault.problem}") from None
    except (yaml.YAMLError, RecursionError):
        raise error(f"{file}:1: this is not YAML") from None
    return root


def is_nothing(node: Node) -> bool:
    """Whether a value is null: written out, or left empty."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


class Nodes:
    """The nodes of one file, and how its faults are told."""

    def __init__(self, file: str, error: type[BadData]) -> None:
        self.file = file
        self._error = error

    def wrong(self, node: Node, reason: str) -> BadData:
        """The refusal of a node: file, line and reason."""
        return self._error(f"{self.file}:{node.start_mark.line + 1}: {reason}")

    def fields(self, node: Node, known: Iterable[str] | None, what: str) -> dict[str, Node]:
        """The values of a mapping by their keys; any keys when `known` is None."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"{what} has to be a mapping of keys to values")
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name in found:
                raise self.wrong(key, f"'{name}' is given twice")
            if known is not None and name not in known:
                near = difflib.get_close_matches(name, list(known), 1)
                hint = f": did you mean '{near[0]}'?" if near else f". Known are {', '.join(known)}"
                raise self.wrong(key, f"field '{name}' is not known in {what}{hint}")
            found[name] = value
        return found

    def items(self, node: Node | None, what: str) -> list[Node]:
        """The values of a list; none for null or nothing."""
        if node is None or is_nothing(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, f"'{what}' has to be a list")
        return list(node.value)

    def text(self, node: Node | None) -> str:
        """A value's text as it is written; empty for null or nothing."""
        if node is None or is_nothing(node):
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(node, "a text is expected here")
        return str(node.value)

    def read(self, node: Node | None, read: Callable[[str], Read], otherwise: Read) -> Read:
        """A value's text, read by `read`, which raises `BadData` or `ValueError`; `otherwise` for nothing."""
        text = self.text(node)
        if node is None or not text:
            return otherwise
        try:
            return read(text)
        except (BadData, ValueError) as error:
            raise self.wrong(node, str(error)) from None
