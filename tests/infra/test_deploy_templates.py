"""What was deployed can be shown when the next deployment has taken its place."""

import io
from dataclasses import replace
from functools import cache
from zipfile import ZipFile

import pytest
from deploying import some_cloud
from functional.worlds import FOLDER, load_templates
from usecases.engines import shipped_programme

from chalicelib.adapters.dynamodb import Table, create_table
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.compile_programme import write_compiled
from chalicelib.usecases.current_templates import CurrentTemplates
from infra.deploy_errors import DeployError
from infra.deploy_templates import keep_deployed
from infra.stage import Stage

STAGE = Stage(name="test", programme="templates/airline-bonus", sender_domain="mail.example.com")


@pytest.fixture
def cloud(monkeypatch):
    with some_cloud(monkeypatch) as cloud:
        create_table(cloud.tables, STAGE.stack)
        yield cloud


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled") / "airline-bonus"
    write_compiled(FOLDER, folder)
    return zipped(
        {
            f"templates/airline-bonus/{path.relative_to(folder)}": path.read_bytes()
            for path in folder.rglob("*.*")
        }
    )


def zipped(files):
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


@cache
def as_written():
    return list(CurrentTemplates(shipped_programme(FOLDER), load_templates(FOLDER)).every())


def test_every_template_of_the_package_is_kept_under_the_digest_of_its_source(cloud, package):
    assert keep_deployed(cloud, STAGE, package) == len(as_written())
    kept = DynamoSentTemplates(Table(cloud.tables, STAGE.stack))
    for template in as_written():
        assert kept.find(template.digest).content["name"] == template.content["name"]


def test_a_deployment_that_is_repeated_keeps_nothing_new(cloud, package):
    keep_deployed(cloud, STAGE, package)
    assert keep_deployed(cloud, STAGE, package) == 0


def test_a_package_without_the_stages_programme_is_refused(cloud, package):
    other = STAGE.model_copy(update={"programme": "templates/other"})
    with pytest.raises(DeployError, match="has no templates/other/"):
        keep_deployed(cloud, other, package)


def test_a_package_that_is_no_zip_is_refused(cloud):
    with pytest.raises(DeployError, match="no zip"):
        keep_deployed(cloud, STAGE, b"code")


@pytest.mark.parametrize("change", ["links", "details", "goals", "units", "tiers", "locales"])
def test_whatever_a_mail_shows_of_the_programme_makes_it_another_template(change):
    programme = shipped_programme(FOLDER)
    was = getattr(programme, change)
    other = dict(list(was.items())[1:]) if isinstance(was, dict) else tuple(reversed(was))
    changed = CurrentTemplates(replace(programme, **{change: other}), load_templates(FOLDER))
    assert not {each.digest for each in changed.every()} & {each.digest for each in as_written()}


@pytest.mark.parametrize("change", ["journeys", "quiet_hours", "frequency_caps"])
def test_what_no_mail_shows_makes_no_other_template(change):
    programme = shipped_programme(FOLDER)
    empty = {"journeys": {}, "quiet_hours": None, "frequency_caps": ()}[change]
    changed = CurrentTemplates(replace(programme, **{change: empty}), load_templates(FOLDER))
    assert [each.digest for each in changed.every()] == [each.digest for each in as_written()]
