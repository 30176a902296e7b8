"""Tiers: reached at once, lost slowly, told once; and the same whenever it is asked."""

from copy import copy
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.news import NewsKind
from chalicelib.domain.tier_judge import (
    UNJUDGED,
    Floor,
    Needs,
    TierStanding,
    Told,
    held_as_told,
    higher,
    judge,
    needs,
    set_floor,
    tell,
)
from chalicelib.domain.tier_rules import PeriodKind, RuleSet, TierPlan

DAY = timedelta(days=1)
TIERS = ("basic", "silver", "gold", "platinum")
REACH = {
    "silver": ({"qualifying": 25_000}, {"segments": 20}),
    "gold": ({"qualifying": 50_000}, {"segments": 40}),
    "platinum": ({"qualifying": 125_000},),
}
RULES = RuleSet(
    since=date(2027, 1, 1),
    period=PeriodKind.CALENDAR_YEAR,
    thresholds=REACH,
    grace_days=60,
    warn_days=60,
)
PLAN = TierPlan(tiers=TIERS, rule_sets=(RULES,))
JOINED = date(2026, 5, 20)
FLOOR = Floor("gold", date(2027, 6, 30), "card lost in the post")


def plan(**changes):
    return replace(PLAN, rule_sets=(replace(RULES, **changes),))


def in_year(year, qualifying):
    return {f"qualifying@{year}-01-01": qualifying}


def on(day, standing=None, tallies=None, by=PLAN):
    return judge(by, standing, tallies or {}, JOINED, day)


def held(tier, through, **changes):
    return TierStanding(tier=tier, held_through=through, **changes)


def brief(judged):
    return [(news.kind.value, news.on.isoformat(), news.detail) for news in judged.news]


def followed(standing, tallies, until, by=PLAN):
    """Judge on each day of review, and return the standing and the news at the end."""
    told, day = [], date(2027, 1, 1)
    while day and day <= until:
        judged = on(day, standing, tallies, by)
        standing, told, day = judged.standing, [*told, *brief(judged)], judged.review_on
    return standing, told


# What holds for every plan and every life.

START, DAYS = date(2027, 1, 1), 4 * 366
END = date(2028, 12, 31)
short_days = st.sampled_from([0, 0, 1, 10, 60, 400])


@st.composite
def plans(draw):
    kind = draw(st.sampled_from(PeriodKind))
    since = [START, *draw(st.lists(st.dates(START, date(2031, 1, 1)), max_size=1))]
    sets = []
    for day in since:
        low = draw(st.integers(1, 3))
        thresholds = {
            "silver": ({"q": low}, {"s": 2}),
            "gold": ({"q": low + 2},),
            "platinum": ({"q": low + 3, "s": 3},),
        }
        rules = RuleSet(
            since=day,
            period=kind,
            thresholds=thresholds,
            grace_days=draw(short_days),
            warn_days=draw(short_days),
        )
        sets.append(rules)
    return TierPlan(tiers=TIERS, rule_sets=tuple(sets))


@st.composite
def lives(draw):
    """A plan, a day of joining, and by day what happens to the member before it is judged."""
    by = draw(plans())
    joined_on = draw(st.sampled_from([JOINED, date(2024, 2, 29), date(2026, 1, 1)]))
    happened = {}
    for _ in range(draw(st.integers(0, 8))):
        day = START + draw(st.integers(0, DAYS)) * DAY
        happened.setdefault(day, []).append(draw(happenings(by, joined_on, day)))
    return by, joined_on, happened


def happenings(by, joined_on, day):
    period = by.period_on(joined_on, day)
    near = [
        period.start,
        by.period_on(joined_on, period.start - DAY).start,
        by.period_on(joined_on, period.last + DAY).start,
    ]
    counts = st.tuples(
        st.just("count"),
        st.sampled_from("qs"),
        st.sampled_from(near),
        st.integers(-3, 6),
    )
    floors = st.builds(
        Floor,
        st.sampled_from(TIERS),
        st.integers(-9, 900).map(lambda n: day + n * DAY),
        st.just(""),
    )
    return (
        counts
        | counts
        | st.tuples(st.just("floor"), st.none() | floors)
        | st.tuples(st.just("told"), st.sampled_from([*TIERS, "unheard"]))
    )


