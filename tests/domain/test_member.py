from functools import reduce

import pytest
from domain.builders import DAY, GOALS, NOW, ZONES, event, member, near
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.events import EventType
from chalicelib.domain.member import (
    ATTRIBUTES,
    Consent,
    ConsentStatus,
    Suppression,
    SuppressionCause,
    apply_event,
    is_stale,
    new_member,
)

GIVEN, DECLINED, UNSAID = ConsentStatus.GIVEN, ConsentStatus.DECLINED, ConsentStatus.UNSAID
BOUNCE, COMPLAINT = SuppressionCause.HARD_BOUNCE, SuppressionCause.COMPLAINT
ERASED = SuppressionCause.ERASED
ENDS = [BOUNCE, ERASED]
"""Causes that speak of an address, and end with it."""
LATER = NOW + DAY

times = st.integers(-3, 3).map(lambda days: NOW + days * DAY)  # few, so that they often tie
consents = st.builds(Consent, st.sampled_from(ConsentStatus), times)
attributes = st.sampled_from([name for name in ATTRIBUTES if name != "email"])


def applied(known, events):
    return reduce(apply_event, events, known)


# Consent: the last word counts, in whatever order the words arrive.


@given(consents, consents)
def test_of_two_words_the_same_one_counts_in_either_order(one, other):
    assert one.revised(other.status, other.at) == other.revised(one.status, one.at)


@given(consents, consents, consents)
def test_of_three_words_the_same_one_counts_however_they_are_grouped(one, two, three):
    in_turn = one.revised(two.status, two.at).revised(three.status, three.at)
    last_two = two.revised(three.status, three.at)
    assert one.revised(last_two.status, last_two.at) == in_turn


@given(consents, consents)
def test_a_word_said_twice_is_said_once(one, other):
    once = one.revised(other.status, other.at)
    assert once.revised(other.status, other.at) == once


@given(st.sampled_from([GIVEN, DECLINED]), times, st.sampled_from([GIVEN, DECLINED]), times)
def test_the_later_word_counts_and_of_two_at_one_time_the_refusal(one, at, other, then):
    kept = Consent(one, at).revised(other, then)
    if at == then:
        assert (kept.status is DECLINED) == (DECLINED in {one, other})
    else:
        assert kept == max(Consent(one, at), Consent(other, then), key=lambda word: word.at)


@pytest.mark.parametrize("status", [GIVEN, DECLINED])
@pytest.mark.parametrize("at", [NOW - DAY, NOW, LATER])
def test_any_word_outdoes_silence_even_one_older_than_the_membership(status, at):
    joined = new_member("m", event(EventType.MEMBER_JOINED, NOW))
    said = {GIVEN: EventType.MAIL_CONSENTED, DECLINED: EventType.MAIL_DECLINED}[status]
    assert joined.consent.status is UNSAID
    assert apply_event(joined, event(said, at)).consent == Consent(status, at)


def test_unsubscribing_is_the_members_word_and_a_later_consent_takes_it_back():
    left = member(GIVEN).unsubscribed(LATER)
    assert left.consent == Consent(DECLINED, LATER)
    assert left.unsubscribed(LATER) == left
    again = apply_event(left, event(EventType.MAIL_CONSENTED, LATER + DAY))
    assert again.consent == Consent(GIVEN, LATER + DAY)


def test_a_late_consent_does_not_undo_a_newer_refusal():
    left = member().unsubscribed(LATER)
    assert apply_event(left, event(EventType.MAIL_CONSENTED, NOW)) == left


# Facts: each for itself, the newest wins.


@st.composite
def updates(draw):
    """Updates with distinct times, each of some facts and balances."""
    facts = st.dictionaries(attributes, st.text(max_size=3), max_size=3)
    balances = st.dictionaries(st.sampled_from(["redeemable", "qualifying"]), st.integers())
    contents = draw(st.lists(st.tuples(facts, balances), max_size=5))
    return [
        event(at=NOW + n * DAY, facts=facts, balances=balances)
        for n, (facts, balances) in enumerate(contents)
    ]


@given(updates(), st.randoms(use_true_random=False))
def test_updates_give_the_same_member_in_whatever_order_they_arrive(told, random):
    shuffled = random.sample(told, len(told))
    assert applied(member(), shuffled) == applied(member(), told)


