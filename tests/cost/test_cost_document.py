"""docs/cost.md shows what the command prints.

Mend with: ``python -m chalicelib.cost_document``. Figures with processor time in them vary with the
machine; all others must be the very same.
"""

import re

import pytest

from chalicelib.cost_document import FILE, filled, printed, shown

SHOWN = shown(FILE.read_text(encoding="utf-8"))
NUMBER = re.compile(r"~?\$?\d[\d,]*\.?\d*")
VARYING = ("~", "sum ", "all ", "Milepost")
"""Lines with processor time in them begin or are marked with one of these."""


def numbers(line):
    return [float(text.strip("~$.").replace(",", "")) for text in NUMBER.findall(line)]


def words(line):
    return NUMBER.sub("#", line).split()


def varies(line):
    return any(mark in line for mark in VARYING)


@pytest.mark.parametrize("options", SHOWN)
def test_the_page_shows_what_the_command_prints(options):
    now = printed(options).splitlines()
    then = SHOWN[options].splitlines()
    assert [words(line) for line in now] == [words(line) for line in then]
    for ours, theirs in zip(now, then, strict=True):
        if not varies(ours):
            assert ours == theirs
        elif "~" in ours:
            for now_is, then_was in zip(numbers(ours), numbers(theirs), strict=True):
                assert now_is <= 4 * then_was + 0.01, "a busy machine is slower, but not by so much"
                assert then_was <= 4 * now_is + 0.01
        else:
            assert numbers(ours) == pytest.approx(numbers(theirs), rel=0.1, abs=0.01)


def test_the_page_shows_the_reference_cohort_and_the_case():
    assert set(SHOWN) == {"", " --cohort case"}


def test_what_is_filled_in_again_stays(monkeypatch):
    monkeypatch.setattr("chalicelib.cost_document.printed", lambda options: SHOWN[options])
    page = FILE.read_text(encoding="utf-8")
    assert filled(page) == page
