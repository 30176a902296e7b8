"""What a template cannot do, and what an import map's expression cannot do."""

from datetime import date
from time import process_time

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from mail.rendering import ours, refused

from chalicelib.mail.bounds import MAX_ELEMENTS, MAX_SOURCE_CHARS, place_too_deep
from chalicelib.mail.dialect import parse
from chalicelib.mail.environment import sandbox
from chalicelib.mail.errors import RenderError, TemplateSourceError
from chalicelib.mail.source_mails import SourceMails

MAKES_MUCH = [
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
]
VALUES = {"name": "x", "goals": {"a": True}, "language": "en"}


@pytest.fixture(scope="module")
def environment():
    return sandbox(autoescape=True)


@pytest.mark.parametrize("source", MAKES_MUCH)
def test_a_template_cannot_make_much_out_of_little_nor_reach_behind_a_value(source):
    if not refused(source):
        with pytest.raises(RenderError, match="for numbers only"):
            ours(source, VALUES)


@pytest.mark.parametrize("source", MAKES_MUCH)
def test_neither_can_an_expression_of_an_import_map(environment, source):
    with pytest.raises((SecurityError, UndefinedError)):
        environment.from_string(source).render(VALUES)


@pytest.mark.parametrize("source", ["{{ 5|round(-999999999) }}", "{{ 5|round(99999, 'ceil') }}"])
def test_nothing_is_rounded_to_a_billion_places(environment, source):
    assert "`round` takes 0 to 9" in str(refused(source))
    with pytest.raises(ValueError, match="round to 0 to 9 places"):
        environment.from_string(source).render()


@pytest.mark.parametrize("attribute", ["__class__", "items", "upper", "__init__"])
def test_an_attribute_of_a_value_is_not_there(attribute):
    """Only the keys of a mapping are: a member's name has none, and `goals` its own."""
    for group in ("name", "goals"):
        with pytest.raises(RenderError):
            ours(f"{{{{ {group}.{attribute} }}}}", VALUES)
        with pytest.raises(RenderError):
            ours(f"{{{{ {group}['{attribute}'] }}}}", VALUES)


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
        ("{% if name %}{% if name %}{% else %}{% set x = 1 %}{% endif %}{% endif %}", "assign"),
    ],
)
def test_a_template_has_no_statement_but_if_and_trans(source, named):
    error = refused("\n\n" + source)
    assert f"no {named} statement" in error.message
    assert error.lineno == 3


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{{ name() }}", "call"),
        ("{{ _('a')|upper }}", "call"),
        ("{{ name is defined }}", "test"),
        ("{{ name ~ name }}", "concat"),
        ("{{ name[1:] }}", "getitem"),
        ("{{ goals[name] }}", "getitem"),
        ("{{ goals.a.b }}", "getattr"),
        ("{{ 2 ** 3 }}", "pow"),
        ("{{ {'a': 1} }}", "dict"),
        ("{{ 1 + ('a' if name) }}", "condexpr"),
        ("{% if name %}{% elif name() %}{% endif %}", "call"),
    ],
)
def test_an_expression_has_no_operation_but_those_that_are_listed(source, named):
    error = refused("\n" + source)
    assert error.message == f"a mail can't have a {named} here"
    assert error.lineno == 2


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{{ _(name) }}", "_ needs its text as a constant"),
        ("{{ ngettext('a', name, 1) }}", "ngettext needs its text as a constant"),
        ("{{ _('a %(b)s') }}", "has no value for 'b'"),
        ("{{ _('5 %') }}", "a lone % in a text"),
        ("{{ _('a', **goals) }}", "without a *"),
        ("{{ name|e|upper }}", "'e' comes last"),
        ("{{ name|upper(1) }}", "'upper' takes nothing"),
        ("{{ name|int(base=8) }}", "'int' takes default"),
        ("{{ ('a' or name)|default('b') }}", "`default` goes with a name"),
        ("{{ 5|round(name) }}", "`round` takes 0 to 9"),
        ("{{ 5|round(0, 'up') }}", "one of common, ceil, floor"),
    ],
)
def test_what_would_not_be_rendered_as_it_says_is_refused(source, what):
    assert what in refused(source).message


