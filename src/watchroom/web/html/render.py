"""Every template with its model, in one place: what the handlers and the documentation import.

`render(model)` finds the template by the model's class. Never reads the record, the clock or the request.
"""

from watchroom.web.exports import forms as report_forms
from watchroom.web.html import pages
from watchroom.web.html.template import FOLDER, TEMPLATES, People, render
from watchroom.web.live import frames
from watchroom.web.report_form import form as report_models
from watchroom.web.room import panels, timeline
from watchroom.web.settings import source_models
from watchroom.web.telemetry import pages as telemetry_pages

MODELS = (frames, pages, panels, report_forms, report_models, source_models, telemetry_pages, timeline)
"""The modules that hold the models; importing them fills `TEMPLATES`."""

__all__ = ["FOLDER", "MODELS", "TEMPLATES", "People", "render"]
