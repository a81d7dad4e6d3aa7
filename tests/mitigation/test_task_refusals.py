"""What the owner of a task is told to do when another was quicker, and their page about it still rings."""

from datetime import UTC, datetime

import pytest

from watchroom.base.command import Act
from watchroom.base.errors import AlreadyDone
from watchroom.incident.incident import Incident
from watchroom.mitigation.page import RoomPage
from watchroom.mitigation.task import AcknowledgeTask, ReportTask, Task, acknowledge_task, report_task

AT = datetime(2026, 3, 3, 19, tzinfo=UTC)
ANA, BO = "ana@example.com", "bo@example.com"


def reported_by_bo() -> Incident:
    incident = Incident("k7m2-9qxd")
    incident.tasks.by_id["T1"] = Task(
        id="T1", person=ANA, text="Look", state="reported", by=BO, at=AT, report="Fine", reported_by=BO
    )
    incident.pages.by_id["P3"] = RoomPage(
        id="P3", to=ANA, text="Look", state="shown", via="browser", by=BO, at=AT, answer_by=AT, about="T1"
    )
    return incident


def test_the_owner_is_told_how_to_end_the_page_that_rings() -> None:
    incident = reported_by_bo()
    with pytest.raises(AlreadyDone) as own:
        acknowledge_task(AcknowledgeTask(task="T1"), incident, Act(AT, f"person:{ANA}", "web"))
    assert own.value.hint == "Report what is new. You have heard P3: acknowledge_page."
    with pytest.raises(AlreadyDone) as again:
        report_task(ReportTask(task="T1"), incident, Act(AT, f"person:{ANA}", "web"))
    assert again.value.hint.endswith("You have heard P3: acknowledge_page.")


def test_others_are_not() -> None:
    with pytest.raises(AlreadyDone) as other:
        acknowledge_task(AcknowledgeTask(task="T1"), reported_by_bo(), Act(AT, f"person:{BO}", "web"))
    assert "P3" not in other.value.hint
