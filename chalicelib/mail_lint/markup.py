"""HTML and MJML as a tree, whether whole or a piece, with the line of each element.

Forgiving, as mail programs are: what is wrong with the markup itself is said elsewhere. Jinja's
tags are text here, or part of an attribute's value.
"""

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement  # a tree, no parser of it # nosec B405

from chalicelib.mail.bounds import VOID_ELEMENTS

LINE = "lint:line"  # an attribute that nobody can have written: a name in HTML has no colon here
UNREAD = frozenset({"head", "style", "script", "title", "noscript", "mj-head", "mj-style"})


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self._open.append(self._open[-1][-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        SubElement(self._open[-1], tag, values | {LINE: str(self.getpos()[0])})

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of that name; an end without a beginning is passed over."""
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data


def tree_of(markup: str) -> Element:
    """Return a root of our own around everything; comments, Outlook's too, are left out."""
    builder = _Builder()
    builder.feed(markup)
    builder.close()
    return builder.root


def line_of(element: Element) -> int:
    return int(element.get(LINE, "1"))


def read_texts(element: Element) -> list[str]:
    """Return what a person sees of an element, in order, images by their alt texts."""
    texts: list[str] = []
    _read(element, texts)
    return texts


def _read(element: Element, texts: list[str]) -> None:
    if element.tag in UNREAD or is_hidden(element):
        return
    texts.append(element.get("alt", "") if element.tag == "img" else (element.text or ""))
    for child in element:
        _read(child, texts)
        texts.append(child.tail or "")
    if element.tag in BLOCKS:
        texts.append("\n")


BLOCKS = frozenset(
    "p div td th tr table li ul ol h1 h2 h3 h4 h5 h6 br".split()  # noqa: SIM905
)


def is_hidden(element: Element) -> bool:
    """Whether the element's own style takes it from the page, as that of a preheader does."""
    style = element.get("style", "").replace(" ", "").lower()
    return "display:none" in style or "visibility:hidden" in style


def lines_of(element: Element) -> str:
    """Return what a person reads, a line for each block, without empty ones."""
    lines = (" ".join(line.split()) for line in "".join(read_texts(element)).splitlines())
    return "\n".join(filter(None, lines))


def words_of(element: Element) -> str:
    """Return what a person reads, its spaces made one."""
    return " ".join("".join(read_texts(element)).split())
