from collections import Counter
from dataclasses import replace

import pytest
from domain.builders import (
    DAY,
    GOALS,
    MINUTE,
    NOW,
    STEP_NAMES,
    enrolment,
    enrolments,
    goal,
    journey,
    programme,
    record,
)
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Exit, StepState
from chalicelib.domain.entries import following
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.journey import Step
from chalicelib.domain.lift import ArmCount, Verdict, measure_lift, sample_ratio_p
from chalicelib.domain.reasons import Reason
from chalicelib.domain.report import fold_reports
from chalicelib.domain.segments import Segment, split_p

WELCOME = journey(*(Step(name=name, mail=f"{name}_mail") for name in STEP_NAMES), holdout=0.25)
AIRLINE = programme(
    WELCOME,
    goals={
        "account_registered": goal("account_registered", within=7 * DAY, prior=1),
        "home_airport_given": goal("home_airport_given"),
        "app_installed": goal("app_installed"),
    },
)
populations = st.lists(enrolments(NOW, eventful=st.booleans()), max_size=6)


def _report_on(programme, journey, enrolments):
    """Report on one journey as it stands in the test, in place of the programme's own."""
    alone = replace(programme, journeys={journey.name: journey})
    return fold_reports(alone, enrolments)[journey.name]


def fold(*population, chain=WELCOME):
    return _report_on(AIRLINE, chain, iter(population))


def counted(population, key):
    """Count what ``key`` yields for each record of each member of the journey."""
    return Counter(
        counted
        for known in population
        for step, what in known.steps.items()
        for counted in key(step, what)
    )


@given(populations)
def test_the_report_counts_what_a_count_by_hand_finds(population):
    report, ours = fold(*population), [e for e in population if e.journey == "welcome"]
    assert report.journey == "welcome"
    assert report.assigned == {arm: sum(e.arm is arm for e in ours) for arm in Arm}
    for states, found in (
        ({StepState.SENT}, report.sent),
        ({StepState.SENDING, StepState.UNKNOWN, StepState.RETRY}, report.unknown),
    ):
        assert found == counted(ours, lambda s, r, of=states: [f"{s}_mail"] * (r.state in of))
    failed = counted(ours, lambda _, r: [r.reason] * (r.state is StepState.FAILED))
    skipped = counted(ours, lambda _, r: [r.reason] * (r.state is StepState.SKIPPED))
    skipped.update(e.exit.reason for e in ours if e.exit and e.exit.reason != "completed")
    assert report.failed == {reason: n for reason, n in failed.items() if reason}
    assert report.skipped == {reason: n for reason, n in skipped.items() if reason}
    heard = counted(ours, lambda s, r: [(s, kind) for kind in r.feedback])
    assert {(s, k): n for s, kinds in report.feedback.items() for k, n in kinds.items()} == heard


@given(populations)
def test_every_assigned_member_is_in_the_lifts_denominator(population):
    report, ours = fold(*population), [e for e in population if e.journey == "welcome"]
    assert list(report.lifts) == list(GOALS)
    for name, lift in report.lifts.items():
        window = AIRLINE.goals[name].within
        counts = []
        for arm in (Arm.TREATED, Arm.CONTROL):
            mine = [e for e in ours if e.arm is arm]
            times = [(e.goals[name], e.entered_at) for e in mine if name in e.goals]
            counts.append(ArmCount(sum(at - entry <= window for at, entry in times), len(mine)))
        assert lift == measure_lift(*counts, AIRLINE.goals[name].prior)


@given(populations, st.randoms(use_true_random=False))
def test_the_order_of_the_enrolments_does_not_matter(population, random):
    assert fold(*random.sample(population, len(population))) == fold(*population)


def test_the_report_reads_the_enrolments_once_and_keeps_none():
    def stream():
        for number in range(1000):
            yield enrolment(member_id=str(number))

    assert _report_on(AIRLINE, WELCOME, stream()).assigned[Arm.TREATED] == 1000


