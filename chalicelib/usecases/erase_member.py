"""Erase a member: effective for every mail claimed after this returns.

The tombstone comes first: from then on no event and no sender finds a profile, and none can be
stored again. Then every live enrolment is ended: a sender that decided before fails at its claim.
What stays names nobody: enrolments, grants and events under the opaque id, aliases as digests.
"""

from collections.abc import Iterable

from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment


def erase_member(engine: Engine, member_id: str) -> bool:
    """Erase; False when nobody has this id. What died half-way is finished by a second run."""
    if not engine.members.erase(member_id, engine.clock.now()):
        return False
    journeys = {each.journey: each for each in engine.enrolments.of(member_id)}
    end_enrolments(engine, member_id, journeys)
    return True


def end_enrolments(engine: Engine, member_id: str, journeys: Iterable[str]) -> None:
    """End what is live of an erased member in these journeys, so that nothing is due any more."""
    for journey in journeys:
        _end(engine, member_id, journey)


def _end(engine: Engine, member_id: str, journey: str) -> None:
    """A claim that stands is left to its sender, to feedback or to the audit: it may be out."""
    for _ in range(MAX_TRIES):
        enrolment = engine.enrolments.load(member_id, journey)
        if enrolment is None or (enrolment.exit and not enrolment.due_at):
            return
        if store_enrolment(engine, enrolment, enrolment.ended(Reason.ERASED, engine.clock.now())):
            return
    raise UnavailableError("the member's enrolments were busy; erase the member again")
