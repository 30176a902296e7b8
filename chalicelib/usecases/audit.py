"""The nightly look at every item: settle claims left open, and fold the reports.

A claim stays open when a sender died after it, or the answer was lost and no feedback came.
"""

from collections import Counter
from dataclasses import dataclass

from chalicelib.domain.enrolment import Enrolment, StepState
from chalicelib.domain.outcome import give_up
from chalicelib.domain.report import JourneyReport, fold_reports
from chalicelib.usecases.change_enrolment import change_enrolment
from chalicelib.usecases.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the audit found and did."""

    claims_given_up: int
    claims_retried: int
    reports: dict[str, JourneyReport]


def audit(engine: Engine) -> Audit:
    """Settle what is open for too long and report on every journey, in one pass."""
    settled: Counter[StepState] = Counter()
    enrolments = (_settled(engine, enrolment, settled) for enrolment in engine.enrolments.every())
    reports = fold_reports(engine.programme, enrolments)
    given_up, retried = settled[StepState.FAILED], settled[StepState.RETRY]
    engine.metrics.count("claims_given_up", given_up)
    engine.metrics.count("claims_retried", retried)
    return Audit(claims_given_up=given_up, claims_retried=retried, reports=reports)


def report_journeys(engine: Engine) -> dict[str, JourneyReport]:
    """Fold the enrolments of every journey; nothing is changed."""
    return fold_reports(engine.programme, engine.enrolments.every())


def _settled(engine: Engine, enrolment: Enrolment, settled: Counter[StepState]) -> Enrolment:
    """Return the enrolment as it stands once a claim that is open for too long is settled.

    Also in a journey that is gone from the programme, and of a member who was erased.
    """
    journey = engine.programme.journeys.get(enrolment.journey)

    def giving_up(known: Enrolment) -> Enrolment:
        return give_up(journey, known, engine.clock.now())

    if giving_up(enrolment) == enrolment:
        return enrolment
    after = change_enrolment(
        engine, enrolment.member_id, enrolment.journey, enrolment.entry, giving_up
    )
    if after is None:
        return enrolment
    settled[after.steps[enrolment.step or ""].state] += 1
    return after
