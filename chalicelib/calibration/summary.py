"""What many runs say together, and whether it is what was promised.

Shares come with Wilson's interval, and a promise is broken when the whole interval is on the
wrong side: a few unlucky runs prove nothing. Sizes that never vary would be as wrong as sizes
that vary too much, so nothing here is tuned to pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.calibration.counts import Shown
from chalicelib.calibration.looks import GoalTold, RunTold
from chalicelib.domain.lift import ALPHA, SAMPLE_RATIO_ALARM, ArmCount, wilson_95


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many runs."""

    count: int
    runs: int

    @property
    def value(self) -> float:
        return self.count / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_95(ArmCount(self.count, self.runs))

    def agrees_with(self, other: "Share") -> bool:
        """Tell whether the intervals meet."""
        (low, high), (other_low, other_high) = self.interval, other.interval
        return low <= other_high and other_low <= high

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "share": self.value, "wilson_95": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSummary:
    """Of how many runs the report ever said what about a goal.

    ``effect`` is whether the mails have one on it, None when it hangs on more than rates;
    ``by_z_test`` what an ordinary test would have called; ``by_counts`` what counts alone show,
    None where they are not comparable.
    """

    goal: str
    lift: Share
    harm: Share
    shown: Share
    by_z_test: Share
    effect: bool | None = None
    by_counts: Shown | None = None

    def faults(self) -> Iterator[str]:
        if self.effect is False and self.shown.interval[0] > ALPHA:
            yield f"{self.goal}: a difference was shown too often, and there is none"
        if self.effect and self.harm.interval[0] > ALPHA:
            yield f"{self.goal}: a harm was shown too often, and there is a lift"
        if self.by_counts and not self.lift.agrees_with(_lifts(self.by_counts)):
            yield f"{self.goal}: lifts are shown more or less often than counts alone show them"

    def as_json(self) -> dict[str, Any]:
        counts = self.by_counts
        return {
            "effect": self.effect,
            "lift_shown": self.lift.as_json(),
            "harm_shown": self.harm.as_json(),
            "either_shown": self.shown.as_json(),
            "by_z_test": self.by_z_test.as_json(),
            "lift_by_counts_alone": _lifts(counts).as_json() if counts else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All runs of one plan."""

    runs: int
    looks: int
    mails: int
    goals: Sequence[GoalSummary]
    any_goal: Share
    """Runs in which a difference was shown for any goal that has none."""
    ratio_p: Share
    """Runs whose sizes gave an alarm at the last look."""
    ratio_any_look: Share
    """Runs whose sizes gave one at any look, by the test that is good for one."""
    ratio_anytime: Share
    """Runs whose sizes gave one at any look, by the test that is good for all."""
    moved: int

    def faults(self) -> list[str]:
        """Return every promise that was broken."""
        found = [fault for goal in self.goals for fault in goal.faults()]
        for share, what in (
            (self.ratio_p, "at the last look"),
            (self.ratio_anytime, "at any look"),
        ):
            if share.interval[0] > SAMPLE_RATIO_ALARM:
                found.append(f"the arms' sizes gave an alarm too often {what}")
        if self.moved:
            found.append(f"{self.moved} members changed their arm")
        return found

    def as_json(self) -> dict[str, Any]:
        return {
            "runs": self.runs,
            "looks": self.looks,
            "mails": self.mails,
            "goals": {goal.goal: goal.as_json() for goal in self.goals},
            "any_goal_without_effect": self.any_goal.as_json(),
            "sizes": {
                "alarm_at_last_look": self.ratio_p.as_json(),
                "alarm_at_any_look": self.ratio_any_look.as_json(),
                "anytime_alarm": self.ratio_anytime.as_json(),
            },
            "members_who_changed_arm": self.moved,
            "faults": self.faults(),
        }


def summarise(
    runs: Sequence[RunTold], effects: Mapping[str, bool | None], by_counts: Mapping[str, Shown]
) -> Summary:
    """Sum up; ``effects`` says of each goal whether the mails have one on it, if it is known."""
    idle = [goal for goal, effect in effects.items() if effect is False]
    return Summary(
        runs=len(runs),
        looks=runs[0].looks,
        mails=sum(run.mails for run in runs),
        goals=[
            replace(_goal(runs, goal), effect=effect, by_counts=by_counts.get(goal))
            for goal, effect in effects.items()
        ],
        any_goal=_share(any(run.goals[goal].shown for goal in idle) for run in runs),
        ratio_p=_share(run.ratio_p < SAMPLE_RATIO_ALARM for run in runs),
        ratio_any_look=_share(bool(run.ratio_alarms) for run in runs),
        ratio_anytime=_share(run.ratio_anytime_p <= SAMPLE_RATIO_ALARM for run in runs),
        moved=sum(run.moved for run in runs),
    )


def _goal(runs: Sequence[RunTold], goal: str) -> GoalSummary:
    told: list[GoalTold] = [run.goals[goal] for run in runs]
    return GoalSummary(
        goal=goal,
        lift=_share(bool(each.lift_at) for each in told),
        harm=_share(bool(each.harm_at) for each in told),
        shown=_share(each.shown for each in told),
        by_z_test=_share(bool(each.by_z_test) for each in told),
    )


def _share(happened: Iterator[bool]) -> Share:
    answers = list(happened)
    return Share(sum(answers), len(answers))


def _lifts(shown: Shown) -> Share:
    return Share(shown.lift, shown.runs)
