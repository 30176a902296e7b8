"""The report of a journey: what was sent, what was not and why, and what it changed.

A fold over the enrolments, so that no counter can drift from the facts. Everyone assigned is
in the denominators, mailed or not, still on the way or not (intention to treat). Who was
assigned while another share was held out is compared apart. Who entered again was assigned once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.journey import Goal, Journey, Programme
from chalicelib.domain.lift import ArmCount, Lift
from chalicelib.domain.reasons import Reason
from chalicelib.domain.segments import Segment, measure_segments, split_anytime_p, split_p


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyReport:
    """What became of everyone who was assigned to an arm of a journey.

    ``lifts`` are by goal; ``sent`` and ``unknown`` count by mail, ``unknown`` those whose
    outcome is still open; ``skipped`` counts steps by the reason they were skipped for, and
    entries by the reason that ended them, save completion; ``failed`` counts steps;
    ``feedback`` counts, by step, the mails of which each kind was heard. ``segments`` has, by
    goal, the counts under each share that was held out. ``sample_ratio_p`` is for one look,
    ``sample_ratio_anytime_p`` for every look; both are None where no split was planned. Mails
    of steps that are gone count under the step's name.
    """

    journey: str
    assigned: Mapping[Arm, int]
    lifts: Mapping[str, Lift]
    segments: Mapping[str, Sequence[Segment]]
    sample_ratio_p: float | None
    sample_ratio_anytime_p: float | None
    sent: Mapping[str, int]
    unknown: Mapping[str, int]
    skipped: Mapping[Reason, int]
    failed: Mapping[Reason, int]
    feedback: Mapping[str, Mapping[FeedbackKind, int]]


def fold_reports(programme: Programme, enrolments: Iterable[Enrolment]) -> dict[str, JourneyReport]:
    """Report on every journey in one pass; enrolments of journeys that are gone are passed over."""
    tallies = {name: _Tally.of(programme, name) for name in programme.journeys}
    for enrolment in enrolments:
        if tally := tallies.get(enrolment.journey):
            tally.add(enrolment)
    return {name: tally.report() for name, tally in tallies.items()}


@dataclass(slots=True, kw_only=True)
class _Tally:
    """The counts while they grow; their size is the journey's, not the members'."""

    journey: Journey
    goals: Sequence[Goal]
    mails: Mapping[str, str]
    assigned: Counter[tuple[float | None, Arm]] = field(default_factory=Counter)
    converted: Counter[tuple[float | None, str, Arm]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    skipped: Counter[Reason] = field(default_factory=Counter)
    failed: Counter[Reason] = field(default_factory=Counter)
    feedback: defaultdict[str, Counter[FeedbackKind]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    @classmethod
    def of(cls, programme: Programme, name: str) -> "_Tally":
        journey = programme.journeys[name]
        goals = [programme.goals[goal] for goal in journey.goals]
        return cls(journey=journey, goals=goals, mails={s.name: s.mail for s in journey.steps})

    def report(self) -> JourneyReport:
        segments = {goal.name: self._segments(goal) for goal in self.goals}
        plans = list(self._plans())
        return JourneyReport(
            journey=self.journey.name,
            assigned={arm: self._assigned(arm) for arm in Arm},
            lifts={g.name: measure_segments(segments[g.name], g.prior) for g in self.goals},
            segments=segments,
            sample_ratio_p=split_p(plans),
            sample_ratio_anytime_p=split_anytime_p(plans),
            sent=dict(self.sent),
            unknown=dict(self.unknown),
            skipped=dict(self.skipped),
            failed=dict(self.failed),
            feedback={step: dict(heard) for step, heard in self.feedback.items()},
        )

    def add(self, enrolment: Enrolment) -> None:
        if not enrolment.replaced_at:
            self._add_member(enrolment)
        if enrolment.exit and enrolment.exit.reason is not Reason.COMPLETED:
            self.skipped[enrolment.exit.reason] += 1
        for step, record in enrolment.steps.items():
            self._add_step(step, record)

    def _add_member(self, enrolment: Enrolment) -> None:
        """Count once a member, by the first entry; the latest knows all goals reached since."""
        share, arm = enrolment.assignment.holdout, enrolment.assignment.arm
        self.assigned[share, arm] += 1
        for goal in self.goals:
            if _converted(enrolment, goal):
                self.converted[share, goal.name, arm] += 1

    def _add_step(self, step: str, record: StepRecord) -> None:
        mail = self.mails.get(step, step)
        match record.state:
            case StepState.SENT:
                self.sent[mail] += 1
            case StepState.SENDING | StepState.UNKNOWN | StepState.RETRY:
                self.unknown[mail] += 1
            case StepState.SKIPPED if record.reason:
                self.skipped[record.reason] += 1
            case StepState.FAILED if record.reason:
                self.failed[record.reason] += 1
        for kind in record.feedback:
            self.feedback[step][kind] += 1

    def _segments(self, goal: Goal) -> list[Segment]:
        return [
            Segment(
                share,
                *(
                    ArmCount(self.converted[share, goal.name, arm], self.assigned[share, arm])
                    for arm in (Arm.TREATED, Arm.CONTROL)
                ),
            )
            for share in self._shares()
        ]

    def _plans(self) -> Iterator[tuple[int, int, float]]:
        """Yield each segment's sizes and the planned share of the treated.

        Under a share that is not known the journey's present one is presumed.
        """
        for share in self._shares() or [None]:
            sizes = self.assigned[share, Arm.TREATED], self.assigned[share, Arm.CONTROL]
            yield *sizes, 1 - (self.journey.holdout if share is None else share)

    def _assigned(self, arm: Arm) -> int:
        return sum(self.assigned[share, arm] for share in self._shares())

    def _shares(self) -> list[float | None]:
        """Return every share that was held out, the unknown one first, whoever was read first."""
        known = {share for share, _ in self.assigned}
        return sorted(known, key=lambda share: -1.0 if share is None else share)


def _converted(enrolment: Enrolment, goal: Goal) -> bool:
    reached_at = enrolment.goals.get(goal.name)
    return reached_at is not None and reached_at <= enrolment.assignment.at + goal.within
