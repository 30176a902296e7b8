"""Years in the engine: the books add up, and whoever tampers with them is found out."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from years import plan, roll_of, row

from chalicelib.domain.ledger import LotChange, PostingKind, Reference
from chalicelib.domain.ledger_wallet import Hold
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind
from chalicelib.rehearsal import campaign, run
from chalicelib.rehearsal.audit import faults_of
from chalicelib.rehearsal.campaign import rehearse_years
from chalicelib.rehearsal.newcomers import read_roll, sample
from chalicelib.rehearsal.plan import loaded
from chalicelib.rehearsal.run import SECRET, Years, live
from chalicelib.rehearsal.told import YearsTold
from chalicelib.world.import_map import read_map
from chalicelib.world.substrates import WorldPlan, substrate

ROOT = Path(__file__).parents[2]
AIRLINE_MAP = ROOT / "examples" / "airline_members.map.yaml"
AIRLINE_CSV = ROOT.parent / "shared" / "data" / "airline_members.csv"


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory):
    rows = [row(number, left="2018-05-01" if number % 10 == 9 else "") for number in range(20)]
    return roll_of(tmp_path_factory.mktemp("roll"), rows).newcomers


@pytest.fixture(scope="module")
def told(newcomers):
    return live(plan(last="2028-04-15"), newcomers)


def test_years_pass_without_a_fault(told):
    assert told.faults == []
    assert told.acts.keys() >= {"looks", "transactions", "transactions told twice", "returns"}
    assert told.acts.keys() >= {"spends", "spends refused"}
    assert told.years() == [2026, 2027, 2028]


def test_members_are_counted_by_tier_at_each_years_end_but_for_those_who_left(told):
    assert told.days() == [
        date(2025, 12, 31), date(2026, 12, 31), date(2027, 12, 31), date(2028, 4, 15)
    ]  # fmt: skip
    assert (told.members, told.left) == (20, 2)
    for day in told.days():
        assert sum(count for (when, _), count in told.tiers.items() if when == day) == 18
    brought = {tier: told.tiers[date(2025, 12, 31), tier] for tier in ("basic", "silver", "gold")}
    assert brought == {"basic": 6, "silver": 6, "gold": 6}


def test_a_tier_that_was_brought_is_lost_only_after_the_next_year_and_its_grace(told):
    assert told.news[2026, "tier_lost"] == told.news[2027, "tier_lost"] == 0
    assert told.news[2028, "tier_lost"] > 0
    assert told.news[2027, "tier_at_risk"] >= told.news[2028, "tier_lost"]


def test_each_unit_is_where_the_accounts_say_and_lapses_when_the_programme_says(told):
    for unit in ("qualifying", "redeemable"):
        flows = [count for (_, name, _), count in told.units.items() if name == unit]
        assert sum(flows) == 0
    assert told.flow(2026, "qualifying", "expired") == 0
    assert told.flow(2027, "qualifying", "expired") >= told.outstanding(2026, "qualifying") * 0.95
    assert told.flow(2027, "redeemable", "expired") == 0
    issued = -sum(told.flow(year, "redeemable", "issued") for year in told.years())
    gone = sum(
        told.flow(year, "redeemable", name)
        for year in told.years()
        for name in ("redeemed", "expired")
    )
    assert told.outstanding(2028, "redeemable") == issued - gone


def test_every_transaction_is_posted_once_however_often_it_is_told(told):
    heard = told.acts["transactions"] - told.acts["transactions told twice"]
    assert sum(told.postings[year, PostingKind.EARNED] for year in told.years()) == heard
    back = told.acts["returns"] + told.acts["spends undone"]
    assert sum(told.postings[year, PostingKind.REVERSED] for year in told.years()) == back


def test_the_same_seed_gives_the_same_years_in_however_many_parts(monkeypatch, newcomers):
    days = plan(last="2026-04-30")
    whole, heard = rehearse_years(days, newcomers), []
    monkeypatch.setattr(campaign, "PART", 7)
    parts = rehearse_years(days, newcomers, watch=heard.append)
    assert heard == [7, 14, 20]
    assert parts.as_json() == whole.as_json()
    other = rehearse_years(replace(days, seed=2), newcomers)
    assert other.as_json() != whole.as_json()


def test_two_processes_count_what_one_does(monkeypatch, newcomers):
    days = plan(last="2026-02-28")
    monkeypatch.setattr(campaign, "PART", 10)
    assert rehearse_years(days, newcomers, 2).as_json() == rehearse_years(days, newcomers).as_json()


@pytest.mark.skipif(not AIRLINE_CSV.exists(), reason=f"{AIRLINE_CSV.name} is not on this machine")
def test_members_of_the_airlines_file_live_through_a_year(monkeypatch):
    roll = read_roll(AIRLINE_CSV, read_map(AIRLINE_MAP))
    assert (len(roll.newcomers), len(roll.rejected)) == (16_717, 20)
    told = rehearse_years(plan(), sample(roll.newcomers, 100, 1))
    assert told.faults == []
    assert told.members == 100
    assert told.left > 0


# What is told adds up


def some_told():
    return YearsTold(
        members=2,
        left=1,
        tiers=Counter({(date(2025, 12, 31), "basic"): 1, (date(2026, 12, 31), "silver"): 1}),
        news=Counter({(2026, "tier_reached"): 1}),
        units=Counter({(2026, "miles", "available"): 5, (2026, "miles", "issued"): -5}),
        postings=Counter({(2026, "earned"): 1}),
        acts=Counter({"looks": 3}),
        faults=["something"],
    )


def test_parts_add_up_and_negative_sums_are_kept():
    sums = YearsTold()
    for _ in range(2):
        sums.add(some_told())
    assert sums.as_json() == {
        "members": 4,
        "left": 2,
        "tiers": {"2025-12-31": {"basic": 2}, "2026-12-31": {"silver": 2}},
        "years": {
            "2026": {
                "news": {"tier_reached": 2},
                "postings": {"earned": 2},
                "units": {"miles": {"available": 10, "issued": -10, "outstanding": 10}},
            }
        },
        "acts": {"looks": 6},
        "faults": 2,
        "first_faults": ["something", "something"],
    }


def test_what_is_outstanding_is_of_all_years_up_to_that_one_and_of_both_of_a_members_accounts():
    told = some_told()
    told.units.update({(2027, "miles", "available"): -2, (2027, "miles", "held"): 1})
    told.units.update({(2027, "points", "available"): 9, (2027, "miles", "redeemed"): 1})
    assert told.outstanding(2025, "miles") == 0
    assert told.outstanding(2026, "miles") == 5
    assert told.outstanding(2027, "miles") == 4
    assert told.flow(2027, "miles", "redeemed") == 1


# The audit sees what is wrong


class Tampered:
    """The port ``Memberships``, as far as folds read it, with what somebody made of it."""

    def __init__(self, memberships, postings):
        self.memberships = list(memberships)
        self.own = list(postings)

    def every(self):
        return iter(self.memberships)

    def every_posting(self):
        return iter(self.own)


class Books:
    """The books of a member after two months, for somebody to tamper with."""

    def __init__(self, engine):
        self._engine = engine
        every = list(engine.memberships.every())
        self.known = next(each for each in every if each.wallet.number > 1)
        self.others = [each for each in every if each != self.known]
        self.postings = list(engine.memberships.postings(self.known.member_id))
        self.elsewhere = [
            posting
            for posting in engine.memberships.every_posting()
            if posting.member_id != self.known.member_id
        ]

    @property
    def now(self):
        return self._engine.clock.now()

    def faults(self, memberships=None, postings=None, **changes):
        """Return what the audit says when these are in the place of what is stored."""
        changed = [replace(self.known, **changes)] if memberships is None else memberships
        own = self.postings if postings is None else postings
        port = Tampered([*self.others, *changed], [*self.elsewhere, *own])
        return " | ".join(faults_of(replace(self._engine, memberships=port)))

    def with_lots(self, **lots):
        return replace(self.known.wallet, lots={**self.known.wallet.lots, **lots})


@pytest.fixture(scope="module")
def years(newcomers):
    days = plan(last="2026-02-28")
    world = WorldPlan(
        folder=days.folder,
        start=days.programme.calendar.start_of(days.first),
        secret=SECRET,
        loaded=loaded(days.folder),
    )
    with substrate("memory", world) as ground:
        years = Years(days, ground.engine, ground.clock)
        assert years.lived(newcomers[:3]).faults == []
        yield years


@pytest.fixture
def books(years):
    return Books(years.engine)


def test_the_books_have_no_fault_as_they_are(books):
    assert books.faults() == ""


def test_a_posting_that_was_changed_is_seen(books):
    first, second, *rest = books.postings
    wrong = replace(second, lots=(LotChange("redeemable", None, 1),))
    found = books.faults(postings=[first, wrong, *rest])
    assert "the chain is broken at 2" in found
    assert "replaying the postings gives another wallet" in found


def test_an_entry_that_has_no_other_side_is_seen(books):
    cut = [replace(each, entries=each.entries[:1]) for each in books.postings]
    assert "of all accounts sum up to" in books.faults(postings=cut)


def test_postings_are_read_in_whatever_order_they_come(books):
    assert books.faults(postings=books.postings[::-1]) == ""


def test_lots_that_no_entry_says_are_seen(books):
    found = books.faults(wallet=books.with_lots(redeemable={None: 10**9}))
    assert "redeemable: the lots are not what the entries say" in found
    assert "redeemable: the profile shows" in found


def test_a_reservation_that_no_entry_says_is_seen(books):
    hold = Hold("redeemable", {None: 5}, books.now + timedelta(days=1))
    wallet = replace(books.known.wallet, holds={Reference("demo", "1"): hold})
    assert "redeemable: the reservations are not what the entries say" in books.faults(
        wallet=wallet
    )


def test_less_than_the_floor_is_seen_and_the_floor_itself_is_not(books):
    found = books.faults(wallet=books.with_lots(redeemable={None: -1}))
    assert "redeemable: -1 to spend, 0 owed" in found
    assert "to spend" not in books.faults(wallet=books.with_lots(redeemable={None: 0}))


def test_what_was_left_undone_is_seen(books):
    assert f"something was due at {books.now}" in books.faults(due_at=books.now)
    assert books.faults(due_at=books.now + timedelta.resolution) == ""
    news = News(kind=NewsKind.TIER_LOST, on=date(2026, 2, 1), detail="gold")
    assert "1 news were not told" in books.faults(news=(news,))


def test_what_has_lapsed_and_is_there_is_seen(books):
    yesterday, today = date(2026, 2, 27), date(2026, 2, 28)
    said = "something has lapsed and is there"
    assert said in books.faults(wallet=books.with_lots(qualifying={yesterday: 5}))
    assert said not in books.faults(wallet=books.with_lots(qualifying={today: 5}))


def test_a_tier_that_nobody_judged_is_seen(books):
    found = books.faults(standing=replace(books.known.standing, tier="platinum"))
    assert "the standing is platinum" in found
    assert "judged again the standing is another" in found


def test_postings_of_nobody_are_seen(books):
    found = books.faults(memberships=[])
    assert found == f"{books.known.member_id}: there are postings and no membership"


def test_a_member_without_a_single_posting_has_books_in_order(books):
    nobody = Membership(member_id="a" * 26, version=1)
    assert books.faults(memberships=[books.known, nobody]) == ""


def test_who_is_due_whenever_looked_at_is_a_fault_and_no_endless_loop(monkeypatch, newcomers):
    monkeypatch.setattr(run, "look_at_member", lambda *_: None)
    told = live(plan(first="2026-12-25", last="2027-01-02"), newcomers)
    assert "due whenever they were looked at" in told.faults[0]