class Life:
    """A member who lives a life under a plan, judged on the days that a test chooses."""

    def __init__(self, life):
        self.by, self.joined_on, self.happened = life
        self.standing, self.tallies, self.news = None, {}, []
        self.review_on = None

    def happen(self, day):
        for what, *told in self.happened.get(day, []):
            if what == "count":
                key = f"{told[0]}@{told[1].isoformat()}"
                self.tallies = {**self.tallies, key: self.tallies.get(key, 0) + told[2]}
            elif what == "floor":
                self.standing = set_floor(self.standing, told[0])
            else:
                self.standing = tell(self.by, self.standing, told[0], self.joined_on, day)

    def judge(self, day):
        judged = judge(self.by, self.standing, self.tallies, self.joined_on, day)
        self.standing, self.review_on = judged.standing, judged.review_on
        self.news += judged.news
        return judged


@given(lives())
@settings(max_examples=25, deadline=None)
def test_judging_daily_or_on_days_of_review_is_the_same(life):
    daily, lazy = Life(life), Life(life)
    for day in (START + n * DAY for n in range(DAYS + 1)):
        daily.happen(day)
        lazy.happen(day)
        daily.judge(day)
        if day == START or day in lazy.happened or day == lazy.review_on:
            lazy.judge(day)
        assert lazy.standing == daily.standing
        assert lazy.news == daily.news
        assert lazy.review_on is None or lazy.review_on > day


def touched(life):
    """Yield a life on each day on which something happens or may change, before it is judged."""
    lived, day = Life(life), START
    while day:
        lived.happen(day)
        yield day, lived
        lived.judge(day)
        days = [*lived.happened, *filter(None, [lived.review_on])]
        day = min((each for each in days if each > day), default=None)


@given(lives())
def test_judging_again_on_the_same_day_changes_and_tells_nothing(life):
    for day, lived in touched(life):
        first = judge(lived.by, lived.standing, lived.tallies, lived.joined_on, day)
        again = judge(lived.by, first.standing, lived.tallies, lived.joined_on, day)
        assert again.standing == first.standing
        assert again.review_on == first.review_on
        assert again.news == ()


@given(lives())
def test_a_member_has_at_least_what_is_reached_told_or_set_by_hand(life):
    for day, lived in touched(life):
        standing = lived.judge(day).standing
        by, rank = lived.by, lived.by.rank(standing.tier)
        running = by.period_on(lived.joined_on, day)
        before = by.period_on(lived.joined_on, running.start - DAY)
        assert rank >= by.reached(lived.tallies, running)
        assert rank >= by.reached(lived.tallies, before)
        for given_tier in (standing.floor, standing.told):
            if given_tier and day <= given_tier.through:
                assert rank >= by.rank(given_tier.tier)
        assert (standing.held_through is None) == (rank == 0)


@given(lives())
def test_a_tier_is_lost_one_step_at_a_time_after_its_grace_and_softly(life):
    for day, lived in touched(life):
        before = lived.standing
        judged = lived.judge(day)
        lost = [news for news in judged.news if news.kind is NewsKind.TIER_LOST]
        for news in lost:
            over = before.held_through
            grace = lived.by.rules_on(lived.joined_on, over).grace_days
            assert news.on >= over + (grace + 1) * DAY
            assert news.detail == before.tier
        if lost:
            assert len(lost) == 1
            rank = lived.by.rank(judged.standing.tier)
            assert rank == lived.by.rank(before.tier) - 1
            end = lived.by.period_on(lived.joined_on, day).last
            assert rank == 0 or judged.standing.held_through >= end


def without_counts_of_days_to_come(happened):
    return {
        day: [each for each in events if each[0] != "count" or each[2] <= day]
        for day, events in happened.items()
    }


@given(lives(), st.integers(0, 2000))
def test_days_on_which_nobody_looked_are_made_up_for_but_not_their_warnings(life, skipped):
    by, joined_on, happened = life
    watched = Life((by, joined_on, without_counts_of_days_to_come(happened)))
    for day in sorted({START, *happened}):
        while watched.review_on and watched.review_on < day:
            watched.judge(watched.review_on)
        watched.happen(day)
        watched.judge(day)
    unwatched, until = copy(watched), day + skipped * DAY
    watched.news, unwatched.news = [], []
    while watched.review_on and watched.review_on <= until:
        watched.judge(watched.review_on)
    unwatched.judge(until)
    assert unwatched.standing.tier == watched.standing.tier
    assert unwatched.standing.held_through == watched.standing.held_through
    kinds = {NewsKind.TIER_REACHED, NewsKind.TIER_LOST}
    assert [news for news in watched.news if news.kind in kinds] == [
        news for news in unwatched.news if news.kind in kinds
    ]


