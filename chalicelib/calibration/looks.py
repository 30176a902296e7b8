"""What the report said at each look of a run, and what an ordinary test would have said.

Reads nothing but reports and the stored enrolments; it must not measure by itself, or it would
calibrate itself. The ordinary test is there to show what daily looks do to one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import erfc, sqrt

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.lift import ALPHA, SAMPLE_RATIO_ALARM, ArmCount, Verdict
from chalicelib.domain.report import JourneyReport


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalTold:
    """What was said of a goal; each time is the number of the first look that said so, from 1.

    ``by_z_test`` is the first look at which an ordinary test of two proportions would have
    called a difference.
    """

    lift_at: int | None
    harm_at: int | None
    by_z_test: int | None
    treated: ArmCount
    control: ArmCount

    @property
    def shown(self) -> bool:
        return bool(self.lift_at or self.harm_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """What one run told.

    ``ratio_p`` is the sizes' p at the last look, ``ratio_alarms`` at how many looks it gave an
    alarm, ``ratio_anytime_p`` the least of all looks. ``moved`` counts members who were ever
    found in another arm than before.
    """

    seed: int
    looks: int
    mails: int
    goals: Mapping[str, GoalTold]
    ratio_p: float
    ratio_alarms: int
    ratio_anytime_p: float
    moved: int


@dataclass(slots=True)
class Looks:
    """The looks so far at one journey."""

    number: int = 0
    lift_at: dict[str, int] = field(default_factory=dict)
    harm_at: dict[str, int] = field(default_factory=dict)
    by_z_test: dict[str, int] = field(default_factory=dict)
    ratio_alarms: int = 0
    ratio_anytime_p: float = 1.0
    arms: dict[str, Arm] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    last: JourneyReport | None = None

    def look(self, report: JourneyReport, enrolments: Iterable[Enrolment]) -> None:
        """Take down what the report says now, and who is in which arm."""
        self.number += 1
        self.last = report
        firsts = {Verdict.LIFT: self.lift_at, Verdict.HARM: self.harm_at}
        for goal, lift in report.lifts.items():
            if lift.verdict in firsts:
                firsts[lift.verdict].setdefault(goal, self.number)
            if z_test_p(lift.treated, lift.control) < ALPHA:
                self.by_z_test.setdefault(goal, self.number)
        self.ratio_alarms += (report.sample_ratio_p or 1.0) < SAMPLE_RATIO_ALARM
        self.ratio_anytime_p = min(self.ratio_anytime_p, report.sample_ratio_anytime_p or 1.0)
        for enrolment in enrolments:
            if self.arms.setdefault(enrolment.member_id, enrolment.arm) is not enrolment.arm:
                self.moved.add(enrolment.member_id)

    def told(self, seed: int, mails: int) -> RunTold:
        """Sum up after the last look."""
        if self.last is None:
            raise ValueError("a run without a look tells nothing; give it a day at least")
        goals = {
            goal: GoalTold(
                lift_at=self.lift_at.get(goal),
                harm_at=self.harm_at.get(goal),
                by_z_test=self.by_z_test.get(goal),
                treated=lift.treated,
                control=lift.control,
            )
            for goal, lift in self.last.lifts.items()
        }
        return RunTold(
            seed=seed,
            looks=self.number,
            mails=mails,
            goals=goals,
            ratio_p=self.last.sample_ratio_p or 1.0,
            ratio_alarms=self.ratio_alarms,
            ratio_anytime_p=self.ratio_anytime_p,
            moved=len(self.moved),
        )


def z_test_p(treated: ArmCount, control: ArmCount) -> float:
    """Return the p of the pooled test of two proportions, good for one look and no more."""
    n1, n0, m = treated.assigned, control.assigned, treated.converted + control.converted
    if not (n1 and n0) or m in {0, n1 + n0}:
        return 1.0
    pooled = m / (n1 + n0)
    difference = treated.converted / n1 - control.converted / n0
    z = difference / sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    return erfc(abs(z) / sqrt(2))
