"""Everything that is wrong with a programme's folder, before a member sees it.

The loader refuses what can't be run; this looks for what would run and do no good: goals that
nobody measures, steps that nobody reaches, mails that nobody gets or nobody has written. It asks
the mail layer's own check about the mails, which the loader, and so the engine, never imports.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from chalicelib.domain.journey import Programme
from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.member import ATTRIBUTES
from chalicelib.domain.problem import Problem
from chalicelib.mail.check import DeclaredNames, check_mails
from chalicelib.mail.errors import MailError, TemplateSourceError
from chalicelib.mail.samples import sample_problems
from chalicelib.mail.source_mails import SourceMails
from chalicelib.programme.declared_names import standing_kinds
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.images import image_files
from chalicelib.programme.notations import did_you_mean
from chalicelib.programme.reachability import check_reachability
from chalicelib.programme.schema import JourneySection
from chalicelib.programme.source import ProgrammeSource, build, read_programme
from chalicelib.programme.yaml_tree import Location


@dataclass(frozen=True, slots=True)
class LintedProgramme:
    """What lint found, and what it read on the way, for who looks further; None if it can't be."""

    problems: list[Problem]
    programme: Programme | None = None
    mails: SourceMails | None = None


def lint_programme(folder: Path) -> list[Problem]:
    """Return every problem, by file and line; what can't be read is not looked into further."""
    return read_and_lint(folder).problems


def read_and_lint(folder: Path) -> LintedProgramme:
    """Read the folder once, and return every problem beside what was read."""
    try:
        source, images = read_programme(folder), image_files(folder)
    except ProgrammeError as error:
        return LintedProgramme([each.found_by(LintRule.PROGRAMME) for each in error.problems])
    problems = {*check_mail_folders(folder, source), *check_goals(source), *check_steps(source)}
    programme = build(source.programme, images)
    mails = _load_mails(folder)
    if isinstance(mails, Problem):
        return LintedProgramme(sorted({*problems, mails}), programme)
    problems |= {*_check_mails(mails, source, images), *_samples(mails, source)}
    return LintedProgramme(sorted(problems), programme, mails)


def check_goals(source: ProgrammeSource) -> Iterator[Problem]:
    """Yield goals that no journey measures; one that only brings a benefit is asked for by none."""
    journeys = source.programme.journeys.values()
    measured = {goal for journey in journeys for goal in journey.goals}
    rewarded = {benefit.goal for benefit in source.programme.benefits.values()}
    for goal in source.programme.goals:
        if goal not in measured | rewarded:
            what = f"no journey measures the goal `{goal}`"
            cure = "Add it to the `goals` of a journey, or delete it"
            problem = source.tree.problem(("goals", goal), what, cure)
            yield problem.found_by(LintRule.UNMEASURED_GOAL)


def check_steps(source: ProgrammeSource) -> Iterator[Problem]:
    """Yield steps that nobody reaches, or whose effect is not measured."""
    for name, journey in source.programme.journeys.items():
        goals = source.programme.goals.items()
        reached = [goal for goal, declared in goals if declared.on is journey.enters.on]
        for problem in check_reachability(("journeys", name), journey, reached, source.tree):
            yield problem.found_by(LintRule.UNREACHED_STEP)
        for at, step, goal in _goals_of_steps(name, journey):
            if goal not in journey.goals:
                what = f"the journey does not measure the goal `{goal}` of step `{step}`"
                cure = f"Add it to the `goals` of journey `{name}`"
                yield source.tree.problem(at, what, cure).found_by(LintRule.UNMEASURED_GOAL)


def _goals_of_steps(name: str, journey: JourneySection) -> Iterator[tuple[Location, str, str]]:
    """Yield where a step names a goal, the step, and the goal."""
    for place, step in enumerate(journey.steps):
        at = ("journeys", name, "steps", place)
        if step.goal:
            yield (*at, "goal"), step.name, step.goal
        if step.gift:
            yield (*at, "gift", "goal"), step.name, step.gift.goal


def check_mail_folders(folder: Path, source: ProgrammeSource) -> Iterator[Problem]:
    """Yield steps whose mail is not there, and mails that no step sends."""
    written = sorted(path.name for path in folder.glob("mails/*/"))
    sent = set()
    for name, journey in source.programme.journeys.items():
        for place, step in enumerate(journey.steps):
            sent.add(step.mail)
            if step.mail not in written:
                at = ("journeys", name, "steps", place, "mail")
                near = did_you_mean(step.mail, written)
                cure = near or f"Write it in {folder}/mails/{step.mail}/"
                problem = source.tree.problem(at, f"there is no mail `{step.mail}`", cure)
                yield problem.found_by(LintRule.MAIL_FOLDER)
    for mail in written:
        if mail not in sent:
            file = str(folder / "mails" / mail / "mail.yaml")
            cure = "Name it in a step of a journey, or delete its folder"
            what = f"no step sends the mail `{mail}`"
            yield Problem(file, 1, what, cure, LintRule.MAIL_FOLDER)


def _load_mails(folder: Path) -> SourceMails | Problem:
    """Return the mails, or why they can't be read."""
    try:
        return SourceMails.load(folder)
    except TemplateSourceError as error:
        return error.problem.found_by(_rule_of(Path(error.problem.file)))
    except (MailError, OSError) as error:
        what, cure = f"the mails can't be read: {error}", "Mend that first"
        return Problem(str(folder), 1, what, cure, LintRule.SYNTAX)


def _check_mails(
    mails: SourceMails, source: ProgrammeSource, images: Collection[str]
) -> list[Problem]:
    """Return what the mail layer finds, once it knows what the programme declares."""
    programme = source.programme
    declared = DeclaredNames(
        attributes=frozenset(ATTRIBUTES),
        goals=frozenset(programme.goals),
        balances=frozenset(programme.units),
        links=frozenset(programme.links),
        programme=frozenset(programme.details),
        images=frozenset(images),
        standing=frozenset(standing_kinds(programme)),
    )
    try:
        return check_mails(mails, declared, programme.locales)
    except TemplateSourceError as error:
        return [error.problem.found_by(LintRule.SYNTAX)]


def _samples(mails: SourceMails, source: ProgrammeSource) -> list[Problem]:
    programme = source.programme
    found = sample_problems(
        mails.folder,
        mails.mails,
        goals=programme.goals,
        units=programme.units,
        tiers=programme.tiers,
        standing=standing_kinds(programme),
    )
    return [problem.found_by(LintRule.SAMPLE) for problem in found]


def _rule_of(file: Path) -> LintRule:
    """A mail without a text part is a fault of its own, not one of syntax."""
    return LintRule.SYNTAX if file.name != "body.txt" or file.exists() else LintRule.NO_TEXT