# What the rules of an airline do.


def test_a_member_of_whom_nothing_is_known_has_the_lowest_tier_for_good():
    judged = on(date(2027, 3, 1))
    assert judged.standing == TierStanding(tier="basic")
    assert (judged.news, judged.review_on) == ((), None)


def test_a_tier_is_had_at_once_and_held_through_the_end_of_the_next_year():
    judged = on(date(2027, 3, 1), None, in_year(2027, 25_000))
    assert judged.standing == held("silver", date(2028, 12, 31))
    assert brief(judged) == [("tier.reached", "2027-03-01", "silver")]
    assert judged.review_on == date(2028, 11, 1)


def test_two_steps_up_are_one_piece_of_news():
    judged = on(date(2027, 3, 1), None, in_year(2027, 125_000))
    assert brief(judged) == [("tier.reached", "2027-03-01", "platinum")]


def test_who_does_nothing_more_is_warned_and_goes_down_year_by_year():
    standing, told = followed(None, in_year(2027, 125_000), date(2032, 1, 1))
    assert standing.tier == "basic"
    assert told == [
        ("tier.reached", "2027-01-01", "platinum"),
        ("tier.at_risk", "2028-11-01", "platinum"),
        ("tier.lost", "2029-03-02", "platinum"),
        ("tier.at_risk", "2029-11-01", "gold"),
        ("tier.lost", "2030-03-02", "gold"),
        ("tier.at_risk", "2030-11-01", "silver"),
        ("tier.lost", "2031-03-02", "silver"),
    ]


def test_a_tier_is_held_through_the_last_day_of_its_grace():
    standing = held("gold", date(2027, 12, 31), warned_for=date(2027, 12, 31))
    last = on(date(2028, 2, 29), standing)
    assert last.standing == standing
    assert last.review_on == date(2028, 3, 1)
    lost = on(date(2028, 3, 1), standing)
    assert (lost.standing.tier, lost.standing.held_through) == ("silver", date(2028, 12, 31))
    assert brief(lost) == [("tier.lost", "2028-03-01", "gold")]


def test_without_grace_a_tier_is_lost_on_the_day_after():
    standing = held("silver", date(2027, 12, 31), warned_for=date(2027, 12, 31))
    assert on(date(2027, 12, 31), standing, by=plan(grace_days=0)).standing == standing
    lost = on(date(2028, 1, 1), standing, by=plan(grace_days=0))
    assert lost.standing == TierStanding(tier="basic", warned_for=date(2027, 12, 31))


def test_what_was_reached_in_the_year_that_is_over_softens_the_fall():
    """Gold in 2027, silver in 2028: silver is held through 2029 for its own sake."""
    tallies = in_year(2027, 50_000) | in_year(2028, 25_000)
    standing, told = followed(None, tallies, date(2029, 12, 31))
    assert standing == held("silver", date(2029, 12, 31), warned_for=date(2029, 12, 31))
    assert ("tier.lost", "2029-03-02", "gold") in told


def test_a_tier_reached_again_during_the_grace_is_not_lost():
    standing = held("gold", date(2027, 12, 31), warned_for=date(2027, 12, 31))
    judged = on(date(2028, 2, 1), standing, in_year(2028, 50_000))
    assert judged.standing.held_through == date(2029, 12, 31)
    assert judged.news == ()


def test_the_warning_comes_once_so_many_days_before_the_end():
    standing = held("gold", date(2027, 12, 31))
    early = on(date(2027, 10, 31), standing)
    assert (early.news, early.review_on) == ((), date(2027, 11, 1))
    warned = on(date(2027, 11, 1), standing)
    assert brief(warned) == [("tier.at_risk", "2027-11-01", "gold")]
    assert warned.review_on == date(2028, 3, 1)
    assert on(date(2027, 11, 2), warned.standing).news == ()


def test_who_has_done_enough_to_stay_is_not_warned():
    judged = on(date(2027, 11, 1), held("gold", date(2027, 12, 31)), in_year(2027, 50_000))
    assert judged.news == ()
    assert judged.standing.held_through == date(2028, 12, 31)


def test_who_has_done_too_little_to_stay_is_warned_of_the_tier_that_is_held():
    judged = on(date(2027, 11, 1), held("gold", date(2027, 12, 31)), in_year(2027, 49_999))
    assert brief(judged) == [("tier.at_risk", "2027-11-01", "gold")]


