from dataclasses import replace
from datetime import date

from domain.test_tier_judge import JOINED, PLAN, REACH, RULES, held, in_year, lives
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import tier_rehearsal
from chalicelib.domain.tier_judge import judge
from chalicelib.domain.tier_rehearsal import Fate, Rehearsed, fate_of, rehearse

TODAY = date(2027, 6, 1)
UNTIL = date(2028, 12, 31)
HARDER = replace(
    PLAN, rule_sets=(replace(RULES, thresholds=REACH | {"gold": ({"qualifying": 60_000},)}),)
)


def someone(member_id="a", standing=None, tallies=None):
    return Rehearsed(
        member_id=member_id, standing=standing, tallies=tallies or {}, joined_on=JOINED
    )


silver = someone("silver", held("silver", date(2027, 12, 31)), in_year(2027, 55_000))
gold = someone("gold", held("gold", date(2027, 12, 31)), in_year(2027, 55_000))
several = st.lists(
    st.builds(
        someone,
        st.sampled_from("abc"),
        st.none() | st.builds(held, st.sampled_from(PLAN.tiers), st.dates(TODAY, UNTIL)),
        st.builds(in_year, st.sampled_from([2026, 2027]), st.integers(0, 150_000)),
    ),
    max_size=6,
)


@given(lives(), several)
@settings(deadline=None)
def test_the_same_rules_change_nothing_for_anybody(life, members):
    by, _, _ = life
    rehearsal = rehearse(by, by, members, TODAY, UNTIL)
    assert rehearsal.moved == ()
    assert all(old == new for old, new in rehearsal.counts)


@given(several)
@settings(deadline=None)
def test_everybody_is_counted_once_and_the_two_directions_mirror_each_other(members):
    there = rehearse(PLAN, HARDER, members, TODAY, UNTIL)
    back = rehearse(HARDER, PLAN, members, TODAY, UNTIL)
    assert sum(there.counts.values()) == len(members)
    assert there.counts == {(old, new): n for (new, old), n in back.counts.items()}
    assert [(fate.rise, fate.since) for fate in there.moved] == [
        (-fate.rise, fate.since) for fate in back.moved
    ]


@given(several)
@settings(deadline=None)
def test_harder_rules_raise_nobody(members):
    assert all(fate.rise < 0 for fate in rehearse(PLAN, HARDER, members, TODAY, UNTIL).moved)


@given(several)
@settings(deadline=None)
def test_a_fate_is_what_judging_comes_to(members):
    for member in members:
        fate = fate_of(PLAN, HARDER, member, TODAY, UNTIL)
        for plan, tier in ((PLAN, fate.old), (HARDER, fate.new)):
            first = judge(plan, member.standing, member.tallies, member.joined_on, TODAY).standing
            last = judge(plan, first, member.tallies, member.joined_on, UNTIL).standing
            assert last.tier == tier


def test_who_would_have_gone_up_at_once_does_not():
    assert fate_of(PLAN, HARDER, silver, TODAY, TODAY) == Fate(
        member_id="silver", old="gold", new="silver", rise=-1, since=TODAY
    )


def test_who_would_have_stayed_goes_down_on_the_day_after_the_grace():
    lost_on = date(2028, 3, 1)
    assert fate_of(PLAN, HARDER, gold, TODAY, date(2028, 2, 29)).since is None
    assert fate_of(PLAN, HARDER, gold, TODAY, lost_on) == Fate(
        member_id="gold", old="gold", new="silver", rise=-1, since=lost_on
    )
    assert fate_of(HARDER, PLAN, gold, TODAY, lost_on).rise == 1


def test_who_comes_to_the_same_tier_by_both_rules_has_not_moved():
    """Under the harder rules gold is lost a year earlier; in the end both have lost it."""
    assert fate_of(PLAN, HARDER, gold, TODAY, date(2031, 1, 1)).since is None


def test_members_are_counted_by_both_tiers():
    rehearsal = rehearse(PLAN, HARDER, [gold, silver, someone()], TODAY, UNTIL)
    assert rehearsal.counts == {("gold", "silver"): 2, ("basic", "basic"): 1}
    assert [fate.member_id for fate in rehearsal.moved] == ["gold", "silver"]


def test_those_who_move_are_counted_by_the_month_in_which_it_begins_and_by_the_way_they_go():
    march, now = date(2028, 3, 1), TODAY.replace(day=1)
    assert rehearse(PLAN, HARDER, [gold, silver, gold], TODAY, UNTIL).months == {
        (march, -1): 2,
        (now, -1): 1,
    }
    assert rehearse(HARDER, PLAN, [gold, silver], TODAY, UNTIL).months == {
        (march, 1): 1,
        (now, 1): 1,
    }


def test_a_tier_of_another_name_and_the_same_rank_is_neither_up_nor_down():
    renamed = replace(PLAN, tiers=("plain", *PLAN.tiers[1:]))
    assert rehearse(PLAN, renamed, [someone()], TODAY, UNTIL).months == {
        (TODAY.replace(day=1), 0): 1
    }


def test_no_more_are_named_than_a_list_can_hold_but_all_are_counted(monkeypatch):
    monkeypatch.setattr(tier_rehearsal, "MOST_NAMED", 1)
    rehearsal = rehearse(PLAN, HARDER, [gold, silver], TODAY, UNTIL)
    assert [fate.member_id for fate in rehearsal.moved] == ["gold"]
    assert rehearsal.counts == {("gold", "silver"): 2}
    assert sum(rehearsal.months.values()) == 2
