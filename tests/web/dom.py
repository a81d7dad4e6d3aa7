"""A page as a small tree, and what htmx does to it with a live frame: enough to tell whether two pages are the same.

Source: HTML Standard (void elements), htmx 4 (`<hx-partial>`, swap styles `outerHTML`, `outerMorph`, `beforeend`).
Never a browser: focus, scripts and styles are the browser tests' part.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


@dataclass
class Element:
    """An element with its attributes; its children are elements and texts."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def all(self) -> Iterator["Element"]:
        """This element and everything in it."""
        ahead = [self]
        while ahead:
            element = ahead.pop()
            yield element
            ahead += [child for child in reversed(element.children) if isinstance(child, Element)]

    def find(self, id: str) -> "Element | None":
        """The element of that id."""
        return next((each for each in self.all() if each.attributes.get("id") == id), None)

    def shown(self, depth: int = 0) -> Iterator[str]:
        """One line an element or text, indented: to be compared and to be read in a failure."""
        attributes = dict(self.attributes)
        if attributes.get("name") == "csrf":
            # In a page it holds the form's token; in a frame the page's script sends the token as a header.
            attributes["value"] = ""
        text = "".join(f" {name}={value!r}" for name, value in sorted(attributes.items()))
        yield f"{'  ' * depth}<{self.tag}{text}>"
        for child in self.children:
            if isinstance(child, Element):
                yield from child.shown(depth + 1)
            elif child.strip():
                yield f"{'  ' * (depth + 1)}{' '.join(child.split())}"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], f"<{self._open[-1].tag}> is not closed"


def parse(html: str) -> Element:
    """The tree of a page or a piece of one. Fails when an element is not closed where it should be."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


@dataclass(frozen=True)
class Frame:
    """One Server-Sent Event (source: HTML Standard, 9.2.6)."""

    id: str
    event: str
    data: str


def frames_of(stream: bytes) -> list[Frame]:
    """The events of a stream, comments and retry times left out; each has at most one data line."""
    found = []
    for block in stream.decode().split("\n\n"):
        fields = [line.partition(": ") for line in block.split("\n") if line and not line.startswith(":")]
        names = [name for name, _, _ in fields]
        assert names.count("data") <= 1, block[:200]
        values = {name.rstrip(":"): value for name, _, value in fields}
        if "data" in values:
            found.append(Frame(values.get("id", ""), values.get("event", "message"), values["data"]))
    return found


def apply(page: Element, frame: Frame) -> None:
    """Swap a frame's partials into the page, as htmx does; a target that the page lacks is passed over."""
    for partial in parse(frame.data).children:
        if not isinstance(partial, Element):
            assert not partial.strip(), partial
            continue
        assert partial.tag == "hx-partial", partial.tag
        target = (partial.attributes["hx-target"] or "").removeprefix("#")
        element = page.find(target)
        if element is None:
            continue
        match partial.attributes["hx-swap"]:
            case "beforeend":
                element.children += partial.children
            case "outerHTML" | "outerMorph":
                (new,) = (child for child in partial.children if isinstance(child, Element))
                element.tag, element.attributes, element.children = new.tag, new.attributes, new.children
            case other:
                raise AssertionError(f"a swap that no page knows: {other}")


def shown(page: Element, ids: list[str]) -> list[str]:
    """These elements, line by line."""
    lines: list[str] = []
    for id in ids:
        element = page.find(id)
        lines += [f"<no {id}>"] if element is None else list(element.shown())
    return lines
