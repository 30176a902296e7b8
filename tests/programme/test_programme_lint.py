import shutil

import pytest
from programme.editing import SHIPPED

from chalicelib.programme.lint import (
    check_goals,
    check_mail_folders,
    check_steps,
    lint_programme,
)
from chalicelib.programme.source import read_programme


def programme_problems(edited):
    """What is found without a look into the mails, which takes most of the time."""
    source = read_programme(edited.folder)
    folders = check_mail_folders(edited.folder, source)
    return sorted({*check_goals(source), *check_steps(source), *folders})


def only_problem(folder):
    (problem,) = lint_programme(folder)
    return problem


def test_the_shipped_programme_has_no_problems():
    assert lint_programme(SHIPPED) == []


def test_what_the_loader_refuses_is_all_that_is_told(edited):
    edited.replace("wait: 4 days", "wait: 4 moons").replace("mail: app", "mail: apps")
    problem = only_problem(edited.folder)
    assert problem.what == "`journeys.welcome.steps[2].wait`: '4 moons' is no duration"


def test_a_goal_that_no_journey_measures_is_told_where_it_is_declared(edited):
    edited.replace("\njourneys:", "  moved_house: {on: member.updated}\n\njourneys:")
    (problem,) = programme_problems(edited)
    assert problem.line == edited.line_of("moved_house")
    assert problem.what == "no journey measures the goal `moved_house`"
    assert problem.cure == "Add it to the `goals` of a journey, or delete it"


def test_a_goal_that_brings_a_benefit_need_not_be_measured(edited):
    edited.replace("\njourneys:", "  moved_house: {on: member.updated}\n\njourneys:")
    edited.replace("    tier: platinum\n    uses: 1", "    goal: moved_house\n    uses: 1")
    assert programme_problems(edited) == []


def test_a_step_for_a_goal_that_its_journey_does_not_measure_is_told_at_the_step(edited):
    edited.replace("cobrand_card_issued, app_installed]", "cobrand_card_issued]")
    unmeasured, asked = programme_problems(edited)
    assert unmeasured.line == edited.line_of("app_installed: {on")
    assert asked.line == edited.line_of("goal: app_installed")
    assert asked.what == "the journey does not measure the goal `app_installed` of step `app`"
    assert asked.cure == "Add it to the `goals` of journey `welcome`"


def test_a_gift_for_a_goal_that_its_journey_does_not_measure_is_told_at_the_gift(edited):
    edited.replace("goals: [account_registered, ", "goals: [")
    lines = [problem.line for problem in programme_problems(edited)]
    assert edited.line_of("gift: {goal") in lines


def test_a_step_without_a_mail_folder_is_told_with_the_nearest_mail(edited):
    edited.replace("mail: questionnaire", "mail: questionaire")
    unused, missing = programme_problems(edited)
    assert missing.file == str(edited.file)
    assert missing.line == edited.line_of("mail: questionaire")
    assert missing.what == "there is no mail `questionaire`"
    assert missing.cure == "Did you mean questionnaire?"
    assert unused.file == str(edited.folder / "mails" / "questionnaire" / "mail.yaml")
    assert (unused.line, unused.what) == (1, "no step sends the mail `questionnaire`")
    assert unused.cure == "Name it in a step of a journey, or delete its folder"


def test_a_step_whose_mail_is_nothing_like_the_others_is_told_where_to_write_it(edited):
    edited.replace("mail: app", "mail: zebra")
    problem = programme_problems(edited)[-1]
    assert problem.cure == f"Write it in {edited.folder}/mails/zebra/"


def test_an_undeclared_name_in_a_mail_is_told_at_its_line_in_the_mail(edited):
    body = "mails/reminder/body.txt"
    edited.replace("{{ links.account }}", "{{ links.acount }}", body)
    text = (edited.folder / body).read_text(encoding="utf-8")
    problem = only_problem(edited.folder)
    assert problem.file == str(edited.folder / body)
    assert problem.line == text[: text.index("links.acount")].count("\n") + 1
    assert (problem.what, problem.cure) == ("unknown link 'acount'", "Did you mean account?")


def test_a_link_that_only_the_programme_lost_is_told_where_mails_name_it(edited):
    edited.replace("  vk: {url: https://social.example.com/vk, utm: false}\n", "")
    assert {problem.what for problem in lint_programme(edited.folder)} == {"unknown link 'vk'"}


def test_a_language_without_translations_is_told(edited):
    edited.replace("locales: [ru, en]", "locales: [ru, en, kk]")
    problem = only_problem(edited.folder)
    assert problem.file.endswith("locales/kk/LC_MESSAGES/messages.po")
    assert problem.what == "no translations for 'kk'"


def test_a_missing_translation_is_told(edited):
    catalogue = "locales/ru/LC_MESSAGES/messages.po"
    edited.replace('msgid "Unsubscribe"', 'msgid "Unsubscribes"', catalogue)
    told = [problem.what for problem in lint_programme(edited.folder)]
    assert any("not translated" in what and "'Unsubscribe'" in what for what in told)


def test_a_mail_that_cannot_be_read_is_told_at_its_file(edited):
    (edited.folder / "mails" / "app" / "body.txt").unlink()
    problem = only_problem(edited.folder)
    assert problem.file == str(edited.folder / "mails" / "app" / "body.txt")


@pytest.mark.parametrize("folder", ["mails", "shared"])
def test_a_missing_folder_is_a_problem_and_no_crash(edited, folder):
    shutil.rmtree(edited.folder / folder)
    assert lint_programme(edited.folder)
