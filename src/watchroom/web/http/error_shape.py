"""The one shape of an error: what every refusal looks like to a program, whoever sends it.

Called by `errors`, by the raw handlers of ingest and of the status page, and by the connection itself. Pure.
"""

from typing import Any

import msgspec

from watchroom.base.errors import WatchroomError


def error_body(error: WatchroomError, **more: Any) -> bytes:
    """The one shape: `{"error": {"code", "message", "hint"}}`, and what else goes with it."""
    shown = {"code": error.code, "message": error.message, "hint": error.hint}
    return msgspec.json.encode({"error": shown, **more})
