"""Everybody by the programme as it is now: also who does nothing gets what is new, and once."""

from dataclasses import replace

import pytest
from functional.worlds import Disturbed
from usecases.benefit_lives import (
    ANN_CARD,
    BEN_CARD,
    DAY,
    SILVER,
    TODAY,
    changed,
    engine_with,
    flies,
    happens,
    id_of,
    live,
    membership,
)

from chalicelib.domain.benefits import Benefit
from chalicelib.domain.news import NewsKind
from chalicelib.operations.rejudgements import UNSEEN, rejudged
from chalicelib.usecases.look_at_member import look_at_member
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.rejudge import AT_A_TIME, PaperStock

WIFI = Benefit(name="wifi", title="Wi-Fi on board")
FEW = replace(WIFI, name="few", stock=1)
CARDS = (ANN_CARD, BEN_CARD)


def counted(answer):
    return {(each["what"], each["name"]): each["members"] for each in answer["counts"]}


def due(engine):
    """Return who is to be looked at by now."""
    shards = range(16)
    now = engine.clock.now()
    return sorted(each for shard in shards for each in engine.memberships.due(shard, now, 9))


def both_settled(*benefits):
    """An engine in which Ann and Ben are as its programme would have them."""
    engine = engine_with(*benefits)
    rejudged(engine, dry_run=False)
    return engine


def test_a_benefit_that_is_new_comes_to_members_who_do_nothing_and_is_told_once():
    engine = changed(both_settled(), WIFI)
    assert [live(engine, card) for card in CARDS] == [[], []]
    answer = rejudged(engine, dry_run=False)
    assert (answer["members"], answer["changed"], answer["done"]) == (2, 2, True)
    assert counted(answer) == {("granted", "wifi"): 2, ("told", "benefit.granted"): 2}
    assert [live(engine, card) for card in CARDS] == [["wifi"], ["wifi"]]
    assert due(engine) == sorted(id_of(engine, card) for card in CARDS)
    for card in CARDS:
        [news] = membership(engine, card).news
        assert (news.kind, news.detail) == (NewsKind.BENEFIT_GRANTED, "wifi")
        look_at_member(engine, id_of(engine, card))
    assert engine.metrics.counts["news_benefit_granted"] == 2
    assert due(engine) == []


def test_judged_again_nobody_is_changed():
    engine = changed(both_settled(), WIFI)
    rejudged(engine, dry_run=False)
    before = list(engine.memberships.accounts())
    again = rejudged(engine, dry_run=False)
    assert (again["changed"], again["counts"]) == (0, [])
    assert list(engine.memberships.accounts()) == before


def test_a_dry_run_says_the_same_and_changes_nobody():
    engine = changed(both_settled(), WIFI, FEW)
    before = list(engine.memberships.accounts())
    foretold = rejudged(engine, dry_run=True)
    assert list(engine.memberships.accounts()) == before
    assert engine.stock.left(FEW) == 1
    done = rejudged(engine, dry_run=False)
    assert foretold == {**done, "done": False}
    assert counted(done)["granted", "few"] == 1
    assert engine.stock.left(FEW) == 0


def test_a_day_that_is_new_is_looked_at_when_it_comes():
    engine = both_settled()
    later = changed(engine, replace(WIFI, on=TODAY + 9 * DAY))
    answer = rejudged(later, dry_run=False)
    assert (answer["changed"], counted(answer)) == (2, {UNSEEN: 2})
    later.clock.set(later.clock.now() + 9 * DAY)
    assert id_of(later) in due(later)
    look_at_member(later, id_of(later))
    assert live(later) == ["wifi"]


def test_tier_rules_that_are_new_give_the_tier_and_what_comes_with_it():
    engine = both_settled()
    flies(engine, 16_000)
    plan = engine.programme.tier_plan
    easy = [
        replace(each, thresholds={**each.thresholds, "silver": ({"qualifying": 10_000},)})
        for each in plan.rule_sets
    ]
    softer_plan = replace(plan, rule_sets=tuple(easy))
    softer = replace(engine, programme=replace(engine.programme, tier_plan=softer_plan))
    answer = counted(rejudged(softer, dry_run=True))
    assert answer["tier", "basic → silver"] == 1
    assert answer["granted", "extra_bag"] == 1
    assert answer["told", "tier.reached"] == 1


def test_what_is_lost_is_counted():
    engine = both_settled(replace(WIFI, name="desk", tier="silver", revoked_with_tier=True))
    flies(engine, SILVER)
    assert "desk" in live(engine)
    stricter = changed(engine, replace(WIFI, name="desk", tier="gold", revoked_with_tier=True))
    assert counted(rejudged(stricter, dry_run=False))["lost", "desk"] == 1
    assert "desk" not in live(stricter)


def test_who_has_left_is_given_nothing_and_who_was_erased_is_not_counted():
    engine = both_settled()
    happens(engine, "member.left", BEN_CARD)
    engine.members.erase(id_of(engine), engine.clock.now())
    answer = rejudged(changed(engine, WIFI), dry_run=False)
    assert (answer["members"], answer["counts"]) == (1, [])


def test_what_fails_is_told_and_done_by_the_next_run():
    engine = changed(both_settled(), WIFI)

    def fail():
        raise UnavailableError("throttled")

    failing = replace(engine, memberships=Disturbed(engine.memberships, "store", fail, "after"))
    with pytest.raises(UnavailableError):
        rejudged(failing, dry_run=False)
    rejudged(engine, dry_run=False)
    assert [live(engine, card) for card in CARDS] == [["wifi"], ["wifi"]]


def test_more_than_are_read_at_a_time_are_all_judged(monkeypatch):
    monkeypatch.setattr("chalicelib.usecases.rejudge.AT_A_TIME", 1)
    assert AT_A_TIME > 1
    assert rejudged(changed(both_settled(), WIFI), dry_run=True)["changed"] == 2


def test_a_stock_on_paper_ends_where_the_stock_does_and_takes_nothing():
    engine = engine_with()
    paper = PaperStock(engine.stock)
    assert [paper.take(FEW, "few", name) for name in ("a", "b")] == [True, False]
    assert (paper.left(FEW), engine.stock.left(FEW)) == (0, 1)
    assert paper.take(WIFI, "wifi", "a")
    assert paper.left(WIFI) is None


def test_news_that_wait_keep_their_place_when_everybody_is_judged_again():
    engine = changed(both_settled(), WIFI)
    rejudged(engine, dry_run=False)
    before = list(engine.memberships.accounts())
    engine.clock.advance(DAY / 24)
    assert rejudged(engine, dry_run=False)["changed"] == 0
    assert list(engine.memberships.accounts()) == before
