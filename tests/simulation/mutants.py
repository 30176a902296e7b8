"""The engine with one rule broken at a time: what the simulator and its checkers are there to find.

Each mutant is a small patch under a name. ``caught_by`` are the invariants that are meant to
catch it; that others are broken as well is of no interest.
"""
# ruff: noqa: SLF001 - a mutant reaches into what it breaks

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from unittest.mock import patch

from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.adapters.memory_memberships import MemoryMemberships
from chalicelib.adapters.memory_queue import MemoryEventQueue, MemoryParking
from chalicelib.adapters.paced_mailer import PacedMailer
from chalicelib.domain import (
    decision,
    earning,
    gifts,
    ledger_booking,
    ledger_wallet,
    member,
    merging,
    outcome,
    report,
)
from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import Pauses
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.identity import strongest
from chalicelib.domain.ledger import Account, Posting, PostingKind, Reference
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reasons import Reason
from chalicelib.handlers import partial_batch, queue_events, schedule_due
from chalicelib.simulation import operator
from chalicelib.simulation.faults import Fault
from chalicelib.usecases import (
    apply_event,
    audit,
    book,
    change_member,
    change_membership,
    count_mails,
    erase_member,
    give_gifts,
    merge_members,
    merge_wallets,
    partner_acts,
    post_transaction,
    record_feedback,
    send_step,
    settle_member,
    unsubscribe,
    web_copy,
)
from chalicelib.usecases.ports import UnavailableError

Patch = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Mutant:
    """``name`` says what the engine does now; the rest bends a plan so that it shows soon."""

    name: str
    caught_by: frozenset[str]
    patch: Patch
    takes_the_place_of: object
    puts_there: object
    options: dict
    habits: dict
    rates: dict

    def __str__(self):
        return self.name


def _mutant(name, caught_by, *what, options=None, habits=None, rates=None):
    target, attribute, new = what
    return Mutant(
        name,
        frozenset(caught_by.split()),
        lambda: patch.object(target, attribute, new),
        getattr(target, attribute),
        new,
        options or {},
        habits or {},
        rates or {},
    )


def _claim_whatever_is_stored(self, enrolment, save=MemoryEnrolments.save):
    stored = self.load(enrolment.member_id, enrolment.journey)
    return save(self, replace(enrolment, version=stored.version if stored else 0))


def _save_whatever_is_stored(self, changed, save=MemoryMembers.save):
    stored = self.load(changed.member_id)
    return save(self, replace(changed, version=stored.version) if stored else changed)


def _without(reason, why_not=decision.why_not_mailable):
    def why(programme, member_):
        found = why_not(programme, member_)
        return None if found is reason else found

    return why


def _treat_everybody(programme, journey, enrolment, member_, why=decision._why_leave):
    return why(programme, journey, replace(enrolment, arm=Arm.TREATED), member_)


def _call_again(engine, mail, call=send_step._call):
    answer = call(engine, mail)
    return call(engine, mail) if answer is outcome.UNANSWERED else answer


def _never_look_again(_engine, case, _claimed):
    return case, None


def _take_the_claim_for_ours(engine, before, claimed):
    try:
        stored = send_step.store_enrolment(engine, before, claimed)
    except UnavailableError:
        stored = True
    return replace(claimed, version=claimed.version + 1) if stored else None


def _know_nobody(engine, event, identify=apply_event._identify):
    return identify(engine, event) if event.type is EventType.MEMBER_JOINED else None


def _let_retries_sleep(self, enrolment, save=MemoryEnrolments.save):
    standing = enrolment.standing()
    retried = standing is not None and standing.state is StepState.RETRY
    return save(self, replace(enrolment, due_at=None) if retried else enrolment)


_NUMBERS = count(1)


def _gifts_under_any_name(*args, earned=gifts.gifts_earned):
    return [replace(gift, source=f"{gift.source}{next(_NUMBERS)}") for gift in earned(*args)]


def _forget_gifts(self, reference):
    if reference.caller == gifts.GIFTS:
        self._records.pop(reference, None)
    return self._records.get(reference)


def _forget_spends(self, reference):
    """Transactions are left alone: what came back of them would be told again for ever."""
    known = self._records.get(reference)
    if known is None or known.transaction:
        return known
    return self._records.pop(reference) and None