def test_a_programme_that_warns_of_nothing_warns_nobody():
    judged = on(date(2027, 12, 31), held("gold", date(2027, 12, 31)), by=plan(warn_days=0))
    assert judged.news == ()
    assert judged.review_on == date(2028, 3, 1)


def test_a_late_claim_for_the_year_that_is_over_counts_as_long_as_it_would_have():
    judged = on(date(2028, 2, 1), TierStanding(tier="basic"), in_year(2027, 50_000))
    assert judged.standing == held("gold", date(2028, 12, 31))
    assert brief(judged) == [("tier.reached", "2028-02-01", "gold")]


def test_a_late_claim_whose_effect_is_over_changes_nothing():
    judged = on(date(2029, 1, 1), TierStanding(tier="basic"), in_year(2027, 50_000))
    assert judged.standing == TierStanding(tier="basic")


def test_a_late_claim_undoes_a_fall_and_says_so():
    fallen = on(date(2029, 3, 2), held("gold", date(2028, 12, 31))).standing
    assert fallen.tier == "silver"
    judged = on(date(2029, 3, 20), fallen, in_year(2028, 50_000))
    assert judged.standing == held("gold", date(2029, 12, 31))
    assert brief(judged) == [("tier.reached", "2029-03-20", "gold")]


def test_what_a_return_takes_back_costs_no_tier_at_once_and_holds_none_for_another_year():
    reached = on(date(2027, 3, 1), None, in_year(2027, 50_000)).standing
    assert reached.held_through == date(2028, 12, 31)
    judged = on(date(2027, 4, 1), reached, in_year(2027, 49_000))
    assert judged.standing == held("gold", date(2027, 12, 31))
    assert judged.news == ()


def test_a_return_in_the_next_year_leaves_the_tier_to_the_end_of_that_year():
    standing = held("gold", date(2028, 12, 31))
    assert on(date(2028, 4, 1), standing, in_year(2027, 49_000)).standing == standing


def test_each_year_is_judged_by_the_rules_that_were_valid_when_it_began():
    dearer = replace(RULES, since=date(2028, 1, 1), thresholds={"silver": ({"segments": 50},)})
    by = replace(PLAN, rule_sets=(RULES, dearer))
    assert on(date(2028, 2, 1), None, in_year(2027, 25_000), by).standing.tier == "silver"
    assert on(date(2028, 2, 1), None, in_year(2028, 25_000), by).standing.tier == "basic"


def test_the_grace_is_that_of_the_rules_under_which_the_tier_ends():
    hasty = replace(RULES, since=date(2028, 1, 1), grace_days=0)
    by = replace(PLAN, rule_sets=(RULES, hasty))
    assert on(date(2028, 2, 1), held("gold", date(2027, 12, 31)), by=by).standing.tier == "gold"
    assert on(date(2029, 1, 1), held("gold", date(2028, 12, 31)), by=by).standing.tier == "silver"


def test_what_is_dated_into_the_year_to_come_counts_from_its_first_day():
    judged = on(date(2027, 12, 31), None, in_year(2028, 25_000))
    assert (judged.standing.tier, judged.review_on) == ("basic", date(2028, 1, 1))
    reached = on(judged.review_on, judged.standing, in_year(2028, 25_000))
    assert reached.standing == held("silver", date(2029, 12, 31))


def test_a_tier_set_by_hand_holds_through_its_last_day_and_lands_softly():
    standing, told = followed(set_floor(None, FLOOR), {}, date(2027, 6, 30))
    assert standing.tier == "gold"
    standing, told = followed(set_floor(None, FLOOR), {}, date(2029, 1, 1))
    assert told == [
        ("tier.reached", "2027-01-01", "gold"),
        ("tier.at_risk", "2027-05-01", "gold"),
        ("tier.lost", "2027-08-30", "gold"),
        ("tier.at_risk", "2027-11-01", "silver"),
        ("tier.lost", "2028-03-01", "silver"),
    ]
    assert (standing.tier, standing.floor) == ("basic", FLOOR)


def test_a_tier_set_by_hand_counts_on_its_last_day_and_not_on_the_next():
    assert on(date(2027, 6, 30), set_floor(None, FLOOR)).standing.tier == "gold"
    assert on(date(2027, 7, 1), set_floor(None, FLOOR)).standing.tier == "basic"


