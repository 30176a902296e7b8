"""The sandbox as a mail sees it: with translations and with each language's formats.

One environment serves all languages. What is said in which language is decided at render, by
the value `language`, so every template is compiled once.
"""

import gettext
from collections.abc import Callable, Mapping
from datetime import date

from jinja2 import pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail import catalogue
from chalicelib.mail.catalogue import Catalogue
from chalicelib.mail.environment import sandbox

SOURCE_TEXTS = gettext.NullTranslations()


def mail_environment(
    catalogues: Mapping[str, Catalogue], *, autoescape: bool
) -> ImmutableSandboxedEnvironment:
    """Add `_`, `{% trans %}`, `|number` and `|date` to the sandbox."""
    environment = sandbox(autoescape=autoescape)
    environment.policies["ext.i18n.trimmed"] = True
    environment.add_extension("jinja2.ext.i18n")
    one, many = translators(catalogues)
    # The i18n extension attaches this method; its variables are escaped, its msgids are ours.
    environment.install_gettext_callables(one, many, newstyle=True)  # type: ignore[attr-defined]
    for unused in ("pgettext", "npgettext"):
        del environment.globals[unused]
    environment.filters |= {"number": format_number, "date": format_day}
    return environment


def translators(
    catalogues: Mapping[str, Catalogue],
) -> tuple[Callable[[Context, str], str], Callable[[Context, str, str, int], str]]:
    """Make gettext and ngettext that ask the catalogue of the language being rendered."""

    def texts(context: Context) -> gettext.NullTranslations:
        found = catalogues.get(context["language"])
        return found.lookup if found else SOURCE_TEXTS

    @pass_context
    def one(context: Context, message: str) -> str:
        return texts(context).gettext(message)

    @pass_context
    def many(context: Context, singular: str, plural: str, count: int) -> str:
        return texts(context).ngettext(singular, plural, count)

    return one, many


@pass_context
def format_number(context: Context, value: float) -> str:
    return catalogue.number(value, context["language"])


@pass_context
def format_day(context: Context, value: date) -> str:
    return catalogue.long_date(value, context["language"])
