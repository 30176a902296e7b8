"""Rehearsing tiers, setting one by hand, corrections: as typed, on a stage and on a world."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from functional.worlds import ANN, FOLDER
from programme.editing import Edited
from usecases.engines import memory_engine, tell

from chalicelib.cli import main
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.ledger import LedgerRefusal, Reference
from chalicelib.domain.news import NewsKind
from chalicelib.operations import tier_words
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.by_hand import MOST_UNITS, Hand, adjusted, tier_set
from chalicelib.operations.statement_words import stated
from chalicelib.operations.tier_words import rehearsed
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.set_by_hand import OPERATOR, Correction

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
NOBODY = "No member has this id, card, e-mail or phone"
CARD = ANN["card"]


def told(*words):
    return CliRunner().invoke(main, words)


def words_of(result):
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


@pytest.fixture
def harder(tmp_path):
    """The shipped programme with a silver that is harder to reach."""
    edited = Edited(tmp_path / "airline-bonus")
    edited.replace("silver: [{qualifying: 25000}", "silver: [{qualifying: 40000}")
    return edited.folder


def ann_of(engine):
    return engine.members.member_of(alias_of(AliasType.CARD, CARD))


def today_of(engine):
    return engine.programme.calendar.day_of(engine.clock.now())


# On a stage and on a world


def test_a_tier_by_hand_is_had_at_once_and_shown_with_its_reason_until_it_is_taken_off(place):
    engine, where = place
    until = (today_of(engine) + timedelta(days=30)).isoformat()
    hand = ("--until", until, "--reason", "status match")
    result = told("set-tier", CARD, "gold", *hand, *where)
    assert f"has gold, held through {until}. By hand: gold through {until}: status match." in (
        words_of(result)
    )
    assert engine.members.load(ann_of(engine)).attribute("tier") == "gold"
    shown = words_of(told("statement", CARD, *where))
    assert f"Tier gold, held through {until}, then in grace through" in shown
    assert f"by hand: gold through {until} (status match)" in shown
    assert "to keep it, by" in shown
    assert "to reach platinum, by" in shown
    off = words_of(told("set-tier", CARD, "--off", *where))
    assert "has gold, held through" in off
    assert off.endswith("By hand: nothing.")


def test_a_correction_is_booked_once_whoever_runs_it_again(place):
    engine, where = place
    words = ("adjust", CARD, "redeemable", "700", "--reason", "a late bag", "--reference", "c-1")
    first, again = told(*words, *where), told(*words, *where)
    assert "redeemable, posting 1; 700 to spend then." in words_of(first)
    assert words_of(again).startswith("That was booked before. Member")
    taken = ("adjust", CARD, "redeemable", "-200", "--reason", "too much", "--reference", "c-2")
    assert "-200 redeemable, posting 2; 500 to spend then." in words_of(told(*taken, *where))
    assert engine.members.load(ann_of(engine)).granted == {"redeemable": 500}
    first, second = json.loads(told("statement", CARD, *where, "--json").output)["postings"]
    assert (first["kind"], first["reference"]) == ("adjusted", "operator/c-1")
    assert [(why["rule"], why["note"]) for why in first["why"]] == [("by_hand", "a late bag")]
    assert second["entries"] == [
        ["redeemable", "available", -200],
        ["redeemable", "adjusted", 200],
    ]


def test_other_rules_are_rehearsed_on_everybody_and_change_nobody(place, harder):
    engine, where = place
    told("set-tier", CARD, "gold", "--until", str(today_of(engine)), "--reason", "x", *where)
    known = engine.memberships.load(ann_of(engine))
    result = told("rehearse-tiers", "--with", str(harder), *where)
    shown = words_of(result)
    assert "1 members from" in shown
    assert "0 would have another tier" in shown
    assert "Tier by the live rules, and by the others" in shown
    as_json = told("rehearse-tiers", "--with", str(harder), *where, "--json")
    assert json.loads(as_json.output)["members"] == 1
    assert engine.memberships.load(ann_of(engine)) == known


@pytest.mark.parametrize(
    "words",
    [
        ("set-tier", "nobody", "--off"),
        ("adjust", "nobody", "redeemable", "1", "--reason", "x", "--reference", "y"),
    ],
)
def test_nobody_is_told_as_nobody(place, words):
    _, where = place
    result = told(*words, *where)
    assert result.exit_code == 1
    assert NOBODY in result.output


def test_what_makes_no_sense_is_told_and_ends_with_1(place):
    _, where = place
    result = told("set-tier", CARD, "wood", "--until", "2030-01-01", "--reason", "x", *where)
    assert result.exit_code == 1
    assert "'wood' can't be set; these can: silver, gold, platinum" in result.output


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("gold",),
        ("gold", "--until", "2030-01-01"),
        ("gold", "--reason", "x"),
        ("--until", "2030-01-01", "--reason", "x"),
        ("gold", "--off"),
        ("--off", "--reason", "x"),
    ],
)
def test_a_hand_that_is_half_said_is_refused_before_anything_is_asked(words):
    result = told("set-tier", CARD, *words, "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2


# By the functions alone


@pytest.fixture
def engine():
    engine = memory_engine()
    tell(engine)
    return engine


def hand(engine, **changes):
    until = today_of(engine).isoformat()
    return tier_set(
        engine, Hand(**{"member": CARD, "tier": "gold", "until": until, "reason": "x", **changes})
    )


def correction(**changes):
    facts = {"unit": "redeemable", "amount": 5, "reason": "x", "reference": "r", **changes}
    return Correction(**facts)


def test_a_tier_by_hand_may_be_for_today_alone_and_not_for_yesterday(engine):
    today = today_of(engine)
    assert hand(engine)["floor"]["through"] == today.isoformat()
    yesterday = (today - timedelta(days=1)).isoformat()
    with pytest.raises(OperationError, match="is over; today is"):
        hand(engine, until=yesterday)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tier": "basic"}, "'basic' can't be set"),
        ({"until": "soon"}, "'soon' is no day"),
        ({"until": "99991231"}, "'99991231' is no day. Write year, month and day, like 2027"),
        ({"until": "9999-12-31"}, "'9999-12-31' is too far off. Write a year from 1900 to 2999"),
        ({"reason": "  "}, "a reason has 1 to 200 characters"),
        ({"reason": "x" * 201}, "a reason has 1 to 200 characters"),
    ],
)
def test_a_hand_that_makes_no_sense_changes_nothing(engine, changes, said):
    with pytest.raises(OperationError, match=said):
        hand(engine, **changes)
    assert engine.memberships.load(ann_of(engine)).membership.standing is None


def test_a_tier_by_hand_may_be_for_as_good_as_ever(engine):
    assert hand(engine, until="2999-12-31")["held_through"] == "2999-12-31"


def test_the_news_of_a_tier_by_hand_are_told_at_once(engine):
    hand(engine, reason="x" * 200)
    assert engine.metrics.counts[f"news_{NewsKind.TIER_REACHED.name.lower()}"] == 1
    assert engine.memberships.load(ann_of(engine)).membership.news == ()


def test_a_programme_without_rules_sets_no_tier_and_rehearses_none(engine, harder):
    plain = replace(engine, programme=replace(engine.programme, tier_plan=None))
    with pytest.raises(OperationError, match="tiers are what partners tell"):
        hand(plain)
    with pytest.raises(OperationError, match="the live programme has no tier_rules"):
        rehearsed(plain, harder)
    assert stated(plain, CARD)["tier"] is None


def test_an_erased_member_is_left_alone_and_has_no_tier(engine):
    member_id = ann_of(engine)
    erase_member(engine, member_id)
    with pytest.raises(OperationError, match="was erased"):
        hand(engine, member=member_id)
    with pytest.raises(OperationError, match="was erased"):
        adjusted(engine, member_id, correction())
    assert stated(engine, member_id)["tier"] is None


def test_an_id_that_nobody_has_is_nobody(engine):
    assert hand(engine, member="a" * 26) is None
    assert adjusted(engine, "a" * 26, correction()) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "shells"}, "'shells' is no unit; these are: redeemable, qualifying"),
        ({"amount": 0}, "an amount is 1 to"),
        ({"amount": MOST_UNITS + 1}, "an amount is 1 to"),
        ({"amount": -MOST_UNITS - 1}, "an amount is 1 to"),
        ({"reason": ""}, "a reason has"),
        ({"reference": ""}, "a reference has"),
        ({"reference": "r" * 201}, "a reference has"),
    ],
)
def test_a_correction_that_makes_no_sense_books_nothing(engine, changes, said):
    with pytest.raises(OperationError, match=said):
        adjusted(engine, CARD, correction(**changes))
    assert list(engine.memberships.every_posting()) == []


def test_the_most_can_be_given_and_taken(engine):
    assert adjusted(engine, CARD, correction(amount=MOST_UNITS))["balance"] == MOST_UNITS
    back = correction(amount=-MOST_UNITS, reference="r" * 200)
    assert adjusted(engine, CARD, back)["balance"] == 0


def test_taking_more_than_there_is_is_refused_for_ever(engine):
    for _ in range(2):
        with pytest.raises(OperationError, match="less than that to spend"):
            adjusted(engine, CARD, correction(amount=-1))
        adjusted(engine, CARD, correction(reference="later"))
    kept = engine.memberships.find(Reference(OPERATOR, "r"))
    assert kept.refusal is LedgerRefusal.NOT_ENOUGH


@pytest.mark.parametrize(
    "changes", [{"unit": "qualifying"}, {"amount": 6}, {"reason": "another one"}]
)
def test_one_reference_stands_for_one_correction(engine, changes):
    adjusted(engine, CARD, correction())
    with pytest.raises(OperationError, match="stands for another correction"):
        adjusted(engine, CARD, correction(**changes))
    assert len(list(engine.memberships.every_posting())) == 1


def test_a_correction_counts_towards_no_tier(engine):
    adjusted(engine, CARD, correction(unit="qualifying", amount=90_000))
    assert stated(engine, CARD)["tier"]["tier"] == "basic"


def test_a_statement_tells_what_reaches_the_next_tier_of_one_who_has_done_nothing(engine):
    tier = stated(engine, CARD)["tier"]
    year = today_of(engine).year
    assert tier == {
        "tier": "basic",
        "held_through": None,
        "grace_through": None,
        "floor": None,
        "told": None,
        "next_tier": "silver",
        "to_reach": [{"qualifying": 25_000}, {"segments": 20}],
        "through": f"{year}-12-31",
        "to_keep": [],
        "keep_by": None,
    }


def test_a_statement_tells_the_last_day_of_the_grace_and_what_a_partner_told(engine):
    tell(engine, event_id="told", facts={"channel": "offline", **ANN, "tier": "gold"})
    year = today_of(engine).year
    tier = stated(engine, CARD)["tier"]
    assert (tier["tier"], tier["held_through"]) == ("gold", f"{year + 1}-12-31")
    last = datetime.fromisoformat(f"{year + 1}-12-31") + timedelta(days=60)
    assert tier["grace_through"] == last.date().isoformat()
    assert tier["told"] == {"tier": "gold", "through": f"{year + 1}-12-31"}


def test_a_statement_tells_nothing_by_hand_or_told_once_it_is_over(engine):
    tell(engine, event_id="told", facts={"channel": "offline", **ANN, "tier": "silver"})
    last = datetime(today_of(engine).year + 1, 12, 31, 12, tzinfo=UTC)
    hand(engine, until=last.date().isoformat())
    engine.clock.set(last)
    tier = stated(engine, CARD)["tier"]
    assert (tier["floor"]["tier"], tier["told"]["tier"]) == ("gold", "silver")
    engine.clock.set(last + timedelta(days=1))
    tier = stated(engine, CARD)["tier"]
    assert (tier["tier"], tier["floor"], tier["told"]) == ("gold", None, None)


# Rehearsing


def test_who_loses_by_the_other_rules_is_counted_by_month_and_named(engine, harder):
    member_id, today = ann_of(engine), today_of(engine)
    known = engine.memberships.load(member_id).membership
    tallies = {f"qualifying@{today.year}-01-01": 30_000}
    changed = replace(known, wallet=replace(known.wallet, tallies=tallies))
    engine.memberships._put(changed)  # noqa: SLF001 - what years of flights would come to
    found = rehearsed(engine, harder)
    assert (found["members"], found["moved"]) == (1, 1)
    assert found["counts"] == [{"old": "silver", "new": "basic", "members": 1}]
    month = today.isoformat()[:7]
    assert found["months"] == [{"month": month, "up": 0, "down": 1, "level": 0}]
    assert found["some"] == [
        {"member": member_id, "old": "silver", "new": "basic", "since": today.isoformat()}
    ]
    assert found["until"] == (today + timedelta(days=365)).isoformat()


def test_who_has_left_is_not_rehearsed(engine, harder):
    member = engine.members.load(ann_of(engine))
    engine.members.save(replace(member, left_at=engine.clock.now()))
    assert rehearsed(engine, harder)["members"] == 0


def test_no_more_are_named_than_a_screen_can_hold(engine, harder, monkeypatch):
    monkeypatch.setattr(tier_words, "MOST_SHOWN", 0)
    assert rehearsed(engine, harder)["some"] == []


def test_a_rehearsal_looks_ahead_from_today_to_five_years(engine):
    today = today_of(engine)
    last = today + tier_words.LONGEST
    for day in (today, last):
        assert rehearsed(engine, FOLDER, day.isoformat())["until"] == day.isoformat()
    for day in (today - timedelta(days=1), last + timedelta(days=1)):
        with pytest.raises(OperationError, match="is not within five years"):
            rehearsed(engine, FOLDER, day.isoformat())


def test_a_folder_without_a_programme_or_without_rules_is_told(engine, tmp_path, harder):
    with pytest.raises(OperationError, match=r"programme\.yaml"):
        rehearsed(engine, tmp_path / "nothing")
    text = (harder / "programme.yaml").read_text(encoding="utf-8")
    before, rest = text.split("tier_rules:")
    (harder / "programme.yaml").write_text(before + rest[rest.index("\n# ") :], encoding="utf-8")
    with pytest.raises(OperationError, match="has no tier_rules"):
        rehearsed(engine, harder)
