"""`milepost translate`: what a translator's file has after it, and what lint says of the file."""

import shutil
from dataclasses import replace
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale, localedata
from babel.messages.pofile import write_po
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from mail.conftest import SHIPPED
from mail.test_mail_check import PO, TXT, YAML, edit

from chalicelib.commands.translate import translate
from chalicelib.compile_programme import compile_programme
from chalicelib.domain.lint_rules import LintRule
from chalicelib.mail.catalogue import load_catalogue
from chalicelib.mail.extraction import messages
from chalicelib.mail.plural_forms import examples, plural_forms, same_forms
from chalicelib.mail.samples import BUILT_IN
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import MailTemplates
from chalicelib.mail.translations import missing_translations
from chalicelib.operations.specimens import specimen
from chalicelib.programme.lint import lint_programme
from chalicelib.programme.loader import load_programme

TAGS = sorted(
    tag.replace("_", "-") for tag in localedata.locale_identifiers() if tag != "en_US_POSIX"
)
SMALL_PROGRAMME = """\
name: small
sender: {name: Small, address: small@example.com}
locales: [en, ru]
time_zone: Europe/Moscow
consent: opt_out
units: {redeemable: Miles}
tiers: [basic]
goals:
  app_installed: {on: app.installed}
journeys:
  hello:
    version: 1
    enters: {on: member.joined}
    holdout: 50%
    salt: hello
    goals: [app_installed]
    steps:
      - {name: hello, mail: hello}
details: {name: Small}
links: {app_ios: "https://www.example.com/app"}
"""


def run(*arguments):
    return CliRunner().invoke(translate, [str(argument) for argument in arguments])


def catalogue_of(folder, tag="ru"):
    return load_catalogue(folder / "locales" / tag / "LC_MESSAGES" / "messages.po", tag)


