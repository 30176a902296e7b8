"""What a partner's word that two members are one person, or are not, does.

An event that died half-way is applied again, and a merge is as safe to repeat as that.
"""

from chalicelib.domain.events import EventOutcome, EventType, PartnerEvent
from chalicelib.domain.identity import strongest
from chalicelib.domain.merging import MergeRefusal
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.merge_members import Merged, Unmerged, merge, unmerge

MERGING = (EventType.MEMBER_MERGED, EventType.MEMBER_UNMERGED)
_DONE = (MergeRefusal.SAME_MEMBER, MergeRefusal.NOT_MERGED)
"""Refusals that leave all as the event says it is."""


def apply_merge(engine: Engine, event: PartnerEvent) -> tuple[EventOutcome, str] | None:
    """Merge or part the two; return the outcome and the survivor's id, None while one is unknown.

    The names of the absorbed one lead to it also while it is merged: so it is found again.
    """
    answer: Merged | Unmerged | MergeRefusal
    survivor = engine.members.member_of(strongest(event.aliases))
    absorbed = engine.members.member_of(strongest(event.absorbed))
    if survivor is None or absorbed is None:
        return None
    if event.type is EventType.MEMBER_MERGED:
        answer = merge(engine, survivor, absorbed)
    elif _merged_elsewhere(engine, survivor, absorbed):
        answer = MergeRefusal.MERGED_ON
    else:
        answer = unmerge(engine, absorbed)
    if answer is MergeRefusal.UNKNOWN:
        return None
    return _outcome(answer), engine.members.resolve(survivor)


def _merged_elsewhere(engine: Engine, survivor: str, absorbed: str) -> bool:
    into = engine.members.resolve(absorbed)
    return into != absorbed and into != engine.members.resolve(survivor)


def _outcome(answer: Merged | Unmerged | MergeRefusal) -> EventOutcome:
    match answer:
        case MergeRefusal.ERASED:
            return EventOutcome.ERASED
        case MergeRefusal() if answer not in _DONE:
            return EventOutcome.REFUSED
        case _:
            return EventOutcome.APPLIED
