"""What becomes of the journeys of a member who is no more: erased, or merged into another."""

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engine import Engine


def why_gone(engine: Engine, member_id: str) -> Reason | None:
    """Say why nobody has this id; None while somebody has, as after an unmerge."""
    if engine.members.resolve(member_id) != member_id:
        return Reason.MERGED
    return None if engine.members.load(member_id) else Reason.ERASED


def ended_for_gone(engine: Engine, enrolment: Enrolment) -> Enrolment:
    """Return the enrolment ended for that reason; as it is while the member is there."""
    now = engine.clock.now()
    match why_gone(engine, enrolment.member_id):
        case None:
            return enrolment
        case Reason.MERGED:
            return enrolment.merged(now)
        case reason:
            return enrolment.ended(reason, now)
