"""The meter attributes what is counted, and processor time, to the function that runs."""

from time import process_time_ns

import pytest

from chalicelib.bootstrap import SES_CALLS
from chalicelib.cost.meter import OUTSIDE, Meter
from chalicelib.cost.prices import Line
from chalicelib.cost.waits import CALLS, MB_OF_A_CORE, duration

BUSY_NS = 30_000_000


def busy():
    end = process_time_ns() + BUSY_NS
    while process_time_ns() < end:
        pass


def test_what_is_counted_belongs_to_whoever_runs():
    meter = Meter()
    meter.add(Line.API)
    with meter.running("api_handler"):
        meter.add(Line.WRITES, 2)
        meter.call("dynamodb.PutItem")
        with meter.running("queue_sends"):
            meter.add(Line.WRITES, 3)
        meter.add(Line.WRITES)
    assert meter.amounts == {
        (OUTSIDE, Line.API): 1,
        ("api_handler", Line.WRITES): 3,
        ("queue_sends", Line.WRITES): 3,
    }
    assert meter.calls == {("api_handler", "dynamodb.PutItem"): 1}


def test_a_function_that_fails_is_over():
    meter = Meter()
    with pytest.raises(ZeroDivisionError), meter.running("queue_sends"):
        _ = 1 / 0
    assert meter.function == OUTSIDE


def test_the_time_of_what_is_outside_is_not_the_functions():
    meter = Meter()
    answer = meter.outside(lambda number: busy() or number)
    with meter.running("queue_sends"):
        busy()
        assert answer(7) == 7
    assert BUSY_NS <= meter.cpu_ns["queue_sends"] < 1.5 * BUSY_NS


def test_what_came_since_and_what_is_left_are_differences():
    meter = Meter()
    meter.add(Line.READS, 4)
    before = meter.snapshot()
    meter.add(Line.READS, 6)
    assert meter.since(before).amounts[OUTSIDE, Line.READS] == 6
    assert meter.less(before, 0.5).amounts[OUTSIDE, Line.READS] == 8
    assert before.amounts[OUTSIDE, Line.READS] == 4


def ran(memory_mb, *operations, invocations=1, cpu_ms=0):
    meter = Meter()
    meter.cpu_ns["queue_sends"] = cpu_ms * 1_000_000
    with meter.running("queue_sends"):
        for operation in operations:
            meter.call(operation)
    meter.cpu_ns["queue_sends"] = cpu_ms * 1_000_000
    return duration(meter, "queue_sends", invocations, memory_mb)


def test_less_memory_stretches_computing_and_not_waiting():
    call = CALLS["dynamodb.GetItem"]
    whole = ran(MB_OF_A_CORE, "dynamodb.GetItem", cpu_ms=10)
    assert whole.billed_seconds == pytest.approx((10 + call.cpu_ms + call.wait_ms + 0.5) / 1000)
    quarter = ran(MB_OF_A_CORE / 4, "dynamodb.GetItem", cpu_ms=10)
    computing = 4 * (10 + call.cpu_ms)
    assert quarter.billed_seconds == pytest.approx((computing + call.wait_ms + 0.5) / 1000)
    assert whole.gb_seconds == pytest.approx(whole.billed_seconds * MB_OF_A_CORE / 1024)


def test_mails_of_one_invocation_wait_together():
    wait = CALLS["sesv2.SendEmail"].wait_ms / 1000
    assert ran(512, *["sesv2.SendEmail"] * SES_CALLS).wait_seconds == pytest.approx(wait)
    assert ran(512, *["sesv2.SendEmail"] * 2 * SES_CALLS).wait_seconds == pytest.approx(2 * wait)
    apart = ran(512, *["sesv2.SendEmail"] * 10, invocations=10)
    assert apart.wait_seconds == pytest.approx(10 * wait)


def test_every_call_of_a_sample_has_a_wait(sample):
    made = {operation for _, operation in (*sample.chain.calls, *sample.audit.calls)}
    assert made <= set(CALLS)
    assert made >= {"dynamodb.BatchExecuteStatement", "sesv2.SendEmail", "sqs.SendMessageBatch"}
