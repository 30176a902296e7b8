"""The world does between the functions what AWS does, at the right virtual times."""

import json
import os
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from functional.worlds import (
    ANN,
    DAY,
    FOLDER,
    HOUR,
    MINUTE,
    SECRET,
    START,
    batch,
    event,
    play,
    post,
)

from chalicelib.adapters.clock import ClockError
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world import gateway, substrates
from chalicelib.world import world as world_module
from chalicelib.world.agenda import Agenda
from chalicelib.world.substrates import WorldPlan, substrate, this_morning


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def people(count):
    return [{"card": f"{7_000_000_000 + n}", "email": f"m{n}@example.com"} for n in range(count)]


def counting(name):
    """Count the calls of one of the functions that the world runs."""
    return patch.object(world_module, name, wraps=getattr(world_module, name))


def test_a_member_who_joins_is_mailed_in_the_same_minute(stage):
    stage.join()
    assert [received.at for received in stage.received] == [START]


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_thirty_days_pass_with_every_mail_at_its_time(kind):
    with play(kind) as stage:
        stage.join()
        stage.advance(days=10)
        stage.tell("account.registered")
        stage.advance(days=20)
        days = [round((received.at - START) / DAY, 1) for received in stage.received]
        assert stage.mails == ["welcome", "reminder", "collect", "questionnaire", "app"]
        assert days == [0, 4, 10, 14, 18]


def test_time_jumps_to_what_happens_next_and_never_runs_what_is_not_due(stage):
    stage.join()
    with counting("schedule_due") as tick:
        stage.advance(days=3)
        assert tick.call_count == 0
        stage.advance(days=1)
        assert tick.call_count == 1


def test_what_is_beyond_one_ticks_budget_is_left_to_the_next(stage):
    stage.use(sends_per_tick=10)
    post(batch(*(event(member=person) for person in people(25))))
    stage.world.run_now()
    sent = [len(stage.received)]
    for _ in range(3):
        stage.advance(minutes=1)
        sent.append(len(stage.received))
    assert sent == [10, 20, 25, 25]


def test_the_audit_runs_every_night_and_no_other_time(stage):
    with counting("schedule_audit") as audit:
        stage.advance(hours=19, minutes=59)
        assert audit.call_count == 0
        stage.advance(minutes=1)
        assert audit.call_count == 1
        stage.advance(days=5)
        assert audit.call_count == 6


def test_a_message_that_failed_is_tried_again_after_half_a_minute(stage):
    with patch.object(stage.engine.members, "claim_alias", side_effect=UnavailableError):
        stage.partner.tell("member.joined", START, {"member": ANN, "channel": "offline"})
        stage.world.run_now()
    assert stage.mails == []
    stage.advance(seconds=29)
    assert stage.mails == []
    stage.advance(seconds=1)
    assert stage.mails == ["welcome"]


@pytest.mark.parametrize(("error", "letters"), [(ZeroDivisionError, 1), (UnavailableError, 0)])
def test_a_message_that_always_fails_is_dead_after_four_tries_but_for_outages(
    stage, error, letters
):
    with patch.object(stage.engine.members, "claim_alias", side_effect=error) as asked:
        stage.partner.tell("member.joined", START, {"member": ANN, "channel": "offline"})
        stage.world.run_now()
        stage.advance(hours=1)
    assert (asked.call_count == 4) == bool(letters)
    assert len(stage.dead_letters()) == letters


def test_a_batch_of_a_function_has_ten_messages_at_most(stage):
    for number, person in enumerate(people(23)):
        post(event(member=person), f"w{number}")
    sizes = []
    real = world_module.queue_events

    def noted(told, context):
        sizes.append(len(told["Records"]))
        return real(told, context)

    with patch.object(world_module, "queue_events", noted):
        stage.world.run_now()
    assert sizes == [10, 10, 3]


def test_the_clock_never_goes_back(stage):
    with pytest.raises(ClockError):
        stage.world.substrate.clock.set(START - HOUR)
    stage.world.advance_to(START - HOUR)
    assert stage.world.now() == START


def test_acts_of_one_time_run_in_the_order_they_came_and_may_add_others():
    agenda, ran = Agenda(), []
    agenda.add(START, lambda: ran.append("a"), "events")
    agenda.add(START, lambda: agenda.add(START, lambda: ran.append("c"), "sends"), "events")
    agenda.add(START, lambda: ran.append("b"), "events")
    agenda.add(START + MINUTE, lambda: ran.append("later"), "feedback")
    assert agenda.run_until(START) == {"events", "sends"}
    assert ran == ["a", "b", "c"]
    assert agenda.next_at() == START + MINUTE


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/partners//events", "/m/mail/", "/m/other/x"])
def test_a_path_that_nobody_serves_is_not_found(stage, path):
    assert gateway.request("GET", path, {}).status == 404


def test_a_method_that_is_not_served_is_refused(stage):
    assert gateway.request("DELETE", "/v1/partners/demo/events", {}).status == 405


def test_the_mailbox_shows_each_mail_as_its_reader_holds_it(stage):
    stage.join(first_name="Анна", locale="ru")
    [received] = stage.received
    shown = json.loads(json.dumps(received.summary()))
    assert (shown["to"], shown["at"]) == (ANN["email"], START.isoformat())
    assert shown["subject"] == str(received.message()["Subject"])
    assert shown["html"].startswith("<!doctype html>")
    assert "/m/unsubscribe/" in shown["headers"]["List-Unsubscribe"]
    assert received.number == 1


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("Delivery", set()),
        ("Open", {FeedbackKind.OPENED, FeedbackKind.OPENED_BY_PERSON}),
        ("Click", {FeedbackKind.CLICKED, FeedbackKind.CLICKED_BY_PERSON}),
        ("Bounce", {FeedbackKind.HARD_BOUNCED}),
        ("Complaint", {FeedbackKind.COMPLAINED}),
        ("Reject", {FeedbackKind.REJECTED}),
        ("DeliveryDelay", set()),
    ],
)
def test_the_worlds_mail_service_speaks_as_ses_does(stage, kind, heard):
    stage.join()
    stage.hear(kind, stage.received[0])
    assert set(stage.step("welcome").feedback) == heard


def test_a_world_on_moto_leaves_the_environment_as_it_was():
    mine = {"AWS_PROFILE": "mine", "AWS_DEFAULT_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "mine"}
    with patch.dict(os.environ, mine):
        os.environ.pop("AWS_SESSION_TOKEN", None)
        before = dict(os.environ)
        plan = WorldPlan(folder=FOLDER, start=START, secret=SECRET)
        with substrate("moto", plan):
            assert "AWS_PROFILE" not in os.environ
            assert os.environ["AWS_ACCESS_KEY_ID"] != "mine"
        assert dict(os.environ) == before


def test_a_morning_is_outside_the_quiet_hours_of_the_programmes_home():
    last_minute = datetime(2027, 3, 1, 20, 59, tzinfo=UTC)  # of the day in Moscow
    with patch.object(substrates.SystemClock, "now", return_value=last_minute):
        assert this_morning("Europe/Moscow") == datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
        assert this_morning("Asia/Tokyo") == datetime(2027, 3, 2, 1, 0, tzinfo=UTC)


def test_a_holdout_of_the_plan_stands_for_that_of_every_journey():
    for share, mails in [(0.0, ["welcome"]), (1.0, [])]:
        with play(holdout=share) as stage:
            stage.join()
            assert stage.mails == mails
