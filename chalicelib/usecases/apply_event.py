"""Let a partner's event have its effect, once.

Every effect is safe to repeat and the event is concluded last: an event that died half-way
is simply applied again. An event about a member nobody knows waits in the queue for the
``member.joined`` that may be behind it, a bounded number of receives, then is parked.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.events import EventOutcome, EventType, PartnerEvent
from chalicelib.domain.identity import strongest
from chalicelib.domain.member import Member, apply_event, is_stale, new_member
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.usecases.apply_transaction import apply_transaction
from chalicelib.usecases.change_member import change_member
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.give_gifts import give_gifts
from chalicelib.usecases.letters import event_letter
from chalicelib.usecases.look_at_member import look_at_member
from chalicelib.usecases.merge_events import MERGING, apply_merge
from chalicelib.usecases.names import NAMING, claim_names, keep_former_names
from chalicelib.usecases.ports import Case, EventRecord, Receipt
from chalicelib.usecases.post_transaction import UnknownTransactionError
from chalicelib.usecases.record_ids import conflict_record
from chalicelib.usecases.settle_member import Cause, settle_member
from chalicelib.usecases.tell_tier import tell_tier

RECEIVES_BEFORE_PARKING = 4
"""One below the queue's own limit of 5: parking gives a reason, the limit does not."""

_OPEN = (
    None,
    EventOutcome.PARKED_UNKNOWN_MEMBER,
    EventOutcome.PARKED_UNKNOWN_TRANSACTION,
)
"""Outcomes that another try may change."""

_NO_USE = (EventOutcome.PARKED_CONFLICT, EventOutcome.PARKED_REFUSED)
"""Outcomes by the ledger's say: its references stand for ever, so no try changes them."""

_REASONS = {
    EventOutcome.PARKED_UNKNOWN_MEMBER: ParkReason.UNKNOWN_MEMBER,
    EventOutcome.PARKED_CONFLICT: ParkReason.CONFLICT,
    EventOutcome.PARKED_UNKNOWN_TRANSACTION: ParkReason.UNKNOWN_TRANSACTION,
    EventOutcome.PARKED_REFUSED: ParkReason.REFUSED,
}


class UnknownMemberError(Exception):
    """The event is about a member, or a transaction, still on its way: try again later."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of an event, and whom it was about ("" when nobody is known by its names)."""

    outcome: EventOutcome
    member_id: str = ""


def handle_event(engine: Engine, event: PartnerEvent, receives: int) -> Handled:
    """Apply the event and keep its outcome; ``receives`` counts the tries, from 1."""
    handled = _handle(engine, event, receives)
    if handled.outcome is not EventOutcome.REPEATED:
        engine.metrics.count(f"event_{handled.outcome}")
    return handled


def _handle(engine: Engine, event: PartnerEvent, receives: int) -> Handled:
    known = _claim_id(engine, event)
    if known and known.body_hash != event.body_hash:
        return _park_conflict(engine, event)
    if known and known.outcome in _NO_USE:
        return _park(engine, event, known.outcome)  # replayed: it must not be gone from there
    if known and known.outcome not in _OPEN:
        return Handled(EventOutcome.REPEATED, known.member_id)
    try:
        handled = _take_effect(engine, event)
    except UnknownTransactionError:
        return _wait_or_park(engine, event, receives, EventOutcome.PARKED_UNKNOWN_TRANSACTION)
    if handled is None:
        return _wait_or_park(engine, event, receives, EventOutcome.PARKED_UNKNOWN_MEMBER)
    if handled.outcome in _NO_USE:
        _park(engine, event, handled.outcome)
    engine.events.conclude(_record(engine, event, handled.outcome, handled.member_id))
    return handled


def _claim_id(engine: Engine, event: PartnerEvent) -> EventRecord | None:
    """Return what is kept of the event's id; keep it for this body if nothing is (None).

    Before any effect: an id stands for one body from the first moment on. The intake has kept
    the id of an event that came alone; those of a batch are kept here.
    """
    known = engine.events.find(event.partner, event.event_id)
    if known:
        return known
    receipt = engine.events.receive(_record(engine, event, None, ""))
    return None if receipt is Receipt.NEW else engine.events.find(event.partner, event.event_id)


def _take_effect(engine: Engine, event: PartnerEvent) -> Handled | None:
    """Change the profile, then everything that follows from it; None for an unknown member.

    A name may lead to a member who was merged into another, be it in this moment: then the event is
    the survivor's. Only who is not there costs that read.
    """
    if event.type in MERGING:
        merged = apply_merge(engine, event)
        return Handled(*merged) if merged else None
    event = _with_time_zone(engine, event)
    member_id, handled = _identify(engine, event), None
    while member_id is not None:
        handled = _take_effect_on(engine, event, member_id)
        gone = handled is None or handled.outcome is EventOutcome.ERASED
        survivor = engine.members.resolve(member_id) if gone else member_id
        if survivor == member_id:
            break
        member_id = survivor
    return handled


