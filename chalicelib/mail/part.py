"""One template as its author wrote it: from its files to the data that is rendered.

Rendering never comes here. Lint reads every file alone, and blames the file and the line at
fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes

from chalicelib.mail.choices import ANY_CHOICES, Choices
from chalicelib.mail.dialect import parse
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.expressions import Tree
from chalicelib.mail.sources import Document
from chalicelib.mail.tree_builder import ItemsBuilder, Texts
from chalicelib.mail.unroll import unrolled

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
            return self._items(parse(self.source, self.name), texts, self.choices)
        except TemplateSyntaxError as error:
            whole = self.document.sources[0].fault(1, str(error.message), CURE)
            raise (self.fault() or whole) from error

    def _items(self, tree: nodes.Template, texts: Texts, choices: Choices | None) -> list[Tree]:
        body = unrolled(tree.body, choices.lists(texts.text)) if choices else tree.body
        return ItemsBuilder(texts, self.escape).items(body)

    def fault(self) -> TemplateSourceError | None:
        """Read the files one by one: each must be whole alone, and knows its own lines."""
        for source in self.document.sources:
            try:
                tree = parse(source.text, source.file)
                self._items(tree, _NoTexts(), self.choices and ANY_CHOICES)
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
