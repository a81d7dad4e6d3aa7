"""The shop of docs/examples, in memory: what the tests of dashboards and pages look at."""

from pathlib import Path

from docs.examples.shop import make_data
from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.dashboards.reading import read_dashboard

FOLDER = Path(make_data.__file__).parent
BEGIN_S = make_data.BEGIN_S
END_S = BEGIN_S + (make_data.COUNT - 1) * make_data.STEP_S
FILES = FOLDER / "metrics.jsonl", FOLDER / "logs.json", FOLDER / "dashboard.yaml", FOLDER / "rules.yaml"


def dashboard() -> Dashboard:
    """The example's dashboard."""
    path = FOLDER / "dashboard.yaml"
    return read_dashboard(path.read_text(encoding="utf-8"), "dashboard.yaml")
