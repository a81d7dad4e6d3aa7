"""The few signs beside facts, drawn as SVG so that they look the same everywhere and need no font.

Read by templates through `icon`. Never carries meaning alone: each stands beside words.
"""

from watchroom.web.html.markup import Markup, as_is

_PATHS: dict[str, str] = {
    "alert": "M8 2.5 14 13.5H2Z M8 6.5v3.2 M8 11.6v.1",
    "bell": "M4 11V7.2a4 4 0 0 1 8 0V11l1.2 1.4H2.8Z M6.6 14h2.8",
    "bulb": "M5.2 9.6a4 4 0 1 1 5.6 0c-.6.6-.8 1.2-.8 1.9H6c0-.7-.2-1.3-.8-1.9Z M6.4 13.7h3.2",
    "check": "M3 8.5 6.5 12 13 4.5",
    "close": "M4 4l8 8M12 4l-8 8",
    "clock": "M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6Z M8 5v3.2l2.2 1.6",
    "decide": "M8 2.2 13.8 8 8 13.8 2.2 8Z",
    "dot": "M8 7a1 1 0 1 1 0 2a1 1 0 0 1 0-2Z",
    "eye": (
        "M1.8 8C3.4 5.2 5.5 3.8 8 3.8S12.6 5.2 14.2 8c-1.6 2.8-3.7 4.2-6.2 4.2S3.4 10.8 1.8 8Z "
        "M8 6.4a1.6 1.6 0 1 1 0 3.2a1.6 1.6 0 0 1 0-3.2Z"
    ),
    "edit": "M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2Z M9.6 4.2l2.2 2.2",
    "flag": "M4 14V2.5M4 3h8l-2 2.8L12 8.6H4",
    "image": "M2.5 3.5h11v9h-11Z M2.5 10.6 6 7.4l3 3 1.8-1.6 2.7 2.4 M10.6 6.2v.1",
    "inbox": "M2.5 9 4.4 3h7.2l1.9 6v4h-11Z M2.5 9h3.2l.8 1.6h3l.8-1.6h3.2",
    "left": "M10 3 5 8l5 5",
    "lock": "M4 7.2h8v6.3H4Z M5.6 7.2V5a2.4 2.4 0 0 1 4.8 0v2.2 M8 9.6v1.6",
    "loop": "M12.8 6.2A5.2 5.2 0 1 0 13 9.6 M13.2 3.2v3.2H10",
    "minus": "M3.5 8h9",
    "people": (
        "M6 3.4a2.2 2.2 0 1 1 0 4.4a2.2 2.2 0 0 1 0-4.4Z M2 13c.3-2.4 1.8-3.6 4-3.6s3.7 1.2 4 3.6 "
        "M10.4 4a2 2 0 0 1 0 3.6 M12 9.8c1.2.5 1.9 1.6 2 3.2"
    ),
    "pin": "M6 2.5h4 M6.6 2.5v4.2L4.5 9.2h7L9.4 6.7V2.5 M8 9.2v4.4",
    "play": "M5 3.2v9.6L12.5 8Z",
    "plus": "M8 3v10M3 8h10",
    "pulse": "M1.5 8h3l1.8-4.5L9.4 12.5 11.2 8h3.3",
    "reply": "M6.5 4 2.8 7.6l3.7 3.6 M2.8 7.6h5.7c2.7 0 4.5 1.6 4.7 4.6",
    "right": "M6 3l5 5-5 5",
    "search": "M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 0 1 0-8.4Z M10.2 10.2 13.5 13.5",
    "send": "M2 8 14 2.5 10.5 14 8 9Z M8 9l6-6.5",
    "tag": "M2.5 2.5h5.2l6 6-5.2 5.2-6-6Z M5.3 5.3v.1",
    "undo": "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H7 M3 6.5 6 3.5M3 6.5l3 3",
    "zoom_out": "M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 0 1 0-8.4Z M10.2 10.2 13.5 13.5 M5 7h4",
}


def icon(name: str) -> Markup:
    """The sign of that name, 16 by 16, in the colour of the text around it; how it is stroked stands in `base.css`."""
    return as_is(f'<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d="{_PATHS[name]}"/></svg>')
