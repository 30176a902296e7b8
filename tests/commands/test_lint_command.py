import json

import pytest
from click.testing import CliRunner
from programme.editing import SHIPPED, Edited

from chalicelib.commands.lint import lint
from chalicelib.domain.lint_rules import LintRule


@pytest.fixture
def edited(tmp_path):
    return Edited(tmp_path / "airline-bonus")


def run(*arguments):
    return CliRunner().invoke(lint, [str(argument) for argument in arguments])


def test_a_sound_programme_is_told_in_one_line():
    result = run(SHIPPED)
    assert result.exit_code == 0
    of_what = "4 journeys, 8 steps, 8 mails, 2 languages"
    assert result.stdout == f"{SHIPPED}: no problems - {of_what}\n"


def test_problems_are_told_one_a_line_with_file_line_fault_and_cure(edited):
    edited.replace("goal: home_airport_given", "goal: home_airprot_given")
    edited.replace("consent: opt_out", "consent: opt-out")
    result = run(edited.folder)
    assert result.exit_code == 1
    line = edited.line_of("consent: opt-out")
    assert result.stdout.splitlines() == [
        f"{edited.file}:{line}: `consent` can't be 'opt-out'. Did you mean opt_out? [programme]",
        "1 problem",
    ]


def test_problems_come_by_file_and_line(edited):
    edited.replace("mail: app", "mail: apps").replace("consent: opt_out", "consent: opt-out")
    edited.replace("holdout: 50%", "holdout: 0.5")
    result = run(edited.folder)
    numbers = [int(line.split(":")[1]) for line in result.stdout.splitlines()[:-1]]
    assert numbers == sorted(numbers)
    assert result.stdout.endswith("2 problems\n")


def test_json_has_the_same_problems(edited):
    edited.replace("mail: app", "mail: apps")
    result = run(edited.folder, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["folder"] == str(edited.folder)
    assert told["problems"][-1] == {
        "file": str(edited.file),
        "line": edited.line_of("mail: apps"),
        "what": "there is no mail `apps`",
        "cure": "Did you mean app?",
        "rule": "mail-folder",
    }


def test_json_of_a_sound_programme_is_an_empty_list():
    result = run(SHIPPED, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"folder": str(SHIPPED), "problems": []}


def test_a_folder_that_is_no_programme_is_told_apart_from_a_broken_one(tmp_path):
    result = run(tmp_path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{tmp_path} is no programme: it has no programme.yaml" in result.stderr


def test_a_rule_is_explained_with_its_reason_its_cure_and_its_source():
    result = run("--explain", "too-large")
    assert result.exit_code == 0
    rule, why, mend, source = result.stdout.splitlines()
    assert rule == "too-large: The HTML is small enough not to be clipped."
    assert why.startswith("Why: Gmail cuts HTML off after about 102 kB")
    assert mend.startswith("To mend it: Shorten the mail")
    assert source.startswith("Source: https://")


@pytest.mark.parametrize("rule", LintRule)
def test_every_rule_can_be_explained(rule):
    result = run("--explain", rule.value)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{rule.value}: {rule.sentence}\nWhy: ")


def test_a_rule_that_is_none_is_told_with_those_that_are():
    result = run("--explain", "to-large")
    assert result.exit_code == 2
    assert "There is no rule 'to-large'" in result.stderr
    assert "too-large" in result.stderr


def test_without_a_folder_the_usage_is_told():
    result = run()
    assert result.exit_code == 2
    assert "Missing argument 'FOLDER'" in result.stderr


def test_a_fault_of_a_mail_is_told_with_the_name_of_its_rule(edited):
    file = "mails/welcome/body.mjml"
    edited.replace('href="{{ links.account }}"', 'href="#"', file)
    result = run(edited.folder)
    assert result.exit_code == 1
    line, count = result.stdout.splitlines()
    assert line.startswith(f"{edited.folder / file}:")
    assert line.endswith("[empty-link]")
    assert count == "1 problem"


@pytest.mark.parametrize("told", ["reach_qualifyin: 24120", "reach_qualifying: many"])
def test_what_no_member_can_have_is_told_at_the_sample_alone(edited, told):
    samples = "mails/tier_reached/samples.yaml"
    edited.replace("reach_qualifying: 24120", told, samples)
    result = run(edited.folder)
    assert result.exit_code == 1
    [line, _] = result.stdout.splitlines()
    assert line.startswith(f"{edited.folder / samples}:")
    assert told.split(": ")[0] in line
