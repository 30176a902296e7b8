"""The welcome chain of an airline's bonus programme, told day by day."""

import pytest
from domain.builders import DAY, NOW, event, goal, journey, member, programme

from chalicelib.domain.arms import Arm
from chalicelib.domain.decision import Send, settle
from chalicelib.domain.enrolment import Exit, StepState, enrol
from chalicelib.domain.events import EventType
from chalicelib.domain.gifts import gifts_earned
from chalicelib.domain.journey import Gift, Step
from chalicelib.domain.member import ConsentStatus, apply_event
from chalicelib.domain.outcome import accepted, conclude
from chalicelib.domain.reasons import Reason

REGISTERED, COMPLETED = EventType.ACCOUNT_REGISTERED, EventType.PROFILE_COMPLETED
INSTALLED = EventType.APP_INSTALLED


def offline(facts):
    return facts["channel"] == "offline"


def has_account(facts):
    return facts["channel"] == "online" or facts["goals"]["account_registered"]


def airport_unknown(facts):
    return facts["home_airport"] == ""


CHAIN = journey(
    Step(name="welcome", mail="welcome", when=offline, goal="account_registered"),
    Step(
        name="reminder",
        mail="reminder",
        wait=4 * DAY,
        when=offline,
        goal="account_registered",
        gift=Gift(goal="account_registered", unit="redeemable", amount=500),
    ),
    Step(name="collect", mail="collect", wait_for=has_account),
    Step(
        name="questionnaire",
        mail="questionnaire",
        wait=7 * DAY,
        when=airport_unknown,
        goal="home_airport_given",
    ),
    Step(name="app", mail="app", wait=7 * DAY, goal="app_installed"),
)
AIRLINE = programme(
    CHAIN,
    goals={
        "account_registered": goal("account_registered", REGISTERED),
        "home_airport_given": goal("home_airport_given", COMPLETED),
        "app_installed": goal("app_installed", INSTALLED),
    },
)


class Walk:
    """A member on the way; day 0 is the day they joined."""

    def __init__(self, channel, arm=Arm.TREATED):
        attributes = {"email": "ann@example.com", "channel": channel}
        self.member = member(ConsentStatus.GIVEN, attributes=attributes)
        self.enrolment = enrol(CHAIN, self.member.member_id, arm, NOW)
        self.mails, self.gifts, self.today = [], {}, 0
        self._look()

    def until(self, day):
        """Let the days pass, each with one look at what is due."""
        for today in range(self.today + 1, day + 1):
            self.today = today
            due_at = self.enrolment.due_at
            if due_at and due_at <= self._now:
                self._look()
        return self

    def tell(self, kind, **facts):
        told = event(kind, self._now, facts=facts)
        goals = AIRLINE.goals_reached_by(kind, self._now)
        self.member = apply_event(self.member, told).reached(goals)
        self.enrolment = self.enrolment.reached(goals)
        self._look()
        for grant in gifts_earned(CHAIN, self.enrolment, self._now, goals):
            self.gifts[grant.source] = grant.amount
        return self

    @property
    def _now(self):
        return NOW + self.today * DAY

    def _look(self):
        self.enrolment, decision = settle(AIRLINE, self.enrolment, self.member, self._now)
        while isinstance(decision, Send):
            self.mails.append((self.today, decision.step.mail))
            claimed = self.enrolment.claimed("a1", self._now)
            self.enrolment = conclude(CHAIN, claimed, accepted("m1"), self._now)
            self.enrolment, decision = settle(AIRLINE, self.enrolment, self.member, self._now)

    def skipped(self):
        records = self.enrolment.steps.items()
        return {name: r.reason for name, r in records if r.state is StepState.SKIPPED}


def test_an_offline_member_is_welcomed_at_once():
    assert Walk("offline").mails == [(0, "welcome")]


def test_four_days_later_an_offline_member_is_reminded_if_still_not_registered():
    assert Walk("offline").until(3).mails == [(0, "welcome")]
    assert Walk("offline").until(4).mails == [(0, "welcome"), (4, "reminder")]


def test_registering_on_day_two_skips_the_reminder_and_brings_the_next_mail_at_once():
    walk = Walk("offline").until(2).tell(REGISTERED)
    assert walk.mails == [(0, "welcome"), (2, "collect")]
    assert walk.skipped() == {"reminder": Reason.GOAL_REACHED}


