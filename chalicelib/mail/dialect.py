"""The Jinja of mails and pages, read and never run: text, values, `if` and `trans`.

A template says what to show; it never computes. Reading it gives Jinja's syntax tree, which lint
asks for names and texts, and of which `tree_builder` makes the data that is rendered.
"""

from collections.abc import Iterator
from functools import cache

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.environment import sandbox
from chalicelib.mail.errors import TooLargeError

MAX_SOURCE_CHARS = 131_072
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
    if len(source) > MAX_SOURCE_CHARS:
        raise TooLargeError(
            f"{name}: the template has {len(source)} characters, over {MAX_SOURCE_CHARS}; "
            "shorten the mail or its theme"
        )
    return mail_environment().parse(source, name)


def extract_texts(source: str) -> Iterator[Extracted]:
    """Yield line, function and English forms of every text that is to be translated."""
    # The i18n extension attaches this method.
    texts: Iterator[Extracted] = mail_environment().extract_translations(source)  # type: ignore[attr-defined]
    return texts
