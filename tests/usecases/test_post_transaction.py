"""What a transaction brings, and what a return takes back of whoever goes on for the member."""

from dataclasses import replace
from datetime import timedelta

import pytest
from usecases.benefit_lives import ANN_CARD, BEN_CARD, happens
from usecases.engines import memory_engine

from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.ledger import Reference
from chalicelib.domain.tier_rules import PeriodKind
from chalicelib.domain.transaction import Line, Return, Transaction
from chalicelib.usecases.merge_members import Merged, merge
from chalicelib.usecases.post_transaction import post_transaction, return_of_transaction

DAY = timedelta(days=1)


def by(kind):
    """Let tiers be judged by years of this kind."""

    def change(programme):
        plan = programme.tier_plan
        sets = tuple(replace(each, period=kind) for each in plan.rule_sets)
        return replace(programme, tier_plan=replace(plan, rule_sets=sets))

    return change


def id_of(engine, card):
    return engine.members.member_of(alias_of(AliasType.CARD, card))


def joins(engine, card):
    happens(engine, "member.joined", card, channel="offline", card=card)
    return id_of(engine, card)


def flies(engine, member_id, pieces=2):
    line = Line(kind="flight", distance=1000, booking_class="Y", quantity=pieces)
    on = engine.clock.now().date()
    told = Transaction(partner="demo", reference="t-1", on=on, lines=(line,))
    return post_transaction(engine, member_id, told)


def returns(engine, pieces, name="b-1"):
    back = Return(partner="demo", reference="t-1", lines=((0, pieces),))
    return return_of_transaction(engine, back, Reference("demo", name), name)


def qualifying(engine, member_id):
    tallies = engine.memberships.load(member_id).membership.wallet.tallies
    return sum(amount for name, amount in tallies.items() if name.startswith("qualifying@"))


@pytest.mark.parametrize("kind", PeriodKind)
def test_a_return_after_a_merge_uncounts_what_came_back_whatever_years_the_survivor_has(kind):
    engine = memory_engine(by(kind))
    ann = joins(engine, ANN_CARD)
    engine.clock.advance(40 * DAY)
    ben = joins(engine, BEN_CARD)
    flies(engine, ben)
    assert isinstance(merge(engine, ann, ben), Merged)
    assert qualifying(engine, ann) == 2000
    returns(engine, 1)
    assert qualifying(engine, ann) == 1000
    returns(engine, 1, "b-2")
    assert qualifying(engine, ann) == 0
