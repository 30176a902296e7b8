"""Rules over the zip: all that a function needs, for the machine it runs on, and nothing else."""

import re
from collections.abc import Iterator

from infra.checks.built import Built, Problem, Rule

MOST_BYTES = 12_000_000
"""A fourth of what Lambda takes: a cold start has to fetch and unpack it."""
OURS = ("chalice/", "chalicelib/", "templates/")
DEVELOPMENT = tuple(
    f"chalicelib/{folder}/"
    for folder in (
        *("calibration", "commands", "cost", "mail_lint", "operations", "preview", "rehearsal"),
        *("simulation", "world"),
    )
)
NEEDED = ("app.py", "chalice/__init__.py", "chalice/app.py", "chalicelib/__init__.py")
_GENERATOR = re.compile(r"chalicelib/(cli|reference_docs|compile_programme|cost_document)\.py")


def the_application_is_in(built: Built) -> Iterator[Problem]:
    handlers = (
        f"{properties['Handler'].rpartition('.')[0].replace('.', '/')}.py"
        for _, properties in built.of_type("AWS::Serverless::Function")
    )
    for name in sorted({*NEEDED, *handlers} - set(built.entries)):
        yield Problem(name, "it is not in the zip", "Look at infra/staging.py")


def the_programmes_are_in(built: Built) -> Iterator[Problem]:
    for programme in sorted(built.programmes):
        files = [name for name in built.entries if name.startswith(f"{programme}/")]
        if not files:
            yield Problem(
                programme, "the programme is not in the zip", "Chalice takes it from vendor/ alone"
            )
    named = {
        properties.get("Environment", {}).get("Variables", {}).get("MILEPOST_PROGRAMME")
        for _, properties in built.of_type("AWS::Serverless::Function")
    }
    for name in sorted(str(each) for each in named - built.programmes):
        yield Problem(name, "functions are told of it, and it is not packaged", "Package it")


def the_requirements_are_in_and_no_others(built: Built) -> Iterator[Problem]:
    """Chalice goes on when it could not install one, and takes whatever is listed."""
    for pin in sorted(built.requirements - set(built.recorded)):
        yield Problem(
            pin, "it is not in the zip", "See what chalice package says of missing dependencies"
        )
    for pin in sorted(set(built.recorded) - built.requirements):
        yield Problem(
            pin, "it is in the zip and not required", "Pin it in requirements.txt, or drop it"
        )


def every_file_has_its_reason(built: Built) -> Iterator[Problem]:
    """What is neither ours nor a requirement's came by accident: a test, a key, a whole SDK."""
    known = frozenset().union(*built.recorded.values())
    for name in sorted(built.entries):
        source = re.sub(r"__pycache__/(.+)\.cpython-\d+\.pyc$", r"\1.py", name)
        if name != "app.py" and not name.startswith(OURS) and source not in known:
            if source == "app.py":
                continue
            yield Problem(name, "nothing in the package needs it", "Keep it out of the staging")


def nothing_of_development_is_in(built: Built) -> Iterator[Problem]:
    for name in sorted(built.entries):
        if name.startswith(DEVELOPMENT) or _GENERATOR.fullmatch(name):
            yield Problem(
                name, "no function needs it", "See why infra/modules.py finds it: who imports it?"
            )


def libraries_are_for_the_machine(built: Built) -> Iterator[Problem]:
    tag = "cpython-" + built.python.removeprefix("python").replace(".", "")
    for name, entry in sorted(built.entries.items()):
        if entry.machine and entry.machine != built.architecture:
            yield Problem(
                name,
                f"it is for {entry.machine}, and the functions run on {built.architecture}",
                "Look at lambda_architecture in .chalice/config.json",
            )
        if entry.machine and "cpython-" in name and tag not in name:
            yield Problem(
                name,
                f"it is for another Python than {built.python}",
                "Package with the Python that the functions run on",
            )


def the_zip_is_small(built: Built) -> Iterator[Problem]:
    if built.zip_bytes > MOST_BYTES:
        largest = sorted(built.entries, key=lambda name: -built.entries[name].size_bytes)[:3]
        yield Problem(
            "deployment.zip",
            f"it has {built.zip_bytes:,} bytes, over {MOST_BYTES:,}",
            f"Its largest files are {', '.join(largest)}",
        )


RULES: tuple[Rule, ...] = (
    the_application_is_in,
    the_programmes_are_in,
    the_requirements_are_in_and_no_others,
    every_file_has_its_reason,
    nothing_of_development_is_in,
    libraries_are_for_the_machine,
    the_zip_is_small,
)
