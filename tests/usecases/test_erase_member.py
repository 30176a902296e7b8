"""Erasing: no mail and no profile afterwards, whatever is told, heard or under way meanwhile."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from functional.worlds import ANN, START
from usecases.engines import (
    ann,
    enrolment,
    key,
    memory_engine,
    orders,
    partner_event,
    run_interleaved,
    send,
    sender,
    steps_mailed,
    tell,
    with_second_journey,
)

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.member import SuppressionCause
from chalicelib.domain.reasons import Reason
from chalicelib.usecases import send_step as send_step_module
from chalicelib.usecases.apply_event import UnknownMemberError, handle_event
from chalicelib.usecases.audit import audit
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.ports import OutgoingMail, UnavailableError
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.record_feedback import record_feedback
from chalicelib.usecases.send_step import Sent, Unsent, send_step
from chalicelib.usecases.unsubscribe import unsubscribe
from chalicelib.usecases.web_copy import web_copy

BEN = "7000000002"
PHONE = "+7 999 123-45-67"


@pytest.fixture(autouse=True)
def plain_mails():
    """What a mail looks like is not the matter here, and costs more than all the rest."""

    def compose(engine, member, step, mailing):
        tags = {"member": member.member_id, "step": step.name, "attempt": mailing.attempt}
        recipient = member.attribute("email")
        return OutgoingMail(sender="vesper@example.com", recipient=recipient, mime=b"", tags=tags)

    with patch("chalicelib.usecases.send_step.compose_mail", compose):
        yield


def joined(change=lambda programme: programme):
    engine = memory_engine(change)
    facts = {"channel": "offline", **ANN, "phone": PHONE}
    tell(engine, facts=facts)
    return engine


def erased(engine=None):
    engine = engine or joined()
    assert erase_member(engine, ann(engine))
    return engine


def named(type_, value):
    return (alias_of(type_, value),)


def ben_joins(engine, email=ANN["email"], event_id="ben-joins", receives=1):
    facts = {"channel": "offline", "card": BEN, "email": email}
    event = partner_event(
        event_id=event_id, aliases=named(AliasType.CARD, BEN), facts=facts, at=engine.clock.now()
    )
    return handle_event(engine, event, receives)


def ben(engine):
    return engine.members.member_of(alias_of(AliasType.CARD, BEN))


def nothing_is_due(engine):
    return not queue_due(engine) and all(
        each.exit and not each.due_at for each in engine.enrolments.every()
    )


# What is left.


def test_the_profile_goes_and_every_journey_ends():
    engine = erased(joined(with_second_journey))
    assert engine.members.load(ann(engine)) is None
    assert engine.members.is_erased(ann(engine))
    for journey in ("welcome", "news"):
        assert enrolment(engine, journey).exit.reason is Reason.ERASED
    assert nothing_is_due(engine)


def test_a_journey_that_the_programme_has_no_more_ends_too():
    engine = joined(with_second_journey)
    without = {name: each for name, each in engine.programme.journeys.items() if name != "news"}
    erased(replace(engine, programme=replace(engine.programme, journeys=without)))
    assert enrolment(engine, "news").exit.reason is Reason.ERASED


def test_a_journey_that_has_ended_keeps_its_end():
    engine = joined()
    unsubscribe(engine, ann(engine))
    erased(engine)
    assert enrolment(engine).exit.reason is Reason.DECLINED


def test_nobody_is_erased_who_never_was():
    engine = memory_engine()
    assert not erase_member(engine, "a" * 26)
    assert not engine.members.is_erased("a" * 26)


def test_erasing_twice_is_erasing_once():
    engine = erased()
    first = engine.members.tombstone(ann(engine)), enrolment(engine)
    engine.clock.advance(timedelta(days=1))
    erased(engine)
    assert (engine.members.tombstone(ann(engine)), enrolment(engine)) == first


def test_what_died_half_way_is_finished_by_a_second_run():
    engine = joined()
    engine.members.erase(ann(engine), engine.clock.now())
    assert enrolment(engine).due_at
    erased(engine)
    assert nothing_is_due(engine)


def test_what_died_half_way_is_not_mailed_and_not_queued_for_ever():
    engine = joined()
    engine.members.erase(ann(engine), engine.clock.now())
    assert send(engine) is Unsent.NOT_DUE
    assert steps_mailed(engine) == []
    assert nothing_is_due(engine)


def test_the_audit_goes_on_counting_the_enrolment():
    engine = joined()
    send(engine)
    before = audit(engine).reports["welcome"]
    erased(engine)
    after = audit(engine).reports["welcome"]
    assert (after.sent, after.lifts) == (before.sent, before.lifts)


def test_a_claim_that_was_open_is_given_up_by_the_audit():
    engine = joined()
    with patch.object(type(engine.mailer), "send", side_effect=UnavailableError):
        assert isinstance(send(engine), Sent)
    erased(engine)
    assert enrolment(engine).steps["welcome"].state is StepState.UNKNOWN
    engine.clock.advance(timedelta(days=2))
    audit(engine)
    assert enrolment(engine).steps["welcome"].reason is Reason.OUTCOME_UNKNOWN
    assert nothing_is_due(engine)


@pytest.mark.parametrize("kind", list(FeedbackKind))
def test_feedback_about_an_erased_members_open_claim_settles_it_and_brings_nobody_back(kind):
    engine = joined()
    with patch.object(type(engine.mailer), "send", side_effect=UnavailableError):
        send(engine)
    attempt = enrolment(engine).steps["welcome"].attempt
    erased(engine)
    heard = Feedback(kind=kind, key=key(engine), attempt=attempt, at=START)
    record_feedback(engine, heard, ANN["email"])
    assert not enrolment(engine).steps["welcome"].state.open
    assert engine.members.load(ann(engine)) is None
    assert nothing_is_due(engine)


def test_links_in_the_mails_of_an_erased_member_lead_to_nobody():
    engine = erased()
    assert web_copy(engine, key(engine)) is None
    unsubscribe(engine, ann(engine))
    assert "unsubscribed" not in engine.metrics.counts


# Told afterwards.


@pytest.mark.parametrize("type_", list(EventType))
def test_an_event_about_an_erased_member_has_no_effect(type_):
    engine = erased()
    before = list(engine.enrolments.every())
    assert tell(engine, type_, event_id="afterwards") is EventOutcome.ERASED
    assert engine.members.load(ann(engine)) is None
    assert list(engine.enrolments.every()) == before
    assert gifts_among(engine.memberships.every_posting()) == []
    record = engine.events.find("demo", "afterwards")
    assert (record.outcome, record.member_id) == (EventOutcome.ERASED, ann(engine))


def test_an_event_about_an_erased_member_that_comes_again_is_a_repetition():
    engine = erased()
    tell(engine, EventType.APP_INSTALLED)
    assert tell(engine, EventType.APP_INSTALLED) is EventOutcome.REPEATED


SPELLINGS = [
    (AliasType.CARD, " 7000000001 "),
    (AliasType.EMAIL, "ANN@Example.COM"),
    (AliasType.PHONE, "+79991234567"),
    (AliasType.PHONE, "007 (999) 123 45 67"),
]


@pytest.mark.parametrize(("type_", "spelled"), SPELLINGS)
def test_who_joins_again_under_any_spelling_of_an_erased_name_is_nobody(type_, spelled):
    engine = erased()
    again = partner_event(
        event_id="again",
        aliases=named(type_, spelled),
        facts={"channel": "online", "email": "other@example.com"},
    )
    assert handle_event(engine, again, 1).outcome is EventOutcome.ERASED
    assert list(engine.members.every()) == []
    assert engine.members.member_of(alias_of(AliasType.EMAIL, "other@example.com")) is None
    assert nothing_is_due(engine)


def test_an_update_of_an_erased_member_gives_no_names_away():
    engine = erased()
    moved = {"email": "new@example.com"}
    assert tell(engine, EventType.MEMBER_UPDATED, facts=moved) is EventOutcome.ERASED
    assert engine.members.member_of(alias_of(AliasType.EMAIL, "new@example.com")) is None


def test_a_promise_redeemed_after_erasing_is_not_paid():
    engine = joined()
    send(engine)
    engine.clock.advance(timedelta(days=4))
    send(engine, "reminder")
    erased(engine)
    assert tell(engine, EventType.ACCOUNT_REGISTERED) is EventOutcome.ERASED
    assert gifts_among(engine.memberships.every_posting()) == []


# Somebody else with the address of an erased member.


def test_nobody_else_is_mailed_at_an_erased_address():
    engine = erased()
    assert ben_joins(engine, "ANN@example.com").outcome is EventOutcome.APPLIED
    assert engine.members.load(ben(engine)).suppression.cause is SuppressionCause.ERASED
    assert engine.enrolments.of(ben(engine)) == []
    assert nothing_is_due(engine)


def test_whoever_moves_to_an_erased_address_is_mailed_no_more_until_there_is_another():
    engine = erased()
    ben_joins(engine, "ben@example.com")
    of_ben = {"aliases": named(AliasType.CARD, BEN)}

    def moves(email, hours):
        at = engine.clock.now() + timedelta(hours=hours)
        facts = {"email": email}
        tell(engine, EventType.MEMBER_UPDATED, event_id=email, facts=facts, at=at, **of_ben)
        return engine.members.load(ben(engine))

    assert moves(ANN["email"], 1).suppression.cause is SuppressionCause.ERASED
    assert nothing_is_due(engine)
    assert moves("ben.new@example.com", 2).suppression is None


def test_a_late_event_with_an_erased_address_does_not_suppress_a_newer_one():
    engine = erased()
    ben_joins(engine, "ben@example.com")
    late = {"facts": {"email": ANN["email"]}, "at": START - timedelta(days=1)}
    of_ben = {"aliases": named(AliasType.CARD, BEN)}
    assert tell(engine, EventType.MEMBER_UPDATED, **late, **of_ben) is EventOutcome.STALE
    assert engine.members.load(ben(engine)).suppression is None


def test_who_shared_the_address_before_is_not_mailed_there_after_its_owner_was_erased():
    engine = joined()
    ben_joins(engine)
    erased(engine)
    step = replace(key(engine), member_id=ben(engine))
    assert send_step(engine, step) is Reason.SUPPRESSED
    assert engine.mailer.outbox == {}
    assert engine.members.load(ben(engine)).suppression.cause is SuppressionCause.ERASED
    assert nothing_is_due(engine)


def test_the_owner_of_an_address_is_mailed_when_one_who_shared_it_was_erased():
    engine = joined()
    ben_joins(engine)
    assert erase_member(engine, ben(engine))
    assert isinstance(send(engine), Sent)


# At one time with something else: every order of all calls.


def test_no_mail_is_claimed_after_erasing_was_answered():
    sent = 0
    for order in orders(5, 5):
        engine = joined()
        member_id = ann(engine)
        acts = [sender(engine), partial(erase_member, member_id=member_id)]
        _, calls = run_interleaved(engine, acts, order)
        if steps_mailed(engine):
            sent += 1
            assert calls.index((0, "save")) < calls.index((1, "done")), order
        assert enrolment(engine).exit.reason is Reason.ERASED, order
        assert nothing_is_due(engine), order
        assert not any(step.state.open for step in enrolment(engine).steps.values()), order
    assert sent, "the sender never won: this proves nothing"


def next_tick(engine):
    """Send what is due, as the queue would have it."""
    for due in engine.enrolments.due(0, engine.clock.now(), 100):
        send_step(engine, due.key)


def end_of_race(engine, order):
    """Whoever won: an erased member has nothing that lives, and is nobody's profile."""
    member_id = ann(engine)
    mailed = steps_mailed(engine)
    next_tick(engine)
    assert steps_mailed(engine) == mailed, order
    assert engine.members.is_erased(member_id), order
    assert engine.members.load(member_id) is None, order
    assert nothing_is_due(engine), order


