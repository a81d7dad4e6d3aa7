"""HTML of a mail as plain text: what a person would read, without styles, scripts and addresses of pictures.

Called by `mail`. Pure; reads no more than a bound of it, since such HTML is written by machines for other machines.
"""

from html.parser import HTMLParser

HTML_CHARS_MAX = 128 * 1024
HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
LINES = frozenset(
    {"p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"}
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN:
            self._hidden.append(tag)
        elif tag in LINES:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN and tag in self._hidden:
            # A page that forgets to close one must not hide all the rest.
            del self._hidden[self._hidden.index(tag) :]
        elif tag == "body":
            self._hidden.clear()
        elif tag in LINES:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\n", " ").replace("\r", " "))


def plain_text(html: str) -> str:
    """The text of the HTML, at most one empty line between two lines."""
    parser = _Text()
    parser.feed(html[:HTML_CHARS_MAX])
    parser.close()
    lines = [" ".join(line.split()) for line in "".join(parser.parts).split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number > 0 and lines[number - 1])]
    return "\n".join(kept).strip()
