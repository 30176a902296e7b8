"""A run: it replays, it shows the engine what was drawn and nothing else, and it counts right."""

from collections import defaultdict
from datetime import timedelta

import pytest
from calibration.small_runs import small

from chalicelib.calibration import crowd
from chalicelib.calibration.campaign import calibrate
from chalicelib.calibration.looks import Looks, z_test_p
from chalicelib.calibration.plan import Effect, Ramp, loaded
from chalicelib.calibration.run import run
from chalicelib.domain.arms import Arm, assign
from chalicelib.domain.events import EventType
from chalicelib.domain.lift import ArmCount
from chalicelib.usecases.apply_event import handle_event


def test_the_same_seed_tells_the_same_and_another_seed_something_else():
    assert run(small()) == run(small())
    one, other = run(small()), run(small(seed=2))
    assert one.goals != other.goals


def test_who_runs_a_seed_makes_no_difference():
    one, other = (calibrate(small(20), 3, jobs, runs_of_counts=5) for jobs in (1, 2))
    assert one.as_json() == other.as_json()


@pytest.mark.parametrize(
    "plan",
    [small(), small(effect=Effect.CASE, members=150), small(ramp=Ramp(holdout=0.2))],
    ids=["none", "case", "ramp"],
)
def test_the_last_look_counts_what_the_partner_told(plan, monkeypatch):
    """Arms by the hash, conversions by the clock: counted again from the events alone."""
    told = defaultdict(list)

    def listening(engine, event, receives):
        handled = handle_event(engine, event, receives)
        told[handled.member_id].append((event.type, event.occurred_at))
        share = engine.programme.journeys["welcome"].holdout
        if event.type is EventType.MEMBER_JOINED:
            arms[handled.member_id] = assign("welcome-2027", handled.member_id, share)
        return handled

    arms = {}
    monkeypatch.setattr(crowd, "handle_event", listening)
    goals = run(plan).goals
    assert len(told) == plan.members
    for name, goal in loaded(plan.folder)[0].goals.items():
        for arm, counted in (
            (Arm.TREATED, goals[name].treated),
            (Arm.CONTROL, goals[name].control),
        ):
            mine = [events for member, events in told.items() if arms[member] is arm]
            converted = [events for events in mine if acted_in_time(events, goal)]
            assert counted == ArmCount(len(converted), len(mine))


def acted_in_time(events, goal):
    [joined_at] = [at for type_, at in events if type_ is EventType.MEMBER_JOINED]
    return any(type_ is goal.event and at <= joined_at + goal.within for type_, at in events)


def test_a_mail_without_an_effect_moves_nobody_to_act():
    """With the mails' answers taken out, what members do hangs on their draws alone."""
    mailed, alone = run(small()), run(small(ramp=Ramp(holdout=1.0, season=1.0)))
    assert mailed.mails > alone.mails > 0
    for name, goal in mailed.goals.items():
        other = alone.goals[name]
        assert goal.treated.converted + goal.control.converted == (
            other.treated.converted + other.control.converted
        )


def test_in_the_case_only_the_treated_do_more():
    with_mails = run(small(members=400, effect=Effect.CASE, channel="offline"))
    account = with_mails.goals["account_registered"]
    assert account.control.converted == 0 < account.treated.converted


def test_the_share_changes_for_those_who_join_from_then_on(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        Looks, "look", watching(Looks.look, lambda each: seen.update({each.member_id: each}))
    )
    plan = small(members=200, ramp=Ramp(holdout=0.0))
    told = run(plan)
    for each in seen.values():
        share = 0.5 if each.entered_at < plan.middle else 0.0
        assert each.holdout == share
        assert each.arm is assign("welcome-2027", each.member_id, share)
    assert {each.holdout for each in seen.values()} == {0.5, 0.0}
    assert told.moved == 0
    assert told.goals["app_installed"].control.assigned < 100


def watching(look, see):
    def watched(self, report, enrolments):
        kept = list(enrolments)
        for each in kept:
            see(each)
        look(self, report, kept)

    return watched


def test_a_look_is_taken_every_day_until_the_last_window_has_closed():
    plan = small()
    assert run(plan).looks == plan.days == 40
    assert plan.joins_at(plan.members - 1) + timedelta(days=30) < plan.start + timedelta(days=40)


def test_the_ordinary_test_is_that_of_two_proportions_with_a_pooled_rate():
    """0.2 over sqrt(104/150 x 46/150 x (1/70 + 1/80)) is 2.6502."""
    assert z_test_p(ArmCount(56, 70), ArmCount(48, 80)) == pytest.approx(0.008045, abs=1e-6)
    for pair in ((0, 5), (5, 5)), ((0, 5), (0, 7)), ((0, 0), (1, 3)):
        arms = [ArmCount(*counts) for counts in pair]
        assert 0 < z_test_p(*arms) <= 1
