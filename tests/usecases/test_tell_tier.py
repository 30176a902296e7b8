"""Tiers that partners tell: held like any other, also where rules came later or are gone again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from usecases.benefit_lives import GOLD, engine_with, flies, happens, id_of, membership

from chalicelib.domain.tier_judge import Told
from chalicelib.operations.tier_words import rehearsed
from chalicelib.usecases.statement import statement

REACHED = "news_tier_reached"


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
