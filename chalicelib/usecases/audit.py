"""The nightly look at every item: settle claims left open, and fold the reports.

A claim stays open when a sender died after it, or the answer was lost and no feedback came.
"""

from dataclasses import dataclass

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.journey import Journey
from chalicelib.domain.outcome import give_up
from chalicelib.domain.report import JourneyReport, fold_reports
from chalicelib.usecases.change_enrolment import Change, change_enrolment
from chalicelib.usecases.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the audit found and did."""

    claims_given_up: int
    reports: dict[str, JourneyReport]


def audit(engine: Engine) -> Audit:
    """Settle what is open for too long and report on every journey, in one pass."""
    given_up: list[str] = []
    enrolments = (_settled(engine, enrolment, given_up) for enrolment in engine.enrolments.every())
    reports = fold_reports(engine.programme, enrolments)
    engine.metrics.count("claims_given_up", len(given_up))
    return Audit(claims_given_up=len(given_up), reports=reports)


def report_journeys(engine: Engine) -> dict[str, JourneyReport]:
    """Fold the enrolments of every journey; nothing is changed."""
    return fold_reports(engine.programme, engine.enrolments.every())


def _settled(engine: Engine, enrolment: Enrolment, given_up: list[str]) -> Enrolment:
    """Return the enrolment as it stands once a claim that is open for too long is given up."""
    journey = engine.programme.journeys.get(enrolment.journey)
    if journey is None:
        return enrolment
    change = _giving_up(engine, journey)
    if change(enrolment) == enrolment:
        return enrolment
    given_up.append(enrolment.member_id)
    return change_enrolment(engine, enrolment.member_id, enrolment.journey, change) or enrolment


def _giving_up(engine: Engine, journey: Journey) -> Change:
    return lambda enrolment: give_up(journey, enrolment, engine.clock.now())
