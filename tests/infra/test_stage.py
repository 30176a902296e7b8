"""A stage is one file, and what is wrong with it is said with file, place and cure."""

import json

import pytest
from pydantic import ValidationError

from infra.stage import FOLDER, Stage, StageError, read_stage

GOOD = {
    "programme": "templates/airline-bonus",
    "sender_domain": "mail.example.com",
    "sends_per_second": 14,
}


def written(folder, **values):
    (folder / "spring.json").write_text(json.dumps({**GOOD, **values}))
    return folder


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_stage_of_the_repository_can_be_read(file):
    assert read_stage(file.stem).name == file.stem


def test_a_stage_is_named_by_its_file(tmp_path):
    stage = read_stage("spring", written(tmp_path))
    assert (stage.stack, stage.parameters) == ("milepost-spring", "/milepost/spring")


def test_a_programme_lies_among_the_templates_of_the_package_wherever_it_lies_here(tmp_path):
    stage = read_stage("spring", written(tmp_path, programme="tests/e2e/seconds"))
    assert stage.packaged_programme == "templates/seconds"


@pytest.mark.parametrize("name", ["autumn", "../spring", "Spring", "", "spring.json"])
def test_a_stage_without_a_file_is_refused_with_the_names_of_those_that_have_one(tmp_path, name):
    with pytest.raises(StageError, match=r"There is no stage .* has spring\. Copy one of them"):
        read_stage(name, written(tmp_path))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sends_per_second": 0}, "sends_per_second: Input should be greater than or equal to 1"),
        ({"sender_domain": "me@example.com"}, "sender_domain: String should match pattern"),
        ({"sender_domain": f"{'a' * 250}.com"}, "sender_domain: String should"),
        ({"sends_per_sec": 14}, "sends_per_sec: Extra inputs are not permitted; got 14"),
        ({"log_retention_days": 31}, "log_retention_days: Input should be"),
        ({"traced_share": 5}, "traced_share: Input should be less than or equal to 1; got 5"),
        ({"alarm_email": "nobody"}, "alarm_email: String should match pattern"),
        ({"custom_domain": {"name": "a.example.com"}}, "custom_domain.certificate_arn: Field"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(tmp_path, values, said):
    with pytest.raises(StageError) as refusal:
        read_stage("spring", written(tmp_path, **values))
    assert f"{tmp_path / 'spring.json'}: {said}" in str(refusal.value)


@pytest.mark.parametrize("text", ["{", "[1]", "14"])
def test_what_is_no_json_object_is_refused(tmp_path, text):
    (tmp_path / "spring.json").write_text(text)
    with pytest.raises(StageError, match=r"spring\.json is not a JSON object"):
        read_stage("spring", tmp_path)


def test_the_longest_name_of_a_stage_fits_every_name_on_aws():
    """An IAM role's and a Lambda function's name have 64 characters at most."""
    assert len(Stage(name="s" * 20, **GOOD).stack) + len("-schedule-audit-role-0123456789ab") < 64
    with pytest.raises(ValidationError):
        Stage(name="s" * 21, **GOOD)
