"""Whatever comes twice has its effect once: no second mail, no second gift, no second count."""

import json
from collections import Counter
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from functional.repeats import everything_twice, repeating
from functional.worlds import (
    ANN,
    DAY,
    FOLDER,
    START,
    Play,
    batch,
    disturb,
    event,
    play,
    post,
    problem_of,
)

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.feedback import FeedbackKind, StepKey
from chalicelib.domain.parking import ParkReason
from chalicelib.usecases.audit import audit, report_journeys
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.send_step import Sent, Unsent, send_step
from chalicelib.world import demo as demo_module
from chalicelib.world.demo import DemoPlan, run_demo
from chalicelib.world.rates import Rates
from chalicelib.world.world import World

LIVELY = Rates(
    bounced=0.1,
    complained=0.1,
    opened=0.9,
    clicked=0.5,
    answers={
        "welcome": ("account.registered", 0.3),
        "reminder": ("account.registered", 0.3),
        "questionnaire": ("profile.completed", 0.4),
        "app": ("app.installed", 0.4),
    },
    anyway={"profile.completed": 0.1, "card.issued": 0.1, "app.installed": 0.1},
)
"""Much happens to few members."""


def tell_the_story(stage):
    """Join, welcome, reminder, register, gift, collect, questionnaire, bounce."""
    stage.join()
    stage.advance(days=4)
    stage.tell("account.registered")
    stage.advance(days=4)
    for received in list(stage.received):
        stage.hear("Open", received)
    stage.hear("Bounce", stage.received[-1])
    stage.advance(days=8)


def what_is_left(stage):
    """Everything but versions and names of attempts, which may differ."""
    enrolment = stage.enrolment()
    return (
        stage.mails,
        stage.grants(),
        stage.profile().balances,
        stage.profile().granted,
        stage.profile().goals,
        stage.profile().suppression,
        enrolment.exit,
        enrolment.goals,
        {name: (step.state, step.at, step.feedback) for name, step in enrolment.steps.items()},
        report_journeys(stage.engine),
    )


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_a_story_in_which_everything_comes_twice_ends_as_if_it_came_once(kind):
    with play("memory") as stage:
        tell_the_story(stage)
        once = what_is_left(stage)
    with play(kind) as quiet, everything_twice():
        stage = Play(World(repeating(quiet.world.substrate)))
        tell_the_story(stage)
        stage.advance(days=5)
        assert what_is_left(stage) == once
        repeated = {
            n: getattr(stage.world.substrate, n).repeated for n in ("events", "sends", "feedback")
        }
        assert min(repeated.values()) >= 4, "nothing was repeated: this proves nothing"
    assert once[0] == ["welcome", "reminder", "collect", "questionnaire"]
    assert [grant.amount for grant in once[1]] == [500]


def run_cohort(**plan):
    with patch.object(demo_module, "CASE", LIVELY):
        plan = DemoPlan(folder=FOLDER, members=60, days=30, on="memory", seed=5, **plan)
        with run_demo(plan, START, print) as result:
            result.world.advance_to(result.world.now() + 4 * DAY)
            return result, Play(result.world)


def test_a_cohort_in_which_everything_comes_twice_has_the_same_report():
    once, quiet = run_cohort()
    with everything_twice(at=demo_module):
        again, repeated = run_cohort()
    mails = Counter((m.mail.tags["member"], m.mail.tags["step"]) for m in repeated.received)
    gifts = Counter((grant.member_id, grant.source) for grant in repeated.grants())
    assert set(mails.values()) == {1}
    assert set(gifts.values()) == {1}
    assert mails == Counter((m.mail.tags["member"], m.mail.tags["step"]) for m in quiet.received)
    assert sorted(repeated.grants(), key=str) == sorted(quiet.grants(), key=str)
    assert report_journeys(again.world.engine) == report_journeys(once.world.engine)
    assert len(gifts) >= 3, "too little happened: this proves nothing"


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def queued(stage):
    """Take everything off the events queue and count the events."""
    messages = stage.world.substrate.events.receive(1000)
    return sum(len(stage.engine.event_queue.read(message.body).events) for message in messages)


@pytest.mark.parametrize("times", [2, 3])
def test_a_webhook_that_is_posted_again_gets_the_same_answer_and_has_one_effect(stage, times):
    body = event(balances={"redeemable": 7})
    answers = []
    for _ in range(times):
        answers.append(post(body))
        stage.world.run_now()
        stage.advance(hours=1)
    assert {(answer.status, answer.body) for answer in answers} == {(202, b'{"accepted":1}')}
    assert stage.mails == ["welcome"]
    assert stage.outcomes() == {"w1": EventOutcome.APPLIED}
    assert len(list(stage.engine.members.every())) == 1


