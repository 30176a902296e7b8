"""What the stack has beside Chalice's functions and API: one module a concern.

Each has ``fragment(stage)``, a pure function that returns a part of the template. Two fragments
may add to one resource, but never say the same thing.
"""

from collections.abc import Callable

from infra.cloudformation import Fragment
from infra.fragments import (
    alarms,
    api,
    dashboard,
    feedback,
    functions,
    outputs,
    parameters,
    queues,
    schedules,
    table,
)
from infra.stage import Stage

FRAGMENTS: tuple[Callable[[Stage], Fragment], ...] = (
    table.fragment,
    queues.fragment,
    feedback.fragment,
    parameters.fragment,
    functions.fragment,
    schedules.fragment,
    api.fragment,
    alarms.fragment,
    dashboard.fragment,
    outputs.fragment,
)