def _earned_whenever(enrolment, step, goal):
    record = enrolment.steps.get(step)
    return record is not None and goal in enrolment.goals


def _conclude_first(engine, event, take_effect=apply_event._take_effect):
    owner = engine.members.member_of(strongest(event.aliases))
    if owner:
        record = apply_event._record(engine, event, EventOutcome.APPLIED, owner)
        engine.events.conclude(record)
    return take_effect(engine, event)


def _store_only_what_changed(engine, before, after, store=settle_member.store_enrolment):
    return after == before or store(engine, before, after)


def _settle_nothing(*_args, **_named):
    return None


def _leave_no_tombstone(self, member_id, at):
    return self._members.pop(member_id, None) is not None


def _give_the_name_away(self, alias, member_id):
    self._owners[alias] = member_id
    return member_id


def _drop_the_letters(self, queue, letters):
    """The events are as good as gone."""


def _say_yes_before_it_is_queued(self, batches, put=MemoryEventQueue.put):
    put(self, batches[:0])


def _everything_went_well(_queue, _failures):
    return {"batchItemFailures": []}


def _log_the_address(event, told, member_id="", log=queue_events.event_handled):
    log(replace(event, webhook_id=str(event.facts.get("email", ""))), told, member_id)


def _retry_for_ever(journey, enrolment):
    step = journey.step(enrolment.step) if journey else None
    return step is not None and not enrolment.exit


def _give_up_or_retry_again(journey, enrolment, now, give_up=outcome.give_up):
    claim = enrolment.standing()
    if claim and claim.former_attempt:
        once = replace(claim, former_attempt="", former_at=None)
        return give_up(journey, enrolment.with_record(enrolment.step, once), now)
    return give_up(journey, enrolment, now)


def _count_unknown_as_sent(self, step, record, add=report._Tally._add_step):
    open_ = record.state is StepState.FAILED and record.reason is Reason.OUTCOME_UNKNOWN
    add(self, step, replace(record, state=StepState.SENT, reason=None) if open_ else record)


def _draw_again(journey, member_id, _, *when, enrol=settle_member.enrol):
    return enrol(journey, member_id, Arm.TREATED, *when)


def _todays(engine, shown):
    named = engine.current_templates.named(shown.template)
    mail, language = named or (engine.mails.names[0], "ru")
    return web_copy._Template(engine.mails, engine.programme, mail, language)


def _keep_what_came_last(known, event, name):
    return True


def _answer_whatever_the_body(engine, request, known, answered=book.answered):
    return answered(engine, replace(request, body_hash=known.body_hash), known)


def _as_if_nothing_was_taken_back(*args, reverse=ledger_booking.reverse):
    *first, reversal = args
    return reverse(*first, replace(reversal, before={}))


def _take_nothing_off(_member, membership, _rules, _order):
    return membership.wallet, []


def _let_it_lapse_again(holds, posting, ended=ledger_wallet._holds):
    again = posting.kind is PostingKind.LAPSED and posting.number % 2
    return dict(holds) if again else ended(holds, posting)


def _owe_nothing(*args, taken_back=ledger_booking.taken_back):
    return replace(taken_back(*args), owed={})


def _by_todays_rules(rules, transaction, by, judge=post_transaction.judge):
    return judge(rules, replace(transaction, on=date(2027, 3, 28)), by)


_BUYING = {"buys": 0.9}
_LAPSING = {"expiry": "fixed_day"}


_MERGING = _BUYING | {"coincidences": 0.9, "leaves": 0.0}
_MERGED = {"merges": 6, "expiry": "never", "erasures": 0}


def _under_any_name(absorbed, turn, what):
    return Reference(merge_wallets.MERGES, f"{absorbed}.{turn}.{next(_NUMBERS)}.{what}")


def _without_what_came_first(*args, move_back=merge_wallets.move_back):
    """Leave the first lot where it is."""
    draft = move_back(*args)
    kept = {lot.unit: lot for lot in reversed(draft.lots)}
    lots = tuple(lot for lot in draft.lots if kept[lot.unit] is not lot)
    entries = tuple(
        replace(entry, amount=sum(lot.amount for lot in lots if lot.unit == entry.unit) * sign)
        for entry in draft.entries
        for sign in [1 if entry.account is Account.AVAILABLE else -1]
    )
    return replace(draft, lots=lots, entries=entries)


