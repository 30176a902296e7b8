"""Store an enrolment, and count what that settled: each skip and each end by its reason."""

from dataclasses import replace

from chalicelib.domain.enrolment import Enrolment, StepState
from chalicelib.usecases.engine import Engine


def store_enrolment(engine: Engine, before: Enrolment | None, after: Enrolment) -> bool:
    """Store ``after``; False, with nothing counted, when another writer was quicker.

    A later entry than ``before`` takes its place, which is kept as it was.
    """
    if before and before.entry < after.entry:
        former = replace(before, replaced_at=after.entered_at)
        stored, before = engine.enrolments.follow(former, after), None
    else:
        stored = engine.enrolments.save(after)
    if not stored:
        return False
    known = before.steps if before else {}
    for step, record in after.steps.items():
        if record.state is StepState.SKIPPED and step not in known:
            engine.metrics.count(f"step_{record.reason}")
    if after.exit and not (before and before.exit):
        engine.metrics.count(f"journey_{after.exit.reason}")
    return True
