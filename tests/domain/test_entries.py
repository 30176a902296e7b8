"""Another entry may begin once the former one is over, and it knows all that is asked of it."""

from dataclasses import replace

import pytest
from domain.builders import DAY, NOW, enrolment, journey, member, programme, record
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.contact_rules import FrequencyCap
from chalicelib.domain.decision import Send, decide
from chalicelib.domain.enrolment import Assignment, Exit, StepState, enrol
from chalicelib.domain.entries import (
    MAILED_FOR,
    MOST_MAILED,
    MOST_NEWS,
    NEWS_FOR,
    following,
    is_entered_by,
    may_be_followed,
)
from chalicelib.domain.merging import mails_of
from chalicelib.domain.reasons import Reason

CHAIN = journey("welcome", holdout=0.25)
OVER = Exit(Reason.COMPLETED, NOW)
GOLD = "2026-03-10 gold"


def fresh(news=GOLD, at=NOW, arm=Arm.TREATED):
    return enrol(CHAIN, "m" * 26, arm, at, news)


def over(**changes):
    return enrolment(None, due_at=None, exit=OVER, **changes)


def entries(*gaps, news="{}"):
    """Enter again after each gap, and be mailed at once each time."""
    known, at = over(news=news.format("first")), NOW
    for number, gap in enumerate(gaps):
        at += gap
        entered = following(known, fresh(news.format(number), at))
        mailed = {"welcome": record(StepState.SENT, at)}
        known = replace(entered, steps=mailed, exit=OVER, due_at=None)
    return known


@pytest.mark.parametrize("state", StepState)
def test_another_entry_may_begin_unless_it_is_open_if_a_mail_went_out(state):
    settled = state not in {StepState.SENDING, StepState.UNKNOWN, StepState.RETRY}
    assert may_be_followed(over(steps={"welcome": record(state, NOW)})) is settled


def test_another_entry_may_begin_only_when_the_former_one_is_over():
    assert may_be_followed(over())
    assert not may_be_followed(enrolment())


def test_another_entry_takes_the_next_number_and_the_version_of_the_former():
    entered = following(over(entry=3, version=17), fresh())
    assert (entered.entry, entered.version) == (4, 17)
    assert (entered.step, entered.exit, entered.steps) == ("welcome", None, {})


def test_the_same_news_are_entered_once_also_when_others_were_entered_in_between():
    assert is_entered_by(over(news=GOLD), GOLD)
    assert not is_entered_by(over(news=GOLD), "2026-03-11 gold")
    later = following(over(news=GOLD), fresh("2026-03-11 gold"))
    assert is_entered_by(later, GOLD)
    assert is_entered_by(later, "2026-03-11 gold")
    assert not is_entered_by(later, "2026-03-12 gold")


def test_an_entry_by_an_event_is_no_news():
    assert following(over(), fresh()).before.news == {}


def test_news_are_known_for_a_month_and_a_bounded_number_of_them():
    former = over(news=GOLD)
    before = following(former, fresh("b", NOW + NEWS_FOR - DAY)).before
    assert before.news == {GOLD: NOW}
    assert following(former, fresh("b", NOW + NEWS_FOR)).before.news == {}
    minutes = [DAY / 1440] * (MOST_NEWS + 1)
    assert list(entries(*minutes).before.news) == [str(n) for n in range(MOST_NEWS)]
    assert len(entries(*minutes[:-1]).before.news) == MOST_NEWS


@given(st.lists(st.integers(0, 200), max_size=8))
def test_mails_of_former_entries_count_for_every_cap(days):
    """No span of a cap, nor any spacing, is longer than a year."""
    known = entries(*(number * DAY for number in days))
    at = NOW + sum(days) * DAY
    times = [NOW + sum(days[: place + 1]) * DAY for place in range(len(days))]
    cap = FrequencyCap(1, 365 * DAY)
    assert cap.allowed_from(at, known.mailed_at()) == cap.allowed_from(at, times)


def test_mails_are_known_for_a_year_and_a_bounded_number_of_them():
    steps = {"welcome": record(StepState.SENT, NOW)}
    late = following(over(steps=steps), fresh(at=NOW + MAILED_FOR - DAY))
    assert late.mailed_at() == [NOW]
    assert following(over(steps=steps), fresh(at=NOW + MAILED_FOR)).mailed_at() == []
    known = entries(*[DAY / 24] * (MOST_MAILED + 2))
    assert len(known.before.mailed) == MOST_MAILED
    assert max(known.before.mailed) == max(known.mailed_at()) - DAY / 24


def test_the_first_entry_is_what_a_report_goes_by():
    first = over(arm=Arm.CONTROL, holdout=0.5, goals={"app_installed": NOW})
    second = following(first, fresh(at=NOW + DAY))
    third = following(replace(second, exit=OVER), fresh(at=NOW + 2 * DAY))
    assert third.arm is Arm.TREATED
    assert third.assignment == Assignment(at=NOW, arm=Arm.CONTROL, holdout=0.5)
    assert third.goals == {"app_installed": NOW}


def test_whoever_entered_once_was_assigned_then():
    assert fresh().assignment == Assignment(at=NOW, arm=Arm.TREATED, holdout=0.25)


def test_mails_of_all_entries_are_told_of_when_members_are_merged():
    mails = mails_of([entries(DAY, DAY)])
    assert mails == {("welcome", "welcome"): (NOW + 2 * DAY,), ("welcome", ""): (NOW + DAY,)}
    assert ("welcome", "") not in mails_of([entries(DAY)])


@pytest.mark.parametrize(
    ("news", "days_since_the_entry", "gets_it"),
    [(GOLD, -1, True), (GOLD, 0, False), (GOLD, 1, False), ("", -1, False)],
)
def test_a_mail_that_an_absorbed_member_got_is_sent_again_by_later_news(
    news, days_since_the_entry, gets_it
):
    mails = {("welcome", "welcome"): (NOW + days_since_the_entry * DAY,)}
    merged = member(absorbed={"a" * 26: mails})
    chain = programme(CHAIN)
    decision = decide(chain, fresh(news), merged, NOW)
    assert isinstance(decision, Send) is gets_it
