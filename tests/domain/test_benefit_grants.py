"""Grants: redeemed at most as often as promised, each use once, and what was refused says why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.benefit_grants import (
    MOST_REMEMBERED,
    BenefitGrant,
    BenefitRefusal,
    RevokeReason,
    give_back,
    grant_to_redeem,
    redeem,
    revoke,
)

DAY = timedelta(days=1)
TODAY = date(2027, 3, 1)
GRANT = BenefitGrant(
    benefit="bag", key="bag@2027-01-01", promise="bag@2027-01-01", granted_on=TODAY, uses=2
)
REVOKED = replace(GRANT, revoked_on=TODAY, reason=RevokeReason.TIER_LOST)

acts = st.lists(
    st.tuples(
        st.sampled_from(["redeem", "redeem", "redeem", "give back", "revoke"]),
        st.sampled_from("abcde"),
        st.integers(0, 20),
    ),
    max_size=30,
)


def after(grant, *references, on=TODAY):
    for reference in references:
        grant = redeem(grant, reference, on)
        assert isinstance(grant, BenefitGrant)
    return grant


@given(st.none() | st.integers(0, 3), st.none() | st.integers(0, 20), acts)
def test_uses_are_never_more_than_promised_and_each_reference_counts_once(uses, days, done):
    through = None if days is None else TODAY + days * DAY
    grant = replace(GRANT, uses=uses, valid_through=through)
    for act, reference, later in sorted(done, key=lambda each: each[2]):
        today, before = TODAY + later * DAY, grant
        if act == "revoke":
            grant = revoke(grant, RevokeReason.BY_HAND, today)
            continue
        answer = (
            give_back(grant, reference) if act == "give back" else redeem(grant, reference, today)
        )
        if isinstance(answer, BenefitRefusal):
            continue
        grant = answer
        assert uses is None or len(grant.used) <= uses
        if act == "redeem":
            assert redeem(grant, reference, today + 99 * DAY) == grant
            assert reference in before.used or before.is_live(today)
        else:
            assert give_back(grant, reference) == grant
            assert redeem(grant, reference, today) is BenefitRefusal.GIVEN_BACK
        assert grant.granted_on == before.granted_on


def test_each_use_takes_one_until_none_is_left():
    assert GRANT.uses_left == 2
    once = after(GRANT, "a")
    assert (once.uses_left, once.used) == (1, {"a": TODAY})
    twice = after(once, "b")
    assert (twice.uses_left, twice.is_live(TODAY)) == (0, False)
    assert redeem(twice, "c", TODAY) is BenefitRefusal.USED_UP


def test_a_use_stands_whatever_has_happened_since():
    used = revoke(after(GRANT, "a"), RevokeReason.TIER_LOST, TODAY)
    assert redeem(used, "a", TODAY + DAY) is used
    assert redeem(used, "b", TODAY + DAY) is BenefitRefusal.REVOKED


def test_the_last_day_is_a_day_of_use():
    ending = replace(GRANT, valid_through=TODAY)
    assert redeem(ending, "a", TODAY).used == {"a": TODAY}
    assert redeem(ending, "a", TODAY + DAY) is BenefitRefusal.EXPIRED
    assert [ending.is_live(TODAY), ending.is_live(TODAY + DAY)] == [True, False]


@pytest.mark.parametrize("act", [lambda: redeem(None, "a", TODAY), lambda: give_back(None, "a")])
def test_what_nobody_granted_is_refused(act):
    assert act() is BenefitRefusal.NOT_GRANTED


def test_what_was_revoked_and_has_expired_says_that_it_was_revoked():
    both = replace(REVOKED, valid_through=TODAY - DAY)
    assert redeem(both, "a", TODAY) is BenefitRefusal.REVOKED


def test_what_is_given_back_can_be_used_under_another_reference_alone():
    back = give_back(after(GRANT, "a", "b"), "a")
    assert (back.uses_left, back.used) == (1, {"b": TODAY})
    assert redeem(back, "a", TODAY) is BenefitRefusal.GIVEN_BACK
    assert after(back, "c").uses_left == 0


def test_what_was_not_used_is_not_given_back():
    assert give_back(GRANT, "a") is BenefitRefusal.NOT_USED


def test_a_use_is_given_back_though_the_benefit_is_lost():
    assert give_back(replace(REVOKED, used={"a": TODAY}), "a").used == {}


def test_what_is_always_free_remembers_its_newest_uses():
    free = replace(GRANT, uses=None)
    for number in range(MOST_REMEMBERED + 1):
        free = redeem(free, f"{number}", TODAY + number * DAY)
    assert free.uses_left is None
    assert list(free.used) == [f"{number}" for number in range(1, MOST_REMEMBERED + 1)]


def test_so_many_returns_are_remembered_and_no_more():
    grant = GRANT
    for number in range(MOST_REMEMBERED + 1):
        grant = give_back(redeem(grant, f"{number}", TODAY), f"{number}")
    assert grant.given_back == tuple(f"{number}" for number in range(1, MOST_REMEMBERED + 1))


def test_what_is_over_keeps_its_own_end():
    revoked = revoke(GRANT, RevokeReason.BY_HAND, TODAY)
    assert (revoked.revoked_on, revoked.reason) == (TODAY, RevokeReason.BY_HAND)
    assert revoke(revoked, RevokeReason.TIER_LOST, TODAY + DAY) is revoked
    expired = replace(GRANT, valid_through=TODAY - DAY)
    assert revoke(expired, RevokeReason.BY_HAND, TODAY) is expired


def of(*grants):
    return {grant.key: grant for grant in grants}


def numbered(number, **changes):
    return replace(GRANT, key=f"bag.{number}", **changes)


def test_a_use_is_of_the_grant_it_was_of():
    used = after(numbered(1, valid_through=TODAY), "a")
    grants = of(used, numbered(2))
    assert grant_to_redeem(grants.values(), "bag", "a", TODAY + DAY) is used
    assert grant_to_redeem(grants.values(), "bag", "b", TODAY + DAY) is grants["bag.2"]
    back = give_back(used, "a")
    assert grant_to_redeem([back, numbered(2)], "bag", "a", TODAY) is back


def test_what_ends_first_is_used_first():
    grants = of(
        numbered(1), numbered(2, valid_through=TODAY + DAY), numbered(3, valid_through=TODAY)
    )
    assert grant_to_redeem(grants.values(), "bag", "a", TODAY).key == "bag.3"
    assert grant_to_redeem(grants.values(), "bag", "a", TODAY + DAY).key == "bag.2"
    assert grant_to_redeem(grants.values(), "bag", "a", TODAY + 2 * DAY).key == "bag.1"


def test_where_nothing_can_be_used_the_last_grant_says_why():
    old = numbered(2, granted_on=TODAY - DAY, valid_through=TODAY)
    grants = of(numbered(1, revoked_on=TODAY), old)
    assert grant_to_redeem(grants.values(), "bag", "a", TODAY + DAY).key == "bag.1"
    assert grant_to_redeem(grants.values(), "lounge", "a", TODAY) is None
