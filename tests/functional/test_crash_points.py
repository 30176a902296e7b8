"""A function may die at any call; what it had in hand comes back, and the story ends well."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from functional.mortality import DeathError, Fate, dying_play, post_until_taken
from functional.worlds import DAY, event

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world.ses_events import ses_event

LAST = "questionnaire"
CHAIN = ["welcome", "reminder", "collect", LAST]


def tell_golden_story(fate):
    """Join, welcome, reminder, register, gift, collect, questionnaire, bounce; then rest."""
    with dying_play(fate) as stage:
        stage.world.substrate.mailer.on_mail = partial(hear_of, stage)
        start = stage.world.now()
        post_until_taken(stage, event(at=start, balances={"redeemable": 0}), "joined")
        stage.world.advance_to(start + 7 * DAY)  # time for a lost welcome to be given up
        post_until_taken(stage, event("account.registered", at=stage.world.now()), "registered")
        stage.world.advance_to(start + 16 * DAY)
        return stage


def hear_of(stage, received):
    """The mail service tells twice, of the delivery or of the last mail's bounce."""
    kind = "Bounce" if received.mail.tags["step"] == LAST else "Delivery"
    at = received.at + timedelta(hours=5)
    publish = partial(stage.world.substrate.publish_feedback, ses_event(kind, received, at))
    stage.world.agenda.add(at, publish, "feedback")
    stage.world.agenda.add(at + DAY, publish, "feedback")


def calls_of_the_story():
    fate = Fate()
    stage = tell_golden_story(fate)
    assert stage.mails == CHAIN
    return fate.calls


CALLS = calls_of_the_story()
SHARES = 4
"""Parts in which the calls are tried, so that several processes can share the work."""
WRITES = {
    "events.receive",
    "event_queue.put",
    "members.claim_alias",
    "members.save",
    "enrolments.save",
    "events.conclude",
    "send_queue.put",
    "mailer.send",
    "memberships.store",
}
FLUSH = "metrics.flush"


@pytest.mark.parametrize("share", range(SHARES))
def test_wherever_a_function_dies_every_mail_goes_out_once_at_most_and_nothing_is_lost(share):
    for call in range(1 + share, len(CALLS) + 1, SHARES):
        fate = Fate(call)
        stage = tell_golden_story(fate)
        check_ending(stage, fate)


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done, reply lost"])
def test_whatever_gives_no_answer_every_mail_goes_out_once_at_most_and_nothing_is_lost(done):
    for call, name in enumerate(CALLS, start=1):
        if name == FLUSH or not (done or name in WRITES):
            continue
        fate = Fate(call, UnavailableError, done=done)
        stage = tell_golden_story(fate)
        check_ending(stage, fate)


def check_ending(stage, fate):
    where = str(fate)
    enrolment = stage.enrolment()
    steps = enrolment.steps
    assert set(Counter(stage.mails).values()) == {1}, where
    assert [(g.source, g.amount) for g in stage.grants()] == [("welcome.1.reminder", 500)], where
    assert stage.profile().balance("redeemable") == 500, where
    assert stage.outcomes() == dict.fromkeys(["joined", "registered"], EventOutcome.APPLIED), where
    assert list(enrolment.goals) == ["account_registered"], where
    assert not [name for name, step in steps.items() if step.state.open], where
    assert stage.dead_letters() == [], where
    sent = [name for name, step in steps.items() if step.state is StepState.SENT]
    assert sent == stage.mails, where
    lost = [name for name in CHAIN if name not in sent]
    assert len(lost) == stage.engine.metrics.counts["claims_given_up"], where
    assert {steps[name].reason for name in lost} <= {Reason.OUTCOME_UNKNOWN}, where
    assert lost == [] or may_lose_a_mail(fate), where
    if LAST in sent:
        assert stage.profile().suppression, where
        assert enrolment.exit.reason is Reason.SUPPRESSED, where
    else:
        assert list(steps)[: len(CHAIN)] == CHAIN, where


def may_lose_a_mail(fate):
    """A claim whose call was surely not made, or may not have been, is never tried again.

    After a claim a sender reads what others have claimed. It can take the claim back when nothing
    is told, not when it is killed.
    """
    before, at = fate.calls[fate.call - 2 : fate.call] if fate.call > 1 else ("", fate.calls[0])
    claimed = before == "enrolments.save" and at == "enrolments.load_case"
    return (
        (at == "enrolments.save" and fate.done)
        or (claimed and fate.error is DeathError)
        or (at == "mailer.send" and not fate.done)
    )


def test_the_golden_story_makes_every_call_that_changes_anything():
    assert set(CALLS) > {*WRITES, FLUSH}


def test_death_is_no_exception_that_could_be_swallowed():
    assert not issubclass(DeathError, Exception)
