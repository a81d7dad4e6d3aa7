"""HTML of a mail as plain text: what a person would read, without styles, scripts and comments.

Looks at each character a bounded number of times, whatever it is given: the standard library's parser takes quadratic
time over some markup. Called by `mail`. Pure; the caller bounds what it gives.
"""

import html
import re

HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
LINES = frozenset(
    {"p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"}
)
CELLS = frozenset({"td", "th"})
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20})")


def plain_text(markup: str) -> str:
    """The text of the HTML, at most one empty line between two lines."""
    text = html.unescape("".join(_pieces(markup)))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number > 0 and lines[number - 1])]
    return "\n".join(kept).strip()


def _pieces(markup: str) -> list[str]:
    """The texts between the tags, with a line break or a space where a tag makes one."""
    lower = markup.lower()
    pieces: list[str] = []
    at = 0
    while (begin := markup.find("<", at)) >= 0:
        pieces.append(_flat(markup[at:begin]))
        if markup.startswith("<!--", begin):
            end = markup.find("-->", begin + 4)
            if end < 0:
                return pieces
            at = end + 3
            continue
        found = _NAME.match(markup, begin + 1)
        if found is None and not markup.startswith(("<!", "<?"), begin):
            pieces.append("<")
            at = begin + 1
            continue
        end = markup.find(">", begin)
        if end < 0:
            pieces.append(_flat(markup[begin:]))
            return pieces
        name = found[1].lower() if found is not None else ""
        at = end + 1
        if name in HIDDEN and markup[begin + 1] != "/" and markup[end - 1] != "/":
            at = _behind(lower, name, at)
        elif name in LINES:
            pieces.append("\n")
        elif name in CELLS:
            pieces.append(" ")
    pieces.append(_flat(markup[at:]))
    return pieces


def _behind(lower: str, name: str, at: int) -> int:
    """Where what is hidden ends; one that is never closed hides nothing, so that no text is lost by it."""
    end = lower.find(f"</{name}", at)
    if end < 0:
        return at
    close = lower.find(">", end)
    return close + 1 if close >= 0 else len(lower)


def _flat(text: str) -> str:
    """A line break in HTML is a space."""
    return text.replace("\r", " ").replace("\n", " ")
