"""Change one enrolment by a pure function, however often others change it meanwhile."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.decision import settle
from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.ports import Case, UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment

Change = Callable[[Enrolment], Enrolment]


def change_enrolment(
    engine: Engine, member_id: str, journey: str, change: Change
) -> Enrolment | None:
    """Store what ``change`` makes of the enrolment, settled; None when there is none.

    Most feedback changes nothing, or only what is remembered of a mail: that takes a read of
    the one item, and the rules are not asked.
    """
    enrolment = engine.enrolments.load(member_id, journey)
    changed = change(enrolment) if enrolment else None
    if enrolment is None or changed is None or changed == enrolment:
        return enrolment
    if changed == replace(enrolment, steps=changed.steps) and engine.enrolments.save(changed):
        return changed
    for _ in range(MAX_TRIES):
        case = engine.enrolments.load_case(member_id, engine.programme.journeys)
        enrolment = case.enrolments.get(journey) if case else None
        if case is None or enrolment is None:
            return None
        changed = change(enrolment)
        if changed == enrolment:
            return enrolment
        if store_enrolment(engine, enrolment, settled(engine, case, changed)):
            return changed
    raise UnavailableError("the enrolment was busy; it is tried again")


def settled(engine: Engine, case: Case, enrolment: Enrolment) -> Enrolment:
    """Return the enrolment settled by what the case knows, itself being newer than the case."""
    mailed = case.with_enrolment(enrolment).mailed_at()
    now = engine.clock.now()
    return settle(engine.programme, enrolment, case.member, now, mailed)[0]