def test_an_offline_member_who_never_registers_hears_no_more_after_the_reminder():
    walk = Walk("offline").until(100)
    assert walk.mails == [(0, "welcome"), (4, "reminder")]
    assert walk.enrolment.due_at is None
    assert walk.enrolment.exit is None


def test_registering_months_after_the_reminder_brings_the_next_mail():
    assert Walk("offline").until(100).tell(REGISTERED).mails[-1] == (100, "collect")


def test_the_gift_is_given_to_whoever_registered_after_the_reminder():
    assert Walk("offline").until(5).tell(REGISTERED).gifts == {"welcome.1.reminder": 500}


def test_the_gift_is_given_once_however_often_the_account_is_reported():
    walk = Walk("offline").until(5).tell(REGISTERED).tell(REGISTERED).until(9).tell(REGISTERED)
    assert walk.gifts == {"welcome.1.reminder": 500}


def test_no_gift_is_given_to_whoever_registered_before_the_reminder():
    assert Walk("offline").until(2).tell(REGISTERED).until(30).tell(REGISTERED).gifts == {}


def test_an_online_member_starts_with_how_to_collect_miles():
    walk = Walk("online")
    assert walk.mails == [(0, "collect")]
    assert walk.skipped() == dict.fromkeys(["welcome", "reminder"], Reason.CONDITION_NOT_MET)


def test_an_online_member_who_never_answers_gets_every_other_mail_and_is_done():
    walk = Walk("online").until(30)
    assert walk.mails == [(0, "collect"), (7, "questionnaire"), (14, "app")]
    assert walk.enrolment.exit == Exit(Reason.COMPLETED, NOW + 14 * DAY)


def test_the_questionnaire_is_skipped_when_the_airport_is_known():
    walk = Walk("online").until(1).tell(EventType.MEMBER_UPDATED, home_airport="SVO")
    assert walk.until(30).mails == [(0, "collect"), (8, "app")]
    assert walk.skipped()["questionnaire"] is Reason.CONDITION_NOT_MET


def test_the_questionnaire_is_skipped_when_it_was_filled_in():
    walk = Walk("online").until(1).tell(COMPLETED, home_airport="SVO").until(30)
    assert walk.skipped()["questionnaire"] is Reason.GOAL_REACHED


def test_the_app_is_not_praised_to_whoever_has_it():
    walk = Walk("online").until(8).tell(INSTALLED).until(30)
    assert walk.mails == [(0, "collect"), (7, "questionnaire")]
    assert walk.skipped()["app"] is Reason.GOAL_REACHED


def test_whoever_did_everything_has_completed_the_journey():
    walk = Walk("offline").until(1).tell(REGISTERED).tell(COMPLETED, home_airport="SVO")
    walk = walk.tell(INSTALLED)
    assert walk.mails == [(0, "welcome"), (1, "collect")]
    assert walk.enrolment.exit == Exit(Reason.COMPLETED, NOW + DAY)
    assert walk.enrolment.due_at is None


@pytest.mark.parametrize("channel", ["offline", "online"])
def test_the_control_group_gets_nothing_and_what_it_does_is_counted(channel):
    walk = Walk(channel, Arm.CONTROL).until(5).tell(REGISTERED).until(6).tell(INSTALLED)
    assert (walk.until(60).mails, walk.gifts) == ([], {})
    assert walk.enrolment.exit.reason is Reason.CONTROL_GROUP
    assert walk.enrolment.goals == {
        "account_registered": NOW + 5 * DAY,
        "app_installed": NOW + 6 * DAY,
    }


def test_whoever_unsubscribes_hears_no_more_and_what_they_do_is_counted():
    walk = Walk("offline").until(1)
    walk.member = walk.member.unsubscribed(walk.member.joined_at + DAY)
    walk.until(4).tell(REGISTERED)
    assert walk.mails == [(0, "welcome")]
    assert walk.enrolment.exit.reason is Reason.DECLINED
    assert "account_registered" in walk.enrolment.goals


def test_whoever_leaves_the_programme_is_not_reminded():
    walk = Walk("offline").until(3).tell(EventType.MEMBER_LEFT).until(30)
    assert walk.mails == [(0, "welcome")]
    assert walk.enrolment.exit == Exit(Reason.LEFT_PROGRAMME, NOW + 3 * DAY)
