"""The stages of a query as one function of an entry. Source: Grafana Loki, "Log pipeline"."""

from collections.abc import Sequence

from watchroom.telemetry.logql import expression
from watchroom.telemetry.logql.entry import Entry, Stage
from watchroom.telemetry.logql.formats import chosen, labels_written, line_written
from watchroom.telemetry.logql.label_filter import tested
from watchroom.telemetry.logql.line_filter import filtered
from watchroom.telemetry.logql.parsers import parsed


def stage_of(stage: expression.Stage) -> Stage:
    """One stage. Raises `BadData` for what in it makes no sense."""
    match stage:
        case expression.LineFilter():
            return filtered(stage)
        case expression.Parser():
            return parsed(stage)
        case expression.LabelFilter(test=test):
            return tested(test)
        case expression.LineFormat():
            return line_written(stage)
        case expression.LabelFormat():
            return labels_written(stage)
        case expression.Choice():
            return chosen(stage)


def stages_of(stages: Sequence[expression.Stage]) -> Stage:
    """All of them, one after the other, up to the first that throws the entry away. Raises `BadData`."""
    made = [stage_of(stage) for stage in stages]
    if len(made) == 1:
        return made[0]

    def run(entry: Entry) -> bool:
        return all(stage(entry) for stage in made)

    return run


def check(stages: Sequence[expression.Stage]) -> None:
    """Raises `BadData` for stages that make no sense."""
    stages_of(stages)
