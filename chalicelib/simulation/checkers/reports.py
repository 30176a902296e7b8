"""A second fold of the reports: counted step by step from what was stored, and held against them.

Part of S11: who reads a report reads the facts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment, StepState
from chalicelib.domain.journey import Programme
from chalicelib.domain.reasons import Reason
from chalicelib.domain.report import JourneyReport
from chalicelib.simulation.checkers.violation import Violation

Found = Iterator[Violation]
Counts = Mapping[str, int]

_NOT_KNOWN = (StepState.SENDING, StepState.UNKNOWN, StepState.RETRY)


def s11_reports_are_the_facts(
    enrolments: Iterable[Enrolment], programme: Programme, reports: Mapping[str, JourneyReport]
) -> Found:
    """S11: each count of each journey's report is the number of things stored."""
    by_journey: dict[str, list[Enrolment]] = {name: [] for name in programme.journeys}
    for enrolment in enrolments:
        by_journey.get(enrolment.journey, []).append(enrolment)
    for name, ours in by_journey.items():
        told, counted = _told(reports[name]), _counted(programme, ours)
        for what in sorted({*told, *counted}):
            if told.get(what, 0) != counted.get(what, 0):
                text = (
                    f"{name}: {what} is {told.get(what, 0)}, the facts say {counted.get(what, 0)}"
                )
                yield Violation("S11", 0, text)


def _told(report: JourneyReport) -> Counts:
    counts = {f"assigned {arm}": report.assigned.get(arm, 0) for arm in Arm}
    for what in ("sent", "unknown", "skipped", "failed"):
        told: Mapping[str, int] = getattr(report, what)
        counts |= {f"{what} {name}": count for name, count in told.items()}
    for step, kinds in report.feedback.items():
        counts |= {f"{kind} {step}": count for kind, count in kinds.items()}
    for goal, lift in report.lifts.items():
        counts |= {f"{goal} treated": lift.treated.converted}
        counts |= {f"{goal} control": lift.control.converted}
    return counts


def _counted(programme: Programme, enrolments: list[Enrolment]) -> Counts:
    counts: Counter[str] = Counter()
    for enrolment in enrolments:
        counts[f"assigned {enrolment.arm}"] += 1
        counts.update(_steps(programme, enrolment))
        counts.update(_conversions(programme, enrolment))
        if enrolment.exit and enrolment.exit.reason is not Reason.COMPLETED:
            counts[f"skipped {enrolment.exit.reason}"] += 1
    return counts


def _steps(programme: Programme, enrolment: Enrolment) -> Iterator[str]:
    mails = {step.name: step.mail for step in programme.journeys[enrolment.journey].steps}
    for step, record in enrolment.steps.items():
        yield from (f"{kind} {step}" for kind in record.feedback)
        if record.state is StepState.SENT:
            yield f"sent {mails.get(step, step)}"
        elif record.state in _NOT_KNOWN:
            yield f"unknown {mails.get(step, step)}"
        else:
            yield f"{record.state} {record.reason}"


def _conversions(programme: Programme, enrolment: Enrolment) -> Iterator[str]:
    for name in programme.journeys[enrolment.journey].goals:
        reached_at = enrolment.goals.get(name)
        if reached_at and reached_at <= enrolment.entered_at + programme.goals[name].within:
            yield f"{name} {enrolment.arm}"
