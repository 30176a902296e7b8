"""One template as its author wrote it: from its files to the data that is rendered.

Rendering never comes here. Lint reads every file alone, and blames the file and the line at
fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jinja2 import TemplateSyntaxError, nodes

from chalicelib.mail.dialect import parse
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.expressions import Tree
from chalicelib.mail.sources import Document
from chalicelib.mail.tree_builder import ItemsBuilder, Texts

CURE = "a template has text, {{ values }}, if and trans, and the filters of the sandbox"


class _NoTexts:
    """Tells the form of a template alone: what a translation says is looked at elsewhere."""

    def text(self, _: str) -> str:
        return ""

    def forms(self, _: str, __: str) -> tuple[str, Sequence[str]]:
        return "0", [""]


@dataclass(frozen=True)
class Part:
    """`name` is for messages; `source` is Jinja, which for MJML differs from the document."""

    name: str
    source: str
    document: Document
    escape: bool

    def items(self, texts: Texts) -> list[Tree]:
        """Return the template as data, in the language of `texts`."""
        try:
            return ItemsBuilder(texts, self.escape).items(self._tree.body)
        except TemplateSyntaxError as error:
            whole = self.document.sources[0].fault(1, str(error.message), CURE)
            raise (self.fault() or whole) from error

    @cached_property
    def _tree(self) -> nodes.Template:
        return parse(self.source, self.name)

    def fault(self) -> TemplateSourceError | None:
        """Read the files one by one: each must be whole alone, and knows its own lines."""
        for source in self.document.sources:
            try:
                tree = parse(source.text, source.file)
                ItemsBuilder(_NoTexts(), self.escape).items(tree.body)
            except TemplateSyntaxError as error:
                return source.fault(error.lineno, str(error.message), CURE)
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
