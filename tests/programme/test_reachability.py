"""The lint's verdicts against the engine's own decisions, for journeys made up at random."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from domain.builders import enrolment, member
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.decision import Send, decide
from chalicelib.programme.reachability import check_reachability
from chalicelib.programme.source import build, read_programme

NOW = datetime(2027, 3, 10, 12, 0, tzinfo=UTC)
GOALS = {"registered": "account.registered", "installed": "app.installed"}

atoms = st.sampled_from(
    [
        "channel == 'offline'",
        "channel in ['online', 'bank']",
        "home_airport",
        "goals.registered",
        "goals.installed",
        "balances.miles > 5",
    ]
)
conditions = st.recursive(
    atoms,
    lambda below: st.one_of(
        below.map("not ({})".format),
        st.tuples(below, below).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(below, below).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=3,
)
steps = st.fixed_dictionaries(
    {"name": st.just("only"), "mail": st.just("only")},
    optional={
        "when": conditions,
        "wait_for": conditions,
        "goal": st.sampled_from(sorted(GOALS)),
    },
)
journeys = st.builds(
    lambda step, enters, optional: {
        "version": 1,
        "enters": {"on": "member.joined", **enters},
        "holdout": "0%",
        "salt": "s",
        "goals": sorted(GOALS),
        "steps": [step],
        **optional,
    },
    steps,
    st.fixed_dictionaries({}, optional={"when": conditions}),
    st.fixed_dictionaries({}, optional={"exit_when": conditions}),
)
CHANNELS = ("", "offline", "online", "bank", "web")
GOAL_SETS = [set(), {"registered"}, {"installed"}, {"registered", "installed"}]
CHANGING = list(product(["", "SVO"], [4, 5, 6, 7]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reachability")


def read(folder, journey):
    programme = {
        "name": "p",
        "sender": {"name": "P", "address": "p@example.com"},
        "locales": ["en"],
        "time_zone": "UTC",
        "consent": "opt_out",
        "units": {"miles": "Miles"},
        "tiers": ["basic"],
        "goals": {name: {"on": event} for name, event in GOALS.items()},
        "journeys": {"j": journey},
    }
    # JSON is YAML as well.
    (folder / "programme.yaml").write_text(json.dumps(programme))
    return read_programme(folder)


def problems_of(source):
    journey = source.programme.journeys["j"]
    return list(check_reachability(("journeys", "j"), journey, [], source.tree))


def someone(channel, goals, airport, miles):
    return member(
        attributes={"email": "a@example.com", "channel": channel, "home_airport": airport},
        goals=dict.fromkeys(goals, NOW),
        balances={"miles": miles},
    )


def may_have_entered(programme, channel, goals):
    """Whether there was a moment, with some of the goals reached, at which they could enter."""
    condition = programme.journeys["j"].entry_when
    return condition is None or any(
        condition(programme.facts(someone(channel, fewer, *changing)))
        for fewer in GOAL_SETS
        for changing in CHANGING
        if fewer <= goals
    )


def somebody_gets_it(programme):
    standing = enrolment("only", journey="j", ready_at=NOW - timedelta(days=1))
    return any(
        isinstance(decide(programme, standing, someone(channel, goals, *changing), NOW), Send)
        for channel, goals in product(CHANNELS, GOAL_SETS)
        if may_have_entered(programme, channel, goals)
        for changing in CHANGING
    )


@given(journeys)
def test_a_step_is_called_unreachable_exactly_when_nobody_at_all_gets_it(folder, journey):
    source = read(folder, journey)
    problems = [p for p in problems_of(source) if "exit_when` holds for no member" not in p.what]
    assert bool(problems) is not somebody_gets_it(build(source.programme))


def test_more_members_than_can_be_tried_are_believed_to_exist(folder):
    names = ["first_name", "last_name", "card", "phone", "home_airport", "name_on_card"]
    many = " and ".join(f"{name} not in ['a', 'b', 'c', 'd']" for name in names)
    contradiction = "goals.installed and not goals.installed"
    step = {"name": "only", "mail": "only"}
    journey = {"version": 1, "enters": {"on": "member.joined"}, "holdout": "0%", "salt": "s"}
    journey |= {"goals": ["installed"]}
    told = read(folder, journey | {"steps": [step | {"when": contradiction}]})
    assert problems_of(told)
    believed = read(folder, journey | {"steps": [step | {"when": f"{many} and {contradiction}"}]})
    assert problems_of(believed) == []
