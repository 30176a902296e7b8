"""Functions that die at the k-th call that they make to a port, or get no answer to it.

Dying before a call is the same as dying after the one before it; to get no answer from a
service that did not act and from one that did are two things.
"""

import heapq
from contextlib import contextmanager
from unittest.mock import patch

from functional.worlds import play, post

from chalicelib.observability import FunctionFailedError
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world import gateway
from chalicelib.world import world as world_module

PORTS = (
    "members",
    "enrolments",
    "events",
    "memberships",
    "event_queue",
    "send_queue",
    "mailer",
    "metrics",
)
HARMLESS = ("metrics.count", "event_queue.read", "send_queue.read")
"""Nothing leaves the process here: to die now or at the next call is the same."""


class DeathError(BaseException):
    """The function was killed. No ``except Exception`` may stop it."""


class Fate:
    """What happens at the k-th call (from 1; 0: nothing), before or after it is done."""

    def __init__(self, call=0, error=DeathError, *, done=True):
        self.call = call
        self.error = error
        self.done = done
        self.calls = []

    def __str__(self):
        done = "after" if self.done else "before"
        return f"{self.error.__name__} {done} call {self.call}: {self.calls[self.call - 1]}"

    def strikes(self, name):
        """Note the call and say whether it is the fatal one."""
        if name in HARMLESS:
            return False
        self.calls.append(name)
        return len(self.calls) == self.call


class Mortal:
    """Any port, in whose calls the function may die."""

    def __init__(self, name, port, fate):
        self._name = name
        self._port = port
        self._fate = fate

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*args, **kwargs):
            fatal = self._fate.strikes(f"{self._name}.{name}")
            if fatal and not self._fate.done:
                raise self._fate.error
            answer = method(*args, **kwargs)
            if fatal:
                raise self._fate.error
            return answer

        return call


class SurvivingApp:
    """API Gateway: its answer for a function that died is 502."""

    def __init__(self, app):
        self._app = app
        self.routes = app.routes

    def __call__(self, event, context):
        try:
            return self._app(event, context)
        except DeathError:
            return {"statusCode": 502, "headers": {}, "body": ""}


def surviving(handler, after_death):
    def call(event, context):
        try:
            return handler(event, context)
        except (DeathError, UnavailableError, FunctionFailedError):
            return after_death(event)

    return call


def all_come_back(event):
    """Lambda and SQS: the whole batch of a function that died is seen again."""
    failures = [{"itemIdentifier": record["messageId"]} for record in event["Records"]]
    return {"batchItemFailures": failures}


@contextmanager
def dying_play(fate):
    """Run a world whose functions die as ``fate`` says; AWS does what it then does."""
    with play() as stage:
        stage.use(**{name: Mortal(name, getattr(stage.engine, name), fate) for name in PORTS})

        def next_minute(_):
            """The tick comes every minute, whatever became of the last one."""
            heapq.heappush(stage.world.due, stage.world.now())
            return {"queued": 0, "looks": 0}

        after_death = {
            "queue_events": all_come_back,
            "queue_sends": all_come_back,
            "queue_feedback": all_come_back,
            "schedule_due": next_minute,
            "schedule_audit": lambda _: None,
        }
        functions = {
            name: surviving(getattr(world_module, name), act) for name, act in after_death.items()
        }
        with (
            patch.multiple(world_module, **functions),
            patch.object(gateway, "app", SurvivingApp(gateway.app)),
        ):
            yield stage


def post_until_taken(stage, body, webhook_id):
    """A partner repeats what was not answered with 2xx."""
    for _ in range(3):
        answer = post(body, webhook_id)
        stage.world.run_now()
        if answer.status == 202:
            return
    raise AssertionError(answer)
