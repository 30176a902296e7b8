"""Erase a member, under every id merged into it: effective for every mail claimed afterwards.

The tombstone comes first: from then on no event and no sender finds a profile, and none can be
stored again. Then every live enrolment is ended: a sender that decided before fails at its claim.
What stays names nobody: enrolments, grants and events under the opaque id, aliases as digests.
"""

from collections.abc import Iterable

from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.gone_member import ended_for_gone
from chalicelib.usecases.merge_wallets import is_moved, move_wallet
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment


def erase_member(engine: Engine, member_id: str) -> bool:
    """Erase; False when nobody has this id. What died half-way is finished by a second run."""
    member_id = engine.members.resolve(member_id)
    if not engine.members.erase(member_id, engine.clock.now()):
        return False
    stone = engine.members.tombstone(member_id)
    absorbed = stone.absorbed if stone else ()
    for each in absorbed:
        if is_moved(engine, each):  # by a merge that died half-way, and is refused from now on
            move_wallet(engine, each, member_id)
    for each in (*absorbed, member_id):
        engine.members.erase(each, engine.clock.now())
        journeys = {one.journey: one for one in engine.enrolments.of(each)}
        end_enrolments(engine, each, journeys)
    return True


def end_enrolments(engine: Engine, member_id: str, journeys: Iterable[str]) -> None:
    """End what is live of a member who is no more in these journeys: nothing is due afterwards."""
    for journey in journeys:
        _end(engine, member_id, journey)


def _end(engine: Engine, member_id: str, journey: str) -> None:
    """A claim that stands is left to its sender, to feedback or to the audit: it may be out."""
    for _ in range(MAX_TRIES):
        enrolment = engine.enrolments.load(member_id, journey)
        if enrolment is None or (enrolment.exit and not enrolment.due_at):
            return
        ended = ended_for_gone(engine, enrolment)
        if ended == enrolment or store_enrolment(engine, enrolment, ended):
            return
    raise UnavailableError("the member's enrolments were busy; do it again")
