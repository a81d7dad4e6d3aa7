"""Every template with its model, in one place: what the handlers and the documentation import.

`render(model)` finds the template by the model's class. Never reads the record, the clock or the request.
"""

from watchroom.web import frames, pages, panels, report_forms, report_models, source_models, timeline
from watchroom.web.template import FOLDER, TEMPLATES, People, render

MODELS = (frames, pages, panels, report_forms, report_models, source_models, timeline)
"""The modules that hold the models; importing them fills `TEMPLATES`."""

__all__ = ["FOLDER", "MODELS", "TEMPLATES", "People", "render"]