def waiting_at_first(programme):
    """The first step waits for an event: nothing is due for who enters."""
    welcome = programme.journeys["welcome"]
    first = replace(welcome.steps[0], wait_for=lambda facts: facts["goals"]["app_installed"])
    waiting = replace(welcome, steps=(first, *welcome.steps[1:]))
    return replace(programme, journeys={"welcome": waiting})


@pytest.mark.parametrize("change", [lambda programme: programme, waiting_at_first])
def test_a_journey_that_begins_while_its_member_is_erased_ends(change):
    entered = 0
    for order in orders(8, 5):
        engine = memory_engine(change)
        alias = alias_of(AliasType.CARD, ANN["card"])

        def erase(engine, alias=alias):
            return erase_member(engine, engine.members.member_of(alias) or "nobody")

        answers, _ = run_interleaved(engine, [tell, erase], order)
        if not answers[1]:  # there was nobody yet
            continue
        entered += len(engine.enrolments.of(ann(engine)))
        end_of_race(engine, order)
        assert answers[0] in (EventOutcome.APPLIED, EventOutcome.ERASED), order
    assert entered, "no journey ever began: this proves nothing"


def test_a_gift_earned_while_the_member_is_erased_is_paid_or_not_and_nothing_fails():
    paid = set()
    for order in orders(14, 4):
        engine = joined()
        send(engine)
        engine.clock.advance(timedelta(days=4))
        send(engine, "reminder")

        def register(engine):
            return tell(engine, EventType.ACCOUNT_REGISTERED, at=engine.clock.now())

        acts = [register, partial(erase_member, member_id=ann(engine))]
        run_interleaved(engine, acts, order)
        end_of_race(engine, order)
        paid.add(len(gifts_among(engine.memberships.every_posting())))
    assert paid == {0, 1}


