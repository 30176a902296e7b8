"""Benefits: granted once however often it is asked, lost with the tier, and granted anew after."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.benefit_grants import BenefitGrant, RevokeReason, redeem, revoke
from chalicelib.domain.benefit_judge import (
    MOST_KEPT,
    MOST_LIVE,
    Holder,
    due_benefits,
    kept,
    news_of,
    next_day,
    revoked,
)
from chalicelib.domain.benefits import NO_BENEFITS, Benefit, Catalogue, Validity, ValidityKind
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.tier_rules import Period, PeriodKind, RuleSet, period_of

DAY = timedelta(days=1)
TIERS = ("basic", "silver", "gold")
JOINED = date(2026, 5, 20)
TODAY = date(2027, 3, 1)
LAST = date(2027, 12, 31)
TIER_YEAR = Validity(kind=ValidityKind.TIER_YEAR)


def days(count):
    return Validity(kind=ValidityKind.DAYS, count=count)


def through(day):
    return Validity(kind=ValidityKind.FIXED_DAY, day=day)


def benefit(name="bag", **said):
    return Benefit(name=name, title="A benefit", **said)


def catalogue(*benefits):
    return Catalogue(tiers=TIERS, benefits={each.name: each for each in benefits})


def holder(today=TODAY, tier="gold", *, joined_on=JOINED, goals=None, channel="online"):
    return Holder(
        today=today,
        tier=tier,
        period=Period(date(today.year, 1, 1), date(today.year, 12, 31)),
        joined_on=joined_on,
        goals=goals or {},
        facts={"channel": channel},
    )


def of(*grants):
    return {grant.key: grant for grant in grants}


def looked(by, grants, member):
    """Do what the engine does whenever it looks at a member; stock is always left."""
    lost = of(*revoked(by, grants, member.tier, member.today))
    grants = {**grants, **lost}
    grants = kept(by, {**grants, **of(*due_benefits(by, grants, member))}, member.today)
    return grants, next_day(by, grants, member)


def keys(grants):
    return [grant.key for grant in grants]


# What holds for every catalogue and every life.

START, LIVED = date(2027, 1, 1), 4 * 366
some_day = st.integers(-200, LIVED).map(lambda n: START + n * DAY)
validities = st.one_of(
    st.just(Validity()),
    st.just(TIER_YEAR),
    st.sampled_from([1, 30, 365]).map(days),
    st.sampled_from([1, 24]).map(lambda n: Validity(kind=ValidityKind.MONTHS, count=n)),
    some_day.map(through),
)


def is_online(facts):
    return facts["channel"] == "online"


@st.composite
def benefits(draw, name):
    tier = draw(st.sampled_from([None, *TIERS]))
    way = draw(st.sampled_from(["tier", "tier", "goal", "on"]))
    return benefit(
        name,
        tier=tier or ("silver" if way == "tier" else None),
        goal=draw(st.sampled_from(["a", "b"])) if way == "goal" else None,
        on=draw(some_day) if way == "on" else None,
        when=draw(st.sampled_from([None, is_online])),
        validity=draw(validities),
        uses=draw(st.sampled_from([None, 1, 2])),
        revoked_with_tier=bool(tier) and draw(st.booleans()),
        since=draw(st.none() | some_day) if way != "on" else None,
        until=draw(st.none() | some_day) if way != "on" else None,
    )


@st.composite
def lives(draw):
    by = catalogue(*(draw(benefits(name)) for name in draw(st.sampled_from(["x", "xy", "xyz"]))))
    happened = draw(
        st.lists(
            st.tuples(
                st.integers(0, LIVED).map(lambda n: START + n * DAY),
                st.sampled_from([*TIERS, "goal a", "goal b", "online", "offline", "redeem x"]),
            ),
            max_size=12,
        )
    )
    return by, draw(st.sampled_from(PeriodKind)), happened


class Life:
    """A member of whom something happens, looked at on the days that a test chooses."""

    def __init__(self, life):
        self.by, kind, self.happened = life
        self.rules = RuleSet(since=START, period=kind, thresholds={})
        self.tier, self.channel, self.goals = "basic", "offline", {}
        self.grants, self.next_day, self.ever = {}, None, {}

    def happen(self, day):
        for on, what in self.happened:
            if on != day:
                continue
            if what in TIERS:
                self.tier = what
            elif what.startswith("goal"):
                self.goals.setdefault(what.removeprefix("goal "), day)
            elif what.startswith("redeem"):
                self.redeem(day)
            else:
                self.channel = what

    def redeem(self, day):
        for key, grant in self.grants.items():
            answer = redeem(grant, f"{day}", day)
            if isinstance(answer, BenefitGrant):
                self.grants[key] = answer

    def look(self, day):
        period = period_of(self.rules, JOINED, day)
        member = replace(
            holder(day, self.tier, goals=self.goals, channel=self.channel), period=period
        )
        self.grants, self.next_day = looked(self.by, self.grants, member)
        for key, grant in self.grants.items():
            first = self.ever.setdefault(key, grant)
            assert first.granted_on == grant.granted_on, "a key was granted twice"
        return member


@given(lives())
@settings(max_examples=40, deadline=None)
def test_looking_daily_or_on_next_days_is_the_same(life):
    daily, lazy = Life(life), Life(life)
    happened = {day for day, _ in life[2]}
    for day in (START + n * DAY for n in range(LIVED + 1)):
        daily.happen(day)
        lazy.happen(day)
        daily.look(day)
        if day == START or day in happened or day == lazy.next_day:
            lazy.look(day)
        assert lazy.ever == daily.ever
        assert {k for k, g in lazy.grants.items() if g.is_live(day)} == {
            k for k, g in daily.grants.items() if g.is_live(day)
        }
        assert lazy.next_day is None or lazy.next_day > day


@given(lives())
@settings(max_examples=100, deadline=None)
def test_a_promise_is_kept_once_unless_the_tier_took_it_back(life):
    lived = Life(life)
    for day in sorted({day for day, _ in life[2]} | {START + n * 30 * DAY for n in range(49)}):
        lived.happen(day)
        member = lived.look(day)
        again, _ = looked(lived.by, lived.grants, member)
        assert again == lived.grants
        for each in lived.by.benefits.values():
            standing = [
                grant.promise
                for grant in lived.grants.values()
                if grant.benefit == each.name and grant.reason is not RevokeReason.TIER_LOST
            ]
            assert len(standing) == len(set(standing))
            assert each.renewed or len(standing) <= 1
            if each.revoked_with_tier and not lived.by.entitles(member.tier, each):
                held = [g for g in lived.grants.values() if g.benefit == each.name]
                assert not any(grant.is_live(day) for grant in held)


# Who gets it.


def granted(member, *benefits, grants=None):
    return due_benefits(catalogue(*benefits), grants or {}, member)


def test_a_grant_is_what_the_benefit_promises_on_that_day():
    bag = benefit(tier="silver", uses=2, validity=days(365))
    assert granted(holder(), bag) == (
        BenefitGrant(
            benefit="bag",
            key="bag@2027-01-01",
            promise="bag@2027-01-01",
            granted_on=TODAY,
            valid_through=date(2028, 2, 29),
            uses=2,
        ),
    )


def test_a_tier_brings_it_and_a_lower_one_does_not():
    lounge = benefit(tier="gold")
    assert granted(holder(tier="gold"), lounge)
    assert not granted(holder(tier="silver"), lounge)


def test_without_benefits_nothing_is_due():
    assert due_benefits(NO_BENEFITS, {}, holder()) == ()
    assert next_day(NO_BENEFITS, {}, holder()) is None


def test_a_goal_brings_it_if_it_was_reached_while_it_was_given():
    app = benefit(goal="app", since=TODAY, until=TODAY + DAY)
    assert not granted(holder(), app)
    reached = {
        day: bool(granted(holder(TODAY + 9 * DAY, goals={"app": day}), app))
        for day in (TODAY - DAY, TODAY, TODAY + DAY, TODAY + 2 * DAY)
    }
    assert list(reached.values()) == [False, True, True, False]


def test_a_day_brings_it_to_all_who_had_joined_by_then():
    birthday = benefit(on=TODAY, validity=days(30))
    assert not granted(holder(TODAY - DAY), birthday)
    assert granted(holder(joined_on=TODAY), birthday)
    assert not granted(holder(TODAY + DAY, joined_on=TODAY + DAY), birthday)


def test_what_a_day_brings_ends_for_everybody_on_the_same_day():
    birthday = benefit(on=TODAY, validity=days(30))
    [late] = granted(holder(TODAY + 30 * DAY), birthday)
    assert (late.granted_on, late.valid_through) == (TODAY + 30 * DAY, TODAY + 30 * DAY)
    assert not granted(holder(TODAY + 31 * DAY), birthday)


def test_all_that_is_said_has_to_hold():
    both = benefit(tier="gold", goal="app", when=is_online)
    member = holder(goals={"app": TODAY})
    assert granted(member, both)
    assert not granted(replace(member, tier="silver"), both)
    assert not granted(replace(member, goals={}), both)
    assert not granted(replace(member, facts={"channel": "offline"}), both)


def test_what_a_tier_brings_is_given_from_the_first_through_the_last_day():
    bounded = benefit(tier="gold", since=TODAY, until=TODAY + DAY)
    given_on = [bool(granted(holder(TODAY + n * DAY), bounded)) for n in (-1, 0, 1, 2)]
    assert given_on == [False, True, True, False]


def test_what_would_have_ended_already_is_not_granted():
    assert granted(holder(), benefit(tier="gold", validity=through(TODAY)))
    assert not granted(holder(), benefit(tier="gold", validity=through(TODAY - DAY)))


# Once, and once more.


def test_what_was_used_up_or_taken_by_hand_is_not_granted_again():
    voucher = benefit(goal="app", uses=1)
    member = holder(goals={"app": TODAY})
    [grant] = granted(member, voucher)
    assert not granted(member, voucher, grants=of(redeem(grant, "r", TODAY)))
    by_hand = revoke(grant, RevokeReason.BY_HAND, TODAY)
    assert not granted(member, voucher, grants=of(by_hand))


def test_what_ends_is_granted_again_in_the_next_tier_year_and_not_before():
    bag = benefit(tier="silver", validity=days(1), uses=2)
    [grant] = granted(holder(), bag)
    assert not granted(holder(LAST), bag, grants=of(grant))
    [anew] = granted(holder(LAST + DAY), bag, grants=of(grant))
    assert anew.key == "bag@2028-01-01"


def test_what_has_no_end_of_its_own_is_granted_once():
    for validity in (Validity(), through(date(2029, 12, 31))):
        lounge = benefit(tier="gold", validity=validity)
        [grant] = granted(holder(), lounge)
        assert not granted(holder(LAST + DAY), lounge, grants=of(grant))


@pytest.mark.parametrize("said", [{}, {"validity": TIER_YEAR}, {"goal": "app"}])
def test_what_went_with_the_tier_comes_anew_when_it_is_reached_again(said):
    lounge = benefit("lounge", tier="gold", revoked_with_tier=True, uses=1, **said)
    by, member = catalogue(lounge), holder(goals={"app": TODAY})
    grants, _ = looked(by, {}, member)
    [first] = grants.values()
    grants = of(redeem(first, "r", TODAY))
    grants, _ = looked(by, grants, replace(member, tier="silver"))
    [lost] = grants.values()
    assert (lost.revoked_on, lost.reason) == (TODAY, RevokeReason.TIER_LOST)
    grants, _ = looked(by, grants, member)
    assert keys(grants.values()) == [first.key, f"{first.key}.2"]
    assert grants[f"{first.key}.2"].uses_left == 1
    grants, _ = looked(by, grants, replace(member, tier="basic"))
    grants, _ = looked(by, grants, member)
    assert keys(grants.values())[2:] == [f"{first.key}.3"]


def test_a_tier_takes_only_what_was_to_go_with_it():
    goes = benefit("goes", tier="gold", revoked_with_tier=True)
    stays = benefit("stays", tier="gold")
    lower = benefit("lower", tier="silver", revoked_with_tier=True)
    by = catalogue(goes, stays, lower)
    grants = of(*due_benefits(by, {}, holder()))
    assert keys(revoked(by, grants, "silver", TODAY)) == ["goes@2027-01-01"]
    assert revoked(by, grants, "gold", TODAY) == ()
    assert revoked(catalogue(stays, lower), grants, "silver", TODAY) == ()


def test_what_is_over_is_not_revoked():
    lounge = benefit(tier="gold", revoked_with_tier=True, validity=days(1))
    by = catalogue(lounge)
    grants = of(*due_benefits(by, {}, holder()))
    assert revoked(by, grants, "basic", TODAY + DAY)
    assert not revoked(by, grants, "basic", TODAY + 2 * DAY)


# What is kept, and when to look again.


def test_what_has_been_over_for_a_year_is_let_go():
    by = catalogue(benefit(tier="silver", validity=TIER_YEAR))
    grants = of(*due_benefits(by, {}, holder()))
    assert kept(by, grants, date(2028, 12, 31)) == grants
    assert kept(by, grants, date(2029, 1, 1)) == {}
    taken = of(*(revoke(grant, RevokeReason.BY_HAND, TODAY) for grant in grants.values()))
    assert kept(by, taken, date(2028, 3, 1)) == taken
    assert kept(by, taken, date(2028, 3, 2)) == {}


def test_what_could_be_promised_again_is_kept_for_ever():
    by = catalogue(benefit(goal="app", validity=days(1)))
    grants = of(*due_benefits(by, {}, holder(goals={"app": TODAY})))
    assert kept(by, grants, date(2050, 1, 1)) == grants
    assert kept(NO_BENEFITS, grants, date(2050, 1, 1)) == {}


def test_what_has_no_end_is_kept_though_the_programme_has_it_no_more():
    grants = of(*due_benefits(catalogue(benefit(tier="gold")), {}, holder()))
    assert kept(NO_BENEFITS, grants, date(2050, 1, 1)) == grants


def many(number, **changes):
    grant = BenefitGrant(benefit="old", key="", promise="", granted_on=TODAY, **changes)
    return of(*(replace(grant, key=f"old.{n}") for n in range(number)))


def test_a_member_has_so_many_benefits_at_once_and_no_more():
    two = [benefit(name, tier="gold") for name in "ab"]
    full = granted(holder(), *two, grants=many(MOST_LIVE - 1))
    assert keys(full) == ["a@2027-01-01"]
    assert not granted(holder(), *two, grants=many(MOST_LIVE))
    assert not granted(holder(), *two, grants=many(MOST_LIVE + 1))
    over = {"revoked_on": TODAY}
    assert len(granted(holder(), *two, grants=many(MOST_KEPT - 2, **over))) == 2
    assert len(granted(holder(), *two, grants=many(MOST_KEPT - 1, **over))) == 1
    assert not granted(holder(), *two, grants=many(MOST_KEPT + 1, **over))


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ({"on": TODAY + DAY}, TODAY + DAY),
        ({"on": TODAY}, None),
        ({"on": TODAY + DAY, "tier": "gold"}, None),
        ({"tier": "silver", "since": TODAY + DAY}, TODAY + DAY),
        ({"tier": "gold", "since": TODAY + DAY}, None),
        ({"goal": "app", "since": TODAY + DAY}, None),
        ({"tier": "silver", "validity": TIER_YEAR}, LAST + DAY),
        ({"tier": "silver", "validity": TIER_YEAR, "until": LAST}, None),
        ({"tier": "silver"}, None),
    ],
)
def test_the_next_day_is_the_first_on_which_something_comes_by_itself(said, day):
    assert next_day(catalogue(benefit(**said)), {}, holder(tier="silver")) == day


def test_nothing_comes_on_a_day_before_the_member_joined():
    by = catalogue(benefit(on=TODAY + DAY))
    assert next_day(by, {}, holder(joined_on=TODAY + 2 * DAY)) is None
    assert next_day(by, {}, holder(joined_on=TODAY + DAY)) == TODAY + DAY


def test_the_day_after_an_end_is_looked_at_and_once_it_is_over_it_is_not():
    grants = many(1, valid_through=TODAY)
    assert next_day(NO_BENEFITS, grants, holder()) == TODAY + DAY
    assert next_day(NO_BENEFITS, grants, holder(TODAY + DAY)) is None
    assert next_day(NO_BENEFITS, many(1, valid_through=TODAY, revoked_on=TODAY), holder()) is None
    assert next_day(NO_BENEFITS, many(1), holder()) is None


def test_what_is_announced_is_told_with_its_day():
    loud, silent = benefit("loud", tier="gold"), benefit("silent", tier="gold", announced=False)
    by = catalogue(loud, silent)
    due = due_benefits(by, {}, holder())
    told = News(kind=NewsKind.BENEFIT_GRANTED, on=TODAY, detail="loud")
    assert news_of(by, due) == (told,)
    assert news_of(NO_BENEFITS, due) == ()
