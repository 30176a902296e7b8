"""Whatever an author does to a file: it compiles, or the fault has its file and line, and soon.

The edits are what hands do (delete, repeat, paste, mistype) and what only malice would.
"""

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail.conftest import ATTRIBUTES, GOALS, LINKS, PROGRAMME, SHIPPED, SMALL_PROGRAMME, values_of

from chalicelib.mail.check import DeclaredNames, check_mails
from chalicelib.mail.errors import MailError, TemplateSourceError
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import MailTemplates

MOST_SECONDS = 10
"""Of CPU, and far above what it takes: a bound that is missing costs minutes or the process."""
DECLARED = DeclaredNames(
    attributes=frozenset(ATTRIBUTES.split()),
    goals=frozenset(GOALS.split()),
    balances=frozenset({"redeemable", "qualifying"}),
    links=frozenset(LINKS.split()),
    programme=frozenset(PROGRAMME),
)
PASTED = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "{% if ", "{% endif %}", "{% else %}", "{% elif x %}"),
    *("{% trans %}", "{% endtrans %}", "{% pluralize %}", "{% raw %}", "{% for x in y %}"),
    *("{{ _('", "{{ ngettext('a', 'b', ", "|default(", "|round(99)", "'a' * 10 ** 9", "((((((("),
    *("<", ">", "&", "&nbsp;", "&#0;", "&x;", '"', "'", "<mj-text>", "</mj-text>", "<mj-x/>"),
    *(
        "<mj-section>",
        "</mj-section>",
        '<mj-include path="body.mjml" />',
        '{% include "body.txt" %}',
    ),
    *("<mj-raw>", "</mj-raw>", "<!--", "-->", "<![CDATA[", "<?x ?>", "<!DOCTYPE x [", "<br>"),
    *("{{ theme.colours.ink }}", "{{ theme.x }}", "%(name)s", "%(", "%", "\\", "\\ud800", "\0"),
    *(
        "\r",
        "\n",
        "\t",
        "\x85",
        "\u2028",
        "\ufeff",
        "\U0010ffff",
        "9" * 30,
        "1e999",
        "0x",
        "msgid ",
    ),
    *(
        "msgstr[9] ",
        '"\n',
        "#, fuzzy\n",
        "nplurals=9; plural=n",
        ": |\n",
        "- ",
        "*a",
        "&a ",
        "!!x ",
    ),
    *("? [a]: b\n", "{a: b}", "2027-99-99", "[" * 40, "---\n", "%YAML 9\n"),
]


def pasted(text):
    lines = st.sampled_from(text.splitlines(keepends=True) or [""])
    return st.sampled_from(PASTED) | st.text(max_size=3) | lines


@st.composite
def edits(draw, files):
    """A file's name and its text, edited."""
    name = draw(st.sampled_from(sorted(files)))
    text = files[name]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 5, 60])))
        times = draw(st.sampled_from([1, 1, 1, 2, 40, 3_000]))
        inserted = draw(pasted(text)) if draw(st.booleans()) else text[start:end]
        text = f"{text[:start]}{inserted * times}{text[end:]}"
    return name, text


def try_out(folder: Path, name: str, text: str) -> None:
    """Compile, lint and render everything; only what is promised may be raised."""
    written = (folder / name).read_bytes()
    (folder / name).write_bytes(text.encode("utf-8", "replace"))
    began = time.process_time()
    try:
        mails = SourceMails.load(folder)
        check_mails(mails, DECLARED, ["en", "ru"])
        render_everything(mails)
    except TemplateSourceError as error:
        assert_placed(error, folder)
    finally:
        (folder / name).write_bytes(written)
    assert time.process_time() - began < MOST_SECONDS


def render_everything(mails: SourceMails) -> None:
    """A fault of the source is told by now; what is left are values that do not fit."""
    templates = MailTemplates.of(mails)
    for language in templates.languages:
        for mail in templates.names:
            mails.mail(mail, language)
            try:
                templates.render(mail, language, values_of())
            except TemplateSourceError:
                raise
            except MailError:
                continue


def assert_placed(error: TemplateSourceError, folder: Path) -> None:
    problem = error.problem
    path = Path(problem.file)
    assert path.is_relative_to(folder)
    assert problem.line >= 1
    if path.exists():
        lines = path.read_bytes().decode("utf-8", "replace").count("\n") + 1
        assert problem.line <= max(lines, 1) + 1, problem
    assert problem.what
    assert problem.cure


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    for name, text in SMALL_PROGRAMME.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shipped_copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy") / SHIPPED.name
    shutil.copytree(SHIPPED, folder)
    return folder


SHIPPED_FILES = {
    str(path.relative_to(SHIPPED)): path.read_text(encoding="utf-8")
    for pattern in ("theme.yaml", "mails/reminder/*.*", "shared/*.*", "pages/*.html")
    for path in SHIPPED.glob(pattern)
    if path.name != "samples.yaml"
}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edit=edits(SMALL_PROGRAMME))
def test_an_edited_programme_compiles_or_says_where_it_does_not(small, edit):
    try_out(small, *edit)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edit=edits(SHIPPED_FILES))
def test_so_does_the_shipped_one(shipped_copy, edit):
    try_out(shipped_copy, *edit)


@pytest.mark.parametrize("name", ["mails/hello/body.mjml", "mails/hello/body.txt", "theme.yaml"])
def test_nothing_that_is_pasted_into_a_file_does_worse(small, name):
    text = SMALL_PROGRAMME[name]
    middle = text.index("\n") + 1
    for pasted_text in PASTED:
        try_out(small, name, f"{text[:middle]}{pasted_text * 400}{text[middle:]}")
