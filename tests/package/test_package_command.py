"""``python -m infra.package`` says what it made, or what stands in the way."""

import pytest
from click.testing import CliRunner

from infra import package
from infra.checks.built import Problem


@pytest.fixture
def run(monkeypatch, tmp_path, built):
    monkeypatch.setattr(package, "ROOT", tmp_path)
    monkeypatch.setattr(package, "OUT", tmp_path / "out" / "package")

    def run(*arguments, made=lambda *_: built):
        monkeypatch.setattr(package, "make_package", made)
        return CliRunner().invoke(package.main, arguments)

    return run


def test_it_says_what_lies_where_and_what_is_large(run, built):
    told = run()
    assert told.exit_code == 0
    assert f"out/package/production/deployment.zip   {built.zip_bytes:,} bytes" in told.output
    assert (
        f"out/package/production/template.json    {len(built.resources)} resources" in told.output
    )
    assert "pydantic_core" in told.output


def test_it_fails_with_every_problem(run):
    def refuse(*_):
        found = [
            Problem("Table.DeletionPolicy", "it would go", "Retain it"),
            Problem("a", "b", "c"),
        ]
        raise package.PackageError("\n".join(map(str, found)))

    told = run("--stage", "production", made=refuse)
    assert told.exit_code == 1
    assert "Table.DeletionPolicy: it would go. Retain it\na: b. c" in told.output


def test_a_stage_that_is_not_there_is_named(run):
    told = run("--stage", "summer")
    assert told.exit_code == 1
    assert "There is no stage 'summer'" in told.output
