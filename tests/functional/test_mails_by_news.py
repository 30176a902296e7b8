"""The mails that news start: once each, with what is true of the member, and to nobody else."""

import re
from datetime import UTC, datetime

import pytest
from functional.worlds import play

from chalicelib.domain.reasons import Reason

NEWS_MAILS = ("tier_reached", "tier_at_risk", "miles_expiring")
SILVER, GOLD = 25_000, 50_000
LONGEST = 12_000


@pytest.fixture
def stage():
    with play() as stage:
        stage.join(locale="en", first_name="Ann")
        yield stage


def fly(stage, miles, reference):
    """Fly so many miles in flights as long as there are any."""
    legs = [LONGEST] * (miles // LONGEST) + [miles % LONGEST] * bool(miles % LONGEST)
    lines = [{"kind": "flight", "distance": leg, "booking_class": "Y"} for leg in legs]
    stage.tell("transaction.posted", transaction=reference, lines=lines)


def on(stage, day, hour=12):
    """Go on to noon of a day at home."""
    stage.world.advance_to(datetime.fromisoformat(day).replace(hour=hour - 3, tzinfo=UTC))


def by_news(stage):
    """The mails that news started, each with its day."""
    return [
        (received.mail.tags["step"], received.at.date().isoformat())
        for received in stage.received
        if received.mail.tags["step"] in NEWS_MAILS
    ]


def steps(stage):
    return [step for step, _ in by_news(stage)]


def words(stage, step):
    """The only mail of this step, as one line of subject and one of text."""
    [received] = [each for each in stage.received if each.mail.tags["step"] == step]
    return str(received.message()["Subject"]), " ".join(received.part("plain").split())


def test_a_member_s_three_mails_come_once_each(stage):
    fly(stage, SILVER, "t-1")
    on(stage, "2030-06-01")
    assert by_news(stage) == [
        ("tier_reached", "2027-03-01"),
        ("tier_at_risk", "2028-11-01"),
        ("miles_expiring", "2028-12-31"),
    ]


def test_who_reaches_a_tier_reads_how_long_it_is_held_and_what_the_next_takes(stage):
    fly(stage, SILVER + 880, "t-1")
    subject, text = words(stage, "tier_reached")
    assert subject == "Congratulations: silver is yours"
    assert "Redeemable miles: 25,880 Qualifying miles: 25,880" in text
    assert "Ann, congratulations" in text
    assert "The tier is yours until December 31, 2028." in text
    assert "On to gold 24,120 qualifying miles or 37 flights by the end of the year" in text
    assert "lounge" not in text


def test_each_higher_tier_is_a_mail_of_its_own(stage):
    fly(stage, SILVER, "t-1")
    on(stage, "2027-06-01")
    fly(stage, GOLD - SILVER, "t-2")
    subjects = [
        str(each.message()["Subject"])
        for each in stage.received
        if each.mail.tags["step"] == "tier_reached"
    ]
    assert subjects == ["Congratulations: silver is yours", "Congratulations: gold is yours"]
    assert "Wait in the lounge" in stage.received[-1].part("plain")


def test_a_tier_at_risk_is_told_with_its_end_its_grace_and_what_keeps_it(stage):
    fly(stage, SILVER, "t-1")
    on(stage, "2028-05-01")
    fly(stage, 21_520, "t-2")
    on(stage, "2028-11-02")
    subject, text = words(stage, "tier_at_risk")
    assert subject == "Keep your silver tier"
    assert "Qualifying miles: 21,520" in text
    assert "Ann, your tier is yours until December 31, 2028." in text
    assert "3,480 qualifying miles or 18 flights, and the tier stays yours" in text
    assert "all that the tier brings stays until March 1, 2029." in text


def test_who_reaches_the_tier_again_in_time_is_not_warned(stage):
    fly(stage, SILVER, "t-1")
    on(stage, "2028-05-01")
    fly(stage, SILVER, "t-2")
    on(stage, "2029-01-05")
    assert steps(stage) == ["tier_reached"]


def test_who_keeps_the_tier_before_the_warning_goes_out_does_not_get_it(stage):
    fly(stage, SILVER, "t-1")
    on(stage, "2028-11-01", hour=5)
    assert stage.enrolment("tier_at_risk").exit is None
    fly(stage, SILVER, "t-2")
    on(stage, "2029-01-05")
    assert steps(stage) == ["tier_reached"]
    assert stage.enrolment("tier_at_risk").exit.reason is Reason.GOAL_REACHED


def test_miles_that_lapse_are_told_with_their_last_day(stage):
    fly(stage, 1_501, "t-1")
    on(stage, "2028-12-31")
    subject, text = words(stage, "miles_expiring")
    assert subject == "1,501 miles can be spent until March 1, 2029"
    assert "Redeemable miles: 1,501 Qualifying miles: 0" in text
    assert "1,501 miles can be spent up to and including March 1, 2029" in text
    assert "keep them all with one flight" in text


def test_a_flight_before_the_mail_goes_out_keeps_the_miles_and_spares_the_mail(stage):
    fly(stage, 1_501, "t-1")
    on(stage, "2028-12-31", hour=5)
    assert stage.enrolment("miles_expiring").exit is None
    fly(stage, 500, "t-2")
    on(stage, "2029-03-05")
    assert steps(stage) == []
    assert stage.profile().granted["redeemable"] == 2_001


def test_miles_that_were_kept_are_told_again_when_their_new_day_comes_near(stage):
    fly(stage, 1_501, "t-1")
    on(stage, "2029-01-15")
    fly(stage, 500, "t-2")
    on(stage, "2031-02-01")
    assert by_news(stage) == [("miles_expiring", "2028-12-31"), ("miles_expiring", "2030-11-16")]


@pytest.mark.parametrize("tier", ["silver", "gold", "platinum"])
def test_who_joins_with_a_tier_is_not_congratulated_but_is_warned(tier):
    with play() as stage:
        stage.join(tier=tier)
        on(stage, "2028-11-02")
        assert stage.profile().attribute("tier") == tier
        assert steps(stage) == ["tier_at_risk"]


def test_a_tier_that_is_told_later_is_news(stage):
    stage.tell("member.updated", tier="gold")
    assert steps(stage) == ["tier_reached"]


def test_who_joined_with_a_tier_and_earns_a_higher_one_is_congratulated():
    with play() as stage:
        stage.join(tier="silver")
        fly(stage, GOLD, "t-1")
        assert steps(stage) == ["tier_reached"]


def test_a_lost_tier_is_not_mailed(stage):
    fly(stage, SILVER, "t-1")
    on(stage, "2029-03-05")
    assert stage.engine.metrics.counts["news_tier_lost"] == 1
    assert steps(stage) == list(NEWS_MAILS)


def test_who_is_held_out_gets_none():
    with play(holdout=1.0) as stage:
        stage.join()
        fly(stage, SILVER, "t-1")
        on(stage, "2029-03-05")
        assert stage.engine.metrics.counts["news_tier_reached"] == 1
        assert stage.received == []


def test_who_unsubscribed_gets_none(stage):
    stage.tell("mail.declined")
    fly(stage, SILVER, "t-1")
    on(stage, "2029-03-05")
    assert steps(stage) == []


def test_who_unsubscribes_while_a_mail_waits_does_not_get_it(stage):
    fly(stage, 1_501, "t-1")
    on(stage, "2028-12-31", hour=5)
    stage.tell("mail.declined")
    on(stage, "2029-03-05")
    assert steps(stage) == []


def test_russian_counts_and_dates_are_russian():
    with play() as stage:
        stage.join(locale="ru", first_name="Анна")
        fly(stage, 1_501, "t-1")
        on(stage, "2028-12-31")
        subject, text = words(stage, "miles_expiring")
        assert re.sub(r"\s", " ", subject) == "1 501 милю можно потратить до 1 марта 2029 г."  # noqa: RUF001
        assert "Анна, ваши мили скоро сгорят." in text
