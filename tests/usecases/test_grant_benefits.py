"""Benefits: granted at once, on their day and once; used as often as they may be, and no more."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from functional.worlds import Disturbed
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.benefit_lives import (
    ANN_CARD,
    BEN_CARD,
    DAY,
    GOLD,
    LAST,
    SILVER,
    TODAY,
    changed,
    engine_with,
    flies,
    happens,
    id_of,
    live,
    membership,
    use,
    voucher,
)
from usecases.engines import orders, partner_event, run_interleaved

from chalicelib.domain.benefit_grants import MOST_REMEMBERED, BenefitGrant, BenefitRefusal
from chalicelib.domain.benefits import Benefit
from chalicelib.domain.news import NewsKind
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.look_at_member import look_at_member
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.use_benefit import BenefitUse, give_use_back, use_benefit

OF_SILVER = ["extra_bag", "priority_check_in"]
TOLD = "news_benefit_granted"


CARDS = (ANN_CARD, BEN_CARD)


def stored_news(engine):
    return [
        news.detail for news in membership(engine).news if news.kind is NewsKind.BENEFIT_GRANTED
    ]


def looks(engine, card=ANN_CARD):
    look_at_member(engine, id_of(engine, card))


def uses_of(engine, benefit, card=ANN_CARD):
    grants = membership(engine, card).benefits.values()
    return sum(len(grant.used) for grant in grants if grant.benefit == benefit)


def dying(engine):
    """The engine, which dies once before it stores a membership."""

    def die():
        raise UnavailableError("it died")

    return replace(engine, memberships=Disturbed(engine.memberships, "store", die, "before"))


# Granting.


def test_the_posting_that_reaches_the_tier_brings_its_benefits_at_once():
    engine = engine_with()
    flies(engine, SILVER - 1, reference="a")
    assert live(engine) == []
    flies(engine, 1, reference="b")
    assert live(engine) == OF_SILVER
    flies(engine, GOLD - SILVER, reference="c")
    assert live(engine) == sorted([*OF_SILVER, "lounge"])


def test_the_event_that_reaches_a_goal_brings_its_benefit():
    engine = engine_with(voucher(uses=1))
    happens(engine, "app.installed")
    assert live(engine) == []
    happens(engine, "card.issued")
    [grant] = membership(engine).benefits.values()
    assert (grant.benefit, grant.uses_left) == ("upgrade_voucher", 1)
    assert grant.valid_through == TODAY + 90 * DAY


def test_what_is_given_on_a_day_is_granted_by_the_look_of_that_day():
    engine = engine_with(Benefit(name="present", title="A present", on=TODAY + 3 * DAY))
    looks(engine)
    assert membership(engine).due_at.date() in {TODAY + 2 * DAY, TODAY + 3 * DAY}
    engine.clock.advance(timedelta(days=2))
    looks(engine)
    assert live(engine) == []
    engine.clock.advance(timedelta(days=1))
    looks(engine)
    assert live(engine) == ["present"]


def test_who_joins_gets_what_everybody_has_and_on_its_day_what_is_given_on_a_day():
    everybody = Benefit(name="welcome", title="A drink", tier="basic")
    engine = engine_with(everybody, Benefit(name="present", title="A present", on=TODAY + DAY))
    assert live(engine) == ["welcome"]
    assert membership(engine).due_at == engine.programme.calendar.start_of(TODAY + DAY)


def test_what_is_told_of_a_member_brings_what_only_such_members_get():
    told = {"tier": "basic", "when": lambda facts: facts["channel"] == "online"}
    engine = engine_with(Benefit(name="app", title="An app", **told))
    assert live(engine) == []
    happens(engine, "member.updated", channel="online")
    assert live(engine) == ["app"]


def test_who_has_left_takes_nothing_from_the_stock_and_gets_it_when_back():
    present = Benefit(name="present", title="A present", on=TODAY + DAY, stock=1)
    engine = engine_with(present)
    happens(engine, "member.left")
    engine.clock.advance(DAY)
    looks(engine)
    assert (live(engine), engine.stock.left(present)) == ([], 1)
    back = partner_event(event_id="back", at=engine.clock.now())
    handle_event(engine, back, 1)
    assert (live(engine), engine.stock.left(present)) == (["present"], 0)


def test_news_of_a_benefit_are_told_once_however_often_one_looks():
    engine = engine_with()
    flies(engine, GOLD)
    assert sorted(stored_news(engine)) == sorted([*OF_SILVER, "lounge"])
    for _ in range(3):
        looks(engine)
    assert stored_news(engine) == []
    assert engine.metrics.counts[TOLD] == 3


def test_what_was_told_and_not_taken_off_is_told_again_and_granted_once():
    engine = engine_with()
    flies(engine, GOLD)
    before = membership(engine).benefits
    with pytest.raises(UnavailableError):
        looks(dying(engine))
    looks(engine)
    assert membership(engine).benefits == before
    assert stored_news(engine) == []


def test_with_the_tier_goes_what_is_revoked_with_it_and_nothing_else():
    engine = engine_with(Benefit(name="pin", title="A pin", tier="gold"))
    flies(engine, GOLD)
    assert "lounge" in live(engine)
    while membership(engine).standing.tier == "gold":
        engine.clock.advance(timedelta(days=30))
        looks(engine)
    assert "lounge" not in live(engine)
    assert "pin" in live(engine)
    assert use_benefit(engine, use(engine, "lounge")) is BenefitRefusal.REVOKED


def test_who_dies_between_the_stock_and_the_grant_takes_no_second_one():
    engine = engine_with(voucher(stock=2, uses=1))
    with pytest.raises(UnavailableError):
        happens(dying(engine), "card.issued")
    held = engine.programme.benefits.benefits["upgrade_voucher"]
    assert engine.stock.left(held) == 1
    assert live(engine) == []
    looks(engine)
    assert live(engine) == ["upgrade_voucher"]
    assert engine.stock.left(held) == 1


def test_of_two_members_who_want_the_last_one_at_once_exactly_one_is_granted_it():
    for order in orders(3, 3):
        engine = engine_with(voucher(stock=0))
        for card in CARDS:
            happens(engine, "card.issued", card)
        engine = changed(engine, voucher(stock=1))
        acts = [partial(look_at_member, member_id=id_of(engine, card)) for card in CARDS]
        run_interleaved(engine, acts, order)
        granted = [name for card in CARDS for name in live(engine, card)]
        assert granted == ["upgrade_voucher"], order


# Using.


def test_a_benefit_is_used_as_often_as_it_may_be_and_no_more():
    engine = engine_with()
    flies(engine, SILVER)
    answers = [use_benefit(engine, use(engine, "extra_bag", f"u-{n}")) for n in range(3)]
    assert [each.uses_left for each in answers[:2]] == [1, 0]
    assert answers[2] is BenefitRefusal.USED_UP
    assert uses_of(engine, "extra_bag") == 2


def test_the_same_reference_counts_once_and_is_answered_the_same_after_the_end():
    engine = engine_with()
    flies(engine, SILVER)
    first = use_benefit(engine, use(engine, "extra_bag"))
    assert first.used == {"demo/u-1": TODAY}
    engine.clock.advance((LAST - TODAY) + DAY)
    assert use_benefit(engine, use(engine, "extra_bag")).used == first.used
    assert uses_of(engine, "extra_bag") == 1


def test_two_callers_may_have_one_name_for_uses_of_their_own():
    engine = engine_with()
    flies(engine, SILVER)
    use_benefit(engine, use(engine, "extra_bag", caller="demo"))
    use_benefit(engine, use(engine, "extra_bag", caller="bank"))
    assert uses_of(engine, "extra_bag") == 2
    assert (
        give_use_back(engine, use(engine, "extra_bag", caller="hotel")) is BenefitRefusal.NOT_USED
    )


def test_a_use_is_given_back_once_and_can_be_made_again_under_another_reference():
    engine = engine_with(voucher(uses=1))
    happens(engine, "card.issued")
    use_benefit(engine, use(engine, "upgrade_voucher"))
    for _ in range(2):
        back = give_use_back(engine, use(engine, "upgrade_voucher"))
        assert back.uses_left == 1
    assert use_benefit(engine, use(engine, "upgrade_voucher")) is BenefitRefusal.GIVEN_BACK
    assert use_benefit(engine, use(engine, "upgrade_voucher", "u-2")).uses_left == 0


def test_on_its_last_day_a_benefit_can_be_used_and_the_day_after_it_can_not():
    engine = engine_with(voucher(uses=1))
    happens(engine, "card.issued")
    engine.clock.advance(timedelta(days=90))
    assert isinstance(use_benefit(engine, use(engine, "upgrade_voucher")), BenefitGrant)
    give_use_back(engine, use(engine, "upgrade_voucher"))
    engine.clock.advance(timedelta(days=1))
    answer = use_benefit(engine, use(engine, "upgrade_voucher", "u-2"))
    assert answer is BenefitRefusal.EXPIRED


def test_who_is_nobody_or_was_never_granted_it_or_was_erased_has_nothing_to_use():
    engine = engine_with()
    flies(engine, GOLD)
    own = use(engine, "lounge")
    nobody = BenefitUse(member_id="nobody", benefit="lounge", reference=own.reference)
    for each in (nobody, use(engine, "upgrade_voucher"), use(engine, "lounge", card=BEN_CARD)):
        assert use_benefit(engine, each) is BenefitRefusal.NOT_GRANTED
        assert give_use_back(engine, each) is BenefitRefusal.NOT_GRANTED
    erase_member(engine, id_of(engine))
    assert use_benefit(engine, own) is BenefitRefusal.NOT_GRANTED


def test_of_what_is_used_without_bound_the_last_uses_are_remembered():
    engine = engine_with()
    flies(engine, GOLD)
    for number in range(MOST_REMEMBERED + 1):
        engine.clock.advance(timedelta(days=1))
        assert isinstance(use_benefit(engine, use(engine, "lounge", f"u-{number}")), BenefitGrant)
    assert uses_of(engine, "lounge") == MOST_REMEMBERED
    assert give_use_back(engine, use(engine, "lounge", "u-0")) is BenefitRefusal.NOT_USED


def test_of_two_who_want_the_last_use_at_once_exactly_one_has_it():
    for order in orders(3, 3):
        engine = engine_with(voucher(uses=1))
        happens(engine, "card.issued")
        wanted = [use(engine, "upgrade_voucher", name) for name in ("u-1", "u-2")]
        acts = [partial(use_benefit, use=each) for each in wanted]
        answers, _ = run_interleaved(engine, acts, order)
        refusals = [each for each in answers.values() if isinstance(each, BenefitRefusal)]
        assert refusals == [BenefitRefusal.USED_UP], order
        assert uses_of(engine, "upgrade_voucher") == 1, order


def test_one_use_that_is_asked_for_twice_at_once_counts_once():
    for order in orders(3, 3):
        engine = engine_with()
        flies(engine, SILVER)
        act = partial(use_benefit, use=use(engine, "extra_bag"))
        answers, _ = run_interleaved(engine, [act, act], order)
        assert answers[0] == answers[1], order
        assert uses_of(engine, "extra_bag") == 1, order


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["use", "back"]), st.integers(0, 3)), max_size=12))
def test_uses_are_never_more_than_allowed_whatever_comes_in_whatever_order(acts):
    engine = engine_with()
    flies(engine, SILVER)
    for act, number in acts:
        wanted = use(engine, "extra_bag", f"u-{number}")
        (use_benefit if act == "use" else give_use_back)(engine, wanted)
        [bag] = [each for each in membership(engine).benefits.values() if each.uses]
        assert len(bag.used) <= bag.uses
        assert not set(bag.used) & set(bag.given_back)
