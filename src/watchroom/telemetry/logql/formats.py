"""Stages that write: line_format, label_format, drop and keep. Source: Grafana Loki, "Line format expression"."""

from watchroom.telemetry.gotemplate import TemplateError
from watchroom.telemetry.labels import Matcher
from watchroom.telemetry.logql.entry import DETAILS, ERROR, Entry, Stage
from watchroom.telemetry.logql.expression import Choice, LabelFormat, LineFormat
from watchroom.telemetry.logql.template import Template

TEMPLATE_ERROR = "TemplateFormatErr"


def line_written(form: LineFormat) -> Stage:
    """The line by a template over labels. Raises `BadData` for a template that is none."""
    template = Template(form.template)

    def stage(entry: Entry) -> bool:
        try:
            entry.line = template.written(entry)
        except TemplateError as error:
            entry.failed(TEMPLATE_ERROR, str(error))
        return True

    return stage


def labels_written(form: LabelFormat) -> Stage:
    """Labels renamed, or written by templates. Raises `BadData`."""
    changes = [(name, source, None if is_label else Template(source)) for name, source, is_label in form.changes]

    def stage(entry: Entry) -> bool:
        for name, source, template in changes:
            if template is None:
                value = entry.get(source)
                if value is not None:
                    entry.set(name, value)
                    entry.set(source, "")
                continue
            try:
                entry.set(name, template.written(entry))
            except TemplateError as error:
                entry.failed(TEMPLATE_ERROR, str(error))
        return True

    return stage


def _fits(entry: Entry, name: str, matcher: Matcher | None) -> bool:
    return matcher is None or matcher.accepts(entry.get(name) or "")


def chosen(choice: Choice) -> Stage:
    """drop and keep."""
    if choice.keeps:
        return _kept(choice)

    def stage(entry: Entry) -> bool:
        for name, matcher in choice.labels:
            if entry.get(name) is not None and _fits(entry, name, matcher):
                entry.set(name, "")
                if name == ERROR:
                    entry.set(DETAILS, "")
        return True

    return stage


def _kept(choice: Choice) -> Stage:
    def stage(entry: Entry) -> bool:
        for name in list(entry.labels):
            ways = [matcher for label, matcher in choice.labels if label == name]
            if not any(_fits(entry, name, matcher) for matcher in ways):
                entry.set(name, "")
        return True

    return stage
