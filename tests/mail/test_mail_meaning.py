"""A template means what Jinja says that it means, and a language is written as CLDR has it."""

from decimal import Decimal
from functools import cache
from itertools import product

import pytest
from babel import localedata
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import assume, given
from hypothesis import strategies as st
from jinja2 import TemplateError
from mail.conftest import SHIPPED
from mail.rendering import by_jinja, ours

from chalicelib.mail.bounds import check_source
from chalicelib.mail.catalogue import load_catalogues
from chalicelib.mail.dialect import mail_environment
from chalicelib.mail.errors import RenderError
from chalicelib.mail.locale_formats import LocaleFormatError, formats_of

# Everything that Jinja's own operations raise for values that they can't take.
FAULTS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError)

CONSTANTS = ["'gold'", "'<b>'", "''", "'3.7'", "0", "3", "-2", "2.5", "true", "false", "none"]
DECLARED = ["first_name", "gift", "goals.app", "balances.miles", "links['site']"]
FILTERS = ["lower", "upper", "length", "int", "int(7)", "number", "round", "round(2)"]
FILTERS += ["round(1, 'floor')", "round(0, method='ceil')", "e", "escape", "default('x', true)"]

constants, declared = st.sampled_from(CONSTANTS), st.sampled_from(DECLARED)
names = declared | st.sampled_from(["missing", "goals.gone"])
# Jinja may leave an undefined name in a list alone; to us reading it is the error.
items = constants | declared
filters = st.sampled_from(FILTERS[:-3])
operators = st.sampled_from(
    ["and", "or", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//", "%"]
)
expressions = st.recursive(
    constants
    | names
    | st.builds("{}|default({})".format, names, constants)
    | st.builds("{}|default({}, true)".format, names, constants),
    lambda below: st.one_of(
        st.builds("not ({})".format, below),
        st.builds("-({})".format, below),
        st.builds("({}) {} ({})".format, below, operators, below),
        st.builds("({}) < ({}) <= ({})".format, below, below, below),
        st.builds("({}) in [{}, {}]".format, below, items, items),
        st.builds("({}) not in ({}, {})".format, below, items, items),
        st.builds("(({}) if ({}) else ({}))".format, below, below, below),
        st.builds("({})|{}".format, below, filters),
    ),
    max_leaves=5,
)
outputs = st.one_of(
    st.builds("{{{{ {} }}}}".format, expressions),
    st.builds("{{{{ {}|e }}}}".format, names),
    st.builds("{{{{ ({}) if ({}) }}}}".format, expressions, expressions),
    st.builds("{{{{ _('Unsubscribe') if {} else _('View in browser') }}}}".format, expressions),
)
texts = st.sampled_from(
    [
        " and ",
        "\n",
        "<p>5 %</p>",
        "✦ \n\n",
        "{# nothing #}",
        "{{ _('Card number') }}",
        "{{ _('100%% %(name)s', name=first_name) }}",
        "{% trans %}5 % off{% endtrans %}",
        "{% trans name=first_name %}Welcome aboard, {{ name }}{% endtrans %}",
        "{% trans first_name %}Dear <b>{{ first_name }}</b>{% endtrans %}",
        "{% trans n=gift, m=gift|number %}{{ m }} mile{% pluralize %}{{ m }} miles{% endtrans %}",
        "{% trans num=gift %}one{% pluralize %}{{ num }} of them{% endtrans %}",
        "{{ ngettext('%(num)s mile', '%(num)s miles', gift) }}",
    ]
)
templates = st.recursive(
    outputs | texts,
    lambda below: st.one_of(
        st.builds("{}{}".format, below, below),
        st.builds("{{% if {} %}}{}{{% endif %}}".format, expressions, below),
        st.builds(
            "{{% if {} %}}{}{{%- elif {} %}}{}{{% else -%}}{}{{% endif %}}".format,
            *(expressions, below, expressions, below, below),
        ),
    ),
    max_leaves=6,
)
values = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from(["", "Анна", "O'Hara & <Sons>", '"x"', "12", "100%"]),
        "gift": st.integers(0, 2_000) | st.integers(),
        "goals": st.fixed_dictionaries({"app": st.booleans()}),
        "balances": st.fixed_dictionaries({"miles": st.integers(-5, 30_000)}),
        "links": st.just({"site": "https://example.com/?a=1&b=2"}),
    }
)