_SILENT = {Fault.MAIL_FAIL: 0.2, Fault.FEEDBACK_NEVER: 0.5}
"""Many outcomes stay unknown."""
_COMPETING = {"second_journey": True, "caps": "tight", "pauses": 3, "holdout": 0.0}


MUTANTS = (
    _mutant(
        "a claim is stored whatever was stored meanwhile",
        "S1",
        MemoryEnrolments,
        "save",
        _claim_whatever_is_stored,
        rates={Fault.DUPLICATE: 0.5, Fault.SLOW: 0.3},
    ),
    _mutant(
        "a profile is stored whatever was stored meanwhile",
        "S11 S6 S4",
        MemoryMembers,
        "save",
        _save_whatever_is_stored,
    ),
    _mutant(
        "who declined is mailed",
        "S3 S4",
        decision,
        "why_not_mailable",
        _without(Reason.DECLINED),
    ),
    _mutant(
        "who bounced or complained is mailed",
        "S4",
        decision,
        "why_not_mailable",
        _without(Reason.SUPPRESSED),
    ),
    _mutant(
        "who left is mailed",
        "S4",
        decision,
        "why_not_mailable",
        _without(Reason.LEFT_PROGRAMME),
        habits={"leaves": 0.5},
    ),
    _mutant("the control group is mailed", "S2", decision, "_why_leave", _treat_everybody),
    _mutant("everybody is treated", "arms", settle_member, "enrol", _draw_again),
    _mutant(
        "what ends a journey is not looked at",
        "L3",
        settle_member,
        "_ends",
        lambda *_: False,
        options={"second_journey": True},
        habits={"goals": 0.9},
    ),
    _mutant(
        "a pause holds nothing",
        "S5",
        Pauses,
        "holding",
        lambda *_: None,
        options={"pauses": 3, "holdout": 0.0, "quiet_hours": False},
    ),
    _mutant("caps are not asked", "S8", FrequencyCap, "allowed_from", lambda *_: None),
    _mutant(
        "declined topics are mailed",
        "S3",
        Preferences,
        "declines",
        lambda *_: False,
        options={"topics": True},
        habits={"chooses": 0.5},
    ),
    _mutant(
        "a member's own spacing is not asked",
        "S8",
        Preferences,
        "caps",
        lambda _, caps: list(caps),
        options={"hours": True, "caps": "none"},
        habits={"chooses": 0.5},
    ),
    _mutant("quiet hours are not asked", "S8", QuietHours, "allowed_from", lambda *_: None),
    _mutant(
        "nobody looks again after the claim",
        "S3 S4 S5 S8",
        send_step,
        "_look_again",
        _never_look_again,
        options=_COMPETING,
        habits={"coincidences": 0.9},
        rates={Fault.SLOW: 0.3},
    ),
    _mutant("a call without an answer is made again", "S1", send_step, "_call", _call_again),
    _mutant(
        "a claim whose write got no answer is taken for ours",
        "S1",
        send_step,
        "_claim",
        _take_the_claim_for_ours,
        rates={Fault.REFUSE: 0.05, Fault.LOSE_REPLY: 0.05},
    ),
    _mutant("no answer is taken for a refusal", "S1", send_step, "UNANSWERED", outcome.THROTTLED),
    _mutant(
        "an event that was applied is applied again",
        "S7",
        apply_event,
        "_OPEN",
        (None, *EventOutcome),
    ),
    _mutant(
        "a gift has another key each time", "S6", give_gifts, "gifts_earned", _gifts_under_any_name
    ),
    _mutant(
        "a grant that is kept is granted again",
        "S6",
        MemoryMemberships,
        "find",
        _forget_gifts,
        habits={"goals": 0.9},
        rates={Fault.DUPLICATE: 0.5, Fault.LOSE_REPLY: 0.05},
    ),
    _mutant(
        "a gift is given for a goal from before its mail", "S6", gifts, "_earned", _earned_whenever
    ),
    _mutant(
        "feedback settles nothing",
        "conservation",
        record_feedback,
        "hear",
        lambda _, known, *__: known,
    ),
    _mutant("a bounce or complaint suppresses nobody", "S11", record_feedback, "_CAUSES", {}),
    _mutant("the audit gives up at once", "S1", outcome, "PATIENCE", outcome.PATIENCE * 0),
    _mutant("the audit gives nothing up", "L4", audit, "give_up", lambda _, known, *__: known),
    _mutant(
        "a retry is followed by another",
        "S1",
        audit,
        "give_up",
        _give_up_or_retry_again,
        options={"retry_once": True},
        rates=_SILENT,
    ),
    _mutant(
        "every step is retried",
        "S1",
        outcome,
        "_may_be_retried",
        _retry_for_ever,
        options={"retry_once": False},
        rates=_SILENT,
    ),
    _mutant(
        "an event is concluded first", "S3 S11 L3", apply_event, "_take_effect", _conclude_first
    ),
    _mutant(
        "unsubscribing settles nothing",
        "L1 S3 S4",
        unsubscribe,
        "settle_member",
        _settle_nothing,
        habits={"unsubscribes": 0.5},
    ),
    _mutant(
        "erasing leaves no tombstone",
        "S4",
        MemoryMembers,
        "erase",
        _leave_no_tombstone,
        options={"erasures": 3},
    ),
    _mutant(
        "erasing ends no journey",
        "L1 S4",
        erase_member,
        "end_enrolments",
        _settle_nothing,
        options={"erasures": 3, "holdout": 0.0},
        habits={"goals": 0.0},
    ),
    _mutant(
        "the budget is not asked",
        "S9",
        PacedMailer,
        "send_all",
        lambda self, mails: [self._mailer.send(mail) for mail in mails],
        options={"holdout": 0.0},
        habits={"together": True},
    ),
    _mutant(
        "the breaker never trips",
        "S5",
        count_mails,
        "tripped",
        lambda *_: None,
        options={"breaker": True, "holdout": 0.0},
        habits={"complaints": 0.3},
    ),
    _mutant("dead letters are dropped", "S7", MemoryParking, "park", _drop_the_letters),
    _mutant("who is meant is not looked up", "L2", apply_event, "_identify", _know_nobody),
    _mutant(
        "what is to be tried again is never due",
        "L1",
        MemoryEnrolments,
        "save",
        _let_retries_sleep,
        options={"retry_once": True},
        rates=_SILENT,
    ),
    _mutant(
        "messages that failed are taken for done",
        "S7 S11 L3 L4",
        partial_batch,
        "settle_failures",
        _everything_went_well,
    ),
    _mutant(
        "a webhook is answered and never queued",
        "S7",
        MemoryEventQueue,
        "put",
        _say_yes_before_it_is_queued,
    ),
    _mutant(
        "a name goes to whoever told it last",
        "names",
        MemoryMembers,
        "claim_alias",
        _give_the_name_away,
    ),
    _mutant(
        "what came last stands, however old",
        "S11",
        member,
        "_is_news",
        _keep_what_came_last,
        habits={"late": 0.9, "updates": 0.9},
    ),
    _mutant("the log tells addresses", "S10", queue_events, "event_handled", _log_the_address),
    _mutant(
        "the web copy shows today's profile",
        "S12",
        web_copy,
        "member_shown",
        lambda member_, *_: member_,
    ),
    _mutant(
        "what a profile was is forgotten",
        "S12",
        change_member,
        "remembering",
        lambda _, changed: changed,
        habits={"updates": 0.9},
    ),
    _mutant("the web copy is made by today's template", "S12", web_copy, "_template", _todays),
    _mutant(
        "a deployment keeps no templates",
        "S12",
        operator,
        "keep_templates",
        lambda *_: 0,
        options={"holdout": 0.0},
        habits={"opens": 1.0},
    ),
    _mutant(
        "a report counts what was given up as sent",
        "S11",
        report._Tally,
        "_add_step",
        _count_unknown_as_sent,
        rates=_SILENT,
    ),
)

