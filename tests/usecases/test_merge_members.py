"""Merging: one person, one of each mail, both cards; and parting them again."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from functional.worlds import ANN, START
from usecases.engines import (
    ann,
    key,
    memory_engine,
    orders,
    partner_event,
    run_interleaved,
    tell,
    with_second_journey,
)

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.member import ConsentStatus, SuppressionCause
from chalicelib.domain.merging import MOST_ABSORBED, MergeRefusal
from chalicelib.domain.reasons import Reason
from chalicelib.usecases import merge_members as merge_members_module
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.explain import find_member
from chalicelib.usecases.export_member import export_member
from chalicelib.usecases.merge_members import Merged, Unmerged, merge, unmerge
from chalicelib.usecases.ports import OutgoingMail, UnavailableError
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.record_feedback import record_feedback
from chalicelib.usecases.send_step import Sent, Unsent, send_step
from chalicelib.usecases.unsubscribe import unsubscribe

BEN = "7000000002"
CAROL = "7000000003"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def plain_mails():
    """What a mail looks like is not the matter here."""

    def compose(engine, member, step, mailing):
        tags = {"member": member.member_id, "step": step.name, "attempt": mailing.attempt}
        recipient = member.attribute("email")
        return OutgoingMail(sender="vesper@example.com", recipient=recipient, mime=b"", tags=tags)

    with patch("chalicelib.usecases.send_step.compose_mail", compose):
        yield


def named(card):
    return (alias_of(AliasType.CARD, card),)


def id_of(engine, card):
    return engine.members.member_of(*named(card))


def joins(engine, card, event_id=None, **facts):
    told = {"channel": "offline", "card": card, "email": f"{card}@example.com", **facts}
    event = partner_event(event_id=event_id or f"joins-{card}", aliases=named(card), facts=told)
    assert handle_event(engine, event, 1).outcome is EventOutcome.APPLIED
    return id_of(engine, card)


def both(change=lambda programme: programme):
    engine = memory_engine(change)
    tell(engine, facts={"channel": "offline", **ANN})
    joins(engine, BEN, first_name="Ben")
    return engine


def ben(engine):
    return id_of(engine, BEN)


def sends(engine, member_id, step="welcome", journey="welcome"):
    return send_step(engine, replace(key(engine, step, journey), member_id=member_id))


def merged(engine):
    answer = merge(engine, ann(engine), ben(engine))
    assert isinstance(answer, Merged)
    return answer


def recipients(engine):
    return [(mail.tags["member"], mail.tags["step"]) for mail in engine.mailer.outbox.values()]


def everything(engine):
    """All that is stored of both, but for versions and former values."""
    ids = (ann(engine), ben(engine))
    profiles = [replace(engine.members.load(each), version=0, past=()) for each in ids]
    enrolments = [replace(one, version=0) for each in ids for one in engine.enrolments.of(each)]
    return profiles, enrolments, gifts_among(engine.memberships.every_posting())


# Who is meant.


def test_every_name_and_the_id_of_the_absorbed_lead_to_the_survivor():
    engine = both()
    absorbed = ben(engine)
    merged(engine)
    for name in (absorbed, BEN, f"{BEN}@example.com", ANN["card"], ann(engine)):
        assert find_member(engine, name) == ann(engine)
    assert engine.members.load(absorbed) is None
    assert not engine.members.is_erased(absorbed)


@pytest.mark.parametrize("card", [ANN["card"], BEN])
def test_an_event_about_either_card_is_about_the_survivor(card):
    engine = both()
    merged(engine)
    registered = partner_event(EventType.ACCOUNT_REGISTERED, aliases=named(card))
    handled = handle_event(engine, registered, 1)
    assert (handled.outcome, handled.member_id) == (EventOutcome.APPLIED, ann(engine))
    assert "account_registered" in engine.members.load(ann(engine)).goals


def test_an_address_told_with_the_absorbed_card_is_the_survivor_s_and_nobody_is_suspected():
    engine = both()
    merged(engine)
    facts = {"email": "new@example.com", "phone": "+7 999 123-45-67"}
    tell(engine, EventType.MEMBER_UPDATED, aliases=named(BEN), facts=facts)
    tell(engine, EventType.MEMBER_UPDATED, event_id="2", facts={"email": f"{BEN}@example.com"})
    assert engine.members.load(ann(engine)).attribute("email") == f"{BEN}@example.com"
    assert list(engine.members.suspects()) == []


def test_who_joins_again_under_the_absorbed_card_is_the_survivor():
    engine = both()
    merged(engine)
    joins(engine, BEN, event_id="again")
    assert [each.member_id for each in engine.members.every()] == [ann(engine)]


def test_a_link_in_a_mail_to_the_absorbed_takes_the_survivor_off_the_mails():
    engine = both()
    merged(engine)
    unsubscribe(engine, ben(engine))
    assert engine.members.load(ann(engine)).consent.status is ConsentStatus.DECLINED


def test_a_complaint_about_a_mail_to_the_absorbed_is_the_survivor_s():
    engine = both()
    sends(engine, ben(engine))
    merged(engine)
    attempt = engine.enrolments.load(ben(engine), "welcome").steps["welcome"].attempt
    step = replace(key(engine), member_id=ben(engine))
    heard = Feedback(kind=FeedbackKind.COMPLAINED, key=step, attempt=attempt, at=START)
    record_feedback(engine, heard, f"{BEN}@example.com")
    assert engine.members.load(ann(engine)).suppression.cause is SuppressionCause.COMPLAINT
    assert engine.enrolments.load(ben(engine), "welcome").exit.reason is Reason.MERGED


# No mail twice.


def test_a_step_that_the_absorbed_was_mailed_is_skipped_with_a_reason():
    engine = both()
    assert isinstance(sends(engine, ben(engine)), Sent)
    merged(engine)
    sends(engine, ann(engine))
    record = engine.enrolments.load(ann(engine), "welcome").steps["welcome"]
    assert (record.state, record.reason) == (StepState.SKIPPED, Reason.MAILED_ELSEWHERE)
    assert recipients(engine) == [(ben(engine), "welcome")]


def test_a_step_that_nobody_was_mailed_goes_to_the_survivor_alone():
    engine = both()
    merged(engine)
    assert sends(engine, ben(engine)) is Unsent.NOT_DUE
    assert isinstance(sends(engine, ann(engine)), Sent)
    assert recipients(engine) == [(ann(engine), "welcome")]


def test_the_journeys_of_the_absorbed_end_and_nothing_of_it_is_due():
    engine = both(with_second_journey)
    merged(engine)
    for enrolment in engine.enrolments.of(ben(engine)):
        assert enrolment.exit.reason is Reason.MERGED
        assert enrolment.due_at is None
    queue_due(engine)
    assert {step.member_id for step in queued(engine)} == {ann(engine)}


def queued(engine):
    found = [engine.enrolments.due(0, engine.clock.now(), 100)]
    return [each.key for due in found for each in due]


def test_mails_of_the_absorbed_count_against_the_survivor_s_cap():
    engine = both(with_second_journey)
    sends(engine, ben(engine))
    merged(engine)
    assert sends(engine, ann(engine), "hello", "news") is Reason.FREQUENCY_CAP
    assert recipients(engine) == [(ben(engine), "welcome")]


def test_a_journey_that_the_survivor_enters_later_sends_nothing_twice():
    engine = both(lambda p: with_second_journey(p, EventType.APP_INSTALLED))
    tell(engine, EventType.APP_INSTALLED, event_id="b", aliases=named(BEN))
    assert isinstance(sends(engine, ben(engine), "hello", "news"), Sent)
    merged(engine)
    engine.clock.advance(2 * DAY)
    tell(engine, EventType.APP_INSTALLED, event_id="a")
    assert engine.enrolments.load(ann(engine), "news").steps["hello"].reason is (
        Reason.MAILED_ELSEWHERE
    )


def test_a_mail_that_is_being_sent_to_the_absorbed_is_not_followed_by_the_survivor_s():
    engine = both()

    class Merging:
        def send(self, mail):
            merged(engine)
            return engine.mailer.send(mail)

    sends(replace(engine, mailer=Merging()), ben(engine))
    sends(engine, ann(engine))
    assert recipients(engine) == [(ben(engine), "welcome")]
    assert engine.enrolments.load(ben(engine), "welcome").steps["welcome"].state is StepState.SENT


def outcome_of_both(engine, order):
    """Run what is left and return the mails of the one person."""
    merged(engine)
    sends(engine, ann(engine))
    sends(engine, ben(engine))
    assert not queued_for(engine, ben(engine)), order
    return recipients(engine)


def queued_for(engine, member_id):
    return [each for each in queued(engine) if each.member_id == member_id]


def test_a_merge_while_the_absorbed_is_mailed_leads_to_one_mail_in_every_order():
    seen = set()
    for order in orders(7, 12):
        if hash(order) % 40:
            continue
        engine = both()
        acts = [
            partial(sends, member_id=ben(engine)),
            partial(merge, survivor=ann(engine), absorbed=ben(engine)),
        ]
        sender = partial(send_step, key=replace(key(engine), member_id=ben(engine)))
        run_interleaved(engine, [sender, acts[1]], order)
        mails = outcome_of_both(engine, order)
        seen.add(tuple(mails))
        assert len(mails) <= 1, order
    assert seen, "nothing ran: this proves nothing"


def test_an_event_about_the_absorbed_at_the_time_of_the_merge_is_never_lost():
    for order in orders(5, 12):
        if hash(order) % 20:
            continue
        engine = both()
        registered = partner_event(EventType.ACCOUNT_REGISTERED, aliases=named(BEN))
        acts = [
            partial(handle_event, event=registered, receives=1),
            partial(merge, survivor=ann(engine), absorbed=ben(engine)),
        ]
        run_interleaved(engine, acts, order)
        assert "account_registered" in engine.members.load(ann(engine)).goals, order
        assert all(each.exit for each in engine.enrolments.of(ben(engine))), order


# To repeat, to die half-way.


def test_merging_twice_is_merging_once():
    engine = both()
    first = merged(engine)
    stone = engine.members.merge_stone(ben(engine))
    engine.clock.advance(DAY)
    assert merge(engine, ann(engine), ben(engine)) == first
    assert engine.members.merge_stone(ben(engine)) == stone


class DyingError(Exception):
    pass


class Dying:
    """A port that dies at its n-th call."""

    def __init__(self, port, calls):
        self._port, self._calls = port, calls

    def __getattr__(self, name):
        method = getattr(self._port, name)

        def call(*args, **kwargs):
            if not self._calls:
                raise DyingError
            self._calls.pop()
            return method(*args, **kwargs)

        return call


def dies_after(engine, calls, act):
    """Let the act die after so many calls; tell if it did."""
    left = [None] * calls
    ports = {name: Dying(getattr(engine, name), left) for name in ("members", "enrolments")}
    try:
        act(replace(engine, **ports))
    except DyingError:
        return True
    return False


@contextmanager
def dying_in(part):
    """Let what is done die in this part of a merge."""
    with (
        patch.object(merge_members_module, part, side_effect=DyingError),
        pytest.raises(DyingError),
    ):
        yield


def test_a_merge_that_dies_anywhere_is_finished_by_a_second_run():
    calls, died = 0, True
    while died:
        engine = both()
        sends(engine, ben(engine))
        died = dies_after(engine, calls, lambda e: merge(e, ann(engine), ben(engine)))  # noqa: B023
        merged(engine)
        sends(engine, ann(engine))
        assert recipients(engine) == [(ben(engine), "welcome")], calls
        assert find_member(engine, BEN) == ann(engine)
        calls += 1
    assert calls > 10


def test_a_merge_of_a_merge_that_dies_anywhere_is_finished_under_the_names_it_was_asked_for():
    calls, died = 0, True
    while died:
        engine = both()
        carol = joins(engine, CAROL)
        merged(engine)  # ben is ann from here on
        sends(engine, ann(engine))
        died = dies_after(engine, calls, lambda e: merge(e, carol, ben(engine)))  # noqa: B023
        answer = merge(engine, carol, ben(engine))
        assert (answer.survivor, answer.absorbed) == (carol, id_of(engine, ANN["card"]))
        sends(engine, carol)
        assert recipients(engine) == [(ann(engine), "welcome")], calls
        assert engine.enrolments.load(ann(engine), "welcome").exit.reason is Reason.MERGED, calls
        calls += 1
    assert calls > 10


def test_a_merge_that_died_half_way_is_finished_also_when_its_survivor_was_parted_since():
    engine = both()
    carol = joins(engine, CAROL)
    merge(engine, ann(engine), carol)  # carol is ann from here on
    sends(engine, ben(engine))
    with dying_in("end_enrolments"):
        merge(engine, carol, ben(engine))
    assert engine.members.resolve(ben(engine)) == ann(engine)
    assert not engine.enrolments.load(ben(engine), "welcome").exit
    unmerge(engine, carol)
    merge(engine, carol, ben(engine))  # told again: it is ann now who goes to carol
    assert engine.members.resolve(ben(engine)) == carol
    assert engine.enrolments.load(ben(engine), "welcome").exit.reason is Reason.MERGED


def test_two_merge_the_same_members_at_once_and_neither_takes_them_for_unknown():
    engine = both()
    absorbed, load = ben(engine), engine.members.load
    judge = merge_members_module._judge  # noqa: SLF001

    def merged_meanwhile(member_id):
        unwatched = patch.object(engine.members, "load", load)
        with unwatched, patch.object(merge_members_module, "_judge", judge):
            merged(engine)
        return load(member_id)

    def judged(*asked):
        with patch.object(engine.members, "load", merged_meanwhile):
            return judge(*asked)

    with patch.object(merge_members_module, "_judge", judged):
        answer = merge(engine, ann(engine), absorbed)
    assert isinstance(answer, Merged)
    assert find_member(engine, BEN) == ann(engine)


def test_an_unmerge_that_died_half_way_ends_the_journeys_of_who_declined_meanwhile():
    engine = both()
    asleep = replace(engine.enrolments.load(ben(engine), "welcome"), due_at=None)
    engine.enrolments.save(asleep)
    merged(engine)
    unsubscribe(engine, ann(engine))
    with dying_in("_put_right"):
        unmerge(engine, ben(engine))
    assert not engine.enrolments.load(ben(engine), "welcome").exit
    assert unmerge(engine, ben(engine)) is MergeRefusal.NOT_MERGED
    assert engine.enrolments.load(ben(engine), "welcome").exit.reason is Reason.DECLINED


def test_who_is_merged_into_somebody_is_not_merged_with_oneself_or_the_other_way_round():
    engine = both()
    merged(engine)
    assert merge(engine, ben(engine), ben(engine)) is MergeRefusal.SAME_MEMBER
    assert merge(engine, ben(engine), ann(engine)) is MergeRefusal.SAME_MEMBER


def test_an_unmerge_that_dies_anywhere_is_finished_by_a_second_run():
    calls, died = 0, True
    while died:
        engine = both()
        before = everything(engine)
        merged(engine)
        died = dies_after(engine, calls, lambda e: unmerge(e, ben(engine)))  # noqa: B023
        unmerge(engine, ben(engine))
        assert everything(engine) == before, calls
        calls += 1
    assert calls > 10


# To part again.


@pytest.mark.parametrize("mailed", [(), ("ann",), ("ben",), ("ann", "ben")])
def test_to_merge_and_to_part_leaves_everything_as_it_was(mailed):
    engine = both(with_second_journey)
    for name in mailed:
        sends(engine, {"ann": ann(engine), "ben": ben(engine)}[name])
    tell(engine, EventType.ACCOUNT_REGISTERED, aliases=named(BEN))
    before = everything(engine)
    merged(engine)
    assert everything_but_ben(engine)
    assert unmerge(engine, ben(engine)) == Unmerged(
        survivor=ann(engine), absorbed=ben(engine), journeys=("welcome", "news")
    )
    assert everything(engine) == before
    assert find_member(engine, BEN) == ben(engine)


def everything_but_ben(engine):
    return engine.members.load(ben(engine)) is None


def test_what_was_heard_of_a_mail_meanwhile_stays_and_the_journey_goes_on():
    engine = both()
    sends(engine, ben(engine))
    merged(engine)
    engine.clock.advance(10 * DAY)
    unmerge(engine, ben(engine))
    enrolment = engine.enrolments.load(ben(engine), "welcome")
    assert enrolment.steps["welcome"].state is StepState.SENT
    assert enrolment.due_at is not None
    assert isinstance(sends(engine, ben(engine), "reminder"), Sent)


def test_merges_of_merges_are_parted_from_the_last_one():
    engine = both()
    carol = joins(engine, CAROL)
    assert isinstance(merge(engine, ben(engine), carol), Merged)
    merged(engine)
    assert find_member(engine, CAROL) == ann(engine)
    assert set(engine.members.load(ann(engine)).absorbed) == {ben(engine), carol}
    assert unmerge(engine, carol) is MergeRefusal.MERGED_ON
    assert isinstance(unmerge(engine, ben(engine)), Unmerged)
    assert find_member(engine, CAROL) == ben(engine)
    assert isinstance(unmerge(engine, carol), Unmerged)
    assert find_member(engine, CAROL) == carol
    assert not any(each.absorbed for each in engine.members.every())


def test_two_merges_against_each_other_leave_one_member_in_every_order():
    for order in orders(9, 9):
        if hash(order) % 400:
            continue
        engine = both()
        one, other = ann(engine), ben(engine)
        acts = [
            partial(merge, survivor=one, absorbed=other),
            partial(merge, survivor=other, absorbed=one),
        ]
        run_interleaved(engine, acts, order)
        assert len(list(engine.members.every())) == 1, order
        assert find_member(engine, one) == find_member(engine, other), order


# What is refused.


def test_a_dry_run_says_what_would_be_and_changes_nothing():
    engine = both()
    before = everything(engine)
    answer = merge(engine, ann(engine), ben(engine), dry_run=True)
    assert "attributes.first_name" in answer.taken
    assert everything(engine) == before
    merged(engine)
    assert unmerge(engine, ben(engine), dry_run=True).journeys == ("welcome",)
    assert find_member(engine, BEN) == ann(engine)


def test_what_can_not_be_is_refused_with_a_reason():
    engine = both()
    nobody = "z" * 26
    assert merge(engine, ann(engine), ann(engine)) is MergeRefusal.SAME_MEMBER
    assert merge(engine, ann(engine), nobody) is MergeRefusal.UNKNOWN
    assert unmerge(engine, nobody) is MergeRefusal.UNKNOWN
    assert unmerge(engine, ben(engine)) is MergeRefusal.NOT_MERGED
    erase_member(engine, ben(engine))
    assert merge(engine, ann(engine), ben(engine)) is MergeRefusal.ERASED
    assert merge(engine, ben(engine), ann(engine)) is MergeRefusal.ERASED
    assert unmerge(engine, ben(engine)) is MergeRefusal.ERASED


def test_no_more_are_merged_into_one_than_the_limit():
    engine = both()
    others = [joins(engine, f"71000000{n:02d}") for n in range(MOST_ABSORBED + 1)]
    answers = [merge(engine, ann(engine), each) for each in others]
    assert all(isinstance(answer, Merged) for answer in answers[:-1])
    assert answers[-1] is MergeRefusal.TOO_MANY


# Privacy.


def test_to_erase_one_is_to_erase_both_with_all_that_was_kept():
    engine = both()
    absorbed = ben(engine)
    merged(engine)
    assert erase_member(engine, absorbed)
    for member_id in (ann(engine), absorbed):
        assert engine.members.is_erased(member_id)
        assert engine.members.merge_stone(member_id) is None
    assert engine.members.tombstone(ann(engine)).absorbed == (absorbed,)


def test_an_erasing_that_died_half_way_is_finished_by_a_second_run():
    engine = both()
    merged(engine)
    engine.members.erase(ann(engine), engine.clock.now())
    assert engine.members.merge_stone(ben(engine))
    assert erase_member(engine, ann(engine))
    assert engine.members.is_erased(ben(engine))


def test_an_erasing_that_dies_anywhere_is_finished_under_the_name_it_was_asked_for():
    calls, died = 0, True
    while died:
        engine = both()
        carol = joins(engine, CAROL)
        family = (ann(engine), ben(engine), carol)
        merged(engine)
        assert isinstance(merge(engine, carol, ann(engine)), Merged)
        died = dies_after(engine, calls, lambda e: erase_member(e, family[1]))  # noqa: B023
        assert erase_member(engine, family[1])
        assert all(map(engine.members.is_erased, family)), calls
        assert {engine.members.resolve(each) for each in family} == {carol}
        assert not any(engine.enrolments.load(each, "welcome").due_at for each in family), calls
        calls += 1
    assert calls > 10


def test_a_survivor_who_is_erased_in_the_middle_of_a_merge_takes_the_other_along():
    engine = both()
    absorbed = ben(engine)

    def erased_meanwhile(*asked, finish=merge_members_module._finish):  # noqa: SLF001
        engine.members.erase(ann(engine), engine.clock.now())
        return finish(*asked)

    with patch.object(merge_members_module, "_finish", erased_meanwhile):
        assert merge(engine, ann(engine), absorbed) is MergeRefusal.ERASED
    assert engine.members.is_erased(absorbed)


def test_an_export_has_what_is_kept_under_every_id():
    engine = both()
    merged(engine)
    file = export_member(engine, ben(engine))
    assert file.member_id == ann(engine)
    assert [stone.profile.attribute("first_name") for stone in file.absorbed] == ["Ben"]
    assert {each.member_id for each in file.enrolments} == {ann(engine), ben(engine)}
    assert {record.member_id for record in file.events} == {ann(engine), ben(engine)}
    assert file.names[AliasType.CARD] == ANN["card"]


# Partners.


def told(engine, type_, event_id="m", member=ANN["card"], absorbed=BEN):
    names = {"aliases": named(member), "absorbed": named(absorbed)}
    return tell(engine, type_, event_id=event_id, **names)


def test_a_partner_merges_and_parts_two_members():
    engine = both()
    before = everything(engine)
    assert told(engine, EventType.MEMBER_MERGED) is EventOutcome.APPLIED
    assert find_member(engine, BEN) == ann(engine)
    assert told(engine, EventType.MEMBER_UNMERGED, "u") is EventOutcome.APPLIED
    assert everything(engine) == before


@pytest.mark.parametrize("type_", [EventType.MEMBER_MERGED, EventType.MEMBER_UNMERGED])
def test_what_is_so_already_is_applied_and_changes_nothing(type_):
    engine = both()
    if type_ is EventType.MEMBER_MERGED:
        merged(engine)
    assert told(engine, type_) is EventOutcome.APPLIED
    assert len(list(engine.members.every())) == (1 if type_ is EventType.MEMBER_MERGED else 2)


def test_a_member_who_was_merged_into_somebody_else_is_not_parted_from_them():
    engine = both()
    joins(engine, CAROL)
    merged(engine)
    assert told(engine, EventType.MEMBER_UNMERGED, member=CAROL) is EventOutcome.REFUSED
    assert find_member(engine, BEN) == ann(engine)


def test_a_merge_with_a_member_who_is_not_there_yet_waits_and_with_an_erased_one_never_is():
    engine = both()
    with pytest.raises(Exception, match="not known yet"):
        told(engine, EventType.MEMBER_MERGED, absorbed=CAROL)
    erase_member(engine, ben(engine))
    assert told(engine, EventType.MEMBER_MERGED, "e") is EventOutcome.ERASED


def test_profiles_that_never_stand_still_are_merged_later():
    engine = both()

    class Busy:
        def __getattr__(self, name):
            return getattr(engine.members, name)

        def merge(self, *_):
            return False

        unmerge = merge

    busy = replace(engine, members=Busy())
    with pytest.raises(UnavailableError):
        merge(busy, ann(engine), ben(engine))
    merged(engine)
    with pytest.raises(UnavailableError):
        unmerge(busy, ben(engine))