@cache
def shipped_catalogue():
    return load_catalogues(SHIPPED / "locales")["ru"]


def within_bounds(source):
    """What is nested beyond what a person writes is refused, whatever it would mean."""
    try:
        check_source(mail_environment(), source, "t")
    except TemplateError:
        return False
    return True


def outcome(render, *arguments, **options):
    try:
        return render(*arguments, **options)
    except (RenderError, *FAULTS):
        return "an error"


@given(source=templates, given_values=values, escape=st.booleans())
def test_a_template_says_what_jinja_makes_it_say(source, given_values, escape):
    assume(within_bounds(source))
    expected = outcome(by_jinja, source, given_values, escape=escape)
    assert outcome(ours, source, given_values, escape=escape) == expected


@given(source=templates, given_values=values)
def test_a_translated_template_says_what_jinja_and_gettext_make_it_say(source, given_values):
    assume(within_bounds(source))
    russian = shipped_catalogue()
    with_values = {**given_values, "language": "ru"}
    expected = outcome(by_jinja, source, with_values, catalogue=russian.written, language="ru")
    assert outcome(ours, source, with_values, texts=russian, language="ru") == expected


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("first_name", ["Анна & <b>", "12", "x", "-4.5"])
def test_a_filter_does_to_everything_what_jinjas_does(name, first_name):
    """All pairs: chance would seldom bring a filter and a value it can take together."""
    given_values = {
        "first_name": first_name,
        "gift": 1500,
        "goals": {"app": True},
        "balances": {"miles": -25},
        "links": {"site": "https://example.com/?a=1&b=2"},
    }
    subjects = DECLARED if name.startswith("default") else [*CONSTANTS, *DECLARED, "missing"]
    for subject, escape in product(subjects, (True, False)):
        source = f"{{{{ ({subject})|{name} }}}}"
        expected = outcome(by_jinja, source, given_values, escape=escape)
        assert outcome(ours, source, given_values, escape=escape) == expected, source


languages = [tag.replace("_", "-") for tag in localedata.locale_identifiers()]
numbers = st.one_of(
    st.integers(-(10**24), 10**24),
    st.floats(-1e15, 1e15, allow_nan=False),
    st.decimals(-(10**9), 10**9, places=5),
    st.integers(-(10**7), 10**7).map(str),
    st.sampled_from(
        [0, -0.0, 0.0005, 0.0015, 999, 1000, 99999, 100000, 1234567, Decimal("-0.0004")]
    ),
)


@pytest.mark.parametrize("language", ["en", "ru"])
@given(numbers)
def test_a_number_is_written_as_cldr_has_it(language, number):
    assert formats_of(language).number(number) == format_decimal(number, locale=language)


@pytest.mark.parametrize("language", ["en", "ru"])
@given(st.dates() | st.datetimes())
def test_a_date_is_written_as_cldr_has_it(language, day):
    assert formats_of(language).long_date(day) == format_date(day, "long", locale=language)


@given(st.sampled_from(languages).filter(lambda tag: tag != "en-US-POSIX"), numbers, st.dates())
def test_so_they_are_in_every_language(language, number, day):
    formats, locale = formats_of(language), language.replace("-", "_")
    assert formats.number(number) == format_decimal(number, locale=locale)
    assert formats.long_date(day) == format_date(day, "long", locale=locale)


@pytest.mark.parametrize("language", ["en-US-POSIX", "xx", "Russian", "!"])
def test_a_language_that_could_not_be_written_truly_is_refused(language):
    with pytest.raises(LocaleFormatError):
        formats_of(language)


@pytest.mark.parametrize("value", [True, "abc", None, float("inf"), float("nan"), 10**25, []])
def test_what_is_no_number_that_a_mail_can_show_is_refused(value):
    with pytest.raises((ArithmeticError, ValueError)):
        formats_of("en").number(value)
