"""The folder that Chalice packages has what functions import, and nothing else."""

import pytest

from infra.distributions import RequirementError, recorded, required
from infra.modules import modules_behind
from infra.package import PackageError, make_package
from infra.stage import ROOT, StageError, read_stage
from infra.staging import architecture_of, check_sender, programmes_of

APP = ROOT / "app.py"


def tree(folder, **sources):
    for name, source in sources.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return folder


def found(folder, without=()):
    entry = folder / "app.py"
    return {
        path.relative_to(folder).as_posix()
        for path in modules_behind(entry, folder, [folder / name for name in without])
    }


def test_modules_are_found_however_they_are_imported(tmp_path):
    tree(
        tmp_path,
        app="import a\nfrom b import c\nfrom b.d import f\nimport os",
        a="def late():\n    from e import thing",
        b__init="",
        b__c="",
        b__d="",
        e="",
        never="",
    )
    (tmp_path / "b" / "init.py").rename(tmp_path / "b" / "__init__.py")
    assert found(tmp_path) == {"a.py", "b/__init__.py", "b/c.py", "b/d.py", "e.py"}


def test_what_only_a_type_checker_reads_is_not_packaged(tmp_path):
    tree(tmp_path, app="if TYPE_CHECKING:\n    import a\nelse:\n    import b", a="", b="")
    assert found(tmp_path) == set()
    tree(tmp_path, app="if TYPE_CHECKING:\n    import a\nimport b")
    assert found(tmp_path) == {"b.py"}


def test_what_is_left_out_takes_along_what_only_it_imports(tmp_path):
    tree(tmp_path, app="import reader\nimport c", reader="import yaml_tree, c", yaml_tree="", c="")
    assert found(tmp_path, without=["reader.py"]) == {"c.py"}


def test_the_application_needs_neither_the_world_nor_the_compilers():
    package = {path.relative_to(ROOT).as_posix() for path in modules_behind(APP, ROOT)}
    assert "chalicelib/handlers/queue_sends.py" in package
    assert not [name for name in package if name.startswith(("chalicelib/world/", "bench/"))]


def test_a_stage_is_packaged_with_its_programme_and_with_all_that_are_shipped():
    assert programmes_of(read_stage("production")) == {
        "templates/airline-bonus": ROOT / "templates" / "airline-bonus"
    }
    assert len(programmes_of(read_stage("e2e"))) > 1


def test_a_stage_without_a_programme_is_refused():
    stage = read_stage("production").model_copy(update={"programme": "templates/hotel"})
    with pytest.raises(StageError, match=r"programme: .*templates/hotel has no programme\.yaml"):
        programmes_of(stage)


@pytest.mark.parametrize("sender", ["a@mail.example.com", "a@x.mail.example.com"])
def test_a_programme_sends_from_the_domain_of_its_stage(sender):
    check_sender(read_stage("production"), sender)


@pytest.mark.parametrize(
    "sender", ["a@example.com", "a@Mail.example.com", "a@othermail.example.com"]
)
def test_a_programme_that_sends_from_elsewhere_is_refused(sender):
    """SES would refuse every mail, for the functions may send from the stage's domain alone."""
    with pytest.raises(StageError, match=rf"sender_domain is mail\.example\.com, .*from {sender}"):
        check_sender(read_stage("production"), sender)


def test_only_the_stage_of_the_emulator_is_for_another_processor():
    stages = {name: architecture_of(read_stage(name)) for name in ("production", "staging", "e2e")}
    assert stages == {"production": "arm64", "staging": "arm64", "e2e": "x86_64"}


def test_a_stage_that_chalice_does_not_know_by_name_is_made_like_the_others():
    stage = read_stage("production").model_copy(update={"name": "spring"})
    assert architecture_of(stage) == "arm64"


def test_a_broken_build_leaves_nothing_that_could_be_deployed(tmp_path, monkeypatch):
    monkeypatch.setattr("infra.package.OUT", tmp_path)
    target = tmp_path / "production"
    target.mkdir()
    (target / "deployment.zip").write_bytes(b"the one before")
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr("infra.package._chalice_package", refused)
    with pytest.raises(PackageError, match="chalice package failed"):
        make_package(read_stage("production"), target)
    assert not (target / "deployment.zip").exists()


def refused(stage, build):
    del stage, build
    raise PackageError("chalice package failed")


# Requirements


def test_requirements_are_read_in_their_normal_form(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("# a comment\nPydantic_Core==2.1  # another\n\ntzdata==2026.6\n")
    assert required(file) == {"pydantic-core==2.1", "tzdata==2026.6"}


@pytest.mark.parametrize(
    "line", ["pydantic>=2", "pydantic", "-r other.txt", "a==1; python_version"]
)
def test_a_requirement_that_is_not_pinned_is_refused(tmp_path, line):
    file = tmp_path / "requirements.txt"
    file.write_text(line)
    with pytest.raises(RequirementError, match=r"is no pin\. Write name==version"):
        required(file)


def test_a_distribution_owns_what_it_records():
    entries = {
        "Some_Thing-1.0.dist-info/METADATA": b"Name: Some_Thing\nVersion: 1.0",
        "Some_Thing-1.0.dist-info/RECORD": b'some/a.py,sha256=x,1\n"some/b,c.py",,\n',
        "Some_Thing-1.0.dist-info/licenses/COPYING": b"",
        "some/a.py": b"",
        "other.py": b"",
    }
    assert recorded(entries) == {
        "some-thing==1.0": {
            "some/a.py",
            "some/b,c.py",
            "Some_Thing-1.0.dist-info/METADATA",
            "Some_Thing-1.0.dist-info/RECORD",
            "Some_Thing-1.0.dist-info/licenses/COPYING",
        }
    }
