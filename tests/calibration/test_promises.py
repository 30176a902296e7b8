"""What a summary calls broken: an engine or a report with a fault is caught, a sound one is not."""

from dataclasses import replace
from functools import cache

import pytest
from calibration.small_runs import small

from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.calibration import campaign
from chalicelib.calibration.counts import Shown
from chalicelib.calibration.looks import GoalTold, RunTold, z_test_p
from chalicelib.calibration.plan import Ramp
from chalicelib.calibration.summary import Share, summarise
from chalicelib.domain import report, segments
from chalicelib.domain.arms import Arm, assign
from chalicelib.domain.decision import settle
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.lift import ArmCount, Verdict, measure_lift
from chalicelib.usecases import settle_member

RAMP = Ramp(holdout=0.1, season=5.0)
"""Half are held out, then a tenth, and whoever joins then does everything five times as often."""


def calibrate(plan, runs):
    return campaign.calibrate(plan, runs, runs_of_counts=20)


@cache
def sound(runs, members=60, ramp=None):
    return calibrate(small(members, ramp=ramp), runs)


def test_nothing_is_shown_that_is_not_there_however_often_one_looks():
    summary = sound(20)
    assert summary.faults() == []
    assert summary.looks == 40
    assert summary.any_goal.value <= 0.05
    assert summary.moved == 0
    assert summary.mails > 20 * 60 / 2


def test_an_ordinary_test_looked_at_daily_is_caught(monkeypatch):
    def peeking(treated, control, prior):
        lift = measure_lift(treated, control, prior)
        shown = z_test_p(treated, control) < 0.05
        sign = Verdict.LIFT if (lift.difference or 0) > 0 else Verdict.HARM
        return replace(lift, verdict=sign if shown else Verdict.NONE)

    monkeypatch.setattr(segments, "measure_lift", peeking)
    summary = calibrate(small(), 20)
    assert any("a difference was shown too often" in fault for fault in summary.faults())
    called = {goal.goal: goal.by_z_test for goal in sound(20).goals}
    assert {goal.goal: goal.shown for goal in summary.goals} == called


def test_a_share_that_changes_with_the_season_shows_no_difference():
    summary = sound(2, 300, RAMP)
    assert (summary.faults(), summary.any_goal.count, summary.ratio_any_look.count) == ([], 0, 0)


def test_a_report_that_takes_all_shares_for_one_is_caught(monkeypatch):
    add = report._Tally.add  # noqa: SLF001 - the report's only place where shares are told apart
    monkeypatch.setattr(
        report._Tally,  # noqa: SLF001
        "add",
        lambda self, enrolment: add(self, replace(enrolment, holdout=None)),
    )
    faults = calibrate(small(300, ramp=RAMP), 2).faults()
    assert any("app_installed: a difference was shown too often" in fault for fault in faults)
    assert any("sizes gave an alarm" in fault for fault in faults)


def test_an_engine_that_forgets_what_the_treated_do_later_is_caught(monkeypatch):
    """Goals of the treated that come after the journey's end are lost: it looks like harm."""
    reached = Enrolment.reached

    def forgetting(self, goals):
        return self if self.exit and self.arm is Arm.TREATED else reached(self, goals)

    monkeypatch.setattr(Enrolment, "reached", forgetting)
    summary = calibrate(small(600), 2)
    [app] = [goal for goal in summary.goals if goal.goal == "app_installed"]
    assert (app.harm.count, app.lift.count) == (2, 0)
    assert any("app_installed: a difference" in fault for fault in summary.faults())


def test_an_engine_that_loses_members_of_one_arm_is_caught(monkeypatch):
    save = MemoryEnrolments.save

    def losing(self, enrolment):
        unlucky = enrolment.arm is Arm.TREATED and enrolment.member_id[0] in "abcdefghijkl"
        return True if unlucky else save(self, enrolment)

    monkeypatch.setattr(MemoryEnrolments, "save", losing)
    faults = calibrate(small(300), 2).faults()
    assert "the arms' sizes gave an alarm too often at the last look" in faults


def test_an_engine_that_draws_the_arm_again_when_the_share_changes_is_caught(monkeypatch):
    def drawing(programme, enrolment, *rest):
        journey = programme.journeys[enrolment.journey]
        arm = assign(journey.salt, enrolment.member_id, journey.holdout)
        return settle(programme, replace(enrolment, arm=arm), *rest)

    monkeypatch.setattr(settle_member, "settle", drawing)
    faults = calibrate(small(ramp=RAMP), 1).faults()
    assert any("members changed their arm" in fault for fault in faults)


# What is broken, and what is bad luck


def told(seed, **changes):
    facts = {
        "seed": seed,
        "looks": 60,
        "mails": 10,
        "goals": {"app": said()},
        "ratio_p": 0.5,
        "ratio_alarms": 0,
        "ratio_anytime_p": 1.0,
        "moved": 0,
    }
    return RunTold(**{**facts, **changes})


def said(lift_at=None, harm_at=None):
    arms = {"treated": ArmCount(1, 10), "control": ArmCount(1, 10)}
    return GoalTold(lift_at=lift_at, harm_at=harm_at, by_z_test=None, **arms)


def summary_of(some, many, effect, counts=None, **odd):
    runs = [told(n, **odd) for n in range(some)] + [told(n) for n in range(some, many)]
    return summarise(runs, {"app": effect}, {"app": counts} if counts else {})


@pytest.mark.parametrize("say", [{"lift_at": 3}, {"harm_at": 3}])
@pytest.mark.parametrize(("some", "broken"), [(0, False), (60, False), (65, True), (200, True)])
def test_a_share_is_too_large_when_the_whole_interval_is_above_one_in_twenty(say, some, broken):
    summary = summary_of(some, 1000, effect=False, goals={"app": said(**say)})
    assert bool(summary.faults()) is broken
    assert summary.any_goal == Share(some, 1000)


def test_a_real_lift_is_no_false_alarm_and_a_harm_in_its_place_is():
    assert summary_of(900, 1000, effect=True, goals={"app": said(lift_at=1)}).faults() == []
    [fault] = summary_of(900, 1000, effect=True, goals={"app": said(harm_at=1)}).faults()
    assert "there is a lift" in fault


@pytest.mark.parametrize(("found", "broken"), [(830, False), (700, True), (950, True)])
def test_lifts_are_to_be_found_as_often_as_counts_alone_find_them(found, broken):
    lifts = {"goals": {"app": said(lift_at=1)}}
    summary = summary_of(found, 1000, effect=True, counts=Shown(1000, 835, 0), **lifts)
    assert bool(summary.faults()) is broken


def test_of_an_effect_that_is_not_known_nothing_is_promised():
    summary = summary_of(500, 1000, effect=None, goals={"app": said(lift_at=1)})
    assert summary.faults() == []
    assert summary.any_goal.count == 0


@pytest.mark.parametrize("odd", [{"ratio_p": 0.0005}, {"ratio_anytime_p": 0.0005}])
def test_alarms_on_the_sizes_are_to_be_rare(odd):
    assert summary_of(1, 1000, effect=False, **odd).faults() == []
    assert summary_of(8, 1000, effect=False, **odd).faults()


def test_a_single_member_who_changed_the_arm_is_too_many():
    assert summary_of(1, 1000, effect=False, moved=1).faults() == ["1 members changed their arm"]
