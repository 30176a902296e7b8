"""Store an enrolment, and count what that settled: each skip and each end by its reason."""

from chalicelib.domain.enrolment import Enrolment, StepState
from chalicelib.usecases.engine import Engine


def store_enrolment(engine: Engine, before: Enrolment | None, after: Enrolment) -> bool:
    """Store ``after``; False, with nothing counted, when another writer was quicker."""
    if not engine.enrolments.save(after):
        return False
    known = before.steps if before else {}
    for step, record in after.steps.items():
        if record.state is StepState.SKIPPED and step not in known:
            engine.metrics.count(f"step_{record.reason}")
    if after.exit and not (before and before.exit):
        engine.metrics.count(f"journey_{after.exit.reason}")
    return True