def test_all_journeys_are_reported_in_one_pass_each_as_if_it_were_alone():
    farewell = journey("goodbye", name="farewell", goals=("app_installed",))
    both = programme(WELCOME, farewell, goals=AIRLINE.goals)
    population = [
        enrolment(journey="welcome", steps={"welcome": record()}, goals={"app_installed": NOW}),
        enrolment(journey="farewell", steps={"goodbye": record()}, arm=Arm.CONTROL),
        enrolment(journey="gone", steps={"welcome": record()}),
    ]
    reports = fold_reports(both, iter(population))
    assert reports == {
        "welcome": _report_on(both, WELCOME, population),
        "farewell": _report_on(both, farewell, population),
    }
    assert reports["welcome"].sent == {"welcome_mail": 1}
    assert reports["farewell"].assigned == {Arm.TREATED: 0, Arm.CONTROL: 1}
    assert list(reports["farewell"].lifts) == ["app_installed"]


def test_a_journey_that_nobody_entered_has_a_report():
    report = fold()
    assert report.assigned == {Arm.TREATED: 0, Arm.CONTROL: 0}
    assert report.lifts["account_registered"].difference is None
    assert (report.sent, report.skipped, report.feedback) == ({}, {}, {})
    assert report.sample_ratio_p == 1


@pytest.mark.parametrize(("after", "converted"), [(7 * DAY, 1), (7 * DAY + MINUTE, 0)])
def test_a_goal_counts_up_to_the_end_of_its_window(after, converted):
    reached = enrolment(goals={"account_registered": NOW + after})
    assert fold(reached).lifts["account_registered"].treated == ArmCount(converted, 1)


def test_members_who_were_held_out_or_never_reached_by_a_mail_are_counted_too():
    goals = {"app_installed": NOW + DAY}
    ended = Exit(Reason.SUPPRESSED, NOW)
    lift = fold(
        enrolment(goals=goals, exit=ended),
        enrolment(exit=ended),
        enrolment(arm=Arm.CONTROL, goals=goals, exit=Exit(Reason.CONTROL_GROUP, NOW)),
    ).lifts["app_installed"]
    assert (lift.treated, lift.control) == (ArmCount(1, 2), ArmCount(1, 1))


def test_completing_a_journey_is_no_reason_that_a_mail_was_not_sent():
    report = fold(enrolment(exit=Exit(Reason.COMPLETED, NOW)))
    assert report.skipped == {}


def test_a_member_who_left_counts_once_beside_the_steps_that_were_skipped():
    skipped = record(StepState.SKIPPED, reason=Reason.GOAL_REACHED)
    left = enrolment(
        steps={"welcome": skipped, "reminder": skipped}, exit=Exit(Reason.DECLINED, NOW)
    )
    assert fold(left).skipped == {Reason.GOAL_REACHED: 2, Reason.DECLINED: 1}


def test_a_mail_of_two_steps_counts_together_and_one_of_a_step_that_is_gone_by_its_step():
    twice = journey(*(Step(name=name, mail="news") for name in ("one", "two")))
    steps = dict.fromkeys(["one", "two", "gone"], record())
    assert fold(enrolment(steps=steps), chain=twice).sent == {"news": 2, "gone": 1}


def test_opens_are_counted_raw_and_by_person():
    opened = {FeedbackKind.OPENED: NOW}
    by_person = {**opened, FeedbackKind.OPENED_BY_PERSON: NOW}
    report = fold(
        enrolment(steps={"welcome": record(feedback=opened)}),
        enrolment(steps={"welcome": record(feedback=by_person)}),
    )
    assert report.feedback == {
        "welcome": {FeedbackKind.OPENED: 2, FeedbackKind.OPENED_BY_PERSON: 1}
    }


def test_the_split_is_tested_against_the_journeys_own_plan():
    population = [enrolment()] * 75 + [enrolment(arm=Arm.CONTROL)] * 25
    assert fold(*population).sample_ratio_p == sample_ratio_p(75, 25, 0.75) == 1
    assert fold(*population, chain=journey("welcome")).sample_ratio_p < 0.001


