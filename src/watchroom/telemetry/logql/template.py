"""The templates of line_format and label_format: Go's templates with Loki's functions, over one line at a time.

Called by `formats`. Source: Grafana Loki, "Template functions".
"""

from collections.abc import Iterator, Mapping

from watchroom.telemetry import gotemplate
from watchroom.telemetry.gotemplate import Bounds, Functions, TemplateError
from watchroom.telemetry.logql.entry import Entry
from watchroom.telemetry.logql.go_time import Moment
from watchroom.telemetry.logql.template_functions import FUNCTIONS, TEXT_MAX
from watchroom.telemetry.refusal import BadData

BOUNDS = Bounds(output_max=TEXT_MAX, steps_max=10_000)
"""What one template may come to for one line; loops count each round."""


class _Labels(Mapping[str, str]):
    """The labels of an entry as a template's dot, errors among them; an unknown one is empty."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __getitem__(self, name: str) -> str:
        return self._entry.get(name) or ""

    def __iter__(self) -> Iterator[str]:
        return iter(self._entry.all_labels())

    def __len__(self) -> int:
        return len(self._entry.all_labels())

    def get(self, name: str, otherwise: object = "") -> str:
        """A label's value."""
        return self._entry.get(name) or ""


class Template:
    """One template. Raises `BadData` for a text that is none."""

    def __init__(self, text: str) -> None:
        try:
            self._template = gotemplate.Template(text, FUNCTIONS, BOUNDS, counts=True)
            self._speaks = "__" in text or "now" in text
        except TemplateError as error:
            raise BadData(f"invalid template: {error}") from None

    def written(self, entry: Entry) -> str:
        """What it writes for a line. Raises `TemplateError`."""
        return self._template.written(_Labels(entry), functions=self._own(entry) if self._speaks else None)

    def _own(self, entry: Entry) -> Functions:
        return {
            "__line__": lambda: entry.line,
            "__timestamp__": lambda: Moment(entry.time_ns),
            "now": lambda: Moment(entry.now_ns),
        }
