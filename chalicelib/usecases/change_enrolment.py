"""Change one enrolment by a pure function, however often others change it meanwhile."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.decision import settle
from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.gone_member import ended_for_gone
from chalicelib.usecases.ports import Case, UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment

Change = Callable[[Enrolment], Enrolment]


def change_enrolment(
    engine: Engine, member_id: str, journey: str, entry: int, change: Change
) -> Enrolment | None:
    """Store what ``change`` makes of the enrolment, settled; None when there is none.

    Most feedback changes nothing, or only what is remembered of a mail: that takes a read of
    the one item, and the rules are not asked.
    """
    enrolment = engine.enrolments.load(member_id, journey, entry)
    changed = change(enrolment) if enrolment else None
    if enrolment is None or changed is None or changed == enrolment:
        return enrolment
    if changed == replace(enrolment, steps=changed.steps) and engine.enrolments.save(changed):
        return changed
    for _ in range(MAX_TRIES):
        case, enrolment = _read(engine, member_id, journey, entry)
        if enrolment is None:
            return None
        changed = change(enrolment)
        if changed == enrolment:
            return enrolment
        after = settled(engine, case, changed)
        if store_enrolment(engine, enrolment, after):
            return after
    raise UnavailableError("the enrolment was busy; it is tried again")


def settled(engine: Engine, case: Case | None, enrolment: Enrolment) -> Enrolment:
    """Return the enrolment settled by what the case knows, itself being newer than the case.

    Without a case the member is erased, or merged into another: no mail follows under this id.
    """
    if case is None:
        return ended_for_gone(engine, enrolment)
    now = engine.clock.now()
    mailed = case.with_enrolment(enrolment).mailed_at()
    return settle(engine.programme, enrolment, case.member, now, mailed, case.pauses)[0]


def _read(
    engine: Engine, member_id: str, journey: str, entry: int
) -> tuple[Case | None, Enrolment | None]:
    """Read the case and in it the enrolment, or of an erased member the enrolment alone.

    The journey may be gone from the programme; what is open in it is settled all the same.
    """
    case = engine.enrolments.load_case(
        member_id, dict.fromkeys((*engine.programme.journeys, journey))
    )
    latest = case.enrolments.get(journey) if case else None
    if latest is None or latest.entry != entry:
        return case, engine.enrolments.load(member_id, journey, entry)
    return case, latest