@pytest.fixture
def mine(tmp_path):
    """A copy of the shipped programme, as its marketer has it."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "mine"))


@pytest.fixture
def small(programme):
    """The small programme of the mail tests, with a programme.yaml around it."""
    (programme / "programme.yaml").write_text(SMALL_PROGRAMME, encoding="utf-8")
    return programme


# Plural forms.


@given(st.sampled_from(TAGS), st.integers(0, 999_999))
def test_a_form_is_picked_as_cldr_has_it(tag, number):
    """Numbers of one form are of one category, and the other way round, near any number."""
    rule, pick = Locale.parse(tag, sep="-").plural_form, c2py(plural_forms(tag)[1])
    near = [abs(number + step) for step in range(-12, 13)]
    forms = {(pick(each), rule(each)) for each in (*near, *range(120)) if in_use(rule, each)}
    assert len(forms) == len({form for form, _ in forms}) == len({name for _, name in forms})


def in_use(rule, number):
    """What only whole millions take has no form of its own."""
    return rule(number) != "many" or any(rule(each) == "many" for each in range(1_000))


def test_the_forms_of_a_language_are_counted_by_whole_numbers():
    assert [plural_forms(tag)[0] for tag in ("ja", "en", "de", "kk", "fr", "ru", "ar")] == [
        1,
        2,
        2,
        2,
        2,
        3,
        6,
    ]
    assert examples("ru") == ((1, 21, 31, 41), (2, 3, 4, 22), (0, 5, 6, 7))


def test_two_expressions_are_the_same_if_they_pick_the_same():
    assert same_forms((2, "n != 1"), (2, "n==1 ? 0 : 1"))
    assert not same_forms((2, "n != 1"), (2, "n > 1"))
    assert not same_forms((3, "n != 1"), (2, "n != 1"))


RUSSIAN = {
    1: "миля",
    2: "мили",
    5: "миль",
    11: "миль",
    21: "миля",
    22: "мили",
    1_000: "миль",
}


@pytest.mark.parametrize("number", RUSSIAN)
@pytest.mark.parametrize("mail", ["reminder", "collect"])
def test_the_shipped_mails_count_miles_in_russian(shipped, mail, number):
    sample = replace(BUILT_IN[1], gift=number, balances={"redeemable": number})
    made = specimen(load_programme(SHIPPED), shipped, mail, "ru", sample).rendered
    written = f"{number:,} {RUSSIAN[number]} ".replace(",", " ")
    assert written in " ".join(f"{made.subject} {made.text} ".split())


# The file.


def test_the_shipped_translations_are_as_the_command_leaves_them():
    """Mend with: milepost translate templates/airline-bonus."""
    result = run(SHIPPED, "--check")
    assert result.exit_code == 0, result.output


def test_bringing_a_file_up_to_date_twice_changes_nothing_more(mine):
    assert run(mine).exit_code == 0
    once = (mine / PO).read_bytes()
    assert run(mine).exit_code == 0
    assert (mine / PO).read_bytes() == once
    assert run(mine, "--check").exit_code == 0


def test_the_head_of_the_file_is_its_authors(mine):
    head = (mine / PO).read_text(encoding="utf-8").split("\n\n")[0]
    run(mine)
    assert (mine / PO).read_text(encoding="utf-8").startswith(f"{head}\n\n")


def test_a_remark_above_the_header_is_kept_and_so_is_the_header(small):
    header = 'msgid ""\nmsgstr ""\n'
    edit(small, PO, header, f'# Ours alone.\n\n# The whole team.\n{header}"Team: we\\n"\n')
    assert run(small).exit_code == 0
    written = (small / PO).read_text(encoding="utf-8")
    assert written.startswith(f"# Ours alone.\n\n# The whole team.\n{header}")
    assert '"Team: we\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n#: ' in written
    assert run(small, "--check").exit_code == 0


def test_a_file_without_a_header_gets_one_and_keeps_each_entry_once(small):
    text = (small / PO).read_text(encoding="utf-8")
    (small / PO).write_text(text.partition("\n\n")[2], encoding="utf-8")
    assert run(small).exit_code == 0
    written = (small / PO).read_text(encoding="utf-8")
    assert '"Plural-Forms: nplurals=3;' in written
    assert written.count('msgid "Unsubscribe"') == 1
    assert catalogue_of(small).written.get("%(count)s mile").string[2] == "%(count)s миль"
    assert run(small, "--check").exit_code == 0


def test_a_header_ends_where_the_first_entry_begins(small):
    edit(small, PO, '\n\nmsgid "Unsubscribe"', '\nmsgid "Unsubscribe"')
    assert run(small).exit_code == 0
    assert (small / PO).read_text(encoding="utf-8").count('msgid "Unsubscribe"') == 1


def test_a_guess_that_no_blank_line_parts_from_the_next_entry_is_read(small):
    edit(small, YAML, "Hello from us", "Hello from all of us")
    run(small)
    guess = '#| msgid "Hello from us"\nmsgid "Hello from all of us"\nmsgstr "Привет от нас"\n'
    edit(small, PO, f"{guess}\n", guess)
    result = run(small)
    assert result.exit_code == 0, result.exception
    assert f"{guess}\n" in (small / PO).read_text(encoding="utf-8")


def test_a_new_text_is_added_and_told_with_the_line_to_write_at(small):
    edit(small, TXT, "{{ card }}", '{{ _("Your plastic card") }}')
    result = run(small)
    assert result.exit_code == 0
    written = (small / PO).read_text(encoding="utf-8")
    line = written[: written.index('msgid "Your plastic card"')].count("\n") + 1
    assert f"{small / PO}:{line}: to translate: 'Your plastic card'. From {small / TXT}" in (
        result.output
    )
    assert "ru: 8 texts, 1 to do" in result.output
    assert f'#: {TXT}\nmsgid "Your plastic card"' in written


def test_translations_and_comments_stay(small):
    edit(small, PO, 'msgid "Unsubscribe"', '# A button.\nmsgid "Unsubscribe"')
    before = {entry.id: entry.string for entry in catalogue_of(small).written if entry.id}
    edit(small, TXT, "{{ card }}", '{{ _("Your plastic card") }}')
    run(small)
    written = catalogue_of(small).written
    assert {entry.id: entry.string for entry in written if entry.id and entry.string} == before
    assert written.get("Unsubscribe").user_comments == ["A button."]


def test_a_changed_text_gets_its_old_translation_as_a_guess(small):
    edit(small, YAML, "Hello from us", "Hello from all of us")
    result = run(small)
    entry = catalogue_of(small).written.get("Hello from all of us")
    assert (entry.string, entry.fuzzy) == ("Привет от нас", True)
    written = (small / PO).read_text(encoding="utf-8")
    assert '#| msgid "Hello from us"\nmsgid "Hello from all of us"' in written
    run(small)
    assert (small / PO).read_text(encoding="utf-8") == written
    assert "a guess, marked fuzzy: 'Hello from all of us'" in result.output
    assert run(small, "--check").exit_code == 1


def test_a_text_that_is_only_a_little_alike_gets_no_guess(small):
    """Nor does one like a text that is still said: both would be wrong too often."""
    edit(small, TXT, "{{ card }}", '{{ _("View in browsers") }} {{ _("Bye from them") }}')
    edit(small, YAML, "Hello from us", "Hello")
    run(small)
    assert not any(entry.fuzzy for entry in catalogue_of(small).written)


def test_a_text_that_is_counted_from_now_on_keeps_its_translation_as_a_guess(small):
    counted = "{% trans count=gift %}Hello, {{ count }}{% pluralize %}Hellos{% endtrans %}"
    edit(small, TXT, "{% trans name=first_name %}Hello, {{ name }}{% endtrans %}", counted)
    edit(small, "mails/hello/body.mjml", "{% trans name=first_name %}Hello, {{ name }}", counted)
    edit(small, "mails/hello/body.mjml", "{% endtrans %}{% endtrans %}", "{% endtrans %}")
    run(small)
    entry = catalogue_of(small).written.get("Hello, %(count)s")
    assert (entry.string, entry.fuzzy) == (("Здравствуйте, %(name)s", "", ""), True)


def test_a_changed_plural_marks_the_translation_as_a_guess(small):
    edit(small, TXT, "{{ count }} miles", "{{ count }} points")
    run(small)
    entry = catalogue_of(small).written.get("%(count)s mile")
    assert entry.fuzzy
    assert entry.string[0] == "%(count)s миля"


def test_what_no_mail_says_any_more_goes_to_the_end_and_comes_back(small):
    line = edit(small, TXT, "{{ card }}", '{{ _("Unsubscribe now or never") }}')
    edit(small, PO, 'msgid "Unsubscribe"', 'msgid "X"\nmsgstr "Икс"\n\nmsgid "Unsubscribe"')
    assert line
    run(small)
    tail = (small / PO).read_text(encoding="utf-8").rstrip().splitlines()[-2:]
    assert tail == ['#~ msgid "X"', '#~ msgstr "Икс"']
    edit(small, TXT, "Unsubscribe now or never", "X")
    run(small)
    assert catalogue_of(small).written.get("X").string == "Икс"


def test_texts_come_in_the_order_of_their_files(mine):
    run(mine)
    written = catalogue_of(mine).written
    texts = messages(SourceMails.load(mine))
    assert [entry.id for entry in written if entry.id] == [
        text.forms if len(text.forms) > 1 else text.forms[0] for text in texts
    ]
    assert [text.file for text in texts] == sorted(text.file for text in texts)


def test_titles_of_topics_are_texts_too(small):
    """With file and line, so that lint can ask for them."""
    path = small / "programme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\ntopics:\n  account: Your own account\n", encoding="utf-8")
    (found,) = [each for each in messages(SourceMails.load(small)) if each.file == str(path)]
    assert found.forms == ("Your own account",)
    assert found.line == text.count("\n") + 3


def test_a_text_that_is_counted_elsewhere_has_one_entry(small):
    edit(small, TXT, "{{ card }}", "{% trans count=gift %}{{ count }} mile{% endtrans %}")
    forms = [text.forms for text in messages(SourceMails.load(small)) if "mile" in text.forms[0]]
    assert forms == [("%(count)s mile", "%(count)s miles")]
    assert missing_translations(SourceMails.load(small), ["ru"]) == []


def test_checking_writes_nothing(small):
    edit(small, TXT, "{{ card }}", '{{ _("Your plastic card") }}')
    before = (small / PO).read_bytes()
    result = run(small, "--check")
    assert result.exit_code == 1
    assert f"{small / PO}: not up to date with the mails" in result.output
    assert (small / PO).read_bytes() == before


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (PO, 'msgid "Unsubscribe"', "Unsubscribe", f"{PO}:"),
        (
            PO,
            'msgid "Unsubscribe"',
            'msgid "View in browser"\nmsgstr ""\n\nmsgid "U"',
            "further up",
        ),
        (TXT, "{% if card %}", "{% fi card %}", "unknown tag 'fi'"),
        ("programme.yaml", "consent: opt_out", "consent: maybe", "can't be 'maybe'"),
    ],
)
def test_what_cannot_be_read_is_left_as_it_is(small, file, old, new, told):
    run(small)
    edit(small, file, old, new)
    before = (small / PO).read_bytes()
    result = run(small)
    assert result.exit_code == 1
    assert told in result.output
    assert (small / PO).read_bytes() == before


# A new language.


def fill_in(folder, tag):
    """Write the English and a mark into every form, as a translator would write words."""
    file = folder / "locales" / tag / "LC_MESSAGES" / "messages.po"
    written = load_catalogue(file, tag).written
    for entry in written:
        if entry.id:
            form = f"{entry.id if isinstance(entry.id, str) else entry.id[-1]} [{tag}]"
            entry.string = form if isinstance(entry.id, str) else (form,) * written.num_plurals
    with file.open("wb") as opened:
        write_po(opened, written)


@pytest.mark.parametrize("tag", ["de", "kk", "ar", "ja", "pt-BR"])
def test_a_language_is_added_by_a_command_translating_and_naming_it(mine, tag):
    begun = run(mine, "--new", tag)
    assert begun.exit_code == 0, begun.output
    assert f"No member gets {tag} yet: add it to `locales`" in begun.output
    head = (mine / "locales" / tag / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    assert f"nplurals={plural_forms(tag)[0]}; plural={plural_forms(tag)[1]};" in head
    assert lint_programme(mine) == []
    fill_in(mine, tag)
    edit(mine, "programme.yaml", "locales: [ru, en]", f"locales: [ru, en, {tag}]")
    assert run(mine).exit_code == 0
    assert run(mine, "--check").exit_code == 0
    assert lint_programme(mine) == []
    made = specimen(load_programme(mine), MailTemplates.load(mine), "welcome", tag, BUILT_IN[1])
    assert f"[{tag}]" in made.rendered.subject


def test_a_language_that_is_named_and_not_translated_is_refused(mine):
    edit(mine, "programme.yaml", "locales: [ru, en]", "locales: [ru, en, de]")
    (problem,) = lint_programme(mine)
    assert "no translations for 'de'" in problem.what
    assert problem.cure == f"begin them: milepost translate {mine} --new de"
    run(mine)
    untranslated = lint_programme(mine)
    assert {each.rule for each in untranslated} == {LintRule.MISSING_TRANSLATION}
    assert len(untranslated) == len(messages(SourceMails.load(mine)))


def test_a_language_that_is_not_named_yet_is_in_no_package(mine, tmp_path):
    run(mine, "--new", "de")
    compile_programme(mine, tmp_path / "compiled")
    assert set(MailTemplates.load(tmp_path / "compiled").languages) == {"en", "ru"}


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("en", "needs no file"),
        ("ru", "there already"),
        ("xx", "nothing is known of the language 'xx'"),
        ("DE", "not written as a tag"),
    ],
)
def test_what_is_no_new_language_is_refused(mine, tag, told):
    result = run(mine, "--new", tag)
    assert result.exit_code == 1
    assert told in result.output
    assert sorted(path.name for path in (mine / "locales").iterdir()) == ["ru"]


# What lint says of the file.


@pytest.mark.parametrize(
    ("change", "rule", "what"),
    [
        (
            ('msgid "Unsubscribe"', '#, fuzzy\nmsgid "Unsubscribe"'),
            LintRule.FUZZY_TRANSLATION,
            "a guess, marked fuzzy: 'Unsubscribe'",
        ),
        (
            (
                'msgid "Hello, %(name)s"',
                'msgid "Unsubscribe"\nmsgstr "2"\n\nmsgid "Hello, %(name)s"',
            ),
            LintRule.UNUSED_TRANSLATION,
            "the text is translated further up already",
        ),
        (
            ('"Content-Type', '"Plural-Forms: nplurals=3; plural=n%3;\\n"\n"Content-Type'),
            LintRule.PLURAL_FORMS,
            "Plural-Forms are not those of 'ru'",
        ),
        (('"Отписаться"', '"Отписаться %(name)s"'), LintRule.PLACEHOLDER, "other placeholders"),
        (('"Отписаться"', '"<b>Отписаться</b>"'), LintRule.MARKUP, "other markup"),
    ],
)
def test_a_catalogue_that_would_say_something_else_is_refused_by_one_rule(
    small, change, rule, what
):
    line = edit(small, PO, *change)
    (problem,) = missing_translations(SourceMails.load(small), ["ru"])
    assert problem.file == str(small / PO)
    assert line - 1 <= problem.line <= line + 1
    assert problem.rule == rule
    assert problem.what.startswith(what)


def test_two_forms_are_too_few_for_russian_whatever_the_file_says(small):
    edit(
        small, PO, '"Content-Type', '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n"Content-Type'
    )
    edit(small, PO, 'msgstr[2] "%(count)s миль"\n', "")
    (problem,) = missing_translations(SourceMails.load(small), ["ru"])
    assert problem.rule == LintRule.PLURAL_FORMS
    assert "nplurals=3" in problem.cure


def test_two_plurals_of_one_singular_are_refused_where_the_second_stands(small):
    other = "{% trans count=gift %}{{ count }} mile{% pluralize %}{{ count }} points{% endtrans %}"
    line = edit(small, TXT, "{{ card }}", other)
    problems = missing_translations(SourceMails.load(small), [])
    (problem,) = [each for each in problems if each.rule == LintRule.PLURAL_FORMS]
    assert problem.what.startswith("'%(count)s mile' has another plural in ")
    assert (problem.file, problem.line) == (str(small / TXT), line)
