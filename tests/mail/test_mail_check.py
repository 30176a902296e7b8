"""What lint of a programme's mails says, and where."""

import pytest

from chalicelib.mail.balance import unbalanced_conditions
from chalicelib.mail.check import check_mails, undeclared_names
from chalicelib.mail.errors import TemplateSourceError, TooLargeError
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.sources import Source
from chalicelib.mail.templates import MailTemplates
from chalicelib.mail.translations import missing_translations

PO = "locales/ru/LC_MESSAGES/messages.po"
YAML = "mails/hello/mail.yaml"
MJML = "mails/hello/body.mjml"
TXT = "mails/hello/body.txt"
FOOTER = "shared/footer.mjml"
PAGE = "pages/bye.html"


def edit(programme, file, old, new):
    """Replace the first occurrence; return the line it is on."""
    path = programme / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems_of(programme, declared, locales=("en", "ru")):
    return check_mails(SourceMails.load(programme), declared, locales)


def only(problems, programme, file, line):
    """The one problem, which stands where it should."""
    places = [(problem.file, problem.line) for problem in problems]
    assert places == [(str(programme / file), line)], [str(problem) for problem in problems]
    return problems[0]


def test_the_shipped_mails_have_no_problems(shipped_source, declared):
    assert check_mails(shipped_source, declared, ["en", "ru"]) == []


def test_the_small_programme_of_these_tests_has_no_problems(programme, declared):
    assert problems_of(programme, declared) == []


@pytest.mark.parametrize(
    ("change", "what", "cure"),
    [
        (
            (MJML, "goals.app_installed", "goals.app_instaled"),
            "unknown goal 'app_instaled'",
            "Did you mean app_installed?",
        ),
        (
            (TXT, "balances.redeemable", "balances.redemable"),
            "unknown balance 'redemable'",
            "Did you mean redeemable?",
        ),
        (
            (MJML, "links.app_ios", "links['app_iOS']"),
            "unknown link 'app_iOS'",
            "Did you mean app_ios?",
        ),
        (
            (FOOTER, "programme.name", "programme.nam"),
            "unknown value of the programme 'nam'",
            "Did you mean name?",
        ),
        ((TXT, "{% if card %}", "{% if crad %}"), "unknown name 'crad'", "Did you mean card?"),
        (
            (TXT, "{{ card }}", "{{ goals[tier] }}"),
            "unknown goal '(computed)'",
            "Declare it in programme.yaml, or use one of: account_registered, app_installed",
        ),
        ((TXT, "{{ card }}", "{{ subject }}"), "unknown name 'subject'", "Declare it"),
        ((TXT, "{{ card }}", "{{ pgettext('a') }}"), "unknown name 'pgettext'", "Declare it"),
        ((PAGE, "<h1>", "<h1>{{ first_name }}"), "unknown name 'first_name'", "Declare it"),
        ((PAGE, "<h1>", "<h1>{{ links.web_copy }}"), "unknown link 'web_copy'", "Declare it"),
    ],
)
def test_a_name_nobody_declared_is_found_where_it_stands(programme, declared, change, what, cure):
    line = edit(programme, *change)
    found = undeclared_names(SourceMails.load(programme), declared)
    problem = only(found, programme, change[0], line)
    assert problem.what == what
    assert problem.cure.startswith(cure)


def test_a_name_in_a_folded_yaml_text_is_found_where_the_text_begins(programme, declared):
    line = edit(programme, YAML, "{% if gift %}", "{% if gifts %}")
    assert only(problems_of(programme, declared), programme, YAML, line)


def test_a_text_without_translation_is_found_in_its_template(programme, declared):
    line = edit(programme, TXT, "{{ card }}", '{{ _("Your card") }}: {{ card }}')
    problem = only(problems_of(programme, declared), programme, TXT, line)
    assert problem.what == f"not translated in {programme / PO}: 'Your card'"
    assert "translate it there" in problem.cure


def test_a_changed_subject_is_found_in_its_yaml_and_its_old_translation_in_the_catalogue(
    programme, declared
):
    edit(programme, YAML, "Hello from us", "Hello from all of us")
    in_catalogue, in_yaml = problems_of(programme, declared)
    assert (in_yaml.file, in_yaml.line) == (str(programme / YAML), 1)
    assert "'Hello from all of us'" in in_yaml.what
    text = (programme / PO).read_text(encoding="utf-8")
    line = text[: text.index('"Hello from us"')].count("\n") + 1
    assert (in_catalogue.file, in_catalogue.line) == (str(programme / PO), line)
    assert in_catalogue.what == "no mail says 'Hello from us'"


