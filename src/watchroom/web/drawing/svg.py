"""A picture as SVG, put together shape by shape; everything that somebody wrote is escaped.

Called by `flow` and `poster`. Each shape carries its colour as an attribute, so that a viewer without style sheets
shows it, and as a class, by which a page's style sheet (or the picture's own) puts it into the dark. No style
attribute, no script, nothing that is loaded from elsewhere: a page's policy allows none. Pure.
"""

import base64
import hashlib
from functools import lru_cache

from watchroom.web.drawing import letters
from watchroom.web.drawing.paint import BY_AGE, LIGHT, style
from watchroom.web.html.markup import escape

FAMILY = "Inter, ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
MEDIA_TYPE = "image/svg+xml"

Value = str | float | None


def number(value: float) -> str:
    """A length as SVG writes it: no more than two places, none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


class Picture:
    """Shapes in the order in which they are painted. Lengths are in the picture's own units, y downwards."""

    def __init__(self, wide: float, high: float) -> None:
        self.wide = wide
        self.high = high
        self._parts: list[str] = []

    def add(self, tag: str, *, fill: str = "", stroke: str = "", text: str | None = None, **more: Value) -> None:
        """One element; `fill` and `stroke` are names of `LIGHT`, or `none`. Underscores in names become hyphens."""
        self._shape(tag, fill, stroke, text, more)

    def _shape(self, tag: str, fill: str, stroke: str, text: str | None, more: dict[str, Value]) -> None:
        self._parts.append(self._opened(tag, fill, stroke, more, close=text is None))
        if text is not None:
            self._parts.append(f"{escape(text)}</{tag}>")

    def _opened(self, tag: str, fill: str, stroke: str, more: dict[str, Value], *, close: bool) -> str:
        classes = [str(more.pop("cls"))] if more.get("cls") else []
        more.pop("cls", None)
        said = []
        for name, paint in (("fill", fill), ("stroke", stroke)):
            if paint in LIGHT:
                said.append(f'{name}="{LIGHT[paint]}"')
                # On a page and in the dark a class says the same: `f-ink` fills, `s-ink` strokes.
                classes.append(f"{name[0]}-{paint}")
            elif paint:
                said.append(f'{name}="{paint}"')
        if classes:
            said.insert(0, f'class="{" ".join(classes)}"')
        for name, value in more.items():
            if value is not None:
                shown = number(value) if isinstance(value, int | float) else escape(value)
                said.append(f'{name.replace("_", "-")}="{shown}"')
        return f"<{' '.join([tag, *said])}{'/' if close else ''}>"

    def begin(self, **more: Value) -> None:
        """Open a group."""
        self._parts.append(self._opened("g", "", "", more, close=False))

    def end(self) -> None:
        """Close the group that was opened last."""
        self._parts.append("</g>")

    def box(self, x: float, y: float, wide: float, high: float, fill: str, r: float = 0, **more: Value) -> None:
        """A rectangle with round corners."""
        self._shape("rect", fill, "", None, {"x": x, "y": y, "width": wide, "height": high, "rx": r or None, **more})

    def rule(self, x1: float, y1: float, x2: float, y2: float, stroke: str = "line", **more: Value) -> None:
        """A straight line."""
        self._shape("line", "", stroke, None, {"x1": x1, "y1": y1, "x2": x2, "y2": y2, **more})

    def path(self, d: str, fill: str = "none", stroke: str = "", **more: Value) -> None:
        """A path (source: SVG 2, path data)."""
        self._shape("path", fill, stroke, None, {"d": d, **more})

    def words(
        self, x: float, y: float, text: str, size: float, fill: str = "ink", weight: int = 400, **more: Value
    ) -> None:
        """One line of text; `y` is its base line."""
        weighs = weight if weight != 400 else None
        set_so: dict[str, Value] = {"x": x, "y": y, "font_size": size, "font_weight": weighs}
        self._shape("text", fill, str(more.pop("stroke", "") or ""), text, {**set_so, **more})

    def lines(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        wide: float,
        fill: str = "ink",
        weight: int = 400,
        leading: float = 1.36,
        lines_max: int | None = None,
    ) -> float:
        """A paragraph of lines no wider than `wide`; the base line of the one that would come next."""
        for line in letters.wrapped(text, size, wide, weight, lines_max):
            self.words(x, y, line, size, fill, weight)
            y += size * leading
        return y

    def arrow(self, x1: float, y1: float, x2: float, y2: float, stroke: str, head: float = 6, **more: Value) -> None:
        """A line from here to there with a head at its end; straight up or down, or straight across."""
        along = (0.0, 1.0 if y2 > y1 else -1.0) if x1 == x2 else (1.0 if x2 > x1 else -1.0, 0.0)
        self.rule(x1, y1, x2 - along[0] * head * 0.7, y2 - along[1] * head * 0.7, stroke, **more)
        across = (along[1], along[0])
        back = (x2 - along[0] * head, y2 - along[1] * head)
        corners = (
            (back[0] - across[0] * head * 0.62, back[1] - across[1] * head * 0.62),
            (back[0] + across[0] * head * 0.62, back[1] + across[1] * head * 0.62),
        )
        points = " ".join(f"{number(x)},{number(y)}" for x, y in ((x2, y2), *corners))
        self.add("polygon", fill=stroke, points=points)

    def take(self, other: "Picture") -> None:
        """Another picture's shapes, where this one's next would stand."""
        self._parts.append(other.shapes())

    def shapes(self) -> str:
        """All shapes, without the frame around them."""
        return "".join(self._parts)

    def part(self, cls: str, **more: Value) -> str:
        """The picture as a part of a page, whose style sheet gives it its type and colours.

        It is hidden from a screen reader: the page tells the same in words.
        """
        said = "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in more.items())
        return (
            f'<svg class="{cls}"{said} aria-hidden="true" focusable="false" '
            f'viewBox="0 0 {number(self.wide)} {number(self.high)}" font-size="14">{self.shapes()}</svg>'
        )

    def file(self, title: str, about: str, *, dark: bool = True, unit: str = "px", scale: float = 1.0) -> str:
        """The picture as a file that stands alone, with its typeface in it; `scale` is one unit's length in `unit`."""
        size = f'width="{number(self.wide * scale)}{unit}" height="{number(self.high * scale)}{unit}"'
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} '
            f'viewBox="0 0 {number(self.wide)} {number(self.high)}" font-family="{FAMILY}" font-size="14">'
            f"<title>{escape(title)}</title><desc>{escape(about)}</desc>"
            f"<style>{own_style(dark)}</style>{self.shapes()}</svg>\n"
        )


@lru_cache(maxsize=2)
def own_style(dark: bool) -> str:
    """The style sheet in a file: the typeface itself, and the dark."""
    font = base64.b64encode(letters.WEB_FONT.read_bytes()).decode()
    face = f"@font-face{{font-family:Inter;font-weight:100 900;src:url(data:font/woff2;base64,{font})}}"
    return face + style(dark)


def policy(dark: bool) -> str:
    """The policy (CSP) of an answer that is such a file: its own style by digest, its own font, no script."""
    digest = base64.b64encode(hashlib.sha256(own_style(dark).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


__all__ = ["BY_AGE", "MEDIA_TYPE", "Picture", "number", "own_style", "policy"]
