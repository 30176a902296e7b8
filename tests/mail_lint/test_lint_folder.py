"""A whole folder at once: what is read and made once, what is told for each mail, and where."""

import shutil
from types import SimpleNamespace

import pytest
from mail_lint.broken import BODY, COLUMN, FOOTER, PO, PROGRAMME, SAMPLES, text_block

from chalicelib.domain.lint_rules import LintRule as Rule
from chalicelib.domain.problem import Problem
from chalicelib.mail.templates import MailTemplates, RenderedMail
from chalicelib.mail_lint.page_rules import page_problems
from chalicelib.mail_lint.rendition import Rendition
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.programme import lint, source
from chalicelib.programme.lint import lint_programme

PALE = "#eeeeee"
NOWHERE = SimpleNamespace(of_part=lambda *told: Problem("", 1, told[2], told[3], told[4]))


def problems_of(folder, rule):
    return [problem for problem in lint_folder(folder) if problem.rule == rule]


@pytest.fixture
def bye(clean, change):
    """Adds a second mail, of the same tags as the first."""

    def added():
        shutil.copytree(clean / "mails" / "hello", clean / "mails" / "bye")
        step = "      - name: hello\n        mail: hello\n"
        change(PROGRAMME, step, f"      - name: bye\n        mail: bye\n{step}")
        return clean / "mails" / "bye"

    return added


def test_the_same_fault_in_two_mails_of_the_same_tags_is_told_for_both(clean, change, bye):
    change(BODY, '<h2>{{ _("What you have") }}</h2>', '<h3>{{ _("What you have") }}</h3>')
    bye()
    told = {problem.file for problem in problems_of(clean, Rule.HEADING_ORDER)}
    assert told >= {str(clean / BODY), str(clean / "mails" / "bye" / "body.mjml")}


def test_styles_are_measured_in_bytes_as_gmail_does():
    """Letters of most languages have more than one each."""
    html = "<html lang='ru'><head><title>x</title><style>/* {} */</style></head></html>"
    told = [
        {problem.rule for problem in page_problems(of_html(html.format(letter * 10_000)), NOWHERE)}
        for letter in "xя"
    ]
    assert told == [set(), {Rule.STYLE_TOO_LARGE}]


def of_html(html):
    return Rendition("m", "en", "s", RenderedMail("", "", html, ""))


def skeleton(html):
    return of_html(html).skeleton


def test_two_renditions_look_alike_if_only_their_words_differ():
    html = '<style>p { color: red }</style><p>Anna</p><a href="https://a.example/1"> </a>'
    assert skeleton(html) == skeleton(html.replace("Anna", "Olga").replace("/1", "/2"))
    assert skeleton(html) != skeleton(html.replace("red", "blue"))
    assert skeleton(html) != skeleton(html.replace("Anna", " "))
    assert skeleton(html.replace("Anna", "-")) != skeleton(html.replace("Anna", " "))


@pytest.mark.parametrize("broken", ["known: [", "known:\n  about: x\n  colour: red\n"])
def test_a_fault_in_the_samples_hides_no_other_fault(clean, change, broken):
    change(SAMPLES, (clean / SAMPLES).read_text(encoding="utf-8"), broken)
    change(BODY, 'alt=""', "")
    change(BODY, "Hello, {{ name }}!", "Hello, {{ name }}, !")
    change(PO, "Hello, %(name)s!", "Hello, %(name)s, !")
    change("mails/hello/body.txt", "Hello, {{ name }}!", "Hello, {{ name }}, !")
    change(FOOTER, "{{ programme.name }}", "{{ programme.name }}, !")
    rules = {problem.rule for problem in lint_folder(clean)}
    assert rules == {Rule.SAMPLE, Rule.IMAGE_ALT, Rule.HOLLOW_TEXT}


def counted_calls(monkeypatch, owner, name):
    calls, real = [], getattr(owner, name)

    def counting(*arguments, **named):
        calls.append(arguments)
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, counting)
    return calls


def test_a_folder_is_read_once(clean, monkeypatch):
    loaded = counted_calls(monkeypatch, lint.SourceMails, "load")
    trees = counted_calls(monkeypatch, source, "read_tree")
    assert lint_folder(clean) == []
    assert (len(loaded), len(trees)) == (1, 1)


def test_each_mail_is_made_once_for_each_sample_and_language(clean, monkeypatch):
    made = counted_calls(monkeypatch, MailTemplates, "render")
    assert lint_folder(clean) == []
    assert len(made) == 3 * 2  # one sample, two of whom nothing is known; two languages


def test_what_is_read_for_all_mails_is_the_same_as_for_each(clean, change):
    line = change(FOOTER, "{{ programme.name }}", "{{ programme.nam }}")
    (problem,) = lint_programme(clean)
    assert (problem.file, problem.line) == (str(clean / FOOTER), line)


def test_a_fault_is_not_blamed_on_a_text_that_is_nothing_but_a_value(clean, change):
    value = "{% trans name=first_name %}{{ name }}{% endtrans %}"
    pale = f'<span style="color:{PALE}">{{{{ _("What you have") }}}}</span>'
    change(BODY, "<mj-text>{%", f"<mj-text>{value} {{%")
    change("mails/hello/body.txt", "App:", f"{value} App:")
    change(PO, 'msgid "Unsubscribe"', 'msgid "%(name)s"\nmsgstr "%(name)s"\n\nmsgid "Unsubscribe"')
    line = change(BODY, COLUMN, text_block(pale))
    told = problems_of(clean, Rule.CONTRAST)
    assert (str(clean / BODY), line - 7) in {(each.file, each.line) for each in told}
    assert {each.line for each in told if each.file == str(clean / BODY)} == {line - 7}


def test_a_fault_is_not_blamed_on_what_another_mail_says(clean, change, bye):
    """Its own text is a value of the programme, which looks like the other mail's text."""
    text = "{% trans name=first_name %}{{ name }} and more{% endtrans %}"
    other = bye()
    for file, end in (("body.mjml", COLUMN), ("body.txt", "App:")):
        path = other / file
        said = path.read_text(encoding="utf-8")
        block = text_block(text) if end == COLUMN else f"{text} {end}"
        path.write_text(said.replace(end, block, 1), encoding="utf-8")
    entry = 'msgid "%(name)s and more"\nmsgstr "%(name)s и ещё"\n\n'
    change(PO, 'msgid "Unsubscribe"', f'{entry}msgid "Unsubscribe"')
    change(PROGRAMME, "  name: Vesper\n  site", "  name: Vesper\n  club: Miles and more\n  site")
    change("mails/hello/body.txt", "App:", "{{ programme.club }} App:")
    pale = f'<span style="color:{PALE}">{{{{ programme.club }}}}</span>'
    change(BODY, COLUMN, text_block(pale))
    assert {each.file for each in problems_of(clean, Rule.CONTRAST)} == {str(clean / BODY)}