@pytest.mark.parametrize(
    ("change", "what", "lines_above"),
    [
        (("%(count)s миль", ""), "2 of 3 plural forms of '%(count)s mile'", 4),
        (('msgstr[2] "%(count)s миль"\n', ""), "2 of 3 plural forms of '%(count)s mile'", 4),
        (("%(count)s миль", "миль"), "other placeholders than its source: 'миль'", 4),
        (("Здравствуйте, %(name)s", "Здравствуйте"), "other placeholders", 1),
        (("Здравствуйте, %(name)s", "%(name)s %(card)s"), "other placeholders", 1),
        (("Здравствуйте, %(name)s", "%(name)s: 5 %"), "a lone % in '%(name)s: 5 %'", 1),
        (("приложение</a>", "приложение"), "other markup than its source", 1),
        (('\\">приложение', '\\" id=\\"x\\">приложение'), "other markup than its source", 1),
    ],
)
def test_a_translation_untrue_to_its_source_is_found_in_the_catalogue(
    programme, declared, change, what, lines_above
):
    line = edit(programme, PO, *change)
    problem = only(problems_of(programme, declared), programme, PO, line - lines_above)
    assert problem.what.startswith(what)


def test_a_fuzzy_or_an_empty_translation_counts_as_none(programme, declared):
    edit(programme, PO, 'msgid "Unsubscribe"', '#, fuzzy\nmsgid "Unsubscribe"')
    edit(programme, PO, '"Открыть в браузере"', '""')
    whats = [problem.what for problem in problems_of(programme, declared)]
    assert [what.rpartition(": ")[2] for what in whats] == ["'Unsubscribe'", "'View in browser'"]


def test_a_changed_plural_needs_a_new_translation(programme, declared):
    line = edit(programme, TXT, "{{ count }} miles", "{{ count }} points")
    problems = [each for each in problems_of(programme, declared) if "not translated" in each.what]
    assert "'%(count)s mile'" in only(problems, programme, TXT, line).what


def test_one_mile_may_be_said_without_its_number(programme, declared):
    edit(programme, TXT, "{{ count }} mile{%", "a mile{%")
    edit(programme, PO, 'msgid "%(count)s mile"', 'msgid "a mile"')
    edit(programme, PO, "%(count)s миля", "одна миля")
    assert problems_of(programme, declared) == []


def test_a_percent_sign_in_a_text_is_found(programme, declared):
    line = edit(programme, TXT, "{{ card }}", '{{ _("100% yours") }}')
    problems = [each for each in problems_of(programme, declared) if "lone" in each.what]
    assert only(problems, programme, TXT, line).cure == "write %% for it"


def test_a_language_without_catalogue_is_found(shipped_source):
    (problem,) = missing_translations(shipped_source, ["en", "en", "de"])
    assert problem.file.endswith("locales/de/LC_MESSAGES/messages.po")
    assert problem.what == "no translations for 'de'"


@pytest.mark.parametrize(("file", "kind"), [(FOOTER, "html"), ("shared/frame.txt", "text")])
@pytest.mark.parametrize("link", ["unsubscribe", "web_copy"])
def test_a_mail_some_member_gets_without_its_two_links_is_found(
    programme, declared, file, kind, link
):
    use = f"{{{{ links.{link} }}}}"
    edit(programme, file, use, f"{{% if card %}}{use}{{% endif %}}")
    (problem,) = problems_of(programme, declared)
    assert problem.what == f"mail 'hello' has no links.{link} in its {kind}"
    assert problem.cure == f"Put {use} where every member gets it"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ((MJML, "{% if not goals", "{% fi not goals"), "unknown tag 'fi'"),
        ((FOOTER, "links.web_copy", "links.web_copy|safe"), "No filter named 'safe'"),
        ((TXT, "{{ card }}", "{{ card }"), "unexpected '}'"),
        ((TXT, "{{ card }}", "{% set x = 1 %}"), "no assign statement"),
        ((TXT, "{{ card }}", "{{ card is defined }}"), "can't have a test here"),
        ((FOOTER, "links.web_copy }}", "links.web_copy|e|upper }}"), "'e' comes last"),
        ((PAGE, "<h1>", "<h1>{% for x in language %}{% endfor %}"), "in no other loop"),
        ((YAML, "Hello from us", "Hello {{ gift + 1 }}"), "expected token 'end of print"),
    ],
)
def test_a_template_that_does_not_compile_is_found_in_its_own_file(
    programme, declared, change, what
):
    line = edit(programme, *change)
    problem = only(problems_of(programme, declared), programme, change[0], line)
    assert what in problem.what


def test_rendering_a_template_that_does_not_compile_says_the_same(programme, values):
    line = edit(programme, TXT, "{{ card }}", "{% set x = 1 %}")
    with pytest.raises(TemplateSourceError, match=rf"body.txt:{line}: .*no assign statement"):
        MailTemplates.load(programme).render("hello", "en", values())


def test_a_file_whose_branch_ends_in_another_is_refused(programme, declared):
    edit(programme, MJML, "<mj-section>", "<mj-raw>{% if card %}</mj-raw><mj-section>")
    edit(programme, FOOTER, "<mj-section>", "<mj-raw>{% endif %}</mj-raw><mj-section>")
    open_end, no_beginning = problems_of(programme, declared)
    assert (open_end.file, no_beginning.file) == (str(programme / MJML), str(programme / FOOTER))
    assert open_end.what == "{% if … %} has no end in this file"
    assert no_beginning.what == "{% endif %} without {% if … %} before it in this file"


