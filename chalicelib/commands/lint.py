"""`milepost lint`: what is wrong with a programme's folder, as lines that an editor can jump to.

Exit status 0: nothing; 1: problems; 2: the folder is no programme.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from chalicelib.domain.lint_rules import LintRule
from chalicelib.mail_lint.tables import explanations
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.operations.words import counted
from chalicelib.programme.source import FILE, read_programme


class NoProgrammeError(click.ClickException):
    """A folder without a programme; the message alone, as the usage line would not help."""

    exit_code = 2


def check_folder(folder: Path) -> None:
    """NoProgrammeError for a folder without a programme."""
    if not (folder / FILE).is_file():
        raise NoProgrammeError(
            f"{folder} is no programme: it has no {FILE}. "
            "Give a folder like templates/airline-bonus"
        )


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.option(
    "--explain",
    metavar="RULE",
    help="Say why a rule is one and how to mend what breaks it, and check nothing.",
)
def lint(folder: Path | None, *, as_json: bool, explain: str | None) -> None:
    """Check the programme in FOLDER, its mails and their translations.

    Every mail is made for every sample member in every language. A problem is told with its file
    and line, what to do, and the name of its rule.
    """
    if explain is not None:
        click.echo(_explained(explain))
        return
    if folder is None:
        raise click.UsageError("Missing argument 'FOLDER'. Give one like templates/airline-bonus")
    check_folder(folder)
    problems = lint_folder(folder)
    if as_json:
        told = {"folder": str(folder), "problems": [asdict(problem) for problem in problems]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(f"{problem} [{problem.rule}]")
        click.echo(counted(len(problems), "problem") if problems else _praise(folder))
    sys.exit(1 if problems else 0)


def _explained(name: str) -> str:
    rules = {rule.value: rule for rule in LintRule}
    if name not in rules:
        raise click.UsageError(f"There is no rule {name!r}. Rules: {', '.join(rules)}")
    rule, told = rules[name], explanations()[rules[name]]
    lines = [f"{rule.value}: {rule.sentence}", f"Why: {told.why}", f"To mend it: {told.mend}"]
    return "\n".join([*lines, *([f"Source: {told.source}"] if told.source else [])])


def _praise(folder: Path) -> str:
    programme = read_programme(folder).programme
    steps = [step for journey in programme.journeys.values() for step in journey.steps]
    parts = (
        counted(len(programme.journeys), "journey"),
        counted(len(steps), "step"),
        counted(len({step.mail for step in steps}), "mail"),
        counted(len(programme.locales), "language"),
    )
    return f"{folder}: no problems - {', '.join(parts)}"
