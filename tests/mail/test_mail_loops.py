"""A page's loops over what members choose among: written out, translated; nothing else loops."""

import pytest
from mail.conftest import values_of

from chalicelib.mail.check import syntax_problems, undeclared_names
from chalicelib.mail.choices import NO_CHOICES, read_choices
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import MailTemplates

DECLARED = """\
name: tried
topics:
  miles: Miles & more
  no: Nothing
spacing: [7 days, 2 weeks, 48 hours]
locales: [en, ru]
"""
TOPICS = (
    "{% for topic in topics %}{{ topic.name }}={{ topic.title }}:{{ topic.chosen }};{% endfor %}"
)


@pytest.fixture
def page(programme):
    (programme / "programme.yaml").write_text(DECLARED)

    def write(source, name="preferences"):
        (programme / "pages" / f"{name}.html").write_text(source)
        return SourceMails.load(programme)

    return write


def shown(source, language="en", **choices):
    return MailTemplates.of(source).render_page("preferences", language, {"choices": choices})


CHOSEN = {"topic.miles": True, "topic.no": False}


def test_a_loop_is_its_body_once_for_each_entry(page):
    assert shown(page(TOPICS), **CHOSEN) == "miles=Miles &amp; more:True;no=Nothing:False;"


def test_titles_are_in_the_pages_language(page, programme):
    catalogue = programme / "locales" / "ru" / "LC_MESSAGES" / "messages.po"
    with catalogue.open("a") as file:
        file.write('\nmsgid "Miles & more"\nmsgstr "Мили <и не только>"\n')
    assert "Мили &lt;и не только&gt;" in shown(page(TOPICS), "ru", **CHOSEN)
    assert "Miles &amp; more" in shown(page(TOPICS), "en", **CHOSEN)


def test_what_is_not_a_number_of_whole_days_is_for_the_programmes_own_lint(page):
    source = "{% for spacing in spacings %}{{ spacing.name }} {{ spacing.days + 1 }};{% endfor %}"
    assert shown(page(source)) == "7 8;14 15;"


def test_days_are_counted_in_every_plural_form(page):
    source = (
        "{% for spacing in spacings %}{% trans count=spacing.days %}{{ count }} mile"
        "{% pluralize %}{{ count }} miles{% endtrans %};{% endfor %}"
    )
    assert shown(page(source), "ru") == "7 миль;14 миль;"


def test_a_language_is_offered_by_its_own_name(page):
    source = "{% for locale in locales %}{{ locale.name }}={{ locale.title }};{% endfor %}"
    assert shown(page(source)) == "en=English;ru=Русский;"


def test_a_loop_may_stand_in_a_branch_and_have_branches(page):
    source = (
        "{% if choices.mails %}a{% elif choices.saved %}"
        "{% for topic in topics %}{% if topic.chosen %}{{ topic.name }}{% endif %}{% endfor %}"
        "{% else %}b{% endif %}"
    )
    mails = page(source)
    assert shown(mails, mails=False, saved="x", **CHOSEN) == "miles"
    assert shown(mails, mails=False, saved="", **CHOSEN) == "b"


def test_nothing_is_looped_over_where_nothing_is_declared(page, programme):
    (programme / "programme.yaml").unlink()
    assert shown(page(f"<{TOPICS}>")) == "<>"


REFUSED = {
    "{% for x in topics %}{% endfor %}": "a page loops as",
    "{% for topic in spacings %}{% endfor %}": "a page loops as",
    "{% for topic in [1, 2] %}{% endfor %}": "a page loops as",
    "{% for topic, x in topics %}{% endfor %}": "a page loops as",
    "{% for topic in topics if topic.chosen %}{% endfor %}": "a page loops as",
    "{% for topic in topics %}{% else %}x{% endfor %}": "a page loops as",
    "{% for topic in topics recursive %}{% endfor %}": "a page loops as",
    "{% for topic in topics %}{% for locale in locales %}x{% endfor %}{% endfor %}": "in no other",
    "{% for topic in topics %}{{ topic }}{% endfor %}": "a topic is no text",
    "{% for topic in topics %}{{ topic.size }}{% endfor %}": "a topic has name, title, chosen",
    "{% for topic in topics %}{{ loop.index }}{% endfor %}{{ topic.name }}": "stands in no loop",
    "{% if topic.name %}x{% endif %}": "stands in no loop",
    "{% for topic in topics %}{% set x = 1 %}{% endfor %}": "a mail has no assign",
}


@pytest.mark.parametrize("source", REFUSED)
def test_any_other_loop_is_refused_with_its_line(page, source):
    mails = page(f"\n\n{source}")
    [problem] = syntax_problems(mails)
    assert REFUSED[source] in problem.what
    assert (problem.file.rpartition("/")[2], problem.line) == ("preferences.html", 3)
    with pytest.raises(TemplateSourceError):
        shown(mails)


def test_a_loop_is_looked_at_even_where_nothing_is_declared(page, programme):
    (programme / "programme.yaml").unlink()
    assert syntax_problems(SourceMails.load(programme)) == []
    mails = page("{% for topic in topics %}{{ topic.size }}{% endfor %}")
    assert len(syntax_problems(mails)) == 1


def test_a_mail_never_loops(programme):
    (programme / "programme.yaml").write_text(DECLARED)
    (programme / "mails" / "hello" / "body.txt").write_text(f"{TOPICS}\n")
    [problem] = syntax_problems(SourceMails.load(programme))
    assert "a mail has no for statement" in problem.what


@pytest.mark.parametrize(
    ("name", "source", "faults"),
    [
        ("preferences", TOPICS + "{{ choices.mails }}{{ links.preferences }}", 0),
        ("preferences_saved", "{{ choices.saved }}", 0),
        ("preferences", "{{ choices.first_name }}", 1),
        ("preferences", "{{ first_name }}", 1),
        ("bye", "{{ links.preferences }}", 0),
        ("bye", "{{ choices.mails }}", 2),
        ("invalid_link", "{{ links.preferences }}", 1),
    ],
)
def test_only_pages_of_preferences_may_say_what_a_member_chose(
    page, declared, name, source, faults
):
    found = undeclared_names(page(source, name), declared)
    assert len([each for each in found if each.file.endswith(f"{name}.html")]) == faults


@pytest.mark.parametrize("text", ["", "[", "topics: 7", "topics: [a]", "spacing: {a: b}", "- x"])
def test_what_is_wrong_in_programme_yaml_is_left_to_its_own_lint(tmp_path, text):
    file = tmp_path / "programme.yaml"
    assert read_choices(file) == NO_CHOICES
    file.write_text(text)
    assert read_choices(file) == NO_CHOICES


def test_no_value_of_a_member_but_their_choices_is_on_the_shipped_pages(shipped):
    given_values = {name: values_of()[name] for name in ("programme", "links", "choices")}
    html = shipped.render_page("preferences", "ru", given_values)
    assert html.count(" checked") == 4, "two topics, a spacing, a language"
