"""All rules of the lint over a programme's mails: their files first, then what members would get.

Nothing here reads a programme or a store; renditions are made by who calls.
"""

from collections.abc import Container, Iterable, Iterator

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail_lint.body_rules import body_problems, hollow_problems, text_problems
from chalicelib.mail_lint.contrast import contrast_problems
from chalicelib.mail_lint.headline_rules import headline_faults, repeats
from chalicelib.mail_lint.image_rules import image_problems
from chalicelib.mail_lint.link_rules import link_problems
from chalicelib.mail_lint.page_rules import page_problems
from chalicelib.mail_lint.rendition import Places, Rendition
from chalicelib.mail_lint.source_files import body_file
from chalicelib.mail_lint.support_rules import font_problems, support_problems
from chalicelib.mail_lint.writing_rules import missing_pages, text_bodies, writing_problems


def file_problems(mails: SourceMails) -> list[Problem]:
    """Hold the files to every rule that can be told from them alone."""
    rules = (
        link_problems,
        image_problems,
        support_problems,
        font_problems,
        writing_problems,
        text_bodies,
        missing_pages,
    )
    return sorted({problem for rule in rules for problem in rule(mails)})


def rendition_problems(
    mails: SourceMails, renditions: Iterable[Rendition], *, unknown: Container[str]
) -> list[Problem]:
    """Hold renditions to the rest; `unknown` are samples of whom nothing is known.

    A fault is told for the first sample and language that show it, and not for each.
    """
    places = Places(mails)
    found: dict[tuple[object, ...], Problem] = {}
    seen: set[tuple[str, ...]] = set()  # a mail, and what it looks like
    pairs: set[tuple[str, ...]] = set()
    textless = {problem.file for problem in text_bodies(mails)}
    for rendition in renditions:
        problems = [*_headlines(rendition, places), *body_problems(rendition, places)]
        if body_file(mails, rendition.mail, "text") not in textless:
            problems += text_problems(rendition, places)
        if rendition.sample in unknown:
            problems += hollow_problems(rendition, places)
        look = (rendition.mail, *rendition.skeleton)
        if look not in seen:
            seen.add(look)
            problems += page_problems(rendition, places)
            problems += contrast_problems(rendition, places, pairs)
        for problem in problems:
            first = problem.what.replace(f" {rendition.whom}", "")
            found.setdefault((problem.file, problem.line, first, problem.rule), problem)
    return sorted(found.values())


def _headlines(rendition: Rendition, places: Places) -> Iterator[Problem]:
    rendered = rendition.rendered
    for part, text in (("subject", rendered.subject), ("preheader", rendered.preheader)):
        for what, cure, rule in headline_faults(part, text, rendition.locale):
            yield places.of_headline(rendition, part, what, cure, rule)
    if rendered.preheader and repeats(rendered.subject, rendered.preheader):
        what, cure = "repeats the subject", "Say what the subject leaves open"
        rule = LintRule.REPEATED_PREHEADER
        yield places.of_headline(rendition, "preheader", what, cure, rule)
