"""Members who fly, reach goals and use benefits of the shipped programme, for tests."""

from dataclasses import replace
from datetime import date, timedelta

from functional.worlds import ANN, START
from usecases.engines import memory_engine, partner_event

from chalicelib.domain.benefits import Benefit, Validity, ValidityKind
from chalicelib.domain.events import EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.ledger import Reference
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.post_transaction import post_transaction
from chalicelib.usecases.use_benefit import BenefitUse

ANN_CARD, BEN_CARD = ANN["card"], "7000000002"
TODAY = START.date()
DAY = timedelta(days=1)
LAST = date(2027, 12, 31)
SILVER, GOLD = 25_000, 50_000


def with_benefits_of(programme, *benefits):
    """Add benefits to the programme's, or put others in the place of its own."""
    known = {**programme.benefits.benefits, **{each.name: each for each in benefits}}
    return replace(programme, benefits=replace(programme.benefits, benefits=known))


def voucher(**said):
    """Build a voucher as the shipped one, which a goal brings."""
    return Benefit(
        name="upgrade_voucher",
        title="A voucher",
        goal="cobrand_card_issued",
        validity=Validity(kind=ValidityKind.DAYS, count=90),
        **said,
    )


def engine_with(*benefits):
    """An engine in which Ann and Ben are members."""
    engine = memory_engine(lambda programme: with_benefits_of(programme, *benefits))
    for card in (ANN_CARD, BEN_CARD):
        happens(engine, "member.joined", card, channel="offline", card=card)
    return engine


def changed(engine, *benefits):
    """Deploy other benefits."""
    return replace(engine, programme=with_benefits_of(engine.programme, *benefits))


def happens(engine, type_, member=ANN_CARD, **facts):
    names = (alias_of(AliasType.CARD, member),)
    event = partner_event(
        EventType(type_), f"{type_}-{member}", engine.clock.now(), aliases=names, facts=facts
    )
    return handle_event(engine, event, 1)


def id_of(engine, card=ANN_CARD):
    return engine.members.member_of(alias_of(AliasType.CARD, card))


def flies(engine, miles, card=ANN_CARD, reference="t"):
    """Post one flight, and nothing else."""
    on = engine.programme.calendar.day_of(engine.clock.now())
    lines = (Line(kind="flight", distance=miles, booking_class="Y"),)
    transaction = Transaction(partner="demo", reference=f"{reference}-{card}", on=on, lines=lines)
    return post_transaction(engine, id_of(engine, card), transaction)


def membership(engine, card=ANN_CARD):
    member_id = engine.members.member_of(alias_of(AliasType.CARD, card))
    return engine.memberships.load(member_id).membership


def live(engine, card=ANN_CARD):
    """Return the names of the benefits in the member's own membership that can be used."""
    today = engine.programme.calendar.day_of(engine.clock.now())
    grants = membership(engine, card).benefits.values()
    return sorted(grant.benefit for grant in grants if grant.is_live(today))


def use(engine, benefit, reference="u-1", card=ANN_CARD, caller="demo"):
    return BenefitUse(
        member_id=engine.members.resolve(id_of(engine, card)),
        benefit=benefit,
        reference=Reference(caller, reference),
    )