LEDGER_MUTANTS = (
    _mutant(
        "what was booked is booked again",
        "S13 S14",
        MemoryMemberships,
        "find",
        _forget_spends,
        habits=_BUYING,
        rates={Fault.DUPLICATE: 0.5, Fault.ANSWER_LOST: 0.2},
    ),
    _mutant(
        "a wallet is stored whatever was stored meanwhile",
        "S13",
        MemoryMemberships,
        "_may_store",
        lambda *_: True,
        habits=_BUYING | {"together": True, "coincidences": 0.9},
        rates={Fault.DUPLICATE: 0.5, Fault.SLOW: 0.3},
    ),
    _mutant(
        "a reference stands for any body",
        "S14",
        book,
        "answered",
        _answer_whatever_the_body,
        habits=_BUYING,
    ),
    _mutant(
        "a refusal is not kept",
        "S14",
        MemoryMemberships,
        "remember",
        lambda *_: True,
        habits=_BUYING,
    ),
    _mutant(
        "more of a spend is taken back than there was",
        "S13",
        partner_acts,
        "reverse",
        _as_if_nothing_was_taken_back,
        habits=_BUYING,
    ),
    _mutant(
        "what has lapsed is spent",
        "S13",
        book,
        "opened",
        _take_nothing_off,
        options=_LAPSING,
        habits=_BUYING,
    ),
    _mutant(
        "a reservation lapses again",
        "S13",
        ledger_wallet,
        "_holds",
        _let_it_lapse_again,
        habits=_BUYING,
    ),
    _mutant(
        "nobody is looked at when something is over",
        "L5",
        schedule_due,
        "queue_looks",
        lambda _: 0,
        options=_LAPSING,
        habits=_BUYING,
    ),
    _mutant(
        "the profile does not show the wallet",
        "S6",
        change_membership,
        "mirrored",
        lambda _, member_, *__: member_,
        habits=_BUYING,
    ),
    _mutant(
        "postings are not chained",
        "S13",
        Posting,
        "chained",
        lambda self, _, chained=Posting.chained: chained(self, ""),
        habits=_BUYING,
    ),
    _mutant(
        "what is owed is forgotten",
        "S13",
        ledger_booking,
        "taken_back",
        _owe_nothing,
        habits=_BUYING,
    ),
    _mutant(
        "a return is judged by the rules of today",
        "S15",
        post_transaction,
        "judge",
        _by_todays_rules,
        habits=_BUYING,
    ),
    _mutant(
        "a cap of earnings is not asked",
        "S15",
        earning,
        "room_of",
        lambda *_: None,
        habits=_BUYING,
    ),
)

