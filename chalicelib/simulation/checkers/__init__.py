"""Whether a run kept every promise: independent of the engine, from what an observer saw.

The checkers know the engine's values and none of its rules: each rule is written here a second
time. They never change what they look at.
"""

from collections.abc import Iterator
from itertools import chain

from chalicelib.simulation.checkers.attempts import s1_never_twice, s1_patience
from chalicelib.simulation.checkers.breaker import s5_breaker_trips
from chalicelib.simulation.checkers.conservation import (
    every_mail_is_a_sent_step,
    every_sent_step_is_a_mail,
    every_step_is_accounted_for,
    feedback_is_remembered,
)
from chalicelib.simulation.checkers.contact import (
    s8_caps_hold,
    s8_quiet_hours_hold,
    s8_spacing_holds,
    s9_rate_holds,
)
from chalicelib.simulation.checkers.copies import s12_copies_are_what_was_sent
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.intake import s7_nothing_taken_is_lost, s7_once
from chalicelib.simulation.checkers.ledger import s6_balances_are_sums, s6_one_grant_a_promise
from chalicelib.simulation.checkers.ledger_books import (
    l5_what_was_told_is_booked,
    s13_the_books_add_up,
    s14_a_reference_stands,
)
from chalicelib.simulation.checkers.ledger_earnings import s15_transactions_bring_what_they_should
from chalicelib.simulation.checkers.liveness import (
    l1_nothing_due_is_forgotten,
    l2_only_poison_is_left,
    l3_every_event_had_its_effect,
    l4_no_claim_stays_open,
)
from chalicelib.simulation.checkers.merged import (
    l6_merges_are_finished,
    s16_merging_loses_and_doubles_nothing,
)
from chalicelib.simulation.checkers.model import s11_facts_make_the_profiles
from chalicelib.simulation.checkers.privacy import s10_no_personal_data
from chalicelib.simulation.checkers.reports import s11_reports_are_the_facts
from chalicelib.simulation.checkers.safety import (
    s2_none_to_the_control_group,
    s3_none_after_no,
    s3_none_of_a_declined_topic,
    s4_none_to_the_suppressed,
    s5_none_of_the_paused,
)
from chalicelib.simulation.checkers.structure import (
    arms_never_change,
    ends_are_final,
    names_keep_their_member,
    versions_grow_by_one,
)
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.final import FinalState
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Crashed, Record

__all__ = ["AT_THE_END", "OF_THE_RECORD", "Violation", "check"]

OF_THE_RECORD = (
    s1_never_twice,
    s1_patience,
    s2_none_to_the_control_group,
    s3_none_after_no,
    s3_none_of_a_declined_topic,
    s4_none_to_the_suppressed,
    s5_none_of_the_paused,
    s5_breaker_trips,
    s6_one_grant_a_promise,
    s7_once,
    s8_caps_hold,
    s8_quiet_hours_hold,
    s8_spacing_holds,
    s10_no_personal_data,
    s12_copies_are_what_was_sent,
    s13_the_books_add_up,
    s14_a_reference_stands,
    s15_transactions_bring_what_they_should,
    s16_merging_loses_and_doubles_nothing,
    versions_grow_by_one,
    arms_never_change,
    ends_are_final,
    names_keep_their_member,
)
"""What the record alone shows."""

AT_THE_END = (
    s7_nothing_taken_is_lost,
    l1_nothing_due_is_forgotten,
    l2_only_poison_is_left,
    l3_every_event_had_its_effect,
    l5_what_was_told_is_booked,
    l6_merges_are_finished,
    every_step_is_accounted_for,
    every_mail_is_a_sent_step,
    every_sent_step_is_a_mail,
    feedback_is_remembered,
)
"""What takes the record and the state in which the run came to rest."""


def check(record: Record, final: FinalState, plan: Plan) -> list[Violation]:
    """Return every broken promise of the run, in the order of the record.

    What is only seen at the end comes last: it follows from what broke before.
    """
    history = History.of(record)
    found = chain(
        chain.from_iterable(checker(history) for checker in OF_THE_RECORD),
        chain.from_iterable(checker(history, final) for checker in AT_THE_END),
        s9_rate_holds(history, plan.mails_per_second),
        s6_balances_are_sums(final.members, final.postings),
        s11_facts_make_the_profiles(history, final.members),
        s11_reports_are_the_facts(final.enrolments, final.programme, final.reports),
        l4_no_claim_stays_open(final),
        _nothing_unforeseen(history),
    )
    return sorted(found, key=lambda violation: (not violation.number, violation.number))


def _nothing_unforeseen(history: History) -> Iterator[Violation]:
    """The engine meets no error that no fault explains."""
    for crash in history.of_kind(Crashed):
        yield Violation("crash", crash.number, f"{crash.function}: {crash.error}")
