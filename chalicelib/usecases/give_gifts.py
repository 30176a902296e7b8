"""Give what mails promised: one posting for each promise, whatever asks for it again.

What was promised to members who were merged into this one is promised to this person: it is given
for what the survivor does, unless this person was given the like of it under another id.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.gifts import Grant, gifts_earned
from chalicelib.domain.ledger_booking import earn
from chalicelib.domain.member import Member
from chalicelib.usecases.book import Desk, Drafted, Request, UnbookedError, book
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import Case


def give_gifts(engine: Engine, case: Case, goals: Iterable[str]) -> int:
    """Give what these goals have earned; return how many gifts had not been given before."""
    reached, member = set(goals), case.member
    given = [_give(engine, grant) for grant in _earned(engine, case.enrolments.values(), reached)]
    elsewhere = _earned(engine, _absorbed(engine, member, reached), reached)
    given += [not _is_kept(engine, member, grant) and _give(engine, grant) for grant in elsewhere]
    return sum(given)


def _earned(
    engine: Engine, enrolments: Iterable[Enrolment], goals: Collection[str]
) -> Iterator[Grant]:
    for enrolment in enrolments:
        journey = engine.programme.journeys[enrolment.journey]
        yield from gifts_earned(journey, enrolment, engine.clock.now(), goals)


def _absorbed(engine: Engine, member: Member, goals: Collection[str]) -> Iterator[Enrolment]:
    """Yield the enrolments that may have promised something, as if they had gone on."""
    promising = [
        journey.name
        for journey in engine.programme.journeys.values()
        if any(step.gift and step.gift.goal in goals for step in journey.steps)
    ]
    reached = {name: at for name, at in member.goals.items() if name in goals}
    for member_id in sorted(member.absorbed):
        for journey in promising:
            if enrolment := engine.enrolments.load(member_id, journey):
                yield enrolment.reached(reached)


def _is_kept(engine: Engine, member: Member, grant: Grant) -> bool:
    """Tell whether the same mail's promise was kept already, to whichever id it was made."""
    made = (replace(grant, member_id=each) for each in (member.member_id, *member.absorbed))
    return any(engine.memberships.find(each.reference) for each in made)


def _give(engine: Engine, grant: Grant) -> bool:
    """Tell whether it was given now: not to who was erased, nor again to who was parted since."""

    def drafting(desk: Desk) -> Drafted:
        earning = grant.earning(desk.order.on)
        rules = engine.programme.unit_rules
        return Drafted(posting=earn(desk.wallet, rules, desk.order, earning))

    request = Request(
        member_id=grant.member_id, reference=grant.reference, body_hash="", drafting=drafting
    )
    try:
        answer = book(engine, request)
    except UnbookedError:
        return False
    if not answer.repeated:
        engine.metrics.count("gift_granted")
    return not answer.repeated
