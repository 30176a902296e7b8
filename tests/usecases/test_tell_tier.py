"""Tiers that partners tell, where rules came later or are gone again, and of merged members."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from usecases.benefit_lives import (
    ANN_CARD,
    BEN_CARD,
    GOLD,
    SILVER,
    engine_with,
    flies,
    happens,
    id_of,
    membership,
)
from usecases.engines import memory_engine, partner_event

from chalicelib.domain.events import EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.tier_judge import Told
from chalicelib.domain.tier_rules import PeriodKind
from chalicelib.operations.tier_words import rehearsed
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.merge_members import merge, unmerge
from chalicelib.usecases.statement import statement

CY_CARD = "7000000003"
REACHED = "news_tier_reached"


def by_membership_years(programme):
    plan = programme.tier_plan
    rule_sets = tuple(replace(each, period=PeriodKind.MEMBERSHIP_YEAR) for each in plan.rule_sets)
    return replace(programme, tier_plan=replace(plan, rule_sets=rule_sets))


def without_rules(engine):
    return replace(engine, programme=replace(engine.programme, tier_plan=None))


def tier(engine):
    return engine.members.load(id_of(engine)).attribute("tier")


def test_what_was_told_before_there_were_rules_is_held_through_the_next_year_and_is_no_news():
    engine = engine_with()
    happens(without_rules(engine), "member.updated", tier="gold")
    flies(engine, 1)
    assert tier(engine) == "gold"
    standing = membership(engine).standing
    assert (standing.tier, standing.held_through) == ("gold", date(2028, 12, 31))
    assert standing.told == Told("gold", date(2028, 12, 31))
    assert engine.metrics.counts[REACHED] == 0


@pytest.mark.parametrize("told", ["basic", "gone", ""])
def test_the_lowest_tier_and_one_that_is_gone_are_not_held(told):
    engine = engine_with()
    happens(without_rules(engine), "member.updated", tier=told)
    flies(engine, 1)
    standing = membership(engine).standing
    assert (tier(engine), standing.held_through, standing.told) == ("basic", None, None)


def test_what_was_told_before_there_were_rules_is_stated_and_rehearsed(tmp_path, monkeypatch):
    engine = engine_with()
    happens(without_rules(engine), "member.updated", tier="gold")
    stated = statement(engine, id_of(engine)).tier
    assert (stated.tier, stated.standing.held_through) == ("gold", date(2028, 12, 31))
    monkeypatch.setattr("chalicelib.operations.tier_words._loaded", lambda _: engine.programme)
    counts = rehearsed(engine, tmp_path)["counts"]
    assert {"old": "gold", "new": "gold", "members": 1} in counts


def test_where_the_rules_are_gone_the_tier_is_what_partners_tell():
    engine = engine_with()
    flies(engine, GOLD)
    gone = without_rules(engine)
    gone.clock.advance(timedelta(days=1))
    happens(gone, "member.updated", tier="silver")
    flies(gone, 1, reference="later")
    assert tier(gone) == "silver"
    assert "lounge" not in {each.benefit for each in statement(gone, id_of(gone)).benefits}


def joins(engine, brought):
    """Let somebody join with a tier, or be told of so again; return the membership."""
    names = (alias_of(AliasType.CARD, CY_CARD),)
    number, facts = engine.clock.now().isoformat(), {"tier": brought, "channel": "offline"}
    event = partner_event(
        EventType.MEMBER_JOINED, number, engine.clock.now(), aliases=names, facts=facts
    )
    handle_event(engine, event, 1)
    return membership(engine, CY_CARD)


@pytest.mark.parametrize("brought", ["silver", "platinum"])
def test_the_tier_that_a_member_joins_with_is_held_through_the_next_year_and_is_no_news(brought):
    engine = engine_with()
    standing = joins(engine, brought).standing
    assert (standing.tier, standing.held_through) == (brought, date(2028, 12, 31))
    assert engine.metrics.counts[REACHED] == 0


def test_who_is_told_to_have_joined_again_with_a_higher_tier_has_reached_it():
    engine = engine_with()
    for brought, reached in (("silver", 0), ("silver", 0), ("gold", 1)):
        assert joins(engine, brought).standing.tier == brought
        assert engine.metrics.counts[REACHED] == reached
        engine.clock.advance(timedelta(days=1))


def test_a_tier_that_is_told_of_somebody_who_has_joined_is_news():
    engine = engine_with()
    happens(engine, "member.updated", tier="gold")
    assert engine.metrics.counts[REACHED] == 1


def test_what_both_have_flown_counts_together_though_their_years_begin_on_other_days():
    engine = memory_engine(by_membership_years)
    for card in (BEN_CARD, ANN_CARD):
        happens(engine, "member.joined", card, channel="offline", card=card)
        engine.clock.advance(timedelta(days=30))
    flies(engine, SILVER - 1, BEN_CARD)
    flies(engine, 1)
    absorbed = id_of(engine, BEN_CARD)
    merge(engine, absorbed, id_of(engine))
    assert engine.memberships.load(absorbed).membership.standing.tier == "silver"
    unmerge(engine, id_of(engine))
    assert engine.memberships.load(absorbed).membership.wallet.tallies["qualifying@2027-03-01"] == (
        SILVER - 1
    )
