"""One person with two memberships: the higher of everything, and each its own again when parted."""

from dataclasses import replace
from datetime import date
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.membership import Membership
from chalicelib.domain.tier_judge import Floor, TierStanding, Told, higher

TIERS = ("basic", "silver", "gold")
TODAY = date(2027, 3, 1)
DAYS = [date(2027, 12, 31), date(2028, 12, 31), date(2029, 12, 31)]
OWN = TierStanding(tier="silver", held_through=DAYS[0], floor=Floor("silver", DAYS[2], "match"))
GOLD = TierStanding(tier="gold", held_through=DAYS[1], told=Told("gold", DAYS[1]))

given_tiers = st.tuples(st.sampled_from([*TIERS, "gone"]), st.sampled_from(DAYS))
standings = st.builds(
    TierStanding,
    tier=st.sampled_from(["", *TIERS, "gone"]),
    held_through=st.sampled_from([None, *DAYS]),
    floor=st.none() | given_tiers.map(lambda each: Floor(*each, "why")),
    told=st.none() | given_tiers.map(lambda each: Told(*each)),
)


def member(name, standing=None):
    return Membership(member_id=name, standing=standing)


def merged(*standings):
    """Merge all of them into a member who has the first."""
    one = member("m0", standings[0])
    for number, standing in enumerate(standings[1:], 1):
        one = one.standing_for(member(f"m{number}", standing), TIERS, TODAY)
    return one


def test_a_floor_of_the_lower_standing_is_not_lost():
    assert merged(OWN, GOLD).standing == replace(GOLD, floor=OWN.floor)
    assert merged(GOLD, OWN).standing == replace(GOLD, floor=OWN.floor)


def test_what_is_over_takes_no_place_from_what_counts():
    over = replace(GOLD, floor=Floor("gold", date(2027, 2, 28), "x"), told=Told("gold", DAYS[1]))
    assert merged(OWN, over).standing.floor == OWN.floor
    today = replace(over, floor=Floor("gold", TODAY, "x"))
    assert merged(OWN, today).standing.floor == today.floor


def test_of_two_equal_tiers_the_one_that_is_held_longer_counts():
    longer = replace(GOLD, held_through=DAYS[2], told=Told("gold", DAYS[2]))
    assert merged(GOLD, longer).standing == merged(longer, GOLD).standing == longer
    lower = replace(GOLD, told=Told("silver", DAYS[2]))
    assert higher(GOLD, lower, TIERS, TODAY).told == Told("gold", DAYS[1])


def test_who_was_never_judged_brings_nothing():
    assert merged(OWN, None) == member("m0", OWN)
    assert merged(None, OWN).standing == OWN
    assert merged(None, OWN).without_standing_for("m1", TIERS, TODAY).standing == TierStanding()


@given(standings, st.lists(standings, min_size=1, max_size=3))
def test_parted_in_any_order_the_own_standing_is_as_it_was(own, others):
    for order in permutations(range(1, len(others) + 1)):
        one = merged(own, *others)
        for number in order:
            one = one.without_standing_for(f"m{number}", TIERS, TODAY)
        assert one == member("m0", own)


@given(standings, standings, standings)
def test_parted_from_one_it_is_as_if_only_the_other_had_been_merged(own, one, other):
    both = merged(own, one, other)
    assert both.without_standing_for("m2", TIERS, TODAY) == merged(own, one)
    assert both.without_standing_for("m1", TIERS, TODAY).standing == merged(own, other).standing


def test_what_was_set_by_hand_or_told_since_the_merge_stays():
    since = replace(GOLD, floor=Floor("gold", DAYS[2], "a complaint"), told=Told("gold", DAYS[2]))
    both = replace(merged(TierStanding(tier="basic"), GOLD), standing=since)
    parted = both.without_standing_for("m1", TIERS, TODAY)
    assert parted.standing == TierStanding(tier="basic", floor=since.floor, told=since.told)


def test_who_was_not_merged_is_not_parted():
    assert merged(OWN, GOLD).without_standing_for("m2", TIERS, TODAY) == merged(OWN, GOLD)


def test_a_merge_of_an_older_release_is_undone_as_it_was_meant_then():
    old = replace(member("m0", GOLD), before={"m1": OWN})
    assert old.without_standing_for("m1", TIERS, TODAY) == member("m0", OWN)
