"""Everything that is wrong with a programme's folder: programme, files, and every mail rendered.

Each mail is made for each sample in each language, as a member would get it. What can't be made
is told by its cause; where a cause is already told, its effects are not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from chalicelib.domain.journey import Programme
from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.errors import HeaderError, MailError, TemplateSourceError, TooLargeError
from chalicelib.mail.samples import BUILT_IN, Sample, read_samples
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import MailTemplates
from chalicelib.mail_lint.check import file_problems, rendition_problems
from chalicelib.mail_lint.rendition import Rendition
from chalicelib.mail_lint.source_files import body_file
from chalicelib.operations.specimens import specimen
from chalicelib.programme.lint import read_and_lint

UNREADABLE = frozenset({LintRule.PROGRAMME, LintRule.SYNTAX, LintRule.UNBALANCED_CONDITION})
"""After one of these there is nothing more to look at."""
CAUSES = frozenset({LintRule.UNDEFINED_NAME, LintRule.PLACEHOLDER, LintRule.SAMPLE})
"""Why a mail can't be made, as its files show."""
UNKNOWN = {"nothing known": False, "nothing known, every goal reached": True}
"""Members of whom nothing is known; a programme's samples may have none such."""


def lint_folder(folder: Path) -> list[Problem]:
    """Return every problem, by file and line; what can't be read is not looked into further."""
    linted = read_and_lint(folder)
    problems, programme, mails = linted.problems, linted.programme, linted.mails
    rules = {problem.rule for problem in problems}
    if programme is None or mails is None or rules & UNREADABLE:
        return problems
    found = [*file_problems(mails), *_rendered(folder, programme, mails)]
    if rules & CAUSES:
        found = [problem for problem in found if problem.rule != LintRule.NOT_RENDERED]
    return sorted({*problems, *found})


def _rendered(folder: Path, programme: Programme, mails: SourceMails) -> list[Problem]:
    made: list[Rendition] = []
    failed: dict[tuple[str, str], Problem] = {}
    templates = MailTemplates.of(mails)
    for mail in mails.mails:
        samples = [*_samples(folder, mail), *_unknown(programme)]
        for locale, sample in product(programme.locales, samples):
            try:
                rendered = specimen(programme, templates, mail, locale, sample).rendered
                made.append(Rendition(mail, locale, sample.name, rendered))
            except MailError as error:
                problem = _not_made(mails, mail, f"{sample.name!r} in {locale}", error)
                failed.setdefault((mail, problem.rule), problem)
    return [*failed.values(), *rendition_problems(mails, made, unknown=UNKNOWN)]


def _samples(folder: Path, mail: str) -> tuple[Sample, ...]:
    """Of a file with a fault, which is told already, nobody is a sample."""
    try:
        return read_samples(folder, mail)
    except TemplateSourceError:
        return ()


def _unknown(programme: Programme) -> Iterator[Sample]:
    """Two, since half of the conditions ask whether a goal was reached."""
    for name, reached in UNKNOWN.items():
        goals = frozenset(programme.goals) if reached else frozenset[str]()
        yield replace(BUILT_IN[-1], name=name, goals=goals)


def _not_made(mails: SourceMails, mail: str, whom: str, error: MailError) -> Problem:
    rules: Sequence[tuple[bool, LintRule, str]] = (
        (isinstance(error, TooLargeError), LintRule.TOO_LARGE, "Shorten it; Gmail clips the rest"),
        ("control character" in str(error), LintRule.CONTROL_CHARACTER, "Take it out"),
        (isinstance(error, HeaderError), LintRule.NOT_RENDERED, "Mend the header's value"),
        (True, LintRule.NOT_RENDERED, "Mend the template, or the sample"),
    )
    rule, cure = next((rule, cure) for holds, rule, cure in rules if holds)
    what = f"mail {mail!r} can't be made for the sample {whom}: {error}"
    return Problem(body_file(mails, mail, "html"), 1, what, cure, rule)
