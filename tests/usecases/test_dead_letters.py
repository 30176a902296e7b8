"""Dead letters: looking changes nothing, replaying loses nothing, whenever it is stopped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.memory_queue import MemoryDeadLetters, MemoryParking, MemoryQueue
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.usecases.dead_letters import (
    GIVEN_UP,
    Wanted,
    drop_letters,
    letter_id,
    list_letters,
    replay_letters,
)
from chalicelib.usecases.parking_ports import Letter
from chalicelib.usecases.ports import UnavailableError

EVENTS = QueueName.EVENTS.value
ALL = Wanted()
plans = st.lists(
    st.tuples(st.sampled_from("abcdefghijklmnop"), st.sampled_from(ParkReason)), max_size=40
)


class Place:
    """A queue with these letters, and both of its ends."""

    def __init__(self, *told):
        self.queue = MemoryQueue(EVENTS)
        self.letters = MemoryDeadLetters({EVENTS: self.queue})
        parking = MemoryParking({QueueName.EVENTS: self.queue})
        parked = [Letter(body=body, reason=reason) for body, reason in told]
        parking.park(QueueName.EVENTS, parked)

    def dead(self):
        return sorted(letter.body for letter in self.queue.dead_letters())

    def waiting(self):
        return [message.body for message in self.queue.receive(1000)]


def quiet(_):
    """Hear of progress."""


@given(plans)
def test_copies_are_one_letter_and_looking_leaves_all_there(told):
    place = Place(*told)
    before = place.dead()
    filed = list_letters(place.letters, EVENTS)
    assert sorted(each.letter.body for each in filed) == sorted({body for body, _ in told})
    assert sum(len(each.copies) for each in filed) == len(told)
    assert place.dead() == before
    assert [each.id for each in filed] == [each.id for each in list_letters(place.letters, EVENTS)]


@given(plans, st.sampled_from([None, *ParkReason]), st.sets(st.sampled_from("abcdefg"), max_size=3))
def test_exactly_the_letters_that_are_meant_are_put_back_and_no_other_is_touched(
    told, reason, bodies
):
    place = Place(*told)
    wanted = Wanted(ids=frozenset(map(letter_id, bodies)), reason=reason)
    chosen = {
        each.letter.body for each in list_letters(place.letters, EVENTS) if wanted.covers(each)
    }
    assert replay_letters(place.letters, EVENTS, wanted, quiet) == len(chosen)
    assert sorted(place.waiting()) == sorted(chosen)
    assert place.dead() == sorted(body for body, _ in told if body not in chosen)


@given(plans)
def test_what_is_dropped_is_gone_and_does_not_come_back(told):
    place = Place(*told)
    heard = []
    done = drop_letters(place.letters, EVENTS, ALL, heard.append)
    assert done == len({body for body, _ in told}) == max(heard, default=0)
    assert place.waiting() == place.dead() == []


class Stopping:
    """Dead letters of which the n-th call fails, before it is done or after."""

    def __init__(self, inner, call, *, done):
        self._inner, self._left, self._done = inner, call, done

    def __getattr__(self, name):
        method = getattr(self._inner, name)

        def call(*args):
            self._left -= 1
            if self._left == 0 and not self._done:
                raise UnavailableError(name)
            answer = method(*args)
            if self._left == 0:
                raise UnavailableError(name)
            return answer

        return call


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("call", range(2, 8))
def test_wherever_a_replay_is_stopped_each_letter_is_in_its_queue_or_still_there(call, done):
    place = Place(*((f"body {number}", ParkReason.FAILED) for number in range(25)))
    letters = Stopping(place.letters, call, done=done)
    with pytest.raises(UnavailableError):
        replay_letters(letters, EVENTS, ALL, quiet)
    bodies = {f"body {number}" for number in range(25)}
    hidden = {message.body for message in place.queue._taken.values()}  # noqa: SLF001 - seen later
    assert {*place.waiting(), *place.dead(), *hidden} == bodies


def test_a_letter_that_comes_back_while_it_is_replayed_is_not_replayed_again():
    """It fails again at once: to take what lies there call by call would never end."""
    place = Place(("poison", ParkReason.FAILED), ("poison", ParkReason.FAILED))
    put_back = place.letters.put_back

    def and_fails(queue, bodies):
        put_back(queue, bodies)
        for body in bodies:
            place.queue.bury(body, {"reason": "failed"})

    place.letters.put_back = and_fails
    assert replay_letters(place.letters, EVENTS, ALL, quiet) == 1
    assert place.waiting() == place.dead() == ["poison"]


@pytest.mark.parametrize("given_up_first", [False, True])
def test_a_letter_whose_copies_have_several_reasons_is_found_by_each(given_up_first):
    """Parked for an unknown member, then given up half-way through: it must not be hidden."""
    for reason in (GIVEN_UP, ParkReason.UNKNOWN_MEMBER):
        place = Place()
        envelopes = [{"reason": "unknown_member"}, {}]
        for attributes in reversed(envelopes) if given_up_first else envelopes:
            place.queue.bury("twice", attributes)
        [filed] = list_letters(place.letters, EVENTS)
        assert set(filed.reasons) == {GIVEN_UP, ParkReason.UNKNOWN_MEMBER}
        assert filed.reason == GIVEN_UP
        assert drop_letters(place.letters, EVENTS, Wanted(reason=reason), quiet) == 0
        assert replay_letters(place.letters, EVENTS, Wanted(reason=reason), quiet) == 1
        assert (place.waiting(), place.dead()) == (["twice"], [])
    assert replay_letters(place.letters, EVENTS, Wanted(reason="failed"), quiet) == 0


def test_what_the_queue_gave_up_can_be_chosen_by_having_no_reason():
    place = Place(("parked", ParkReason.FAILED))
    place.queue.bury("given up", {})
    assert replay_letters(place.letters, EVENTS, Wanted(reason=GIVEN_UP), quiet) == 1
    assert place.waiting() == ["given up"]
