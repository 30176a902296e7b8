"""What a marketer wrote wrong stands where the picture would be, and nowhere else."""

import os

import pytest
from preview_folder import MAILS, edit

from chalicelib.domain.problem import Problem
from chalicelib.operations.specimens import Specimen
from chalicelib.preview.snapshot import Fault, Snapshot, fingerprint

BODY = "mails/welcome/body.mjml"


def now(folder):
    return Snapshot(folder, fingerprint(folder))


def test_every_mail_is_there_in_every_language_for_every_sample(snapshot):
    assert snapshot.mails == MAILS, "in the order of the journey"
    assert snapshot.locales == ("ru", "en")
    for mail in MAILS:
        assert [sample.name for sample in snapshot.samples(mail)] == ["known", "nothing"]
        for locale in snapshot.locales:
            assert isinstance(snapshot.specimen(mail, locale, "known"), Specimen)
    assert "Anna" in snapshot.specimen("welcome", "en", "known").rendered.html


def test_every_page_of_the_programme_is_there_in_every_language(snapshot):
    assert {"unsubscribe", "unsubscribed", "invalid_link", "preferences"} <= {*snapshot.pages}
    for page in snapshot.pages:
        for locale in snapshot.locales:
            shown = snapshot.page(page, locale)
            assert isinstance(shown, str), shown
            assert f'lang="{locale}"' in shown


def test_own_pictures_are_found_by_the_addresses_that_mails_give_them(snapshot):
    html = snapshot.specimen("welcome", "en", "known").rendered.html
    assert any(url in html for url in snapshot.images)
    assert all(image.startswith(b"\x89PNG") for image in snapshot.images.values())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{% if first_name %}", "{% if first_name %", "mails/welcome/body.mjml:"),
        ("{{ links.account }}", "{{ links.acount }}", "mails/welcome/body.mjml:"),
        ("{{ theme.space.large }}", "{{ theme.space.enormous }}", "mails/welcome/body.mjml:"),
    ],
)
def test_a_fault_in_one_mail_has_its_line_and_takes_no_other_mail_away(folder, old, new, told):
    edit(folder / BODY, old, new)
    broken = now(folder)
    made = broken.specimen("welcome", "en", "known")
    assert isinstance(made, Fault)
    problems = made.problems or broken.problems_of("welcome")[0]
    assert any(told in str(problem) and problem.line > 1 for problem in problems), problems
    assert all(problem.cure for problem in problems)
    assert isinstance(broken.specimen("app", "en", "known"), Specimen)
    assert isinstance(broken.page("unsubscribe", "en"), str)


def test_a_file_that_is_missing_is_a_fault_of_its_mail_alone(folder):
    (folder / "mails/welcome/body.txt").unlink()
    broken = now(folder)
    assert isinstance(broken.specimen("welcome", "ru", "known"), Fault)
    assert isinstance(broken.specimen("app", "ru", "known"), Specimen)


def test_a_mail_that_is_only_begun_is_shown_as_a_fault(folder):
    (folder / "mails" / "begun").mkdir()
    begun = now(folder)
    assert begun.mails == (*MAILS, "begun")
    assert isinstance(begun.specimen("begun", "en", "known"), Fault)
    assert isinstance(begun.specimen("app", "en", "known"), Specimen)


def test_a_programme_that_cannot_be_read_is_told_in_the_place_of_every_mail(folder):
    edit(folder / "programme.yaml", "name: airline-bonus", "name: [airline-bonus")
    broken = now(folder)
    assert {*broken.mails} == {*MAILS}
    made = broken.specimen("welcome", "en", "known")
    assert isinstance(made, Fault)
    assert "programme.yaml:" in str(made.problems[0])
    assert isinstance(broken.page("unsubscribe", "en"), Fault)


def test_samples_that_cannot_be_read_are_told_in_the_place_of_the_mail(folder):
    (folder / "samples.yaml").write_text("known: {abuot: me}\n", encoding="utf-8")
    broken = now(folder)
    made = broken.specimen("welcome", "en", broken.samples("welcome")[0].name)
    assert isinstance(made, Fault)
    assert "samples.yaml:1" in str(made.problems[0])


def test_a_fault_is_shown_with_the_lines_around_it(folder):
    edit(folder / BODY, "{{ theme.space.large }}", "{{ theme.space.enormous }}")
    broken = now(folder)
    [problem] = broken.specimen("welcome", "en", "known").problems
    lines = dict(broken.excerpt(problem))
    assert "enormous" in lines[problem.line]
    assert len(lines) <= 7


def test_lines_of_a_file_outside_the_folder_are_not_shown(snapshot, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    assert snapshot.excerpt(Problem(str(secret), 1, "what", "cure")) == []


def test_saving_a_file_changes_the_fingerprint_and_looking_does_not(folder):
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    path = folder / BODY
    os.utime(path, ns=(1, 1))
    assert fingerprint(folder) != before


def test_what_an_editor_hides_changes_nothing(folder):
    before = fingerprint(folder)
    (folder / "mails" / "welcome" / ".body.mjml.swp").write_text("…", encoding="utf-8")
    assert fingerprint(folder) == before
