"""One template as its author wrote it: from its files to the data that is rendered.

Rendering never comes here. Lint reads every file alone, and blames the file and the line at
fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import TemplateSyntaxError, nodes

from chalicelib.mail.choices import ANY_CHOICES, Choices
from chalicelib.mail.dialect import parse
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.expressions import Tree
from chalicelib.mail.sources import Document, Source
from chalicelib.mail.tree_builder import ItemsBuilder, Texts
from chalicelib.mail.unroll import unrolled

KEPT_SOURCES = 256
"""Most files are shared: what one was found to say is not looked for again in every mail."""
CURE = "a template has text, {{ values }}, if and trans, and the filters of the sandbox"


class _NoTexts:
    """Tells the form of a template alone: what a translation says is looked at elsewhere."""

    def text(self, _: str) -> str:
        return ""

    def forms(self, _: str, __: str) -> tuple[str, Sequence[str]]:
        return "0", [""]


@dataclass(frozen=True)
class Part:
    """`name` is for messages; `source` is Jinja, which for MJML differs from the document.

    Only what has `choices` may loop, over them.
    """

    name: str
    source: str
    document: Document
    escape: bool
    choices: Choices | None = None

    def items(self, texts: Texts) -> list[Tree]:
        """Return the template as data, in the language of `texts`."""
        try:
            return _items(parse(self.source, self.name), texts, self.choices, escape=self.escape)
        except TemplateSyntaxError as error:
            whole = self.document.sources[0].fault(1, str(error.message), CURE)
            raise (self.fault() or whole) from error

    def fault(self) -> TemplateSourceError | None:
        """Read the files one by one: each must be whole alone, and knows its own lines."""
        loops = self.choices is not None
        for source in self.document.sources:
            if found := _fault_in(source, escape=self.escape, loops=loops):
                return source.fault(*found, CURE)
        return None

    def check(self) -> TemplateSourceError | None:
        """Return the fault of a file, or else of what its files make together."""
        if fault := self.fault():
            return fault
        try:
            self.items(_NoTexts())
        except TemplateSourceError as error:
            return error
        return None


def _items(
    tree: nodes.Template, texts: Texts, choices: Choices | None, *, escape: bool
) -> list[Tree]:
    body = unrolled(tree.body, choices.lists(texts.text)) if choices else tree.body
    return ItemsBuilder(texts, escape).items(body)


@lru_cache(maxsize=KEPT_SOURCES)
def _fault_in(source: Source, *, escape: bool, loops: bool) -> tuple[int, str] | None:
    """Return the line and what is wrong there."""
    try:
        tree = parse(source.text, source.file)
        _items(tree, _NoTexts(), ANY_CHOICES if loops else None, escape=escape)
    except TemplateSyntaxError as error:
        return error.lineno, str(error.message)
    return None
