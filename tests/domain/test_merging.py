"""What a survivor takes over, and that parting gives it back and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from domain.builders import enrolment
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import member_ids, members, times

from chalicelib.domain.enrolment import Exit, StepRecord, StepState
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Member,
    Suppression,
    SuppressionCause,
)
from chalicelib.domain.merging import MergeRefusal, MergeStone, absorb, mails_of, part
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reasons import Reason

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ANN, BEN = "a" * 26, "b" * 26
KEY = ("welcome", "reminder")
pairs = st.tuples(members, members).filter(lambda pair: pair[0].member_id != pair[1].member_id)


def a_member(member_id=ANN, **fields):
    member = Member(member_id=member_id, joined_at=NOW, consent=Consent(ConsentStatus.UNSAID, NOW))
    return replace(member, **fields)


@pytest.fixture
def an_enrolment():
    return enrolment(due_at=NOW)


def stone_of(survivor, absorbed):
    return MergeStone(
        profile=absorbed, survivor=survivor, merged_at=NOW, version=absorbed.version + 1
    )


@given(pairs)
def test_to_merge_and_to_part_is_to_do_nothing(pair):
    survivor, absorbed = pair
    assume(survivor.absorbed.keys().isdisjoint({absorbed.member_id, *absorbed.absorbed}))
    merged = absorb(survivor, absorbed, {KEY: (NOW,)})
    again, other = part(merged, stone_of(survivor, absorbed))
    assert again == survivor
    assert other == replace(absorbed, version=absorbed.version + 1)


@given(pairs, times)
def test_a_word_said_since_is_not_taken_back_and_a_refusal_speaks_for_both(pair, at):
    survivor, absorbed = pair
    merged = absorb(survivor, absorbed, {})
    now = merged.unsubscribed(max(at, merged.consent.at + DAY))
    again, other = part(now, stone_of(survivor, absorbed))
    assert again.consent == now.consent
    assert other.consent.status is ConsentStatus.DECLINED


def test_a_yes_that_one_of_them_said_since_does_not_take_back_the_other_s_no():
    no = Consent(ConsentStatus.DECLINED, NOW)
    survivor, absorbed = a_member(), a_member(BEN, consent=no)
    merged = absorb(survivor, absorbed, {})
    now = replace(merged, consent=Consent(ConsentStatus.GIVEN, NOW + DAY))
    again, other = part(now, stone_of(survivor, absorbed))
    assert (again.consent, other.consent) == (now.consent, no)


@given(pairs)
def test_the_survivor_keeps_all_that_it_had_and_its_own_identity(pair):
    survivor, absorbed = pair
    merged = absorb(survivor, absorbed, {})
    known = {name: value for name, value in survivor.attributes.items() if value}
    assert known.items() <= merged.attributes.items()
    assert merged.balances == survivor.balances
    assert merged.granted == survivor.granted
    assert (merged.member_id, merged.version) == (survivor.member_id, survivor.version)
    assert survivor.goals.keys() | absorbed.goals.keys() == merged.goals.keys()
    assert merged.consent == max(merged.consent, survivor.consent, key=Consent._weight)  # noqa: SLF001


def test_what_was_told_since_the_merge_stays():
    survivor, absorbed = (
        a_member(),
        a_member(BEN, attributes={"first_name": "Ben"}, set_at={"first_name": NOW}),
    )
    merged = absorb(survivor, absorbed, {})
    assert merged.attribute("first_name") == "Ben"
    told = replace(merged, set_at={"first_name": NOW + DAY}, goals={"registered": NOW})
    again, _ = part(told, stone_of(survivor, absorbed))
    assert again.attribute("first_name") == "Ben"
    assert again.goals == {"registered": NOW}


def test_a_goal_counts_from_the_earlier_time_and_goes_back_to_its_own():
    survivor = a_member(goals={"registered": NOW})
    absorbed = a_member(BEN, goals={"registered": NOW - DAY})
    merged = absorb(survivor, absorbed, {})
    assert merged.goals == {"registered": NOW - DAY}
    assert part(merged, stone_of(survivor, absorbed))[0].goals == {"registered": NOW}


@pytest.mark.parametrize(
    ("since", "own"),
    [
        ([], {}),
        ([NOW + DAY], {"registered": NOW + DAY}),
        ([NOW + DAY, NOW + 2 * DAY], {"registered": NOW + DAY}),
        ([NOW], {"registered": NOW}),
    ],
)
def test_a_goal_that_the_survivor_reached_since_stays_when_the_first_time_was_the_other_s(
    since, own
):
    survivor, absorbed = a_member(), a_member(BEN, goals={"registered": NOW})
    merged = absorb(survivor, absorbed, {})
    for at in since:
        merged = merged.reached({"registered": at})
        assert merged.goals == {"registered": NOW}
    again, other = part(merged, stone_of(survivor, absorbed))
    assert again.goals == own
    assert other.goals == {"registered": NOW}


def test_a_goal_that_was_the_survivor_s_own_goes_back_to_its_own_time():
    survivor = a_member(goals={"registered": NOW})
    absorbed = a_member(BEN, goals={"registered": NOW - DAY})
    merged = absorb(survivor, absorbed, {}).reached({"registered": NOW + DAY})
    assert part(merged, stone_of(survivor, absorbed))[0].goals == {"registered": NOW}


def test_only_of_whoever_absorbed_another_a_second_time_is_kept():
    alone = a_member(goals={"registered": NOW})
    assert alone.reached({"registered": NOW + DAY}) == alone


def test_what_was_chosen_since_the_merge_is_declined_by_both():
    mine = Preferences(declined_topics=frozenset({"miles"}), language="de")
    survivor, absorbed = a_member(), a_member(BEN, preferences=mine)
    merged = absorb(survivor, absorbed, {})
    chosen = Preferences(
        declined_topics=frozenset({"news"}), spacing=timedelta(days=7), language="en"
    )
    again, other = part(replace(merged, preferences=chosen), stone_of(survivor, absorbed))
    assert again.preferences == chosen
    assert other.preferences == Preferences(
        declined_topics=frozenset({"miles", "news"}), spacing=timedelta(days=7), language="de"
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((ConsentStatus.GIVEN, 1), (ConsentStatus.DECLINED, 2), ConsentStatus.DECLINED),
        ((ConsentStatus.GIVEN, 2), (ConsentStatus.DECLINED, 1), ConsentStatus.GIVEN),
        ((ConsentStatus.GIVEN, 1), (ConsentStatus.DECLINED, 1), ConsentStatus.DECLINED),
        ((ConsentStatus.UNSAID, 2), (ConsentStatus.GIVEN, 1), ConsentStatus.GIVEN),
    ],
)
def test_the_later_word_on_mails_counts(one, other, expected):
    consents = [Consent(status, NOW + days * DAY) for status, days in (one, other)]
    for first, second in (consents, reversed(consents)):
        merged = absorb(a_member(consent=first), a_member(BEN, consent=second), {})
        assert merged.consent.status is expected


@pytest.mark.parametrize(
    ("cause", "mine", "theirs", "suppressed"),
    [
        (SuppressionCause.HARD_BOUNCE, "ann@example.com", "ANN@example.com", True),
        (SuppressionCause.HARD_BOUNCE, "ann@example.com", "ben@example.com", False),
        (SuppressionCause.HARD_BOUNCE, "", "ben@example.com", True),
        (SuppressionCause.COMPLAINT, "ann@example.com", "ben@example.com", True),
        (None, "ann@example.com", "ann@example.com", False),
    ],
)
def test_an_address_that_is_no_good_is_no_good_and_a_complaint_is_the_person_s(
    cause, mine, theirs, suppressed
):
    told = Suppression(cause, NOW) if cause else None
    absorbed = a_member(BEN, attributes={"email": theirs}, suppression=told)
    merged = absorb(a_member(attributes={"email": mine} if mine else {}), absorbed, {})
    assert merged.suppression == (told if suppressed else None)


def test_the_choices_that_mean_fewer_mails_hold():
    mine = Preferences(declined_topics=frozenset({"miles"}), spacing=3 * DAY)
    theirs = Preferences(declined_topics=frozenset({"news"}), spacing=7 * DAY, language="de")
    merged = absorb(a_member(preferences=mine), a_member(BEN, preferences=theirs), {})
    assert merged.preferences == Preferences(
        declined_topics=frozenset({"miles", "news"}), spacing=7 * DAY, language="de"
    )
    assert absorb(a_member(preferences=theirs), a_member(BEN), {}).preferences == theirs


def test_a_complaint_since_the_merge_is_both_members():
    survivor, absorbed = a_member(), a_member(BEN)
    now = absorb(survivor, absorbed, {}).suppressed(SuppressionCause.COMPLAINT, NOW + DAY)
    assert all(
        each.suppression == now.suppression for each in part(now, stone_of(survivor, absorbed))
    )
    bounced = absorb(survivor, absorbed, {}).suppressed(SuppressionCause.HARD_BOUNCE, NOW + DAY)
    again, other = part(bounced, stone_of(survivor, absorbed))
    assert (again.suppression, other.suppression) == (bounced.suppression, None)


@given(member_ids)
def test_who_was_absorbed_before_comes_along_and_goes_along(third):
    assume(third not in {ANN, BEN})
    absorbed = a_member(BEN, absorbed={third: {KEY: (NOW,)}})
    merged = absorb(a_member(), absorbed, {})
    assert set(merged.absorbed) == {BEN, third}
    assert merged.mailed_elsewhere(*KEY) == [NOW]
    assert part(merged, stone_of(a_member(), absorbed))[0].absorbed == {}


def test_what_the_survivor_takes_is_named_without_its_values():
    absorbed = a_member(
        BEN,
        attributes={"first_name": "Ben"},
        goals={"registered": NOW},
        consent=Consent(ConsentStatus.DECLINED, NOW),
    )
    taken = stone_of(a_member(), absorbed).taken
    assert taken == ["attributes.first_name", "goals.registered", "consent"]


def test_every_refusal_is_explained():
    assert len({refusal.explanation for refusal in MergeRefusal}) == len(MergeRefusal)


def test_every_mail_that_may_have_gone_out_counts_and_no_other(an_enrolment):
    records = {
        "sent": StepRecord(state=StepState.SENT, at=NOW),
        "sending": StepRecord(state=StepState.SENDING, at=NOW),
        "twice": StepRecord(state=StepState.SENT, at=NOW, former_at=NOW - DAY),
        "skipped": StepRecord(state=StepState.SKIPPED, at=NOW, reason=Reason.GOAL_REACHED),
        "refused": StepRecord(state=StepState.FAILED, at=NOW, reason=Reason.REFUSED),
    }
    assert mails_of([replace(an_enrolment, steps=records)]) == {
        ("welcome", "sent"): (NOW,),
        ("welcome", "sending"): (NOW,),
        ("welcome", "twice"): (NOW - DAY, NOW),
    }


# Journeys of the absorbed member.


def test_a_journey_goes_on_as_it_was(an_enrolment):
    for before in (
        an_enrolment,
        replace(an_enrolment, due_at=None),
        replace(an_enrolment, steps={"welcome": StepRecord(state=StepState.RETRY, at=NOW)}),
    ):
        merged = before.merged(NOW + DAY)
        assert merged.exit == Exit(Reason.MERGED, NOW + DAY)
        assert merged.due_at is None
        assert merged.merged(NOW + 2 * DAY) == merged
        assert merged.unmerged() == before


def test_a_journey_that_had_ended_stays_ended(an_enrolment):
    ended = an_enrolment.ended(Reason.COMPLETED, NOW)
    assert ended.merged(NOW + DAY) == ended
    assert ended.unmerged() == ended
