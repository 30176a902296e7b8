"""The how-to about deploying says what is, and the end-to-end run's programme is a sound one."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.cli import COMMANDS, main
from chalicelib.commands.lint import lint
from infra.deploy_secrets import SECRETS
from infra.stage import ROOT, Stage, read_stage

PAGE = (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
SHIPPED = ROOT / "templates" / "airline-bonus"


@pytest.mark.parametrize("field", [name for name in Stage.model_fields if name != "name"])
def test_every_field_of_a_stage_is_explained(field):
    assert f"`{field}`" in PAGE


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_is_explained(secret):
    assert f"`/milepost/<stage>/{secret}`" in PAGE


def test_every_make_target_that_is_named_can_be_made():
    named = {*re.findall(r"make ([a-z]+) STAGE", PAGE)}
    targets = {*re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)}
    assert {"deploy", "destroy"} <= named <= targets


def test_every_command_that_is_named_is_one():
    named = {*re.findall(r"`milepost ([a-z]+)", PAGE)} | {
        *re.findall(r"^milepost (\w+)", PAGE, re.MULTILINE)
    }
    assert {"doctor", "partners", "status"} <= named <= {*COMMANDS}


@pytest.mark.parametrize("word", ["add", "rotate", "retire", "list"])
def test_partners_are_dealt_with_by_the_words_that_are_named(word):
    assert f"milepost partners {word}" in PAGE
    assert CliRunner().invoke(main, ["partners", word, "--help"]).exit_code == 0


def test_the_messages_of_a_deployment_lead_to_headings_of_the_page():
    source = "".join(path.read_text() for path in (ROOT / "infra").glob("deploy*.py"))
    linked = {*re.findall(r"\{_GUIDE\}#([a-z-]+)", source)}
    headings = {
        heading.lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    assert linked
    assert linked <= headings


def test_the_programme_of_the_end_to_end_run_has_no_fault_and_the_shipped_mails():
    folder = ROOT / read_stage("e2e").programme
    assert CliRunner().invoke(lint, [str(folder)]).exit_code == 0
    linked = {path.name: path.resolve() for path in folder.iterdir() if path.is_symlink()}
    assert linked == {
        path.name: path.resolve() for path in SHIPPED.iterdir() if path.name != "programme.yaml"
    }
    assert Path(folder, "programme.yaml").is_file()