def test_a_webhook_is_known_again_by_what_it_says_and_not_by_how_it_is_spaced(stage):
    body = event()
    spaced = json.dumps(body, indent=2, sort_keys=True).encode()
    assert [post(body).status, post(spaced).status] == [202, 202]


@pytest.mark.parametrize("times", [2, 3])
def test_a_batch_that_is_posted_again_gets_the_same_answer_and_has_one_effect(stage, times):
    people = [{"card": f"70000000{n:02d}", "email": f"m{n}@example.com"} for n in range(30)]
    body = batch(*(event(member=person) for person in people))
    for _ in range(times):
        answer = post(body)
        assert (answer.status, answer.body) == (202, b'{"accepted":30}')
        stage.world.run_now()
    assert Counter(m.mail.recipient for m in stage.received) == {p["email"]: 1 for p in people}
    assert set(stage.outcomes().values()) == {EventOutcome.APPLIED, None}  # None: the batch's own


@pytest.mark.parametrize("single_first", [True, False])
def test_an_event_sent_alone_and_inside_a_batch_has_one_effect(stage, single_first):
    stage.join()
    registered = event("account.registered")
    alone = (registered, "event-1")
    inside = (batch(event("app.installed"), registered), "w9")
    for body, webhook_id in [alone, inside] if single_first else [inside, alone]:
        assert post(body, webhook_id).status == 202
        stage.world.run_now()
    counts = stage.engine.metrics.counts
    assert counts["event_applied"] == 3
    assert stage.outcomes()["event-1"] is EventOutcome.APPLIED


def test_an_event_inside_a_batch_that_contradicts_one_sent_alone_is_parked_for_a_person(stage):
    stage.join()
    post(event("account.registered"), "event-0")
    stage.world.run_now()
    assert post(batch(event("app.installed")), "w9").status == 202
    stage.world.run_now()
    [letter] = stage.dead_letters()
    assert letter.attributes["reason"] == ParkReason.CONFLICT
    assert letter.attributes["event_id"] == "event-0"
    assert "app_installed" not in stage.profile().goals


def test_an_event_twice_in_one_batch_has_one_effect(stage):
    body = batch(event(), event())
    body["data"]["events"][1]["id"] = "event-0"
    assert post(body).status == 202
    stage.world.run_now()
    assert stage.mails == ["welcome"]
    assert stage.engine.metrics.counts["event_applied"] == 1


def test_one_goal_told_by_many_events_brings_one_gift_and_counts_from_the_first(stage):
    stage.join()
    stage.advance(days=4)
    stage.tell("account.registered")
    first = stage.world.now()
    for _ in range(3):
        stage.advance(days=1)
        stage.tell("account.registered")
    assert len(stage.grants()) == 1
    assert stage.profile().granted == {"redeemable": 500}
    assert stage.enrolment().goals == {"account_registered": first}


def test_an_event_that_comes_again_after_days_does_not_set_back_what_is_newer(stage):
    stage.join(first_name="Anna")
    body = event("member.updated", at=START, first_name="Ann")
    post(body, "w2")
    stage.world.run_now()
    stage.tell("member.updated", at=START + DAY, first_name="Anne")
    stage.advance(days=5)
    post(body, "w2")
    stage.world.run_now()
    assert stage.profile().attribute("first_name") == "Anne"


def test_a_tick_that_runs_twice_queues_twice_and_mails_once(stage):
    stage.partner.tell("member.joined", START, {"member": ANN, "channel": "offline"})
    stage.world.engine.send_queue.put([])
    with patch("chalicelib.world.world.schedule_due", return_value={"queued": 0, "looks": 0}):
        stage.world.run_now()  # joined, and no tick yet
    assert stage.mails == []
    assert [queue_due(stage.engine), queue_due(stage.engine)] == [1, 1]
    stage.world.run_now()
    assert stage.mails == ["welcome"]


def welcome_of(member_id):
    return StepKey(member_id=member_id, journey="welcome", entry=1, step="welcome")


def due_key(stage):
    return welcome_of(stage.id_of())


@pytest.fixture
def ready(stage):
    """A stage where Ann's first mail is due and nobody has looked yet."""
    with patch("chalicelib.world.world.schedule_due", return_value={"queued": 0, "looks": 0}):
        stage.join()
    assert stage.mails == []
    return stage


def test_a_message_that_comes_after_its_step_was_sent_does_nothing(ready):
    assert isinstance(send_step(ready.engine, due_key(ready)), Sent)
    for _ in range(3):
        assert send_step(ready.engine, due_key(ready)) is Unsent.NOT_DUE
    assert ready.mails == ["welcome"]


def test_a_message_for_an_old_step_that_comes_after_days_sends_no_step_twice(ready):
    key = due_key(ready)
    send_step(ready.engine, key)
    ready.advance(days=4)
    assert ready.mails == ["welcome", "reminder"]
    send_step(ready.engine, key)
    assert ready.mails == ["welcome", "reminder"]