@pytest.mark.parametrize("element", ["br", "source", "embed", "track", "base", "wbr"])
def test_an_element_that_has_no_end_is_not_one_that_a_condition_could_cross(element):
    text = f"<td>{{% if card %}}<{element}>{{% endif %}}</td>"
    assert unbalanced_conditions([Source("body.mjml", 1, text)]) == []


def test_a_branch_that_mjml_tears_apart_is_found(programme, declared):
    """MJML writes the title before what stands raw in the head, whatever their order."""
    edit(
        programme,
        "shared/frame.mjml",
        "<mj-head><mj-title>{{ subject }}",
        "<mj-head><mj-raw>{% if card %}</mj-raw><mj-title>{{ subject }}{% endif %}",
    )
    problem = only(problems_of(programme, declared), programme, "shared/frame.mjml", 2)
    assert problem.what == "{% endif %} is in another element than {% if … %} on line 2"


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (FOOTER, "theme.colours.ink", "theme.colours.inc", "unknown theme value 'colours.inc'"),
        (
            "shared/frame.mjml",
            '"footer.mjml"',
            '"foter.mjml"',
            "nothing to include as 'foter.mjml'",
        ),
        ("shared/frame.txt", '"body.txt"', '"frame.txt"', "'frame.txt' is included too deep"),
        ("theme.yaml", "colours:", "colours: [", "not YAML"),
        (YAML, "subject:", "topic:", "not a mail"),
        (YAML, "Hello from us", "[1, 2]", "not a mail"),
        (YAML, "Hello from us", "' '", "not a mail"),
        (YAML, "subject: Hello", "subject: 'Hello", "not YAML"),
        (PO, 'msgid "Unsubscribe"', "Unsubscribe", "not a gettext catalogue"),
    ],
)
def test_a_folder_that_cannot_be_loaded_says_where_and_why(programme, file, old, new, what):
    line = edit(programme, file, old, new)
    with pytest.raises(TemplateSourceError) as caught:
        MailTemplates.load(programme)
    problem = caught.value.problem
    assert problem.file == str(programme / file)
    assert problem.what.startswith(what)
    assert line <= problem.line <= line + 5


@pytest.mark.parametrize("quoted", ["'a\"b'", "'{{'", "'<'"])
def test_a_theme_value_no_attribute_can_hold_is_refused(programme, quoted):
    edit(programme, "theme.yaml", "'#23204a'", quoted)
    with pytest.raises(TemplateSourceError, match=r"colours.ink has a character"):
        MailTemplates.load(programme)


@pytest.mark.parametrize(
    ("old", "new", "what", "lines_below"),
    [
        ("  </mj-column>\n", "", "mismatched tag", 0),
        ("{% if not goals.app_installed %}", "{% if gift < 5 %}", "not well-formed", 0),
        ("<mj-text>{% trans name", "<mj-txt>{% trans name", "mismatched tag", 0),
        ("mj-column>", "mj-colum>", "mismatched tag", 7),
        ("&nbsp;", "&nbsp;<b>", "mismatched tag", 0),
    ],
)
def test_broken_mjml_is_found_in_its_own_file(programme, old, new, what, lines_below):
    line = edit(programme, MJML, old, new)
    with pytest.raises(TemplateSourceError, match=what) as caught:
        MailTemplates.load(programme)
    assert caught.value.problem.file == str(programme / MJML)
    assert line <= caught.value.problem.line <= line + lines_below


def test_an_element_mjml_does_not_have_is_found(programme):
    edit(programme, FOOTER, "<mj-column>", "<mj-colum>")
    edit(programme, FOOTER, "</mj-column>", "</mj-colum>")
    with pytest.raises(TemplateSourceError, match=r"footer.mjml:2: MJML has no <mj-colum>"):
        MailTemplates.load(programme)


def test_a_frame_that_is_not_mjml_is_found(programme):
    edit(programme, "shared/frame.mjml", "<mjml", "<html")
    edit(programme, "shared/frame.mjml", "</mjml", "</html")
    with pytest.raises(TemplateSourceError, match=r"frame.mjml:1: MJML does not compile"):
        MailTemplates.load(programme)


def test_a_programme_of_too_many_mails_is_refused(programme):
    for number in range(100):
        (programme / f"mails/more-{number}").mkdir()
    with pytest.raises(TooLargeError, match="101 mails, over 100"):
        MailTemplates.load(programme)


def test_a_missing_file_is_named(programme):
    (programme / TXT).unlink()
    with pytest.raises(TemplateSourceError, match=r"hello/body.txt:1: the file is missing"):
        MailTemplates.load(programme)


def test_a_file_over_its_bound_or_not_in_utf8_is_named(programme):
    (programme / TXT).write_bytes(b"\xff")
    with pytest.raises(TemplateSourceError, match=r"hello/body.txt:1: not UTF-8"):
        MailTemplates.load(programme)
    (programme / TXT).write_text("x" * 70_000)
    with pytest.raises(TemplateSourceError, match=r"hello/body.txt:1: over 65536 bytes"):
        MailTemplates.load(programme)