@given(updates(), st.randoms(use_true_random=False))
def test_updates_that_arrive_again_change_nothing(told, random):
    once = applied(member(), told)
    assert applied(once, random.sample(told, len(told))) == once


@given(updates())
def test_each_attribute_and_balance_is_the_last_one_told(told):
    last_facts, last_balances = {}, {}
    for each in told:
        last_facts.update(each.facts)
        last_balances.update(each.balances)
    known = applied(member(attributes={}), told)
    assert known.attributes == last_facts
    assert known.balances == last_balances


@given(st.lists(st.sampled_from(EventType), max_size=8), st.data())
def test_no_event_of_any_kind_harms_or_forgets_the_member(kinds, data):
    told = [event(kind, data.draw(times), facts={"tier": kind.value}) for kind in kinds]
    known = applied(member(), told)
    assert known.member_id == member().member_id
    assert known.attribute("email") == "ann@example.com"


def test_a_late_event_still_tells_what_nobody_knew():
    known = apply_event(member(), event(at=LATER, facts={"tier": "gold"}))
    late = event(at=NOW, facts={"tier": "silver", "home_airport": "SVO"})
    told = apply_event(known, late)
    assert (told.attribute("tier"), told.attribute("home_airport")) == ("gold", "SVO")
    assert not is_stale(known, late)


def test_an_event_is_stale_when_all_it_tells_is_known_in_a_newer_state():
    known = apply_event(member(), event(at=LATER, facts={"tier": "gold"}, balances={"miles": 5}))
    assert is_stale(known, event(at=NOW, facts={"tier": "silver"}, balances={"miles": 9}))
    assert not is_stale(known, event(at=NOW, facts={"tier": "silver"}, balances={"other": 9}))
    assert not is_stale(known, event(at=LATER, facts={"tier": "silver"}))
    assert not is_stale(known, event(EventType.MAIL_DECLINED, at=NOW))


def test_an_attribute_that_nobody_told_is_empty():
    assert member(attributes={}).attribute("email") == ""


# Leaving and coming back.


@given(st.permutations(["left on day 1", "joined on day 2", "left on day 3"]))
def test_whoever_left_last_has_left_in_whatever_order_it_is_told(order):
    told = {
        "left on day 1": event(EventType.MEMBER_LEFT, NOW + DAY),
        "joined on day 2": event(EventType.MEMBER_JOINED, NOW + 2 * DAY),
        "left on day 3": event(EventType.MEMBER_LEFT, NOW + 3 * DAY),
    }
    assert applied(member(), [told[name] for name in order]).left_at == NOW + 3 * DAY


@given(st.permutations(["joined on day 1", "left on day 2", "joined on day 3"]))
def test_whoever_came_back_last_is_a_member_in_whatever_order_it_is_told(order):
    told = {
        "joined on day 1": event(EventType.MEMBER_JOINED, NOW + DAY),
        "left on day 2": event(EventType.MEMBER_LEFT, NOW + 2 * DAY),
        "joined on day 3": event(EventType.MEMBER_JOINED, NOW + 3 * DAY),
    }
    assert applied(member(), [told[name] for name in order]).left_at is None


def test_of_joining_and_leaving_at_one_time_leaving_counts():
    told = [event(EventType.MEMBER_JOINED, LATER), event(EventType.MEMBER_LEFT, LATER)]
    assert applied(member(), told).left_at == LATER
    assert applied(member(), told[::-1]).left_at == LATER


def test_whoever_comes_back_is_a_member_again():
    left = apply_event(member(), event(EventType.MEMBER_LEFT, NOW))
    assert apply_event(left, event(EventType.MEMBER_JOINED, NOW)).left_at == NOW
    assert apply_event(left, event(EventType.MEMBER_JOINED, LATER)).left_at is None


def test_a_transferred_member_who_left_long_ago_is_never_active():
    transfer = event(EventType.MEMBER_JOINED, NOW, left_at=NOW - 1000 * DAY)
    transferred = apply_event(new_member("m", transfer), transfer)
    assert transferred.left_at == NOW - 1000 * DAY
    assert apply_event(transferred, transfer) == transferred


# Suppression.


@given(st.lists(st.tuples(st.sampled_from(SuppressionCause), times), min_size=1))
def test_a_complaint_outweighs_an_erased_owner_and_that_any_bounce(heard):
    suppressed = member()
    for cause, at in heard:
        suppressed = suppressed.suppressed(cause, at)
    causes = [cause for cause, _ in heard]
    kept = next(cause for cause in (COMPLAINT, ERASED, BOUNCE) if cause in causes)
    first = next(at for cause, at in heard if cause is kept)
    assert suppressed.suppression == Suppression(kept, first)


