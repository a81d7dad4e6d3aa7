"""What people write, made safe to show: CommonMark without HTML and without pictures, then an allow list.

Called by templates for messages, updates and observations. Never fetches anything, never lets a link carry a
referrer.
"""

import re

import nh3
from markdown_it import MarkdownIt

from watchroom.web.html.markup import Markup, one_line

_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "del"}
_SCHEMES = {"http", "https", "mailto"}
_BARE = re.compile(r"(?<![\w/(\[<\"'=])https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]]")

_parser = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable("strikethrough")
    .disable(["image", "heading", "lheading", "html_block", "html_inline"])
)


def safe_html(text: str) -> Markup:
    """A person's words as HTML. Web addresses become links; what is not on the allow list is text or dropped."""
    linked = text if "`" in text else _BARE.sub(lambda found: f"<{found.group()}>", text)
    html = nh3.clean(
        _parser.render(linked),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return one_line(html.strip())
