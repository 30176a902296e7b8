"""The engine as Lambda has it, on the stub: built from the environment, under a virtual clock.

Events are handed over as text and answers are written as text, as Lambda's runtime does it, so
that what this costs is counted too.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.stub_process import Stub
from chalicelib.adapters.clock import VirtualClock
from chalicelib.world.lambda_events import LambdaContext

PARTNER = "bench"
SECRET = "whsec_bWlsZXBvc3QgbG9jYWwgd29ybGQgc2VjcmV0IQ=="  # noqa: S105 - opens nothing
QUEUES = "http://127.0.0.1/123456789012"
SENDS_PER_SECOND = 999_999
"""More than is ever sent at one moment of the bench's clock: nothing waits for a window."""
PARAMETERS = "/milepost/bench"
SECRETS = {
    "base-url": "https://api.example.com/v1",
    "partner-secrets": json.dumps({PARTNER: [SECRET]}),
    "token-keys": json.dumps({"k1": "bench-token-key-that-protects-nothing"}),
    "identity-key": "bench-identity-key-that-protects-nothing",
}
"""What stands in Parameter Store."""

NOBODY: AbstractContextManager[object] = nullcontext()
Function = Callable[[dict[str, Any], LambdaContext], Any]


def environment(stub: Stub, programme: Path) -> Mapping[str, str]:
    """Return what a deployment would set, and fill the stub's Parameter Store."""
    stub.set_parameters({f"{PARAMETERS}/{name}": value for name, value in SECRETS.items()})
    return {
        **stub.environment(),
        "MILEPOST_PROGRAMME": str(programme.resolve()),
        "MILEPOST_TABLE": "milepost-bench",
        "MILEPOST_EVENTS_QUEUE_URL": f"{QUEUES}/events",
        "MILEPOST_EVENTS_DEAD_LETTERS_URL": f"{QUEUES}/events-dead-letters",
        "MILEPOST_SENDS_QUEUE_URL": f"{QUEUES}/sends",
        "MILEPOST_SENDS_DEAD_LETTERS_URL": f"{QUEUES}/sends-dead-letters",
        "MILEPOST_FEEDBACK_QUEUE_URL": f"{QUEUES}/feedback",
        "MILEPOST_FEEDBACK_DEAD_LETTERS_URL": f"{QUEUES}/feedback-dead-letters",
        "MILEPOST_CONFIGURATION_SET": "milepost",
        "MILEPOST_PARAMETERS": PARAMETERS,
        "MILEPOST_SENDS_PER_SECOND": str(SENDS_PER_SECOND),
        "POWERTOOLS_SERVICE_NAME": "milepost-bench",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of the engine by name, how many records each gets at most, and the clock."""

    by_name: Mapping[str, Function]
    batch_sizes: Mapping[str, int]
    clock: VirtualClock


def load_functions(settings: Mapping[str, str], start: datetime) -> Functions:
    """Build the engine in this process. The environment stays set, as in a Lambda process."""
    os.environ.update(settings)
    from app import app  # noqa: PLC0415 - reads the environment
    from chalicelib import bootstrap  # noqa: PLC0415

    clock = VirtualClock(start)
    vars(bootstrap.engine())["clock"] = clock  # before any part of the engine has asked for it
    named = ("queue_events", "queue_sends", "schedule_due")
    return Functions(
        by_name={"http_intake": app, **{name: app.handler_map[name] for name in named}},
        batch_sizes={
            source.name: source.batch_size
            for source in app.event_sources
            if hasattr(source, "batch_size")
        },
        clock=clock,
    )


def invoke(
    function: Function, name: str, event: str, watch: AbstractContextManager[object] = NOBODY
) -> tuple[float, Any]:
    """Run a function on an event, ``watch`` looking on; return its CPU seconds and its answer."""
    context = LambdaContext(name)
    with Path(os.devnull).open("w", encoding="utf-8") as log, redirect_stdout(log), watch:
        before = time.process_time()
        answer = function(json.loads(event), context)
        json.dumps(answer)
        log.flush()
        spent = time.process_time() - before
    return spent, answer