@pytest.mark.parametrize("unsafe", ["safe", "center", "format", "replace", "tojson", "attr", "map"])
def test_filters_that_unescape_or_grow_are_not_there(environment, unsafe):
    source = f"{{{{ name|{unsafe} }}}}"
    assert f"No filter named '{unsafe}'" in refused(source).message
    assert unsafe not in environment.filters


@pytest.mark.parametrize("name", ["range", "lipsum", "dict", "cycler", "joiner", "namespace"])
def test_jinjas_own_functions_are_not_there(environment, name):
    assert refused(f"{{{{ {name}(9) }}}}")
    with pytest.raises((SecurityError, UndefinedError)):
        environment.from_string(f"{{{{ {name}(9) }}}}").render()


def test_arithmetic_on_numbers_is_allowed():
    assert ours("{{ 3 * miles + 7 % 4 }}", {"miles": 500}) == "1503"


def test_an_expression_of_a_map_is_compiled_by_the_same_sandbox(environment):
    condition = environment.compile_expression("channel == 'offline' and not goals.registered")
    assert condition(channel="offline", goals={"registered": False}) is True
    assert condition(channel="online", goals={"registered": False}) is False
    with pytest.raises(UndefinedError, match="acount"):
        environment.compile_expression("not goals.acount")(goals={})


def test_a_name_in_a_mapping_wins_over_the_mappings_methods(environment):
    source, values = "{{ links.items }} {{ links['copy'] }}", {"links": {"items": "a", "copy": "b"}}
    assert ours(source, values) == environment.from_string(source).render(values) == "a b"


def test_what_is_not_given_is_an_error_not_an_empty_text():
    for source in ("{{ missing }}", "{{ links.missing }}", "{% if missing %}{% endif %}"):
        with pytest.raises(RenderError, match="missing' is undefined"):
            ours(source, {"links": {}})


def test_only_html_is_escaped():
    assert ours("{{ a }}", {"a": "<&>\"'"}) == "&lt;&amp;&gt;&#34;&#39;"
    assert ours("{{ a }}", {"a": "<&>\"'"}, escape=False) == "<&>\"'"


def test_a_source_over_its_bound_is_refused():
    with pytest.raises(TemplateSyntaxError, match="mail 'x' has 131073 characters"):
        parse("a" * (MAX_SOURCE_CHARS + 1), "mail 'x'")


TOO_MUCH = {
    "brackets": ("{{ " + "(" * 9_000 + "1" + ")" * 9_000 + " }}", "brackets nested over 25 deep"),
    "lists": ("{{ 1 in " + "[" * 9_000 + "]" * 9_000 + " }}", "brackets nested over 25 deep"),
    "operators": ("{{ " + "not " * 9_000 + "x }}", "a tag of over 200 words"),
    "sums": ("{{ " + "x + " * 9_000 + "x }}", "a tag of over 200 words"),
    "comparisons": ("{{ " + "1 < " * 9_000 + "2 }}", "a tag of over 200 words"),
    "filters": ("{{ x" + "|upper" * 9_000 + " }}", "a tag of over 200 words"),
    "conditions": ("{{ " + "1 if x else " * 9_000 + "1 }}", "a tag of over 200 words"),
    "ifs": ("{% if x %}" * 4_000 + "{% endif %}" * 4_000, "over 30 statements in each other"),
    "elifs": ("{% if x %}" + "{% elif x %}" * 4_000, "over 30 statements in each other"),
    "loops": ("{% for x in y %}" * 3_000, "over 30 statements in each other"),
    "blocks": ("{%- filter upper -%}" * 3_000, "over 30 statements in each other"),
    "tags": ("{{ x }}" * 9_000, "over 1000 tags"),
    "digits": ("{{ " + "9" * 5_000 + " }}", "a number of over 20 characters"),
    "hexadecimal": ("{{ 0x" + "f" * 5_000 + " }}", "a number of over 20 characters"),
    "half a character": ("{{ '\\ud800' }}", "half a character"),
}


