"""Acts that run together do what each would do alone, and ask in as few calls as they can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.lockstep import Lockstep, ask
from chalicelib.usecases.together import OneByOne


class Oracle:
    """Answers numbers with their double; keeps who asked together; fails for some."""

    def __init__(self, failing=()):
        self.failing = set(failing)
        self.calls = []

    def double(self, numbers):
        self.calls.append(list(numbers))
        return [KeyError(n) if n in self.failing else n * 2 for n in numbers]

    def negate(self, numbers):
        self.calls.append(list(numbers))
        return [-n for n in numbers]


def asking(oracle, questions, heard):
    """Return an act that asks every question and notes the answers."""

    def act():
        for kind, number in questions:
            heard.append(ask(getattr(oracle, kind), number))

    return act


questions = st.lists(st.tuples(st.sampled_from(["double", "negate"]), st.integers(0, 9)))


@given(st.lists(questions, max_size=6), st.sets(st.integers(0, 9)))
def test_every_act_hears_what_it_would_hear_alone(plans, failing):
    told = {}
    for together in (OneByOne(), Lockstep()):
        heard = [[] for _ in plans]
        acts = [asking(Oracle(failing), plan, h) for plan, h in zip(plans, heard, strict=True)]
        told[type(together)] = (heard, list(map(repr, together.run(acts))))
    assert told[OneByOne] == told[Lockstep]


def test_what_is_asked_at_the_same_stage_is_one_call():
    oracle = Oracle()
    plans = [[("double", n), ("negate", n), ("double", n + 10)] for n in range(5)]
    assert Lockstep().run([asking(oracle, plan, []) for plan in plans]) == [None] * 5
    assert oracle.calls == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [10, 11, 12, 13, 14]]


def test_an_act_that_ends_early_holds_nobody_up():
    oracle, heard = Oracle(), []
    acts = [asking(oracle, [], []), asking(oracle, [("double", 1), ("double", 2)], heard)]
    Lockstep().run(acts)
    assert heard == [2, 4]


def test_an_act_that_fails_takes_no_other_with_it():
    oracle, heard = Oracle(failing={3}), []
    acts = [asking(oracle, [("double", 3)], []), asking(oracle, [("double", 4)], heard)]
    failed, fine = Lockstep().run(acts)
    assert isinstance(failed, KeyError)
    assert (fine, heard) == (None, [8])


def test_a_call_that_fails_as_a_whole_fails_for_each_who_asked():
    def broken(_):
        raise ConnectionError

    results = Lockstep().run([lambda: ask(broken, 1), lambda: ask(broken, 2)])
    assert [type(result) for result in results] == [ConnectionError] * 2


def test_an_act_may_live_with_a_failed_answer():
    oracle, heard = Oracle(failing={1}), []

    def act():
        try:
            ask(oracle.double, 1)
        except KeyError:
            heard.append(ask(oracle.double, 2))

    assert Lockstep().run([act, asking(oracle, [("double", 5)], heard)]) == [None, None]
    assert sorted(heard) == [4, 10]


def test_a_process_that_dies_in_an_act_dies():
    class DeathError(BaseException):
        pass

    def dying():
        raise DeathError

    with pytest.raises(DeathError):
        Lockstep().run([lambda: None, dying])


def test_outside_of_an_act_a_question_is_answered_at_once():
    oracle = Oracle(failing={3})
    assert ask(oracle.double, 21) == 42
    with pytest.raises(KeyError):
        ask(oracle.double, 3)


def test_turns_are_taken_in_the_same_way_every_time():
    def traced():
        order = []

        def act(name):
            def run():
                order.append((name, ask(Oracle().negate, name)))
                order.append((name, "end"))

            return run

        Lockstep().run([act(n) for n in range(4)])
        return order

    assert traced() == traced() == [(n, w) for n in range(4) for w in (-n, "end")]
