"""Who is served together, who in turn, and what is left when the time is up."""

from unittest.mock import patch

from functional.worlds import event, play, post
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.handlers import partial_batch
from chalicelib.handlers.failed_messages import Work
from chalicelib.handlers.partial_batch import ROUND_MS, Task, in_lines
from chalicelib.handlers.queue_events import queue_events
from chalicelib.world.lambda_events import LambdaContext, sqs_event

names = st.frozensets(st.sampled_from("abcdefgh"), max_size=3)


def tasks_of(plan):
    return [Task({"messageId": str(n)}, Work(about, print, print)) for n, about in enumerate(plan)]


def name_of(task):
    return task.record["messageId"]


@given(st.lists(names, max_size=12))
def test_every_task_stands_in_one_line_in_its_order(plan):
    tasks = tasks_of(plan)
    lines = in_lines(tasks)
    assert sorted(int(name_of(task)) for line in lines for task in line) == [*range(len(plan))]
    for line in lines:
        numbers = [int(name_of(task)) for task in line]
        assert numbers == sorted(numbers)


@given(st.lists(names, max_size=12))
def test_who_shares_a_name_stands_in_one_line_and_lines_share_none(plan):
    lines = in_lines(tasks_of(plan))
    held = [frozenset().union(*(task.work.about for task in line)) for line in lines]
    for position, one in enumerate(held):
        assert all(one.isdisjoint(other) for other in held[position + 1 :])


@given(st.lists(names, max_size=12))
def test_a_line_has_nobody_who_has_nothing_to_do_with_it(plan):
    for line in in_lines(tasks_of(plan)):
        reached, left = {name_of(line[0])}, line[1:]
        known = set(line[0].work.about)
        while joined := [task for task in left if known & task.work.about]:
            left = [task for task in left if task not in joined]
            reached |= {name_of(task) for task in joined}
            known = known.union(*(task.work.about for task in joined))
        assert reached == {name_of(task) for task in line}


def test_lines_are_served_in_the_order_of_their_first():
    plan = [{"a"}, {"b"}, {"c"}, {"b", "a"}]
    firsts = [name_of(line[0]) for line in in_lines(tasks_of(map(frozenset, plan)))]
    assert firsts == ["0", "2"]


def test_what_no_time_is_left_for_comes_back_untouched():
    people = [{"card": f"70000000{n:02d}", "email": f"m{n}@example.com"} for n in range(6)]
    hurried = LambdaContext("queue_events", remaining_ms=ROUND_MS - 1)
    with play() as stage, patch.object(partial_batch, "AT_A_TIME", 2):
        for number, person in enumerate(people):
            post(event(member=person), f"w{number}")
        told = sqs_event("milepost-events", stage.world.substrate.events.receive(10))
        answer = queue_events(told, hurried)
        assert len(list(stage.engine.members.every())) == 2
        assert len(answer["batchItemFailures"]) == 4
        assert queue_events(told, LambdaContext("queue_events")) == {"batchItemFailures": []}
        assert all(stage.id_of(person) for person in people)