@pytest.mark.parametrize(("source", "what"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_would_take_long_to_read_or_end_the_process_is_refused_at_once(source, what):
    began = process_time()
    with pytest.raises(TemplateSyntaxError, match=what) as refusal:
        parse(f"first line\n{source}", "t")
    assert refusal.value.lineno == 2
    assert process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "too_deep"),
    [
        ("<b>" * MAX_ELEMENTS + "</b>" * MAX_ELEMENTS, False),
        ("<b>" * (MAX_ELEMENTS + 1), True),
        ("<b></b>" * 500, False),
        ("<br><img src='x'><mj-spacer />" * 500, False),
        ("<mj-section a='>' b=\"/\">" * 61, True),
        ("</b>" * 500 + "<b>" * 60, False),
    ],
)
def test_elements_stand_in_each_other_only_so_deep(text, too_deep):
    assert (place_too_deep(text) is not None) is too_deep


@pytest.mark.parametrize("element", ["mj-section", "mj-wrapper", "mj-raw", "div"])
def test_mjml_is_never_given_what_would_end_the_process(programme, element):
    body = programme / "mails/hello/body.mjml"
    body.write_text(f"\n<{element}>" + f"<{element}>" * 2_500 + f"</{element}>" * 2_501)
    with pytest.raises(TemplateSourceError, match="over 60 elements in each other") as fault:
        SourceMails.load(programme)
    assert (fault.value.problem.file, fault.value.problem.line) == (str(body), 2)


def test_files_that_include_each_other_over_and_over_are_refused_at_once(programme):
    """Three levels of a thousand would be a thousand million files."""
    for name, inner in (("a.mjml", "b.mjml"), ("b.mjml", "footer.mjml")):
        text = f'<mj-include path="{inner}" />\n' * 1_000
        (programme / "shared" / name).write_text(text)
    (programme / "mails/hello/body.mjml").write_text('<mj-include path="a.mjml" />\n')
    with pytest.raises(TemplateSourceError, match="this includes too much"):
        SourceMails.load(programme)


def test_files_that_together_are_too_long_are_refused(programme):
    (programme / "shared/big.txt").write_text("a" * 60_000)
    (programme / "mails/hello/body.txt").write_text('{% include "big.txt" %}\n' * 3)
    with pytest.raises(TemplateSourceError, match="includes too much") as fault:
        SourceMails.load(programme)
    assert fault.value.problem.line == 3


@pytest.mark.parametrize(
    ("theme", "what"),
    [
        ("a: &a [1, 2]\nb: [*a, *a]\n", "an alias"),
        ("day: 2027-99-99\n", "not read"),
        (f"long: {'x' * 1_001}\n", "over 1000 characters"),
        ("a: " + "[" * 2_000 + "]" * 2_000, "not read"),
    ],
)
def test_a_theme_that_makes_much_out_of_little_is_refused(programme, theme, what):
    (programme / "theme.yaml").write_text(theme)
    with pytest.raises(TemplateSourceError, match=what):
        SourceMails.load(programme)


def test_a_text_without_a_catalogue_is_shown_as_it_is_written():
    source = "{% trans n=miles %}{{ n }} < 5{% endtrans %}"
    assert ours(source, {"miles": "<"}, language="fr") == "&lt; < 5"


def test_a_date_is_written_in_the_language_of_the_mail():
    values = {"day": date(2026, 3, 5), "miles": 1500}
    assert ours("{{ day|date }}, {{ miles|number }}", values, language="de") == (
        "5. März 2026, 1.500"
    )