def _take_effect_on(engine: Engine, event: PartnerEvent, member_id: str) -> Handled | None:
    """Do that to this very member; nothing, or only what is harmless, to one who was merged."""
    if event.type in NAMING and _erased_before(engine, event, member_id):
        return _without_effect(engine, member_id)
    address = claim_names(engine, event, member_id)
    goals = engine.programme.goals_reached_by(event.type, engine.clock.now())

    def told(known: Member) -> Member:
        member = apply_event(known, event).reached(goals)
        return address.kept_by(member) if address else member

    joined = event.type is EventType.MEMBER_JOINED
    newcomer = _introduce(engine, told(new_member(member_id, event))) if joined else None
    member = newcomer or change_member(engine, member_id, told)
    if member is None:  # erased, or its member.joined died half-way, and will be back
        erased = engine.members.is_erased(member_id)
        return _without_effect(engine, member_id) if erased else None
    if newcomer is None:
        keep_former_names(engine, event, member)
    case = settle_member(engine, member_id, _cause(event), goals, newcomer)
    if case is None or (_entered_unseen(case) and engine.members.load(member_id) is None):
        return _without_effect(engine, member_id)
    tell_tier(engine, member, event)
    if engine.programme.benefits.brought_by(goals, joined=joined, facts=bool(event.facts)):
        look_at_member(engine, member_id)
    if give_gifts(engine, case, goals) and engine.programme.asks_balances():
        settle_member(engine, member_id)  # a step may wait for a balance
    if event.transaction or event.returned:
        return Handled(apply_transaction(engine, event, member_id), member_id)
    outcome = EventOutcome.STALE if is_stale(member, event) else EventOutcome.APPLIED
    return Handled(outcome, member_id)


def _erased_before(engine: Engine, event: PartnerEvent, member_id: str) -> bool:
    """Look before names are given, where the member is not the very one the event introduces."""
    introduced = engine.ids.member_id(event.partner, event.event_id)
    return member_id != introduced and engine.members.is_erased(member_id)


def _without_effect(engine: Engine, member_id: str) -> Handled:
    """Leave alone who is no more; a journey that was entered in the same moment is ended."""
    end_enrolments(engine, member_id, engine.programme.journeys)
    return Handled(EventOutcome.ERASED, member_id)


def _entered_unseen(case: Case) -> bool:
    """Tell whether a journey was entered just now that waits for an event.

    Who erased or merged the member meanwhile has not seen it, and nobody would: of what is due the
    sender finds out. So most who join cost no read for this.
    """
    live = [each for each in case.enrolments.values() if not (each.exit or each.due_at)]
    return any(enrolment.version == 0 for enrolment in live)


def _cause(event: PartnerEvent) -> Cause:
    """Say what the event may begin and end.

    Read off the event alone, so that an event that died half-way begins it the second time. An
    update that tells no address mends nothing, or a new journey would begin for everybody.
    """
    address_told = event.type is EventType.MEMBER_UPDATED and "email" in event.facts
    return Cause(event.type, mended=address_told or event.type is EventType.MAIL_CONSENTED)


def _introduce(engine: Engine, fresh: Member) -> Member | None:
    """Store a member who is new; None when somebody is stored under the name already."""
    return fresh if engine.members.save(fresh) else None


def _identify(engine: Engine, event: PartnerEvent) -> str | None:
    """Say who is meant: the strongest alias decides, for weaker ones are shared."""
    alias = strongest(event.aliases)
    if event.type is not EventType.MEMBER_JOINED:
        return engine.members.member_of(alias)
    return engine.members.claim_alias(alias, engine.ids.member_id(event.partner, event.event_id))


def _with_time_zone(engine: Engine, event: PartnerEvent) -> PartnerEvent:
    """Add the clock that the home airport stands for, unless the partner told one."""
    airport = event.facts.get("home_airport")
    zone = engine.time_zones.of_airport(str(airport)) if airport else None
    if zone is None or "time_zone" in event.facts:
        return event
    return replace(event, facts={**event.facts, "time_zone": zone})


def _wait_or_park(
    engine: Engine, event: PartnerEvent, receives: int, outcome: EventOutcome
) -> Handled:
    """What the event is about may be on its way, in an event that was told before it."""
    if receives < RECEIVES_BEFORE_PARKING:
        raise UnknownMemberError("what the event is about is not known yet")
    engine.events.conclude(_record(engine, event, outcome, ""))
    return _park(engine, event, outcome)


def _park_conflict(engine: Engine, event: PartnerEvent) -> Handled:
    """Keep the outcome beside the other event's: whoever follows the webhook has to find it."""
    handled = _park(engine, event, EventOutcome.PARKED_CONFLICT)
    record = _record(engine, event, handled.outcome, "")
    name = conflict_record(event.webhook_id, event.event_id)
    engine.events.conclude(replace(record, event_id=name))
    return handled


def _park(engine: Engine, event: PartnerEvent, outcome: EventOutcome) -> Handled:
    engine.parking.park(QueueName.EVENTS, [event_letter(engine, event, _REASONS[outcome])])
    return Handled(outcome)


def _record(
    engine: Engine, event: PartnerEvent, outcome: EventOutcome | None, member_id: str
) -> EventRecord:
    return EventRecord(
        partner=event.partner,
        event_id=event.event_id,
        body_hash=event.body_hash,
        received_at=engine.clock.now(),
        outcome=outcome,
        member_id=member_id,
    )