def test_a_higher_tier_is_earned_above_the_floor_and_is_lost_down_to_it():
    floor = replace(FLOOR, tier="silver", through=date(2035, 6, 30))
    standing, told = followed(set_floor(None, floor), in_year(2027, 50_000), date(2035, 1, 1))
    assert (standing.tier, standing.held_through) == ("silver", date(2035, 6, 30))
    assert ("tier.lost", "2029-03-02", "gold") in told


def test_a_hand_taken_off_leaves_the_tier_to_the_end_of_the_year():
    floored = on(date(2027, 3, 1), set_floor(None, replace(FLOOR, through=date(2030, 1, 1))))
    judged = on(date(2027, 4, 1), set_floor(floored.standing, None))
    assert judged.standing == held("gold", date(2027, 12, 31))


def test_a_tier_that_a_partner_tells_is_held_through_the_end_of_the_next_year():
    told = tell(PLAN, None, "gold", JOINED, date(2027, 3, 1))
    assert told == replace(UNJUDGED, told=Told("gold", date(2028, 12, 31)))
    judged = on(date(2027, 3, 1), told)
    assert judged.standing == replace(told, tier="gold", held_through=date(2028, 12, 31))
    assert on(date(2029, 3, 2), judged.standing).standing.tier == "silver"


def test_a_lower_tier_that_a_partner_tells_cuts_nothing_that_was_earned():
    earned = on(date(2027, 3, 1), None, in_year(2027, 50_000)).standing
    told = tell(PLAN, earned, "basic", JOINED, date(2027, 4, 1))
    judged = on(date(2027, 4, 1), told, in_year(2027, 50_000))
    assert (judged.standing.tier, judged.standing.held_through) == ("gold", date(2028, 12, 31))
    assert judged.news == ()


def test_a_lower_tier_in_place_of_one_that_was_told_counts_from_the_next_year():
    gold = on(date(2027, 3, 1), tell(PLAN, None, "gold", JOINED, date(2027, 3, 1))).standing
    told = tell(PLAN, gold, "silver", JOINED, date(2027, 4, 1))
    judged = on(date(2027, 4, 1), told)
    assert (judged.standing.tier, judged.standing.held_through) == ("gold", date(2027, 12, 31))
    lost = on(date(2028, 3, 1), judged.standing).standing
    assert (lost.tier, lost.held_through) == ("silver", date(2028, 12, 31))


def test_what_was_lost_while_nobody_looked_is_dated_and_its_warnings_are_left_out():
    judged = on(date(2030, 6, 1), held("platinum", date(2027, 12, 31)))
    assert brief(judged) == [
        ("tier.lost", "2028-03-01", "platinum"),
        ("tier.lost", "2029-03-02", "gold"),
        ("tier.lost", "2030-03-02", "silver"),
    ]
    assert judged.standing.tier == "basic"


def test_a_tier_that_the_programme_no_longer_has_is_the_lowest():
    judged = on(date(2027, 6, 1), held("diamond", date(2027, 12, 31)))
    assert judged.standing == TierStanding(tier="basic")


def test_a_tier_that_was_the_lowest_and_is_so_no_more_is_held_through_the_year():
    by = replace(PLAN, tiers=("guest", *TIERS))
    judged = on(date(2027, 6, 1), TierStanding(tier="basic"), by=by)
    assert judged.standing == held("basic", date(2027, 12, 31))


# What a member still needs.


def needed(day, standing=None, tallies=None, by=PLAN):
    return needs(by, standing, tallies or {}, JOINED, day)


def test_a_new_member_needs_the_whole_next_tier_by_the_end_of_the_year():
    assert needed(date(2027, 3, 1)) == Needs(
        next_tier="silver",
        to_reach=({"qualifying": 25_000}, {"segments": 20}),
        to_keep=(),
        through=date(2027, 12, 31),
        keep_by=None,
    )


def test_who_has_to_stay_needs_what_is_missing_in_the_running_year():
    standing = held("silver", date(2028, 12, 31))
    assert needed(date(2028, 3, 1), standing, in_year(2028, 24_000)) == Needs(
        next_tier="gold",
        to_reach=({"qualifying": 26_000}, {"segments": 40}),
        to_keep=({"qualifying": 1_000}, {"segments": 20}),
        through=date(2028, 12, 31),
        keep_by=date(2028, 12, 31),
    )


def test_whose_tier_is_held_beyond_the_year_needs_nothing_to_keep_it():
    told = needed(date(2027, 3, 1), held("silver", date(2028, 12, 31)), in_year(2027, 25_000))
    assert (told.to_keep, told.keep_by) == ((), None)
    assert told.to_reach == ({"qualifying": 25_000}, {"segments": 40})


