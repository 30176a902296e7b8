"""``python -m infra.package --stage STAGE``: the zip and the template that a deployment takes.

Leaves both in ``out/package/<stage>/``, and neither when something is wrong with them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from chalicelib.programme.compiled import FILE, read_compiled
from chalicelib.programme.errors import ProgrammeError
from infra.archive import add_bytecode, drop_unused, read_folder, unpack, write_archive
from infra.checks import problems
from infra.checks.built import Built, entry_of
from infra.cloudformation import Template
from infra.distributions import RequirementError, recorded, required
from infra.fragments import FRAGMENTS
from infra.fragments.functions import told_programme
from infra.merge import MergeError, merged
from infra.stage import ROOT, Stage, StageError, read_stage
from infra.staging import architecture_of, programmes_of, stage_build

OUT = ROOT / "out" / "package"
LARGEST = 8


class PackageError(RuntimeError):
    """The package could not be made, or must not be deployed."""


def make_package(stage: Stage, target: Path) -> Built:
    """Make ``deployment.zip`` and ``template.json`` in ``target``, which is emptied first."""
    shutil.rmtree(target, ignore_errors=True)
    build = target / "build"
    stage_build(stage, build)
    template = _chalice_package(stage, build)
    unpacked = build / "unpacked"
    unpack(build / "out" / "deployment.zip", unpacked)
    drop_unused(unpacked)
    add_bytecode(unpacked)
    entries = read_folder(unpacked)
    archive = build / "deployment.zip"
    write_archive(archive, entries)
    built = Built(
        template=template,
        entries={name: entry_of(content) for name, content in entries.items()},
        recorded=recorded(entries),
        zip_bytes=archive.stat().st_size,
        architecture=architecture_of(stage),
        python=f"python{sys.version_info.major}.{sys.version_info.minor}",
        programmes=frozenset(programmes_of(stage)),
        requirements=required(ROOT / "requirements.txt"),
    )
    if found := problems(built):
        raise PackageError("\n".join(map(str, found)))
    archive.rename(target / archive.name)
    (target / "template.json").write_text(_json(template), encoding="utf-8")
    return built


def _chalice_package(stage: Stage, build: Path) -> Template:
    """Let Chalice package the folder; it is new, and so has no stale package in a cache."""
    programme = read_compiled(build / "vendor" / stage.packaged_programme / FILE)
    fragments = (*(fragment(stage) for fragment in FRAGMENTS), told_programme(programme))
    ours = merged(fragments)
    (build / "merge.json").write_text(_json(ours), encoding="utf-8")
    words = ["package", "--stage", stage.name, "--pkg-format", "cloudformation"]
    words += ["--template-format", "json", "--merge-template", "merge.json", "out"]
    told = subprocess.run(  # noqa: S603 - our own words
        [
            sys.executable,
            "-c",
            "import sys; from chalice.cli import main; sys.exit(main())",
            *words,
        ],
        cwd=build,
        # Chalice asks for a region to name services by; in all but China they have one name.
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode or "Could not install dependencies" in told.stdout:
        raise PackageError(f"chalice package failed:\n{told.stdout}{told.stderr}")
    template: Template = json.loads((build / "out" / "sam.json").read_text(encoding="utf-8"))
    return template


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


@click.command(help="Package a stage for AWS: out/package/<stage>/ has the zip and the template.")
@click.option("--stage", default="production", show_default=True, help="A file of infra/stages.")
def main(stage: str) -> None:
    target = OUT / stage
    try:
        built = make_package(read_stage(stage), target)
    except (MergeError, PackageError, ProgrammeError, RequirementError, StageError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{target.relative_to(ROOT)}/deployment.zip   {built.zip_bytes:,} bytes")
    click.echo(f"{target.relative_to(ROOT)}/template.json    {len(built.resources)} resources")
    for name, size_bytes in _largest(built):
        click.echo(f"  {size_bytes:>12,}  {name}")


def _largest(built: Built) -> list[tuple[str, int]]:
    """Return the largest top-level parts of the package, unpacked."""
    sizes: dict[str, int] = {}
    for name, entry in built.entries.items():
        top = name.split("/")[0]
        sizes[top] = sizes.get(top, 0) + entry.size_bytes
    return sorted(sizes.items(), key=lambda part: -part[1])[:LARGEST]


if __name__ == "__main__":
    main()
