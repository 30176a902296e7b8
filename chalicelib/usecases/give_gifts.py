"""Give what mails promised: one posting for each promise, whatever asks for it again."""

from collections.abc import Iterable

from chalicelib.domain.gifts import Grant, gifts_earned
from chalicelib.domain.ledger_booking import earn
from chalicelib.usecases.book import Desk, Drafted, NoMemberError, Request, book
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import Case


def give_gifts(engine: Engine, case: Case, goals: Iterable[str]) -> int:
    """Give what these goals have earned; return how many gifts had not been given before."""
    reached, given = set(goals), 0
    for name, enrolment in case.enrolments.items():
        journey = engine.programme.journeys[name]
        for grant in gifts_earned(journey, enrolment, engine.clock.now(), reached):
            if _give(engine, grant):
                engine.metrics.count("gift_granted")
                given += 1
    return given


def _give(engine: Engine, grant: Grant) -> bool:
    """Tell whether it was given now. Nobody is left to give it to where the member was erased."""

    def drafting(desk: Desk) -> Drafted:
        earning = grant.earning(desk.order.on)
        rules = engine.programme.unit_rules
        return Drafted(posting=earn(desk.wallet, rules, desk.order, earning))

    request = Request(
        member_id=grant.member_id, reference=grant.reference, body_hash="", drafting=drafting
    )
    try:
        return not book(engine, request).repeated
    except NoMemberError:
        return False
