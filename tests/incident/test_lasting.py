"""How long an incident took: one answer for the measures, the board, the room and the report."""

from datetime import timedelta
from pathlib import Path

from tests.rooms.stage import STARTS_AT, at, staged
from watchroom.base.clock import rfc3339
from watchroom.incident.incident import Incident
from watchroom.incident.measures import measures
from watchroom.incident.summary import summary
from watchroom.web.exports.report import report_facts
from watchroom.web.html.words import CONTRADICTED, span
from watchroom.web.patterns.examples import ExamplePeople
from watchroom.web.room.panels import panel_html


def resolved(incident: Incident) -> tuple[float | None, str | None]:
    (found,) = [each for each in measures(incident) if each.measure == "time_to_resolve"]
    return found.value_s, found.not_applicable


def reported(incident: Incident) -> str:
    return dict(report_facts(incident, ExamplePeople())).get("From noticed to over", "")


async def test_what_was_over_before_it_was_noticed_took_no_zero_seconds(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.clock.jump(7_200)
        room = await stage.declare(noticed_at=rfc3339(at(6_900)))
        await stage.do(room, {"command": "resolve", "understood": "yes", "at": rfc3339(at(3_600))})
        incident = await stage.room(room)
        assert resolved(incident) == (None, "It was resolved before it was detected, as the times are stated.")
        assert reported(incident) == CONTRADICTED
        strip = panel_html("strip", incident, ExamplePeople())
        assert "<b>0 s</b>" not in strip
        assert "before that" in strip
        row = summary(incident)
        assert row.since is not None
        assert row.resolved_at is not None
        assert row.resolved_at < row.since


async def test_what_a_signal_opened_lasts_since_the_signal_began(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.clock.jump(7_200)
        began = STARTS_AT + timedelta(seconds=7_200 - 2_700)
        (receipt,) = await stage.send("generic", {"title": "Checkout fails", "starts_at": rfc3339(began)})
        room = receipt.stream or ""
        assert summary(await stage.room(room)).since == began
        await stage.do(room, {"command": "resolve", "understood": "yes"})
        incident = await stage.room(room)
        assert resolved(incident) == (2_700, None)
        assert span(summary(incident).since, summary(incident).resolved_at) == "45 min"
        assert "<b>45 min</b>" in panel_html("strip", incident, ExamplePeople())
