import json

import pytest
from click.testing import CliRunner
from programme.editing import SHIPPED, Edited

from chalicelib.lint_command import lint


@pytest.fixture
def edited(tmp_path):
    return Edited(tmp_path / "airline-bonus")


def run(*arguments):
    return CliRunner().invoke(lint, [str(argument) for argument in arguments])


def test_a_sound_programme_is_told_in_one_line():
    result = run(SHIPPED)
    assert result.exit_code == 0
    assert result.stdout == (f"{SHIPPED}: no problems - 1 journey, 5 steps, 5 mails, 2 languages\n")


def test_problems_are_told_one_a_line_with_file_line_fault_and_cure(edited):
    edited.replace("goal: home_airport_given", "goal: home_airprot_given")
    edited.replace("consent: opt_out", "consent: opt-out")
    result = run(edited.folder)
    assert result.exit_code == 1
    line = edited.line_of("consent: opt-out")
    assert result.stdout == (
        f"{edited.file}:{line}: `consent` can't be 'opt-out'. Did you mean opt_out?\n1 problem\n"
    )


def test_problems_come_by_file_and_line(edited):
    edited.replace("mail: app", "mail: apps").replace("vk: https", "vk: http")
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
