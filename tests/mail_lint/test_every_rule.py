"""Every rule refuses a programme that only it has anything against."""

from difflib import unified_diff

import pytest
from mail_lint.broken import BROKEN
from mail_lint.clean import FILES
from mail_lint.features import OF_FEATURES

from chalicelib.domain.lint_rules import LintRule
from chalicelib.operations.lint_folder import lint_folder


def test_the_clean_programme_has_no_problem(clean):
    assert lint_folder(clean) == []


@pytest.mark.parametrize("broken", [*BROKEN, *OF_FEATURES], ids=str)
def test_what_one_rule_refuses_no_other_rule_refuses(broken, clean, change):
    line = change(broken.file, broken.old, broken.new)
    problems = lint_folder(clean)
    assert {problem.rule for problem in problems} == {broken.rule}, list(map(str, problems))
    lines = [problem.line for problem in problems if problem.file == str(clean / broken.file)]
    wanted = line if broken.line is None else broken.line
    assert not wanted or wanted in lines, (wanted, list(map(str, problems)))


def test_no_rule_is_left_out():
    assert {broken.rule for broken in [*BROKEN, *OF_FEATURES]} == set(LintRule)


@pytest.mark.parametrize("broken", [*BROKEN, *OF_FEATURES], ids=str)
def test_a_broken_programme_is_the_clean_one_with_one_change(broken):
    """So that it is this change that is refused, and nothing else."""
    before = FILES.get(broken.file, "")
    after = before.replace(broken.old, broken.new, 1) if broken.file in FILES else broken.new
    if not broken.old and not broken.new:  # the file is deleted
        after = ""
    hunks = [line for line in unified_diff(before.split("\n"), after.split("\n")) if "@@" in line]
    assert len(hunks) == 1
