"""What a template cannot do."""

from datetime import date

import pytest
from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from chalicelib.mail.dialect import mail_environment
from chalicelib.mail.environment import MAX_SOURCE_CHARS, compile_template, sandbox
from chalicelib.mail.errors import TooLargeError


@pytest.fixture(scope="module")
def html():
    return sandbox(autoescape=True)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ [1] * 10**9 }}",
        "{{ 2 ** 99999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'a'.center(10**9) }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ name.zfill(999999999) }}",
        "{{ name.__class__.__mro__ }}",
        "{{ goals.clear() }}",
    ],
)
def test_a_template_cannot_make_much_out_of_little_nor_reach_behind_a_value(html, source):
    with pytest.raises((SecurityError, UndefinedError)):
        compile_template(html, source, "t").render(name="x", goals={"a": True})


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{% for x in name %}x{% endfor %}", "for"),
        ("{% set x = 1 %}", "assign"),
        ("{% set x %}{{ x }}{{ x }}{% endset %}", "assignblock"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "macro"),
        ("{% include 'other' %}", "include"),
        ("{% extends 'other' %}", "extends"),
        ("{% filter upper %}x{% endfilter %}", "filterblock"),
    ],
)
def test_a_template_has_no_statement_but_if_and_trans(html, source, named):
    with pytest.raises(TemplateSyntaxError, match=f"no {named} statement") as caught:
        compile_template(html, "\n\n" + source, "t")
    assert caught.value.lineno == 3


@pytest.mark.parametrize("unsafe", ["safe", "center", "format", "replace", "tojson", "attr", "map"])
def test_filters_that_unescape_or_grow_are_not_there(html, unsafe):
    with pytest.raises(TemplateError, match="No filter named"):
        compile_template(html, f"{{{{ name|{unsafe} }}}}", "t")


@pytest.mark.parametrize("name", ["range", "lipsum", "dict", "cycler", "joiner", "namespace"])
def test_jinjas_own_functions_are_not_there(html, name):
    with pytest.raises((SecurityError, UndefinedError)):
        compile_template(html, f"{{{{ {name}(9) }}}}", "t").render()


def test_arithmetic_on_numbers_is_allowed(html):
    assert compile_template(html, "{{ 3 * miles + 7 % 4 }}", "t").render(miles=500) == "1503"


def test_a_condition_is_compiled_by_the_same_sandbox(html):
    condition = html.compile_expression("channel == 'offline' and not goals.account_registered")
    assert condition(channel="offline", goals={"account_registered": False}) is True
    assert condition(channel="online", goals={"account_registered": False}) is False
    with pytest.raises(UndefinedError, match="acount"):
        html.compile_expression("not goals.acount")(goals={})


def test_a_name_in_a_mapping_wins_over_the_mappings_methods(html):
    template = compile_template(html, "{{ links.items }} {{ links['copy'] }}", "t")
    assert template.render(links={"items": "a", "copy": "b"}) == "a b"


def test_what_is_not_given_is_an_error_not_an_empty_text(html):
    for source in ("{{ missing }}", "{{ links.missing }}", "{% if missing %}{% endif %}"):
        with pytest.raises(UndefinedError):
            compile_template(html, source, "t").render(links={})


def test_only_the_html_sandbox_escapes(html):
    assert html.from_string("{{ a }}").render(a="<") == "&lt;"
    assert sandbox(autoescape=False).from_string("{{ a }}").render(a="<") == "<"


def test_a_source_over_its_bound_is_refused(html):
    with pytest.raises(TooLargeError, match="mail 'x'"):
        compile_template(html, "a" * (MAX_SOURCE_CHARS + 1), "mail 'x'")


def test_a_text_without_a_catalogue_is_shown_as_it_is_written():
    environment = mail_environment({}, autoescape=True)
    template = compile_template(environment, "{% trans n=miles %}{{ n }} < 5{% endtrans %}", "t")
    assert template.render(language="fr", miles="<") == "&lt; < 5"


def test_a_date_is_written_in_the_language_of_the_mail():
    environment = mail_environment({}, autoescape=False)
    template = compile_template(environment, "{{ day|date }}, {{ miles|number }}", "t")
    assert template.render(language="de", day=date(2026, 3, 5), miles=1500) == "5. März 2026, 1.500"
