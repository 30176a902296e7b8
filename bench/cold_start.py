"""Cold starts: each function in a fresh interpreter, as Lambda starts it.

Measured twice in one process: when the function is imported and the engine is there, and when
the first event is answered, since parts of the engine are made at their first use. The
baseline is Chalice and one boto3 client, and then one plain call. The package's bytecode is
as it comes: like Lambda's, its folder is not written to.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.places import Place

_MEASURE = """
import sys, time
event_text = sys.stdin.read()
begun = time.process_time()
{start}
started = time.process_time()
{first}
print()
print("measured", started - begun, time.process_time() - begun)
"""
_FUNCTION_START = """
from {module} import {attribute} as function
from chalicelib import bootstrap
engine = bootstrap.engine()
"""
_FUNCTION_FIRST = """
import json
from datetime import datetime
from types import SimpleNamespace
from chalicelib.adapters.clock import VirtualClock
vars(engine)["clock"] = VirtualClock(datetime.fromisoformat({now!r}))
context = SimpleNamespace(
    function_name="bench",
    memory_limit_in_mb=512,
    aws_request_id="bench",
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:bench",
    get_remaining_time_in_millis=lambda: 60_000,
)
answer = function(json.loads(event_text), context) or {{}}
assert not answer.get("batchItemFailures") and answer.get("statusCode", 202) == 202, answer
"""
_BASELINE_START = "import chalice.app, boto3; client = boto3.client('dynamodb')"
_BASELINE_FIRST = (
    "client.get_item(TableName='t', Key={'PK': {'S': 'x'}, 'SK': {'S': 'y'}}, ConsistentRead=True)"
)
BASELINE = _MEASURE.format(start=_BASELINE_START, first=_BASELINE_FIRST)


class ColdStartError(Exception):
    """A function did not start, or did not answer its first event."""


@dataclass(frozen=True, slots=True)
class Start:
    """CPU seconds of one start: until the engine is there, and until the first answer."""

    ready_s: float
    answered_s: float


def function_code(module: str, attribute: str, now: datetime) -> str:
    """Return what starts the function and hands it the event from standard input."""
    return _MEASURE.format(
        start=_FUNCTION_START.format(module=module, attribute=attribute),
        first=_FUNCTION_FIRST.format(now=now.isoformat()),
    )


def start(place: Place, settings: Mapping[str, str], code: str, event: str = "{}") -> Start:
    """Run the code in a fresh interpreter that knows the place and the settings alone."""
    process = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *place.flags, "-c", code],
        cwd=place.folder,
        env={**settings, **place.environment(), "PATH": os.environ["PATH"]},
        input=event,
        capture_output=True,
        text=True,
        check=False,
    )
    words = process.stdout.split()[-3:]
    if process.returncode or words[:1] != ["measured"]:
        raise ColdStartError(f"{place.name}: {process.stderr[-2000:]}")
    return Start(*_seconds(words))


def _seconds(words: Sequence[str]) -> tuple[float, float]:
    return float(words[1]), float(words[2])
