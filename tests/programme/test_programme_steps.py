"""Steps that nobody can get: shipped ones with one condition changed."""

from chalicelib.programme.lint import check_steps
from chalicelib.programme.source import read_programme

COLLECT = "channel == 'online' or goals.account_registered"
EXIT = "goals.account_registered and goals.home_airport_given and goals.app_installed"
ENTERS = "enters: {on: member.joined}"
CHANGE = "Change one of them, or delete the step"
MEND = "Mend it, or delete it"


def problems_of(edited):
    return sorted(set(check_steps(read_programme(edited.folder))))


def told(edited):
    (problem,) = problems_of(edited)
    assert problem.file == str(edited.file)
    return problem.line, problem.what, problem.cure


def nobody_has(step, *needed):
    return f"step `{step}` is unreachable: no member has {' and '.join(needed)}"


def test_the_shipped_steps_are_all_reachable(edited):
    assert problems_of(edited) == []


def test_a_condition_that_contradicts_itself_is_told_at_its_line(edited):
    edited.replace("when: channel == 'offline'", "when: channel == 'offline' and not channel")
    what = "`journeys.welcome.steps[1].when` holds for no member"
    assert told(edited) == (edited.line_of("and not channel"), what, MEND)


def test_numbers_that_leave_no_room_between_them_are_told(edited):
    edited.replace(COLLECT, "not balances.redeemable <= 10 and balances.redeemable < 11")
    what = "`journeys.welcome.steps[3].wait_for` holds for no member"
    assert told(edited) == (edited.line_of("wait_for:"), what, MEND)


def test_numbers_that_leave_one_value_between_them_are_fine(edited):
    edited.replace(COLLECT, "not balances.redeemable <= 10 and balances.redeemable < 12")
    assert problems_of(edited) == []


def test_a_step_for_those_who_have_done_what_it_asks_for_is_told(edited):
    edited.replace("goal: app_installed", "goal: app_installed\n        when: goals.app_installed")
    assert told(edited) == (
        edited.line_of("when: goals.app_installed"),
        nobody_has("app", "`goals.app_installed` true", "goal `app_installed` still ahead"),
        CHANGE,
    )


def test_a_step_that_waits_for_what_it_asks_for_is_told(edited):
    wait_for = "\n        wait_for: goals.home_airport_given"
    edited.replace("goal: home_airport_given", f"goal: home_airport_given{wait_for}")
    assert told(edited) == (
        edited.line_of("wait_for: goals.home"),
        nobody_has(
            "questionnaire",
            "`goals.home_airport_given` true",
            "goal `home_airport_given` still ahead",
        ),
        CHANGE,
    )


def test_a_step_that_waits_for_the_end_of_the_journey_is_told(edited):
    edited.replace(COLLECT, EXIT)
    assert told(edited) == (
        edited.line_of("wait_for:"),
        nobody_has("collect", f"`{EXIT}` true", f"`{EXIT}` not come true yet"),
        CHANGE,
    )


def test_a_step_whose_two_conditions_exclude_each_other_is_told(edited):
    edited.replace(COLLECT, "channel == 'online'\n        when: channel == 'offline'")
    line, what, _ = told(edited)
    assert line == edited.line_of("wait_for:") + 1
    assert what == nobody_has(
        "collect", "`channel == 'offline'` true", "`channel == 'online'` true"
    )


def test_steps_for_members_who_cannot_enter_are_each_told(edited):
    edited.replace(ENTERS, "enters: {on: member.joined, when: channel == 'bank'}")
    welcome, reminder = problems_of(edited)
    assert welcome.line == edited.line_of("- name: welcome") + 2
    assert reminder.line == edited.line_of("- name: reminder") + 3
    assert welcome.what == nobody_has(
        "welcome", "`channel == 'offline'` true", "`channel == 'bank'` true when entering"
    )


def test_a_step_for_a_goal_that_is_reached_by_entering_is_told(edited):
    edited.replace(ENTERS, "enters: {on: app.installed}")
    assert told(edited) == (
        edited.line_of("goal: app_installed"),
        nobody_has(
            "app", "goal `app_installed` still ahead", "goal `app_installed` reached by entering"
        ),
        CHANGE,
    )


def test_an_exit_that_holds_for_everybody_is_told_once(edited):
    edited.replace(EXIT, "not goals.app_installed or goals.app_installed")
    assert told(edited) == (
        edited.line_of("exit_when: not goals"),
        "`journeys.welcome.exit_when` holds for everybody who enters",
        "Leave something to do for those who enter",
    )


def test_an_exit_that_holds_for_nobody_is_told(edited):
    edited.replace(EXIT, "not channel and channel == 'offline'")
    what = "`journeys.welcome.exit_when` holds for no member"
    assert told(edited) == (edited.line_of("exit_when: not channel"), what, MEND)


def test_a_goal_not_reached_at_the_entry_may_be_reached_by_the_step(edited):
    edited.replace(ENTERS, "enters: {on: member.joined, when: not goals.account_registered}")
    edited.replace(COLLECT, "goals.account_registered")
    assert problems_of(edited) == []


def test_a_goal_reached_at_the_entry_is_still_reached_at_the_step(edited):
    edited.replace(ENTERS, "enters: {on: member.joined, when: goals.account_registered}")
    steps = [problem.what.partition(" is")[0] for problem in problems_of(edited)]
    assert steps == ["step `welcome`", "step `reminder`"]


def test_what_was_unknown_at_the_entry_may_be_known_at_the_step(edited):
    edited.replace(ENTERS, "enters: {on: member.joined, when: not home_airport}")
    edited.replace(COLLECT, "home_airport")
    assert problems_of(edited) == []
