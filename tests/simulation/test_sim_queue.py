"""The simulated queue does what SQS and Lambda's pollers do, and no more."""

from datetime import timedelta

import pytest

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.plan import START
from chalicelib.simulation.queue import (
    FLOOD,
    LETTERS_HIDDEN,
    POLLERS,
    Polling,
    SimulatedQueue,
)
from chalicelib.simulation.record import DeadLettered, Faulted, Record
from chalicelib.simulation.scheduler import Ended, Scheduler

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
DONE = {"batchItemFailures": []}


class Consumer:
    """A function that says of each batch what it is told to say, after some time."""

    def __init__(self, **rates):
        self.scheduler = Scheduler(START)
        self.record = Record(lambda: self.scheduler.now, self.scheduler.who)
        polling = Polling(batch=10, window=0 * SECOND, visibility=6 * MINUTE)
        faults = {Fault(name): rate for name, rate in rates.items()}
        chance = Chance(1, "queue")
        self.queue = SimulatedQueue("events", polling, self.scheduler, self.record, chance, faults)
        self.queue.invoke = self.invoke
        self.got = []
        self.answer = lambda _: Ended(answer=DONE)
        self.takes = 0 * SECOND

    def invoke(self, messages, on_end):
        self.got.append((self.scheduler.now, [message.body for message in messages]))
        ended = self.answer(messages)
        self.scheduler.after(self.takes, lambda: on_end(ended))

    def run(self, span=DAY):
        self.scheduler.run_until(self.scheduler.now + span)

    @property
    def bodies(self):
        return [body for _, bodies in self.got for body in bodies]


def failing(*bodies):
    def answer(messages):
        failed = [{"itemIdentifier": each.id} for each in messages if each.body in bodies]
        return Ended(answer={"batchItemFailures": failed})

    return answer


def test_a_message_is_handed_out_once_and_gone():
    consumer = Consumer()
    consumer.queue.send("x")
    consumer.run()
    assert consumer.bodies == ["x"]
    assert consumer.queue.waiting == []


def test_a_batch_has_at_most_ten_messages():
    consumer = Consumer()
    for number in range(25):
        consumer.queue.send(str(number))
    consumer.run()
    assert sorted(consumer.bodies, key=int) == [str(number) for number in range(25)]
    assert max(len(bodies) for _, bodies in consumer.got) <= 10


def test_what_failed_comes_back_alone_after_the_visibility_timeout():
    consumer = Consumer()
    consumer.answer = failing("bad")
    for body in ("good", "bad"):
        consumer.queue.send(body)
    consumer.run(7 * MINUTE)
    assert consumer.bodies.count("good") == 1
    first, second = (at for at, bodies in consumer.got if "bad" in bodies)
    assert second - first == 6 * MINUTE


@pytest.mark.parametrize("ended", [Ended(died=True), Ended(error=ValueError())])
def test_everything_comes_back_from_a_function_that_failed(ended):
    consumer = Consumer()
    consumer.answer = lambda _: ended
    consumer.queue.send("x")
    consumer.run(7 * MINUTE)
    assert consumer.bodies == ["x", "x"]


def test_a_message_dies_after_five_receives_without_a_reason():
    consumer = Consumer()
    consumer.answer = lambda _: Ended(died=True)
    consumer.queue.send("x")
    consumer.run()
    assert consumer.bodies == ["x"] * 5
    assert consumer.queue.dead_letters() == [("x", "")]
    [letter] = consumer.record.of(DeadLettered)
    assert (letter.queue, letter.body, letter.reason) == ("events", "x", "")


def test_a_letter_has_the_reason_it_was_buried_with():
    consumer = Consumer()
    consumer.queue.bury("x", {"reason": "conflict"})
    assert consumer.queue.dead_letters() == [("x", "conflict")]
    assert not consumer.queue.given_up()


def test_several_batches_are_under_way_at_once_but_not_more_than_there_are_pollers():
    consumer = Consumer(reorder=1.0)
    consumer.takes = 2 * MINUTE
    for number in range(60):
        consumer.queue.send(str(number))
    consumer.run(MINUTE)
    assert len(consumer.got) == POLLERS
    consumer.run()
    assert sorted(consumer.bodies, key=int) == [str(number) for number in range(60)]


def test_a_duplicate_has_the_id_of_its_message_and_never_its_batch():
    consumer = Consumer(duplicate=1.0)
    consumer.queue.send("x")
    consumer.run()
    assert consumer.got == [(consumer.got[0][0], ["x"]), (consumer.got[1][0], ["x"])]


def test_a_flood_is_not_copied():
    consumer = Consumer(duplicate=1.0)
    for number in range(FLOOD):
        consumer.queue.send(f"message {number}")
    assert len(consumer.queue.waiting) == FLOOD + FLOOD / 2, "the first half twice"


def test_a_deleted_message_may_come_again_once():
    consumer = Consumer(duplicate_after_deletion=1.0)
    consumer.queue.send("x")
    consumer.run(5 * DAY)
    assert consumer.bodies == ["x", "x"]
    assert consumer.queue.waiting == []


def test_a_late_message_comes_within_the_hour():
    consumer = Consumer(deliver_late=1.0)
    for number in range(20):
        consumer.queue.send(str(number))
    consumer.run()
    waited = [at - START for at, _ in consumer.got]
    assert MINUTE < max(waited) <= timedelta(hours=1)


def test_messages_come_in_another_order():
    consumer = Consumer(reorder=1.0)
    consumer.takes = MINUTE  # so that there is a choice
    sent = [str(number) for number in range(30)]
    for body in sent:
        consumer.queue.send(body)
    consumer.run()
    assert consumer.bodies != sent
    assert {seen.kind for seen in consumer.record.of(Faulted)} == {Fault.REORDER}


def test_letters_that_somebody_took_and_left_are_seen_again():
    consumer = Consumer()
    consumer.queue.bury("x", {"reason": "failed"})
    consumer.queue.bury("y", {"reason": "failed"})
    taken = consumer.queue.take_dead_letters()
    assert consumer.queue.dead_letters() == []
    consumer.queue.drop_dead_letter(taken[0].receipt)
    consumer.run(LETTERS_HIDDEN + SECOND)
    assert consumer.queue.dead_letters() == [("y", "failed")]


def test_nothing_goes_wrong_once_it_is_calm():
    consumer = Consumer(duplicate=1.0, duplicate_after_deletion=1.0, deliver_late=1.0, reorder=1.0)
    consumer.queue.calm = True
    consumer.queue.send("x")
    consumer.run(5 * DAY)
    assert consumer.bodies == ["x"]
    assert consumer.record.of(Faulted) == []