SENDER_STANDS_BEFORE = [
    ("enrolments", "load_case", "after"),
    ("ids", "attempt", "before"),
    ("enrolments", "save", "before"),
    ("enrolments", "save", "after"),
    ("mailer", "send", "before"),
    ("mailer", "send", "after"),
]


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_of_two_senders_with_one_step_one_sends_wherever_the_other_stands(kind):
    """One sender runs through while another stands between any two of its calls."""
    with play(kind) as stage, patch("chalicelib.world.world.schedule_due") as tick:
        tick.return_value = {"queued": 0, "looks": 0}
        for number, (port, method, when) in enumerate(SENDER_STANDS_BEFORE):
            person = {"card": f"{7_000_000_000 + number}", "email": f"m{number}@example.com"}
            key, quicker = welcome_of(stage.join(person)), []

            def run_through(key=key, quicker=quicker):
                quicker.append(send_step(stage.engine, key))

            disturb(stage, port, method, run_through, when=when)
            results = [send_step(stage.engine, key), *quicker]
            where = (port, method, when)
            assert sorted(isinstance(each, Sent) for each in results) == [False, True], where
            assert len(stage.received) == number + 1, where
            assert stage.step("welcome", member=person).state is StepState.SENT, where


@pytest.mark.parametrize("kind", ["Delivery", "Open", "Click", "Bounce", "Complaint", "Reject"])
def test_feedback_that_comes_again_changes_nothing(stage, kind):
    stage.join()
    stage.hear(kind, stage.received[0])
    before = (stage.profile(), stage.enrolment())
    stage.advance(days=2)
    stage.hear(kind, stage.received[0])
    assert (stage.profile(), stage.enrolment()) == before


@pytest.mark.parametrize(
    "kinds", [("Click", "Open", "Delivery", "Send"), ("Open", "Bounce", "Send")]
)
def test_feedback_in_any_order_says_the_same(stage, kinds):
    stage.join()
    with play() as other:
        other.join()
        for told, order in [(stage, kinds), (other, kinds[::-1])]:
            told.use()
            for kind in [*order, *order]:
                told.hear(kind, told.received[0])
        assert stage.step("welcome").feedback == other.step("welcome").feedback
        assert stage.enrolment().exit == other.enrolment().exit


def test_a_complaint_after_a_bounce_counts_and_a_bounce_after_a_complaint_does_not(stage):
    stage.join()
    stage.hear("Bounce", stage.received[0])
    assert stage.profile().suppression.cause == "hard_bounce"
    stage.hear("Complaint", stage.received[0])
    stage.hear("Bounce", stage.received[0])
    assert stage.profile().suppression.cause == "complaint"
    assert set(stage.step("welcome").feedback) == {
        FeedbackKind.HARD_BOUNCED,
        FeedbackKind.COMPLAINED,
    }


def test_an_audit_that_runs_twice_finds_nothing_the_second_time(stage):
    died = SystemExit("the function died")
    with patch.object(stage.world.substrate.mailer, "inner") as mailer:
        mailer.send.side_effect = died
        with pytest.raises(SystemExit):
            stage.join()
    stage.world.substrate.clock.advance(2 * DAY)
    first, second = audit(stage.engine), audit(stage.engine)
    assert (first.claims_given_up, second.claims_given_up) == (1, 0)
    assert first.reports == second.reports


def test_the_audit_does_not_undo_what_feedback_said_while_it_was_reading(stage):
    with patch.object(stage.world.substrate.mailer, "inner") as mailer:
        mailer.send.side_effect = SystemExit("the function died")
        with pytest.raises(SystemExit):
            stage.join()
    stage.world.substrate.clock.advance(2 * DAY)
    [claimed] = stage.engine.enrolments.every()
    key, attempt = due_key(stage), claimed.steps["welcome"].attempt

    def deliver():
        mail = {"messageId": "m1", "timestamp": datetime.now(UTC).isoformat()}
        tags = {
            "member": key.member_id,
            "journey": key.journey,
            "entry": "1",
            "step": key.step,
            "attempt": attempt,
        }
        mail["tags"] = {name: [value] for name, value in tags.items()}
        told = {"eventType": "Delivery", "mail": mail, "delivery": {}}
        stage.world.substrate.publish_feedback(json.dumps(told))
        stage.world.run_now()

    disturb(stage, "enrolments", "load_case", deliver)
    audit(stage.engine)
    assert stage.step("welcome").state is StepState.SENT


def test_another_body_under_a_known_id_is_refused_and_counted(stage):
    assert post(event()).status == 202
    answer = post(event(channel="online"))
    assert answer.status == 409
    assert problem_of(answer)["type"] == "urn:milepost:problem:id-conflict"
    assert stage.engine.metrics.counts["webhook_conflict"] == 1
    assert queued(stage) == 1
