"""Templates rendered by us, and by Jinja itself, which says what they mean."""

import gettext
import io

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.numbers import format_decimal
from jinja2 import TemplateSyntaxError, pass_context
from jinja2.defaults import DEFAULT_FILTERS

from chalicelib.mail.catalogue import SourceTexts
from chalicelib.mail.dialect import parse
from chalicelib.mail.environment import ALLOWED_FILTERS, sandbox
from chalicelib.mail.locale_formats import formats_of
from chalicelib.mail.template import template_of
from chalicelib.mail.tree_builder import ItemsBuilder

ENGLISH = SourceTexts()


def ours(source, values, *, texts=ENGLISH, language="en", escape=True):
    """The text that a member would read."""
    items = ItemsBuilder(texts, escape).items(parse(source, "t").body)
    template = template_of("t", items, formats_of(language).filters())
    return "".join(template.fill(values))


def by_jinja(source, values, *, catalogue=None, language="en", escape=True):
    """The same by Jinja's own compiler, filters and translations, and by babel's formats."""
    environment = sandbox(autoescape=escape)
    environment.filters = {
        name: DEFAULT_FILTERS[name] for name in ALLOWED_FILTERS & DEFAULT_FILTERS.keys()
    }
    environment.filters["number"] = lambda value: format_decimal(value, locale=language)
    environment.filters["date"] = lambda value: format_date(value, "long", locale=language)
    environment.policies["ext.i18n.trimmed"] = True
    environment.add_extension("jinja2.ext.i18n")
    texts = by_gettext(catalogue) if catalogue else gettext.NullTranslations()
    one, many = (
        pass_context(lambda _, *a: texts.gettext(*a)),
        pass_context(lambda _, *a: texts.ngettext(*a)),
    )
    environment.install_gettext_callables(one, many, newstyle=True)
    return environment.from_string(source).render(values)


def by_gettext(catalogue):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def refused(source):
    """Why a template is none; None when it is one."""
    try:
        ItemsBuilder(ENGLISH, escape=True).items(parse(source, "t").body)
    except TemplateSyntaxError as error:
        return error
    return None