def test_in_the_grace_there_is_time_through_its_last_day():
    told = needed(date(2028, 1, 10), held("gold", date(2027, 12, 31)))
    assert told.to_keep == ({"qualifying": 50_000}, {"segments": 40})
    assert (told.keep_by, told.through) == (date(2028, 2, 29), date(2028, 12, 31))


def test_at_the_top_there_is_nothing_more_to_reach():
    told = needed(date(2027, 3, 1), held("platinum", date(2027, 12, 31)))
    assert (told.next_tier, told.to_reach) == ("", ())
    assert told.to_keep == ({"qualifying": 125_000},)


def test_a_tier_that_is_only_given_is_not_held_out_as_the_next_and_cannot_be_kept():
    by = plan(thresholds={"silver": REACH["silver"], "platinum": REACH["platinum"]})
    assert needed(date(2027, 3, 1), held("silver", date(2027, 12, 31)), by=by).next_tier == (
        "platinum"
    )
    told = needed(date(2027, 3, 1), held("gold", date(2027, 12, 31)), by=by)
    assert (told.to_keep, told.keep_by) == ((), None)


# Of a person who is two members


def test_of_two_tiers_a_person_has_the_higher_however_long_it_is_held():
    silver, gold = held("silver", date(2029, 12, 31)), held("gold", date(2027, 12, 31))
    unjudged, basic = UNJUDGED, held("basic", None)
    wood = held("wood", date(2099, 12, 31))
    pairs = [(silver, gold), (basic, silver), (unjudged, silver), (wood, silver)]
    for low, high in pairs:
        assert higher(low, high, TIERS, START) == higher(high, low, TIERS, START) == high


def test_of_equal_tiers_a_person_has_the_one_that_is_held_longer():
    short, long = held("gold", date(2027, 12, 31), warned_for=START), held("gold", END)
    assert higher(short, long, TIERS, START) == higher(long, short, TIERS, START) == long
    assert higher(held("gold", None), short, TIERS, START) == short


def test_a_person_keeps_by_hand_and_as_told_what_is_the_most_whichever_tier_was_reached():
    low = TierStanding(tier="basic", floor=Floor("gold", START, "a"), told=Told("gold", START))
    high = held("silver", END, floor=Floor("silver", END, "b"), told=Told("silver", END))
    expected = replace(high, floor=low.floor, told=low.told)
    assert higher(low, high, TIERS, START) == higher(high, low, TIERS, START) == expected


def test_of_the_same_tier_by_hand_or_told_the_one_that_lasts_longer_counts():
    one = TierStanding(floor=Floor("gold", START, "a"), told=Told("gold", END))
    other = TierStanding(floor=Floor("gold", END, "b"), told=Told("gold", START))
    expected = TierStanding(floor=other.floor, told=one.told)
    assert higher(one, other, TIERS, START) == higher(other, one, TIERS, START) == expected


def test_what_by_hand_or_told_is_over_counts_no_more():
    over = TierStanding(floor=Floor("gold", START - DAY, "a"), told=Told("gold", START - DAY))
    last = TierStanding(floor=Floor("silver", START, "b"), told=Told("silver", START))
    assert higher(over, last, TIERS, START) == higher(last, over, TIERS, START) == last
    assert higher(over, UNJUDGED, TIERS, START) == UNJUDGED


# What was told before there were rules


def test_what_was_told_before_there_were_rules_is_held_through_the_next_period_and_is_no_news():
    known = held_as_told(PLAN, "gold", JOINED, date(2027, 5, 5))
    end = date(2028, 12, 31)
    assert known == TierStanding(tier="gold", held_through=end, told=Told("gold", end))
    judged = on(date(2027, 5, 5), known)
    assert (judged.standing, brief(judged)) == (known, [])


def test_the_next_period_is_the_member_s_own():
    years = plan(period=PeriodKind.MEMBERSHIP_YEAR)
    assert held_as_told(years, "gold", JOINED, START).held_through == date(2028, 5, 19)


def test_who_was_told_the_lowest_tier_or_none_that_there_is_holds_nothing():
    for tier in ("basic", "wood", ""):
        assert held_as_told(PLAN, tier, JOINED, START) is None


def test_a_tier_that_there_is_no_more_is_held_no_longer():
    assert on(START, held("wood", END)).standing == held("basic", None)
