"""Every shipped mail, in every language, is to the byte what it was when somebody looked at it."""

from email import message_from_bytes
from email.policy import SMTP

import pytest
from mail.golden_files import COMMAND, FOLDER, SHIPPED, difference, golden_files

from chalicelib.programme.loader import load_programme

KEPT = sorted(path.name for path in FOLDER.glob("*"))


@pytest.fixture(scope="module")
def made():
    return golden_files()


def test_every_mail_is_kept_in_every_language_and_nothing_else(made):
    assert sorted(made) == KEPT, f"Make them anew: {COMMAND}"
    mails = {path.name for path in (SHIPPED / "mails").iterdir()}
    locales = load_programme(SHIPPED).locales
    for kind in ("subject.txt", "txt", "html", "eml"):
        names = {f"{mail}.{locale}.everything.{kind}" for mail in mails for locale in locales}
        assert names <= set(KEPT)


@pytest.mark.parametrize("name", KEPT)
def test_a_mail_is_what_it_was(made, name):
    kept = (FOLDER / name).read_bytes()
    if made[name] != kept:
        pytest.fail(difference(name, kept, made[name]), pytrace=False)


@pytest.mark.parametrize("name", [name for name in KEPT if name.endswith(".eml")])
def test_a_kept_mail_has_the_kept_subject_text_and_html_in_it(name):
    """So the golden files of one mail cannot speak of different mails."""
    message = message_from_bytes((FOLDER / name).read_bytes(), policy=SMTP)
    stem = name.removesuffix(".eml")
    subject, _ = (FOLDER / f"{stem}.subject.txt").read_text(encoding="utf-8").splitlines()
    assert message["Subject"] == subject
    for kind, ending in (("plain", "txt"), ("html", "html")):
        body = message.get_body((kind,)).get_content().replace("\r\n", "\n")
        assert body.rstrip("\n") == (FOLDER / f"{stem}.{ending}").read_text("utf-8").rstrip("\n")


def test_a_change_is_told_by_its_lines_and_the_command_to_keep_it():
    told = difference("a.en.everything.txt", b"one\ntwo\nthree\n", b"one\n2\nthree\n")
    assert "-two\n+2" in told
    assert told.endswith(COMMAND)
    assert len(difference("a", b"1\n" * 500, b"2\n" * 500).splitlines()) < 20
