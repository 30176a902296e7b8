"""A worker process: one sender function that empties the stub's queue of what is due.

``python -m bench.worker PORT NOW`` sends what one message has, so that everything is there that
is made at its first use, and says that it is ready. It waits for a line, works until the queue
is empty, and says what it did. The environment is a function's on AWS.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from bench.chain import SENDS, ChainError, queued_event
from bench.engine import Functions, invoke, load_functions
from bench.stub_process import Stub


def main(port: str, now: str) -> None:
    functions = load_functions(os.environ, datetime.fromisoformat(now))
    stub, size = Stub(int(port)), functions.batch_sizes[SENDS]
    _send(functions, stub.take_messages("sends", 1))
    _tell({"ready": True})
    sys.stdin.readline()
    begun, cpu_s = time.perf_counter(), 0.0
    while bodies := stub.take_messages("sends", size):
        cpu_s += _send(functions, bodies)
    _tell({"wall_s": time.perf_counter() - begun, "cpu_s": cpu_s})


def _send(functions: Functions, bodies: Sequence[str]) -> float:
    """Send what the messages have; return the CPU seconds."""
    spent_s, answer = invoke(functions.by_name[SENDS], SENDS, queued_event("sends", bodies))
    if answer["batchItemFailures"]:
        raise ChainError(f"{len(answer['batchItemFailures'])} messages could not be sent")
    return spent_s


def _tell(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
