"""One template of a mail or a page: compiled when it is first rendered, then kept.

A function that starts cold renders one or two of a programme's templates, so the others cost it
nothing. Lint compiles all of them, and blames the file and the line at fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.environment import compile_template
from chalicelib.mail.errors import RenderError, TemplateSourceError, TooLargeError
from chalicelib.mail.sources import Document

MAX_BODY_BYTES = 102_400  # Gmail clips what is longer
CURE = "a template has text, {{ values }}, if and trans, and the filters of the sandbox"
# What a template's own expressions can raise once the values are in.
RENDER_FAULTS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Part:
    """`name` is for messages; `source` is Jinja, which for MJML differs from the document."""

    name: str
    environment: ImmutableSandboxedEnvironment
    source: str
    document: Document

    @cached_property
    def template(self) -> Template:
        try:
            return compile_template(self.environment, self.source, self.name)
        except TemplateSyntaxError as error:
            whole = self.document.sources[0].fault(1, str(error.message), CURE)
            raise (self.fault() or whole) from error

    def fault(self) -> TemplateSourceError | None:
        """Compile the files one by one: each must be whole alone, and knows its own lines."""
        for source in self.document.sources:
            try:
                compile_template(self.environment, source.text, source.file)
            except TemplateSyntaxError as error:
                return source.fault(error.lineno, str(error.message), CURE)
        return None

    def fill(self, values: Mapping[str, object], limit: int = MAX_BODY_BYTES) -> str:
        """Render; a lone surrogate, which no mail can carry, becomes '?'."""
        try:
            encoded = self.template.render(values).encode("utf-8", "replace")
        except RENDER_FAULTS as error:
            cure = "give the value or mend the template"
            raise RenderError(f"{self.name}: {error}; {cure}") from error
        if len(encoded) > limit:
            raise TooLargeError(f"{self.name}: {len(encoded)} bytes, over {limit}; shorten it")
        return encoded.decode()