@pytest.mark.parametrize("holdout", [0.0, 1e-17, 1.0])
def test_where_no_split_is_planned_none_is_tested(holdout):
    assert fold(enrolment(), chain=journey("welcome", holdout=holdout)).sample_ratio_p is None


def arm_of(arm, assigned, converted, holdout):
    reached = enrolment(arm=arm, holdout=holdout, goals={"app_installed": NOW + DAY})
    return [reached] * converted + [replace(reached, goals={})] * (assigned - converted)


def test_members_who_were_assigned_under_different_shares_are_compared_apart():
    """A season: half are held out and few convert; later a fifth is, and many convert."""
    population = [
        *arm_of(Arm.TREATED, 500, 10, 0.5),
        *arm_of(Arm.CONTROL, 500, 10, 0.5),
        *arm_of(Arm.TREATED, 800, 80, 0.2),
        *arm_of(Arm.CONTROL, 200, 20, 0.2),
    ]
    report = fold(*population)
    assert report.segments["app_installed"] == [
        Segment(0.2, ArmCount(80, 800), ArmCount(20, 200)),
        Segment(0.5, ArmCount(10, 500), ArmCount(10, 500)),
    ]
    lift = report.lifts["app_installed"]
    assert (lift.treated, lift.control) == (ArmCount(90, 1300), ArmCount(30, 700))
    assert lift.verdict is Verdict.NONE
    assert lift.difference == pytest.approx(0, abs=1e-12)
    assert measure_lift(lift.treated, lift.control).fisher_p < 0.05  # as one heap: a lift


def test_a_share_that_was_changed_breaks_no_split():
    population = [
        *[enrolment(holdout=0.5), enrolment(arm=Arm.CONTROL, holdout=0.5)] * 500,
        *[enrolment(holdout=0.2)] * 800,
        *[enrolment(arm=Arm.CONTROL, holdout=0.2)] * 200,
    ]
    report = fold(*population)
    assert report.sample_ratio_p == report.sample_ratio_anytime_p == 1
    assert report.sample_ratio_p == split_p([(500, 500, 0.5), (800, 200, 0.8)])
    assert sample_ratio_p(1300, 700, 0.75) < 0.001  # held against the present plan alone


@pytest.mark.parametrize("holdout", [0.0, 1.0])
def test_members_of_whom_none_was_to_be_held_out_or_all_tell_nothing_of_the_lift(holdout):
    compared = [*arm_of(Arm.TREATED, 500, 40, 0.5), *arm_of(Arm.CONTROL, 500, 10, 0.5)]
    arm = Arm.CONTROL if holdout else Arm.TREATED
    report = fold(*compared, *arm_of(arm, 300, 200, holdout))
    alone, lift = fold(*compared).lifts["app_installed"], report.lifts["app_installed"]
    assert replace(lift, treated=alone.treated, control=alone.control) == alone
    assert lift.treated.assigned + lift.control.assigned == 1300
    assert report.sample_ratio_p == 1


def test_whoever_enters_again_is_assigned_once_and_every_mail_counts():
    sent = {"welcome": record(StepState.SENT)}
    first = enrolment(None, steps=sent, exit=Exit(Reason.COMPLETED, NOW), due_at=None)
    late = {"app_installed": NOW + 29 * DAY}
    again = enrolment("welcome", entered_at=NOW + 20 * DAY, arm=Arm.CONTROL)
    again = replace(following(first, again), steps=sent, goals=late)
    former = replace(first, replaced_at=again.entered_at)
    report = fold(former, again)
    assert report.assigned == {Arm.TREATED: 1, Arm.CONTROL: 0}
    assert report.lifts["app_installed"].treated == ArmCount(1, 1)
    assert report.sent == {"welcome_mail": 2}


def test_the_window_of_a_goal_runs_from_the_first_entry():
    first = enrolment(None, exit=Exit(Reason.COMPLETED, NOW), due_at=None)
    again = following(first, enrolment("welcome", entered_at=NOW + 20 * DAY))
    late = replace(again, goals={"app_installed": NOW + 31 * DAY})
    assert fold(late).lifts["app_installed"].treated == ArmCount(0, 1)
