"""The Jinja of mails and pages, read and never run: text, values, `if` and `trans`.

A template says what to show; it never computes. Reading it gives Jinja's syntax tree, which lint
asks for names and texts, and of which `tree_builder` makes the data that is rendered.
"""

from collections.abc import Iterator
from functools import cache, lru_cache

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.bounds import check_source
from chalicelib.mail.environment import sandbox

FUNCTIONS = frozenset({"_", "gettext", "ngettext"})

Extracted = tuple[int, str, str | tuple[str | None, ...]]


@cache
def mail_environment() -> ImmutableSandboxedEnvironment:
    """Make the sandbox that also reads `{% trans %}`."""
    environment = sandbox(autoescape=False)
    environment.policies["ext.i18n.trimmed"] = True
    environment.add_extension("jinja2.ext.i18n")
    # The i18n extension sets this: values are put in by what gettext is given, not by `%`.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    return environment


def parse(source: str, name: str) -> nodes.Template:
    """Read a template; jinja2.TemplateSyntaxError with its line for what is none."""
    _check_bounds(source, name)
    return mail_environment().parse(source, name)


@lru_cache(maxsize=256)
def _check_bounds(source: str, name: str) -> None:
    """A template is read once a language; what is kept within bounds stays within them."""
    check_source(mail_environment(), source, name)


def extract_texts(source: str) -> Iterator[Extracted]:
    """Yield line, function and English forms of every text that is to be translated."""
    # The i18n extension attaches this method.
    texts: Iterator[Extracted] = mail_environment().extract_translations(source)  # type: ignore[attr-defined]
    return texts
