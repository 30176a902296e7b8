"""Benefits in programme.yaml: what they become, and what is refused at which line."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from chalicelib.domain.benefits import (
    ENDLESS,
    Benefit,
    BenefitKind,
    Validity,
    ValidityKind,
)
from chalicelib.programme.benefit_sections import parse_validity
from chalicelib.programme.compiled import data_of, mail_data_of, programme_of, showing
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme
from chalicelib.programme.notations import NotationError

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "write-benefits.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
IN_SECONDS = ROOT / "tests" / "e2e" / "airline-in-seconds"
LOUNGE = "  lounge: {title: Lounge access, kind: immaterial, tier: gold, revoked_with_tier: true}\n"
LAST = "    valid: 90 days\n"
EVERYTHING = """\
  everything:
    title: Everything
    kind: material
    tier: gold
    goal: app_installed
    when: channel == 'online'
    valid: 2027-12-31
    uses: 3
    stock: 7
    revoked_with_tier: true
    announced: false
    since: 2027-03-01
    until: 2027-03-01
  on_the_day: {title: A gift, kind: material, on: 2027-03-17, valid: 6 months}
"""


def benefits(folder):
    return load_programme(folder).benefits.benefits


def problems_of(folder):
    with pytest.raises(ProgrammeError) as refused:
        load_programme(folder)
    return refused.value.problems


def section(edited):
    text = edited.file.read_text(encoding="utf-8")
    begin = text.index("benefits:\n")
    return text[begin : text.index(LAST, begin) + len(LAST)]


def test_the_shipped_programme_gives_what_the_airline_does(edited):
    catalogue = load_programme(edited.folder).benefits
    assert catalogue.tiers == ("basic", "silver", "gold", "platinum")
    assert list(catalogue.benefits.values()) == [
        Benefit(name="lounge", title="Lounge access", tier="gold", revoked_with_tier=True),
        Benefit(
            name="priority_check_in",
            title="Check-in without a queue",
            tier="silver",
            revoked_with_tier=True,
        ),
        Benefit(
            name="extra_bag",
            title="An extra bag",
            kind=BenefitKind.MATERIAL,
            tier="silver",
            validity=Validity(kind=ValidityKind.TIER_YEAR),
            uses=2,
        ),
        Benefit(
            name="upgrade_voucher",
            title="An upgrade to business class",
            kind=BenefitKind.MATERIAL,
            tier="platinum",
            validity=Validity(kind=ValidityKind.DAYS, count=90),
            uses=1,
            stock=1000,
        ),
    ]


def test_the_programme_in_seconds_gives_the_same(edited):
    assert benefits(IN_SECONDS) == benefits(edited.folder)


def test_a_programme_without_benefits_gives_none(edited):
    edited.replace(section(edited), "")
    assert not benefits(edited.folder)


def test_every_field_is_what_it_says(edited):
    edited.replace(LAST, LAST + EVERYTHING)
    said = benefits(edited.folder)
    everything, day = said["everything"], said["on_the_day"]
    assert everything.when({"channel": "online"})
    assert not everything.when({"channel": "offline"})
    assert everything == Benefit(
        name="everything",
        title="Everything",
        kind=BenefitKind.MATERIAL,
        tier="gold",
        goal="app_installed",
        when=everything.when,
        validity=Validity(kind=ValidityKind.FIXED_DAY, day=date(2027, 12, 31)),
        uses=3,
        stock=7,
        revoked_with_tier=True,
        announced=False,
        since=date(2027, 3, 1),
        until=date(2027, 3, 1),
    )
    assert (day.on, day.announced, day.revoked_with_tier) == (date(2027, 3, 17), True, False)


@pytest.mark.parametrize(
    ("written", "validity"),
    [
        ("1 day", Validity(kind=ValidityKind.DAYS, count=1)),
        ("2 weeks", Validity(kind=ValidityKind.DAYS, count=14)),
        ("6 months", Validity(kind=ValidityKind.MONTHS, count=6)),
        ("2 years", Validity(kind=ValidityKind.MONTHS, count=24)),
        ("tier year", Validity(kind=ValidityKind.TIER_YEAR)),
        ("2027-12-31", Validity(kind=ValidityKind.FIXED_DAY, day=date(2027, 12, 31))),
    ],
)
def test_a_validity_is_a_span_a_year_or_a_day(written, validity):
    assert parse_validity(written) == validity


@pytest.mark.parametrize("written", ["", "90", "for ever", "366 days", "11 years", "2027-02-30", 7])
def test_what_is_no_validity_is_refused(written):
    with pytest.raises(NotationError, match=r"is no validity\. Write it like '90 days'"):
        parse_validity(written)


def test_a_last_day_that_is_too_far_off_is_told_as_such():
    with pytest.raises(
        NotationError, match=r"'9999-12-31' is too far off\. Write a year from 1900"
    ):
        parse_validity("9999-12-31")


@pytest.mark.parametrize("more", ["", EVERYTHING])
def test_compiled_benefits_say_the_same(edited, more):
    programme = load_programme(edited.replace(LAST, LAST + more).folder)
    assert programme_of(json.loads(json.dumps(data_of(programme)))) == programme


def test_benefits_show_in_no_mail(edited):
    programme = load_programme(edited.folder)
    kept = mail_data_of(programme)
    assert "benefits" not in kept
    assert showing(programme, kept).benefits == programme.benefits


def lounge(said):
    return f"  lounge: {{title: Lounge access, kind: immaterial, {said}}}\n"


REFUSED = [
    ("kind: immaterial, tier: gold", "kind: imaterial, tier: gold",
     "`benefits.lounge.kind` can't be 'imaterial'", "Did you mean immaterial?"),
    (LOUNGE, lounge("tier: golden"),
     "`benefits.lounge.tier` names the tier `golden`, which is unknown", "Did you mean gold?"),
    (LOUNGE, lounge("goal: app_instaled"),
     "`benefits.lounge.goal` names the goal `app_instaled`, which is unknown",
     "Did you mean app_installed?"),
    (LOUNGE, lounge("tier: gold, when: chanel == 'online'"),
     "`benefits.lounge.when` names the fact `chanel`, which is unknown", "Did you mean channel?"),
    (LOUNGE, lounge("uses: 1"), "`benefits.lounge` does not say what it is given for",
     "Add `tier`, `goal` or `on`"),
    (LOUNGE, lounge("goal: app_installed, on: 2027-03-17"),
     "`benefits.lounge` is given for a goal and on a day",
     "Keep one; make a benefit of its own of the other"),
    (LOUNGE, lounge("on: 2027-03-17, since: 2027-03-17"),
     "`benefits.lounge.since` says nothing beside `on`", "Delete it; the day is `on`"),
    (LOUNGE, lounge("on: 2027-03-17, until: 2027-03-17"),
     "`benefits.lounge.until` says nothing beside `on`", "Delete it; the day is `on`"),
    (LOUNGE, lounge("goal: app_installed, revoked_with_tier: true"),
     "there is no tier with which `benefits.lounge` could be lost",
     "Delete it, or write another `tier` than the lowest, which is everybody's"),
    (LOUNGE, lounge("tier: basic, revoked_with_tier: true"),
     "there is no tier with which `benefits.lounge` could be lost",
     "Delete it, or write another `tier` than the lowest, which is everybody's"),
    (LOUNGE, lounge("tier: gold, since: 2027-03-01, until: 2027-02-28"),
     "`benefits.lounge` is over before it begins", "Write 2027-03-01 or a later day"),
    (LOUNGE, lounge("tier: gold, since: 2027-03-01, valid: 2027-02-28"),
     "`benefits.lounge` can't be used on any day", "Write 2027-03-01 or a later day"),
    (LOUNGE, lounge("on: 2027-03-01, valid: 2027-02-28"),
     "`benefits.lounge` can't be used on any day", "Write 2027-03-01 or a later day"),
    (LOUNGE, lounge("tier: gold, valid: 90"), "`benefits.lounge.valid`: 90 is no validity",
     "Write it like '90 days', '6 months', 'tier year' or 2027-12-31"),
    (LOUNGE, lounge("tier: gold, uses: 0"), "`benefits.lounge.uses` is too small",
     "Write 1 or more"),
    (LOUNGE, lounge("tier: gold, stock: 0"), "`benefits.lounge.stock` is too small",
     "Write 1 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "what", "cure"), REFUSED)
def test_a_fault_is_told_with_its_cure(edited, old, new, what, cure):
    edited.replace(old, new)
    [problem] = problems_of(edited.folder)
    assert (problem.what, problem.cure) == (what, cure)
    assert problem.line == edited.line_of("  lounge:")


@pytest.mark.parametrize(
    "said",
    [
        "tier: gold, since: 2027-03-01, until: 2027-03-01",
        "tier: gold, since: 2027-03-01, valid: 2027-03-01",
        "on: 2027-03-01, valid: 2027-03-01",
        "tier: gold, goal: app_installed",
        "tier: basic, on: 2027-03-17",
        "tier: silver, revoked_with_tier: true",
    ],
)
def test_what_can_be_given_and_used_is_let_through(edited, said):
    edited.replace(LOUNGE, lounge(said))
    assert benefits(edited.folder)["lounge"].validity in (
        ENDLESS,
        Validity(kind=ValidityKind.FIXED_DAY, day=date(2027, 3, 1)),
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_how_to_are_benefits_that_can_be_given(edited, example):
    edited.replace(section(edited), example)
    assert len(benefits(edited.folder)) == example.count("title:")


def test_the_how_to_shows_what_is_shipped(edited):
    assert len(EXAMPLES) == 2
    assert EXAMPLES[0] == section(edited)
