"""The case's welcome chain, as the shipped programme and the engine's decisions make it."""

from datetime import UTC, datetime, timedelta

import pytest
from domain.builders import member
from programme.editing import SHIPPED

from chalicelib.domain.arms import Arm
from chalicelib.domain.decision import Leave, Send, settle
from chalicelib.domain.enrolment import StepRecord, StepState, enrol
from chalicelib.domain.gifts import gifts_earned
from chalicelib.domain.reasons import Reason
from chalicelib.programme.loader import load_programme

NOON = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)  # in Moscow
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def programme():
    return load_programme(SHIPPED)


def live(programme, person, goals, arm=Arm.TREATED):
    """Send whatever is decided; ``goals``: the day on which the member reaches each one.

    Return the mails with their days since the entry, and the enrolment at the end.
    """
    journey = programme.journeys["welcome"]
    coming = sorted((NOON + day * DAY, goal) for goal, day in goals.items())
    now, sent = NOON, []
    enrolled = enrol(journey, person.member_id, arm, now)
    while True:
        mailed = [at for _, at in sent]
        enrolled, decision = settle(programme, enrolled, person, now, mailed)
        if isinstance(decision, Leave):
            break
        if isinstance(decision, Send):
            sent.append((decision.step.mail, now))
            record = StepRecord(state=StepState.SENT, at=now)
            enrolled = enrolled.past_step(journey, record, now)
        elif coming and (enrolled.due_at is None or coming[0][0] <= enrolled.due_at):
            now, goal = coming.pop(0)
            person = person.reached({goal: now})
            enrolled = enrolled.reached({goal: now})
        elif enrolled.due_at:
            now = enrolled.due_at
        else:
            break
    return [(mail, (at - NOON) / DAY) for mail, at in sent], enrolled


def joined(channel):
    return member(attributes={"email": "ann@example.com", "channel": channel}, joined_at=NOON)


def test_an_online_member_learns_to_collect_at_once_and_goes_on_every_four_days(programme):
    sent, enrolled = live(programme, joined("online"), {})
    assert sent == [("collect", 0), ("questionnaire", 4), ("app", 8)]
    assert enrolled.steps["welcome"].reason is Reason.CONDITION_NOT_MET
    assert enrolled.steps["reminder"].reason is Reason.CONDITION_NOT_MET
    assert enrolled.exit.reason is Reason.COMPLETED


def test_an_offline_member_is_reminded_and_then_waits_for_an_account(programme):
    sent, enrolled = live(programme, joined("offline"), {})
    assert sent == [("welcome", 0), ("reminder", 4)]
    assert (enrolled.step, enrolled.due_at, enrolled.exit) == ("collect", None, None)


def test_an_offline_member_who_registers_after_the_reminder_goes_on_and_gets_the_gift(programme):
    sent, enrolled = live(programme, joined("offline"), {"account_registered": 6})
    assert sent == [
        ("welcome", 0),
        ("reminder", 4),
        ("collect", 6),
        ("questionnaire", 10),
        ("app", 14),
    ]
    (gift,) = gifts_earned(programme.journeys["welcome"], enrolled, NOON, ["account_registered"])
    assert (gift.unit, gift.amount) == ("redeemable", 500)


def test_an_offline_member_who_registers_before_the_reminder_gets_none_and_no_gift(programme):
    sent, enrolled = live(programme, joined("offline"), {"account_registered": 1})
    assert sent == [("welcome", 0), ("collect", 1), ("questionnaire", 5), ("app", 9)]
    assert enrolled.steps["reminder"].reason is Reason.GOAL_REACHED
    assert gifts_earned(programme.journeys["welcome"], enrolled, NOON, ["account_registered"]) == []


def test_what_a_member_has_done_is_not_asked_for(programme):
    sent, _ = live(programme, joined("online"), {"home_airport_given": 2, "cobrand_card_issued": 3})
    assert [mail for mail, _ in sent] == ["collect", "app"]


def test_a_member_who_has_done_everything_leaves(programme):
    goals = {"account_registered": 1, "home_airport_given": 2, "app_installed": 3}
    sent, enrolled = live(programme, joined("online"), goals)
    assert sent == [("collect", 0)]
    assert enrolled.exit.reason is Reason.GOAL_REACHED


def test_a_member_of_the_control_group_gets_nothing(programme):
    sent, enrolled = live(programme, joined("online"), {}, Arm.CONTROL)
    assert sent == []
    assert enrolled.exit.reason is Reason.CONTROL_GROUP
