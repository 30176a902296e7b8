"""`milepost new-mail`: what is there afterwards, and what lint says of it."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.commands.new_mail import FILES, new_mail
from chalicelib.mail.samples import read_samples
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.specimens import specimen
from chalicelib.programme.lint import lint_programme
from chalicelib.programme.loader import load_programme

SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"


@pytest.fixture
def mine(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "mine"))


def run(*arguments):
    return CliRunner().invoke(new_mail, [str(argument) for argument in arguments])


def test_a_new_mail_lacks_nothing_but_a_step_that_sends_it(mine):
    result = run("card", mine)
    assert result.exit_code == 0, result.output
    (problem,) = lint_programme(mine)
    assert problem.what == "no step sends the mail `card`"


def test_a_new_mail_can_be_looked_at_in_every_language_before_it_is_sent(mine):
    run("card", mine)
    programme, templates = load_programme(mine), MailTemplates.load(mine)
    for locale in programme.locales:
        for sample in read_samples(mine, "card"):
            assert specimen(programme, templates, "card", locale, sample).rendered.subject


def test_a_new_mail_is_a_copy_of_the_one_it_is_to_be_like(mine):
    own = mine / "mails" / "reminder" / "samples.yaml"
    own.write_text("one:\n  about: one mile\n  gift: 1\n", encoding="utf-8")
    assert run("card", mine, "--like", "reminder").exit_code == 0
    for file in (*FILES, "samples.yaml"):
        copied = mine / "mails" / "card" / file
        assert copied.read_bytes() == (mine / "mails" / "reminder" / file).read_bytes()


def test_what_is_next_is_told_with_the_programmes_own_folder(mine):
    told = run("card", mine).output
    for command in ("translate", "lint", "preview"):
        assert f"milepost {command} {mine}\n" in told
    assert str(mine / "programme.yaml") in told


def test_a_folder_that_is_no_whole_mail_is_not_copied(mine):
    (mine / "mails" / "aside").mkdir()
    assert run("card", mine).exit_code == 0
    assert (mine / "mails" / "card" / "body.txt").exists()


def test_a_model_that_lacks_a_file_is_refused_with_its_name(mine):
    (mine / "mails" / "app" / "body.txt").unlink()
    result = run("card", mine, "--like", "app")
    assert result.exit_code == 1
    assert f"{mine / 'mails' / 'app'} has no body.txt" in result.output
    assert not (mine / "mails" / "card").exists()


@pytest.mark.parametrize("arguments", [[], ["--like", "app"]])
@pytest.mark.parametrize("left", ["no mail", "no folder", "half a mail"])
def test_without_a_mail_to_begin_from_it_says_where_one_is_missing(mine, left, arguments):
    mails = mine / "mails"
    shutil.rmtree(mails)
    if left != "no folder":
        mails.mkdir()
    if left == "half a mail":
        (mails / "app").mkdir()
        (mails / "app" / "mail.yaml").write_text("", encoding="utf-8")
    result = run("card", mine, *arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert str(mails) in result.output
    assert not (mails / "card").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Card"], "can't be called 'Card'"),
        (["../card"], "can't be called '../card'"),
        (["welcome"], "is there already"),
        (["card", "--like", "remindr"], "Did you mean reminder?"),
        (["card", "--like", "../mails/app"], "There are app"),
    ],
)
def test_what_is_no_new_mail_is_refused_and_nothing_is_written(mine, arguments, told):
    name, *options = arguments
    before = sorted(mine.rglob("*"))
    result = run(name, mine, *options)
    assert result.exit_code == 1
    assert told in result.output
    assert sorted(mine.rglob("*")) == before
