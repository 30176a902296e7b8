"""Rules of tiers in programme.yaml: what they become, and what is refused at which line."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from chalicelib.domain.tier_rules import PeriodKind, RuleSet
from chalicelib.programme.compiled import data_of, mail_data_of, programme_of, showing
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "write-tier-rules.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
GOLD = "      gold: [{qualifying: 50000}, {segments: 40}]\n"
SECOND = """
  - since: 2026-01-01
    period: calendar year
    reach:
      gold: [{qualifying: 9, segments: 3}]
"""
REACH = "      platinum: [{qualifying: 125000}]\n"


def rule_sets(folder):
    return load_programme(folder).tier_plan.rule_sets


def problems_of(folder):
    with pytest.raises(ProgrammeError) as refused:
        load_programme(folder)
    return refused.value.problems


def without_rules(edited):
    text = edited.file.read_text(encoding="utf-8")
    begin, end = text.index("tier_rules:"), text.index(REACH) + len(REACH)
    return edited.replace(text[begin:end], "")


def test_the_shipped_programme_judges_tiers_as_the_airline_does(edited):
    plan = load_programme(edited.folder).tier_plan
    assert plan.tiers == ("basic", "silver", "gold", "platinum")
    assert plan.rule_sets == (
        RuleSet(
            since=date(2027, 1, 1),
            period=PeriodKind.CALENDAR_YEAR,
            thresholds={
                "silver": ({"qualifying": 25_000}, {"segments": 20}),
                "gold": ({"qualifying": 50_000}, {"segments": 40}),
                "platinum": ({"qualifying": 125_000},),
            },
            grace_days=60,
            warn_days=60,
        ),
    )


def test_a_programme_without_rules_judges_no_tiers(edited):
    programme = load_programme(without_rules(edited).folder)
    assert programme.tier_plan is None
    assert programme.tiers == ("basic", "silver", "gold", "platinum")


def test_rule_sets_are_in_the_order_of_their_days_however_they_are_written(edited):
    edited.replace(REACH, REACH + SECOND)
    first, second = rule_sets(edited.folder)
    assert (first.since, second.since) == (date(2026, 1, 1), date(2027, 1, 1))
    assert first.thresholds == {"gold": ({"qualifying": 9, "segments": 3},)}


def test_without_a_word_on_it_there_is_no_grace_and_no_warning(edited):
    edited.replace("    grace: 60 days\n    warn: 60 days\n", "")
    [rules] = rule_sets(edited.folder)
    assert (rules.grace_days, rules.warn_days) == (0, 0)


def test_days_may_be_said_in_weeks_and_the_year_may_be_that_of_membership(edited):
    edited.replace("grace: 60 days\n    warn: 60 days", "grace: 2 weeks\n    warn: 30d")
    edited.replace("calendar year", "membership year")
    [rules] = rule_sets(edited.folder)
    assert (rules.grace_days, rules.warn_days) == (14, 30)
    assert rules.period is PeriodKind.MEMBERSHIP_YEAR


@pytest.mark.parametrize("judges", [True, False])
def test_compiled_rules_say_the_same(edited, judges):
    edited = edited.replace(REACH, REACH + SECOND) if judges else without_rules(edited)
    programme = load_programme(edited.folder)
    assert programme_of(json.loads(json.dumps(data_of(programme)))) == programme


def test_rules_of_tiers_show_in_no_mail(edited):
    programme = load_programme(edited.folder)
    kept = mail_data_of(programme)
    assert "tier_rules" not in kept
    assert showing(programme, kept).tier_plan == programme.tier_plan


REFUSED = [
    ("since: 2027-01-01", "since: 1 January", "`tier_rules[1].since`: '1 January' is no day",
     "Write year, month and day, like 2027-03-01"),
    ("calendar year", "calender year", "`tier_rules[1].period` can't be 'calender year'",
     "Did you mean calendar year?"),
    ("grace: 60 days", "grace: 60", "`tier_rules[1].grace`: 60 is no number of days",
     "Write whole days or weeks, like '60 days'; a year at most"),
    ("    warn: 60 days", "    warn: 36 hours",
     "`tier_rules[1].warn`: '36 hours' is no number of days",
     "Write whole days or weeks, like '60 days'; a year at most"),
    (GOLD, "      gold: []\n", "`tier_rules[1].reach.gold` has too few entries",
     "Write at least 1"),
    (GOLD, "      gold: [{}]\n", "`tier_rules[1].reach.gold[1]` has too few entries",
     "Write at least 1"),
    (GOLD, "      gold: [{qualifying: 0}]\n",
     "`tier_rules[1].reach.gold[1].qualifying` is too small", "Write 1 or more"),
    (GOLD, "      golden: [{qualifying: 50000}]\n",
     "`tier_rules[1].reach.golden` names the tier `golden`, which is unknown",
     "Did you mean gold?"),
    (GOLD, "      basic: [{qualifying: 1}]\n", "there is nothing to reach in `basic`",
     "Delete it: every member has the lowest tier"),
    (GOLD, "      gold: [{qualifing: 50000}]\n",
     "`tier_rules[1].reach.gold[1].qualifing` names the measure `qualifing`, which is unknown",
     "Did you mean qualifying?"),
    (GOLD, "      gold: [{qualifying: 25000}]\n", "`gold` takes no more than `silver` here",
     "Write more than reaches `silver`, or delete it"),
    (GOLD, "      gold: [{segments: 1}]\n", "`gold` takes no more than `silver` here",
     "Write more than reaches `silver`, or delete it"),
    ("silver: [{qualifying: 25000}, {segments: 20}]",
     "silver: [{qualifying: 25000}, {segments: 20}, {segments: 41, qualifying: 9}]",
     "`gold` takes no more than `silver` here",
     "Write more than reaches `silver`, or delete it"),
    ("platinum: [{qualifying: 125000}]", "platinum: [{qualifying: 25000}]",
     "`platinum` takes no more than `gold` here",
     "Write more than reaches `gold`, or delete it"),
    (GOLD + "      platinum: [{qualifying: 125000}]", "      platinum: [{qualifying: 25000}]",
     "`platinum` takes no more than `silver` here",
     "Write more than reaches `silver`, or delete it"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "what", "cure"), REFUSED)
def test_a_fault_is_told_with_its_cure(edited, old, new, what, cure):
    edited.replace(old, new)
    [problem] = problems_of(edited.folder)
    assert (problem.what, problem.cure) == (what, cure)
    told = "gold: [" if "`gold` takes" in what else new.strip()
    assert problem.line == edited.line_of(told)


@pytest.mark.parametrize(
    "gold",
    [
        "[{qualifying: 25001}]",
        "[{qualifying: 25000, segments: 20}]",
        "[{qualifying: 25000, segments: 1}]",
        "[{redeemable: 1}]",
    ],
)
def test_what_takes_more_or_something_else_is_let_through(edited, gold):
    edited.replace(GOLD, f"      gold: {gold}\n")
    assert rule_sets(edited.folder)


def test_a_day_on_which_two_sets_begin_is_refused(edited):
    edited.replace(REACH, REACH + SECOND.replace("2026-01-01", "2027-01-01 "))
    [problem] = problems_of(edited.folder)
    assert problem.what == "`tier_rules` has `2027-01-01` twice"


def test_two_kinds_of_years_are_refused(edited):
    edited.replace(REACH, REACH + SECOND.replace("calendar", "membership"))
    [problem] = problems_of(edited.folder)
    assert problem.what == "`tier_rules[2]` has a year of its own"
    assert problem.cure.startswith("Write `calendar year`:")
    assert problem.line == edited.line_of("membership year")


def test_what_no_rule_of_earning_counts_is_no_measure(edited):
    edited.replace("counts: segments", "counts: flights")
    problems = problems_of(edited.folder)
    assert {problem.what.split(" names ")[1] for problem in problems} == {
        "the measure `segments`, which is unknown"
    }
    assert problems[0].cure == "Known: redeemable, qualifying, flights"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_how_to_are_rules_that_can_be_judged(edited, example):
    rules = example[example.index("tier_rules:") :]
    without_rules(edited).replace("\ngoals:", f"\n{rules}\ngoals:")
    assert len(rule_sets(edited.folder)) == rules.count("since:")


def test_the_how_to_shows_what_is_shipped(edited):
    written = edited.file.read_text(encoding="utf-8")
    shown = EXAMPLES[0][EXAMPLES[0].index("tier_rules:") :]
    assert len(EXAMPLES) == 2
    assert shown in written