@pytest.mark.parametrize("cause", ENDS)
def test_what_speaks_of_an_address_ends_with_it(cause):
    suppressed = member().suppressed(cause, NOW)
    assert apply_event(suppressed, event(facts={"email": "new@example.com"})).suppression is None


@pytest.mark.parametrize("cause", ENDS)
@pytest.mark.parametrize("same", ["ann@example.com", "Ann@Example.COM"])
def test_the_same_address_told_again_stays_suppressed(same, cause):
    known = member().suppressed(cause, NOW)
    assert apply_event(known, event(facts={"email": same})).suppression == known.suppression


def test_whose_an_address_is_is_known_until_there_is_another_address():
    shared = member().sharing_address("Ann@example.com", "another")
    assert shared.address_owner == "another"
    assert shared.suppression is None
    assert apply_event(shared, event(facts={"tier": "gold"})).address_owner == "another"
    assert apply_event(shared, event(facts={"email": "new@example.com"})).address_owner == ""


def test_the_address_of_somebody_erased_can_not_be_used():
    shared = member().sharing_address("ann@example.com", "another", LATER)
    assert shared.suppression == Suppression(ERASED, LATER)


def test_an_address_that_leads_to_the_member_is_nobody_elses():
    shared = member().sharing_address("ann@example.com", "another")
    assert shared.sharing_address("ann@example.com", member().member_id).address_owner == ""


def test_whose_a_former_address_is_says_nothing_of_the_member():
    assert member().sharing_address("old@example.com", "another", NOW) == member()


def test_an_old_address_told_late_does_not_end_a_bounce():
    known = apply_event(member(), event(at=LATER, facts={"email": "new@example.com"}))
    bounced = known.suppressed(BOUNCE, LATER)
    assert apply_event(bounced, event(at=NOW, facts={"email": "old@example.com"})) == bounced


def test_a_complaint_speaks_for_the_person_and_outlives_the_address():
    complained = member().suppressed(COMPLAINT, NOW)
    moved = apply_event(complained, event(facts={"email": "new@example.com"}))
    assert moved.suppression == Suppression(COMPLAINT, NOW)


# Balances: what was told last, and every grant on top.

balance_news = st.tuples(times, st.integers(-100, 100)) | st.integers(1, 100)


@given(st.lists(balance_news, max_size=8))
def test_a_balance_is_what_was_told_last_and_the_sum_of_all_grants(news):
    """Told is a pair of time and balance, granted an amount; of two told at one time the later."""
    known, last, granted = member(), (NOW - 9 * DAY, 0), 0
    for each in news:
        if isinstance(each, int):
            known, granted = known.with_grant("miles", each), granted + each
        else:
            at, balance = each
            known = apply_event(known, event(at=at, balances={"miles": balance}))
            last = each if at >= last[0] else last
    assert known.balance("miles") == last[1] + granted
    assert known.balance("points") == 0


def test_every_unit_told_or_granted_is_listed_once():
    known = member(balances={"miles": 1, "points": 0}).with_grant("miles", 5).with_grant("stars", 2)
    assert known.units() == ["miles", "points", "stars"]


# Goals.

reachings = st.dictionaries(st.sampled_from(GOALS), near.map(lambda offset: NOW + offset))


@given(st.lists(reachings, max_size=5), st.randoms(use_true_random=False))
def test_each_goal_keeps_the_time_it_was_first_reached_in_any_order(told, random):
    known = reduce(lambda one, goals: one.reached(goals), told, member())
    shuffled = random.sample(told, len(told))
    assert reduce(lambda one, goals: one.reached(goals), shuffled, member()) == known
    for name, at in known.goals.items():
        assert at == min(goals[name] for goals in told if name in goals)


def test_a_new_member_is_known_by_what_the_event_says_and_has_said_nothing():
    joined = new_member("m1", event(EventType.MEMBER_JOINED, NOW, facts={"time_zone": ZONES[1]}))
    assert (joined.member_id, joined.joined_at, joined.version) == ("m1", NOW, 0)
    assert joined.consent == Consent(UNSAID, NOW)
    assert joined.attributes == {}
