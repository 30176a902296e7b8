"""Two acts on one member at one time, in every order of their calls: a rule never bends."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import islice, product
from unittest.mock import patch

import pytest
from functional.worlds import ANN, START
from usecases.engines import (
    ann,
    enrolment,
    key,
    memory_engine,
    once_more,
    orders,
    run_interleaved,
    send,
    sender,
    steps_mailed,
    tell,
    with_second_journey,
)

from chalicelib.domain.brakes import Pause
from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.outcome import PATIENCE
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.apply_event import UnknownMemberError
from chalicelib.usecases.audit import audit
from chalicelib.usecases.ports import OutgoingMail, UnavailableError
from chalicelib.usecases.record_feedback import record_feedback
from chalicelib.usecases.send_step import Sent
from chalicelib.usecases.unsubscribe import unsubscribe


@pytest.fixture(autouse=True)
def plain_mails():
    """What a mail looks like is not the matter here, and costs more than all the rest."""

    def compose(engine, member, step, mailing):
        key = mailing.key
        tags = {"journey": key.journey, "step": step.name, "attempt": mailing.attempt}
        return OutgoingMail(
            sender="vesper@mail.example.com", recipient=ANN["email"], mime=b"", tags=tags
        )

    with patch("chalicelib.usecases.send_step.compose_mail", compose):
        yield


def joined(*args):
    engine = memory_engine(*args)
    tell(engine)
    return engine


def before_reminder(*args):
    """An engine where the reminder, which promises a gift, is due."""
    engine = joined(*args)
    send(engine)
    engine.clock.advance(timedelta(days=4))
    return engine


def test_of_two_senders_with_one_step_exactly_one_sends():
    for order in orders(5, 5):
        engine = joined()
        answers, _ = run_interleaved(engine, [sender(engine)] * 2, order)
        assert steps_mailed(engine) == ["welcome"], order
        assert sorted(isinstance(each, Sent) for each in answers.values()) == [False, True], order
        assert enrolment(engine).steps["welcome"].state is StepState.SENT, order


def test_no_mail_is_claimed_after_unsubscribing_was_answered():
    sent = 0
    for order in orders(5, 5):
        engine = joined()
        member_id = ann(engine)
        acts = [sender(engine), partial(unsubscribe, member_id=member_id)]
        _, calls = run_interleaved(engine, acts, order)
        if steps_mailed(engine):
            sent += 1
            claim = calls.index((0, "save"))
            assert claim < calls.index((1, "done")), order
        assert enrolment(engine).exit.reason is Reason.DECLINED, order
        assert enrolment(engine).due_at is None, order
        assert not any(step.state.open for step in enrolment(engine).steps.values()), order
    assert sent, "the sender never won: this proves nothing"


def test_a_goal_reached_while_a_mail_with_a_gift_goes_out_is_paid_and_counted_once():
    """The gift is owed exactly if its mail went out; the chain goes on either way."""
    paid = 0
    for order in orders(5, 8):
        engine = before_reminder()

        def register(engine):
            tell(engine, EventType.ACCOUNT_REGISTERED, at=engine.clock.now())

        run_interleaved(engine, [sender(engine, "reminder"), register], order)
        mailed = "reminder" in steps_mailed(engine)
        assert len(gifts_among(engine.memberships.every_posting())) == mailed, order
        paid += mailed
        after = enrolment(engine)
        expected = StepState.SENT if mailed else StepState.SKIPPED
        assert after.steps["reminder"].state is expected, order
        assert "collect" in steps_mailed(engine) or (after.step == "collect" and after.due_at), (
            order
        )
        assert set(after.goals) == {"account_registered"}, order
    assert paid, "the sender never won: this proves nothing"


@pytest.mark.parametrize("kind", list(FeedbackKind))
def test_feedback_and_the_record_of_a_send_may_come_in_any_order(kind):
    """Load, claim, look again, call and record on one side; what is heard on the other."""
    endings = set()
    for order in orders(6, 6):
        if order[:4] != (0, 0, 0, 0):  # nothing can be heard of a mail before the call
            continue
        engine = joined()
        with patch.object(type(engine.ids), "attempt", return_value="attempt1"):
            heard = Feedback(kind=kind, key=key(engine), attempt="attempt1", at=START)
            acts = [sender(engine), lambda engine, heard=heard: record_feedback(engine, heard)]
            run_interleaved(engine, acts, order)
        after = enrolment(engine)
        bad = kind in (FeedbackKind.HARD_BOUNCED, FeedbackKind.COMPLAINED)
        assert steps_mailed(engine) == ["welcome"], order
        assert bool(engine.members.load(ann(engine)).suppression) == bad, order
        assert bool(after.exit) == bad, order
        record = after.steps["welcome"]
        endings.add((record.state, record.reason, frozenset(record.feedback), after.step))
    assert len(endings) == 1, endings
    [(state, *_)] = endings
    assert state is (StepState.FAILED if kind is FeedbackKind.REJECTED else StepState.SENT)


@pytest.mark.parametrize("first", ["welcome", "news"])
def test_two_journeys_never_exceed_the_cap_whoever_claims_first(first):
    sent = 0
    for order in orders(5, 5):
        engine = joined(with_second_journey)
        acts = [
            sender(engine, "welcome", "welcome"),
            sender(engine, "hello", "news"),
        ]
        run_interleaved(engine, acts if first == "welcome" else acts[::-1], order)
        assert len(steps_mailed(engine)) <= 1, order
        sent += len(steps_mailed(engine))
        unsent = [name for name in ("welcome", "news") if not enrolment(engine, name).mailed_at()]
        assert all(enrolment(engine, name).due_at for name in unsent), order
    assert sent


def test_a_journey_that_begins_while_another_sends_does_not_exceed_the_cap():
    def programme(shipped):
        return with_second_journey(shipped, EventType.APP_INSTALLED)

    def begin_and_send(engine):
        tell(engine, EventType.APP_INSTALLED, at=engine.clock.now())
        send(engine, "hello", "news")

    sent = 0
    for before, between in product(range(13), range(13)):  # the other's calls, about its reading
        engine = joined(programme)
        order = (*[1] * before, 0, *[1] * between, *[0] * 7)
        run_interleaved(engine, [sender(engine), begin_and_send], order)
        assert len(steps_mailed(engine)) <= 1, order
        sent += len(steps_mailed(engine))
    assert sent


@pytest.mark.parametrize("journey", [None, "welcome"])
@pytest.mark.parametrize("change", [lambda programme: programme, with_second_journey])
def test_a_pause_holds_for_every_mail_that_was_not_claimed_when_it_was_stored(journey, change):
    def pause(engine):
        engine.brakes.pause(journey, Pause(START, "a wrong link"))

    sent = 0
    for order in orders(6, 1):
        engine = joined(change)
        _, calls = run_interleaved(engine, [sender(engine), pause], order)
        mailed = bool(steps_mailed(engine))
        if mailed:
            assert calls.index((0, "save")) < calls.index((1, "pause")), order
        else:
            assert enrolment(engine).steps == {}, order
            assert enrolment(engine).due_at == START, order
        sent += mailed
        engine.brakes.resume(journey)
        send(engine)
        assert steps_mailed(engine) == ["welcome"], order
    assert sent, "the sender never won: this proves nothing"


def test_a_mail_that_is_resumed_while_it_is_sent_goes_out_once():
    held = 0
    for order in orders(6, 1):
        engine = joined()
        engine.brakes.pause("welcome", Pause(START, "a wrong link"))
        acts = [sender(engine), lambda engine: engine.brakes.resume("welcome")]
        answers, _ = run_interleaved(engine, acts, order)
        held += answers[0] is Reason.PAUSED
        send(engine)
        send(engine)
        assert steps_mailed(engine) == ["welcome"], order
    assert held


def test_a_second_attempt_and_late_word_of_the_first_never_make_three_mails():
    """The first attempt is heard of while the second is made, in every order."""
    endings = set()
    for order in orders(6, 3):
        engine = joined(once_more)
        with patch.object(type(engine.mailer), "send", side_effect=UnavailableError("no answer")):
            send(engine)
        first = enrolment(engine).steps["welcome"].attempt
        engine.clock.advance(PATIENCE)
        assert audit(engine).claims_retried == 1
        heard = Feedback(
            kind=FeedbackKind.DELIVERED, key=key(engine), attempt=first, at=engine.clock.now()
        )
        acts = [sender(engine), lambda engine, heard=heard: record_feedback(engine, heard)]
        _, calls = run_interleaved(engine, acts, order)
        after = enrolment(engine)
        assert after.steps["welcome"].state is StepState.SENT, order
        assert after.step == "reminder", order
        if (0, "send") in calls:
            assert calls.index((0, "save")) < calls.index((1, "done")), order
        endings.add(tuple(steps_mailed(engine)))
    assert endings == {(), ("welcome",)}


def tell_until_known(engine, type_, **fields):
    """Tell as the queue does: an event whose member is not known yet comes again."""
    with suppress(UnknownMemberError):
        tell(engine, type_, **fields)


def some(all_orders, every):
    """Take evenly spread ones of too many orders."""
    return islice(all_orders, 0, None, every)


def test_one_event_that_two_functions_handle_at_one_time_has_one_effect():
    def register(engine):
        tell(engine, EventType.ACCOUNT_REGISTERED, at=engine.clock.now())

    for order in some(orders(8, 8), 40):
        engine = before_reminder()
        send(engine, "reminder")
        run_interleaved(engine, [register, register], order)
        assert len(gifts_among(engine.memberships.every_posting())) == 1, order
        assert engine.members.load(ann(engine)).granted == {"redeemable": 500}, order
        record = engine.events.find("demo", "id-account.registered")
        assert record.outcome is EventOutcome.APPLIED, order


@pytest.mark.parametrize("ids", [("e1", "e1"), ("e1", "e2")], ids=["one id", "two ids"])
def test_a_member_whom_two_functions_introduce_at_one_time_is_one_member(ids):
    for order in some(orders(7, 7), 11):
        engine = memory_engine()
        acts = [
            lambda engine, id_=id_: tell_until_known(engine, EventType.MEMBER_JOINED, event_id=id_)
            for id_ in ids
        ]
        run_interleaved(engine, acts, order)
        for act in acts:
            act(engine)
        assert len(list(engine.members.every())) == 1, order
        send(engine)
        send(engine)
        assert steps_mailed(engine) == ["welcome"], order
        outcomes = {record.event_id: record.outcome for record in engine.events.every()}
        assert outcomes == dict.fromkeys(ids, EventOutcome.APPLIED), order


def test_a_registration_at_the_very_time_of_joining_is_not_lost():
    def join(engine):
        tell_until_known(engine, EventType.MEMBER_JOINED)

    def register(engine):
        tell_until_known(engine, EventType.ACCOUNT_REGISTERED)

    for order in orders(7, 4):
        engine = memory_engine()
        run_interleaved(engine, [join, register], order)
        register(engine)
        assert set(enrolment(engine).goals) == {"account_registered"}, order
        send(engine)
        assert steps_mailed(engine) == ["collect"], order


def test_of_two_updates_at_one_time_both_arrive():
    def update(**facts):
        return lambda engine: tell(
            engine, EventType.MEMBER_UPDATED, event_id=str(facts), facts=facts
        )

    for order in some(orders(7, 7), 11):
        engine = joined()
        run_interleaved(engine, [update(first_name="Ann"), update(last_name="Lee")], order)
        profile = engine.members.load(ann(engine))
        told = (profile.attribute("first_name"), profile.attribute("last_name"))
        assert told == ("Ann", "Lee"), order
