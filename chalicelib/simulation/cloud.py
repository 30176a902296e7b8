"""What AWS does around the functions: it runs each in a process of its own, up to its deadline.

The functions are the engine's real ones. A new programme is for those that begin after it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from greenlet import getcurrent

from app import app
from chalicelib import bootstrap
from chalicelib.adapters.lockstep import Lockstep
from chalicelib.adapters.queue_consumers import ReceivedMessage
from chalicelib.domain.journey import Programme
from chalicelib.handlers.queue_events import queue_events
from chalicelib.handlers.queue_feedback import queue_feedback
from chalicelib.handlers.queue_sends import queue_sends
from chalicelib.handlers.schedule_audit import schedule_audit
from chalicelib.handlers.schedule_due import schedule_due
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import MOST_SKEW, Fault
from chalicelib.simulation.record import Began, Crashed, Deployed, Died, Faulted, Record
from chalicelib.simulation.scheduler import Ended, Invocation, Scheduler
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.together import Act
from chalicelib.world import gateway
from chalicelib.world.lambda_events import schedule_event, sqs_event

TIMEOUTS = {
    "api": timedelta(seconds=25),
    "queue_events": timedelta(seconds=60),
    "queue_sends": timedelta(seconds=120),
    "queue_feedback": timedelta(seconds=60),
    "schedule_due": timedelta(seconds=55),
    "schedule_audit": timedelta(seconds=900),
    "operator": timedelta(hours=1),
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "queue_events": queue_events,
    "queue_sends": queue_sends,
    "queue_feedback": queue_feedback,
    "schedule_due": schedule_due,
    "schedule_audit": schedule_audit,
}
_GONE, _FAILED, _TIMED_OUT = 502, 500, 504
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Context:
    """What a function may ask about its own invocation; its time is the simulation's."""

    function_name: str
    aws_request_id: str
    deadline: datetime
    scheduler: Scheduler
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:simulated"

    def get_remaining_time_in_millis(self) -> int:
        return (self.deadline - self.scheduler.now) // _MILLISECOND


@dataclass(slots=True)
class WorkerClock:
    """The port ``Clock``: true time, and how far the clock of whoever asks is off."""

    scheduler: Scheduler

    def now(self) -> datetime:
        current = self.scheduler.current
        return self.scheduler.now + current.skew if current else self.scheduler.now


@dataclass(frozen=True, slots=True)
class MortalLockstep:
    """The port ``Together``, as on AWS; what a killed function leaves half done is known."""

    scheduler: Scheduler

    def run(self, acts: Sequence[Act]) -> list[Exception | None]:
        return Lockstep().run([partial(self._run, act) for act in acts])

    def _run(self, act: Act) -> object:
        if current := self.scheduler.current:
            current.acts.append(getcurrent())
        return act()


Body = Callable[[Context, Engine], Any]
OnAnswer = Callable[[gateway.HttpResponse], object]


@dataclass(slots=True)
class Cloud:
    """Runs functions; ``skewed`` is how often a worker's clock is off."""

    scheduler: Scheduler
    record: Record
    chance: Chance
    engine: Engine
    skewed: float = 0.0
    _numbers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.scheduler.on_deadline = self._on_deadline

    def deploy(self, engine: Engine) -> None:
        """Let whatever begins from now on run with this engine's programme."""
        self.engine = engine
        self.record.add(Deployed, programme=engine.programme)

    @property
    def programme(self) -> Programme:
        return self.engine.programme

    def run(self, function: str, body: Body, on_end: Callable[[Ended], object]) -> None:
        """Run ``body`` as an invocation of the function; ``on_end`` hears how it ended."""
        self._numbers[function] += 1
        name = f"{function}#{self._numbers[function]}"
        deadline = self.scheduler.now + TIMEOUTS[function]
        context = Context(function, name, deadline, self.scheduler)
        engine = self.engine
        invocation = Invocation(function, name, partial(body, context, engine), deadline)
        invocation.on_end = on_end
        self._give_process(invocation, engine)
        if self.skewed and self.chance.happens(self.skewed):
            invocation.skew = MOST_SKEW * self.chance.between(-1, 1)
            self.record.add(Faulted, kind=Fault.CLOCK_SKEW, where=function)
        self.scheduler.start(invocation)

    def on_messages(
        self, queue: str, messages: Sequence[ReceivedMessage], on_end: Callable[[Ended], object]
    ) -> None:
        """Call the queue's function with a batch of messages."""
        function = f"queue_{queue}"
        event = sqs_event(f"milepost-{queue}", messages)
        self.run(function, lambda context, _: _FUNCTIONS[function](event, context), on_end)

    def on_schedule(self, function: str, on_end: Callable[[Ended], object]) -> None:
        """Call a function that the clock calls."""
        event = schedule_event(function, self.scheduler.now)
        self.run(function, lambda context, _: _FUNCTIONS[function](event, context), on_end)

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, on_answer: OnAnswer
    ) -> None:
        """Let a client call the API; the answer of a function that died is API Gateway's."""

        def serve(context: Context, _: Engine) -> gateway.HttpResponse:
            return gateway.request(method, path, headers, body, lambda event: app(event, context))

        def answer(ended: Ended) -> None:
            if ended.error:
                self.record.add(Crashed, function="api", error=type(ended.error).__name__)
            if ended.answer and ended.answer.status == _FAILED:
                self.record.add(Crashed, function="api", error="answered 500")
            on_answer(ended.answer or gateway.HttpResponse(_GONE))

        self.run("api", serve, answer)

    def _give_process(self, invocation: Invocation, engine: Engine) -> None:
        """What a process has for itself: the engine it started with, and Chalice's request."""
        kept: list[Any] = [None, None]

        def enter() -> None:
            bootstrap.use(engine)
            app.current_request, app.lambda_context = kept

        def leave() -> None:
            kept[:] = [app.current_request, app.lambda_context]

        invocation.enter, invocation.leave = enter, leave
        began = self.record.add
        body = invocation.body

        def begin() -> Any:  # noqa: ANN401 - as the body answers
            began(Began, function=invocation.function)
            return body()

        invocation.body = begin

    def _on_deadline(self, invocation: Invocation) -> None:
        self.record.add(Died, function=invocation.function, where="deadline")