@pytest.mark.parametrize("kind", [FeedbackKind.OPENED, FeedbackKind.HARD_BOUNCED])
def test_feedback_heard_while_the_member_is_erased_brings_nobody_back(kind):
    for order in orders(6, 4):
        engine = joined()
        send(engine)
        attempt = enrolment(engine).steps["welcome"].attempt
        heard = Feedback(kind=kind, key=key(engine), attempt=attempt, at=START)
        acts = [
            partial(record_feedback, feedback=heard),
            partial(erase_member, member_id=ann(engine)),
        ]
        run_interleaved(engine, acts, order)
        end_of_race(engine, order)


def test_the_address_of_an_erased_member_told_by_another_at_that_time_is_never_mailed_after():
    after_all = set()
    for order in orders(9, 4):
        engine = joined()

        def join(engine):
            with suppress(UnknownMemberError):
                ben_joins(engine)

        acts = [join, partial(erase_member, member_id=ann(engine))]
        run_interleaved(engine, acts, order)
        step = replace(key(engine), member_id=ben(engine))
        after_all.add(send_step(engine, step))
        assert engine.mailer.outbox == {}, order
        assert engine.members.load(ben(engine)).suppression.cause is SuppressionCause.ERASED, order
        assert nothing_is_due(engine), order
    assert after_all == {Unsent.NOT_DUE, Reason.SUPPRESSED}


def test_who_moves_away_from_an_erased_address_in_the_second_of_a_send_is_not_mailed_there():
    engine = joined()
    ben_joins(engine)
    erased(engine)
    step = replace(key(engine), member_id=ben(engine))

    def moved_meanwhile(*asked, look=send_step_module._look_again):  # noqa: SLF001
        known = engine.members.load(ben(engine))
        told = {**known.attributes, "email": "ben.new@example.com"}
        assert engine.members.save(replace(known, attributes=told, address_owner=""))
        return look(*asked)

    with patch.object(send_step_module, "_look_again", moved_meanwhile):
        assert send_step(engine, step) is Unsent.CLAIM_LOST
    assert engine.mailer.outbox == {}
    assert isinstance(send_step(engine, step), Sent)
    [mail] = engine.mailer.outbox.values()
    assert mail.recipient == "ben.new@example.com"