MERGE_MUTANTS = (
    _mutant(
        "what was moved is moved again",
        "S13 L6",
        merge_wallets,
        "_reference",
        _under_any_name,
        options=_MERGED,
        habits=_MERGING,
    ),
    _mutant(
        "a lot is lost when members are parted",
        "S13 L6",
        merge_wallets,
        "move_back",
        _without_what_came_first,
        options=_MERGED,
        habits=_MERGING,
    ),
    _mutant(
        "a wallet is moved out and not in",
        "L6",
        merge_wallets,
        "move_in",
        lambda known, _, order, __: merge_wallets.move_out(replace(known, lots={}), order),
        options=_MERGED,
        habits=_MERGING,
    ),
    _mutant(
        "a merge moves no wallet",
        "L6",
        merge_members,
        "move_wallet",
        _settle_nothing,
        options=_MERGED,
        habits=_MERGING,
    ),
    _mutant(
        "to part members moves nothing back",
        "L6",
        merge_members,
        "move_wallet_back",
        _settle_nothing,
        options=_MERGED,
        habits=_MERGING,
    ),
    _mutant(
        "what the absorbed was mailed is forgotten",
        "S16",
        merge_members,
        "mails_of",
        lambda _: {},
        options=_MERGED | {"holdout": 0.0, "hours": False, "consent_required": False},
        habits={"leaves": 0.0, "unsubscribes": 0.0, "goals": 0.0},
    ),
    _mutant(
        "parted members keep what they are now",
        "S16",
        merge_members,
        "part",
        lambda now, stone: (now, replace(stone.profile, version=stone.version, goals=now.goals)),
        options=_MERGED,
        habits=_MERGING | {"goals": 0.8},
    ),
    _mutant(
        "a goal that was reached again goes back with the other",
        "L6",
        merging,
        "goal_name",
        lambda _: "",
        options=_MERGED,
        habits=_MERGING | {"goals": 0.9},
    ),
)

MUTANTS += LEDGER_MUTANTS + MERGE_MUTANTS

UNTOUCHED = _mutant(
    "what has not changed is not touched",
    "L1",
    settle_member,
    "store_enrolment",
    _store_only_what_changed,
)
"""Hardly any seed meets it: an event has to come in the second in which a certain mail is sent.
A test tells that very story instead."""
