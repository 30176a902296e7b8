"""The Lambda functions that Chalice makes of the application, and what each is given.

One row a function; the fragments, the policies, the alarms and the checks are all made from it.
"""

from dataclasses import dataclass

VISIBILITY_PER_TIMEOUT = 6
LONGEST_WINDOW_SECONDS = 60
"""How long a message stays hidden: six timeouts and the time in which a batch fills, as AWS
advises. It must not come back while Lambda still tries its batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """``name`` is Chalice's; the logical ids are those that Chalice makes of it."""

    name: str
    logical_id: str
    handler: str
    timeout_seconds: int
    memory_mb: int
    """CPU comes with memory, so more of it shortens work, but not waits."""
    traced: bool
    """Whether X-Ray hears of each run, or of those alone whose cause it follows already. A trace of
    every batch would cost a twentieth of the mails."""

    @property
    def dashed(self) -> str:
        """The function's part of names on AWS."""
        return self.name.replace("_", "-")

    @property
    def tracing(self) -> str:
        return "Active" if self.traced else "PassThrough"

    @property
    def role_id(self) -> str:
        return "".join(part.title() for part in self.name.split("_")) + "Role"

    @property
    def log_group_id(self) -> str:
        return f"{self.logical_id}Log"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFunction(Function):
    """A function behind a queue; ``queue`` is the stem of the queue's names."""

    queue: str

    @property
    def event_id(self) -> str:
        return f"{self.logical_id}SqsEventSource"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFunction(Function):
    """A function that a rule of EventBridge calls.

    ``retries`` is how often Lambda repeats a failed call. A tick needs none: the next one finds
    all that it left.
    """

    retries: int
    max_age_seconds: int

    @property
    def event_id(self) -> str:
        return f"{self.logical_id}Event"


API = Function(
    name="api_handler",
    logical_id="APIHandler",
    handler="app.app",
    timeout_seconds=25,  # API Gateway gives up after 29
    memory_mb=512,
    traced=False,
)
QUEUE_FUNCTIONS = (
    QueueFunction(
        name="queue_events",
        logical_id="QueueEvents",
        handler="chalicelib.handlers.queue_events.queue_events",
        timeout_seconds=60,
        memory_mb=256,
        traced=False,
        queue="Events",
    ),
    QueueFunction(
        name="queue_sends",
        logical_id="QueueSends",
        handler="chalicelib.handlers.queue_sends.queue_sends",
        timeout_seconds=120,
        memory_mb=256,
        traced=False,
        queue="Sends",
    ),
    QueueFunction(
        name="queue_feedback",
        logical_id="QueueFeedback",
        handler="chalicelib.handlers.queue_feedback.queue_feedback",
        timeout_seconds=60,
        memory_mb=256,
        traced=False,
        queue="Feedback",
    ),
)
SCHEDULE_FUNCTIONS = (
    ScheduleFunction(
        name="schedule_due",
        logical_id="ScheduleDue",
        handler="chalicelib.handlers.schedule_due.schedule_due",
        timeout_seconds=55,  # the next tick comes after 60
        memory_mb=256,
        traced=True,
        retries=0,
        max_age_seconds=60,
    ),
    ScheduleFunction(
        name="schedule_audit",
        logical_id="ScheduleAudit",
        handler="chalicelib.handlers.schedule_audit.schedule_audit",
        timeout_seconds=900,
        memory_mb=1769,  # one whole processor: a million members take eight minutes of it
        traced=True,
        retries=2,
        max_age_seconds=21_600,
    ),
)
FUNCTIONS: tuple[Function, ...] = (API, *QUEUE_FUNCTIONS, *SCHEDULE_FUNCTIONS)
