"""Postings are linked by what they say: no word of them can be changed unseen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from domain.ledger_builders import MILES, TODAY, days, earned, moment, order
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger import (
    NOTHING,
    Account,
    Entry,
    LotChange,
    Posting,
    PostingKind,
    Reasoned,
    Reference,
    balances_as_of,
    broken_link,
    digest,
    totals,
)
from chalicelib.domain.ledger_moves import draft_of
from chalicelib.domain.ledger_wallet import EMPTY

FULL = Posting(
    member_id="m",
    number=1,
    kind=PostingKind.RESERVED,
    at=datetime(2026, 3, 10, 12, tzinfo=UTC),
    on=TODAY,
    amounts={"miles": 7},
    reference=Reference("shop", "held"),
    reverses=Reference("shop", "other"),
    entries=(Entry("miles", Account.AVAILABLE, -7), Entry("miles", Account.HELD, 7)),
    lots=(LotChange("miles", TODAY, -5), LotChange("miles", None, -2)),
    parts=(LotChange("miles", TODAY, -5),),
    owed={"miles": -1},
    counts={"cap@ever": 2},
    until=datetime(2026, 3, 11, 12, tzinfo=UTC),
    active={"miles": TODAY},
    why=(Reasoned("base", "miles", 7, line=0, note="один"),),
    after={"miles": 3},
    previous="",
)
OTHERS = {
    "member_id": ["n", "M"],
    "number": [2],
    "kind": [PostingKind.SPENT],
    "at": [moment(days(1)), moment(hour=13)],
    "on": [days(1)],
    "amounts": [{"miles": 8}, {"stars": 7}, {}, {"miles": 7, "stars": 1}],
    "reference": [None, Reference("shop", "Held"), Reference("mall", "held")],
    "reverses": [None, Reference("shop", "held")],
    "entries": [(), FULL.entries[:1], FULL.entries[::-1], (*FULL.entries, *FULL.entries)],
    "lots": [(), FULL.lots[::-1], (LotChange("miles", None, -5), *FULL.lots[1:])],
    "parts": [(), FULL.lots],
    "owed": [{}, {"miles": 1}],
    "counts": [{}, {"cap@ever": 1}, {"cap@2026": 2}],
    "until": [None, moment(days(2))],
    "active": [{}, {"miles": days(1)}],
    "why": [
        (),
        *[
            (replace(FULL.why[0], **{name: value}),)
            for name, value in [
                ("rule", "b"),
                ("unit", "b"),
                ("amount", 8),
                ("line", None),
                ("line", 1),
                ("note", ""),
            ]
        ],
    ],
    "after": [{}, {"miles": 4}],
    "previous": ["0"],
}


def test_every_field_of_a_posting_is_hashed():
    assert set(OTHERS) == set(Posting.__dataclass_fields__) - {"hash"}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in OTHERS.items() for value in values]
)
def test_a_change_of_any_field_breaks_the_chain(name, value):
    linked = FULL.chained("")
    assert broken_link([linked]) is None
    assert broken_link([replace(linked, **{name: value})]) == 1


def test_a_hash_is_the_sha_256_of_one_canonical_form_that_never_changes():
    assert digest(FULL) == "1b4d220ccedfb4efc53ca05d18e38c72d66342a1abca92fb8ccb51c148406f47"
    assert digest(replace(FULL, hash="x")) == digest(FULL)


def test_the_order_of_names_is_not_a_part_of_what_is_said():
    one, two = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert digest(replace(FULL, amounts=one)) == digest(replace(FULL, amounts=two))


def chain(number=4):
    postings, previous = [], ""
    for each in range(1, number + 1):
        posting = replace(FULL, number=each).chained(previous)
        postings.append(posting)
        previous = posting.hash
    return postings


def test_a_link_names_the_one_before_it_and_has_a_hash_of_its_own():
    first, second, *_ = chain()
    assert (first.previous, second.previous) == ("", first.hash)
    assert second.hash == digest(second) != first.hash


def test_an_unbroken_chain_has_no_broken_link():
    assert broken_link([]) is None
    assert broken_link(chain()) is None


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_the_first_link_that_does_not_hold_is_named(at):
    postings = chain()
    changed = replace(postings[at], member_id="n")
    assert broken_link([*postings[:at], changed, *postings[at + 1 :]]) == at + 1


def test_a_posting_that_is_forged_with_its_hash_breaks_the_next():
    postings = chain()
    forged = replace(postings[1], member_id="n").chained(postings[0].hash)
    assert broken_link([postings[0], forged, *postings[2:]]) == 3


def test_a_posting_that_is_left_out_doubled_or_displaced_breaks_the_chain():
    one, two, three, four = chain()
    assert broken_link([one, three, four]) == 2
    assert broken_link([two, three]) == 1
    assert broken_link([one, one, two]) == 2
    assert broken_link([one, three, two]) == 2


def test_a_number_that_is_not_its_own_breaks_the_chain_though_it_was_hashed_so():
    assert broken_link([replace(FULL, number=2).chained("")]) == 1
    assert broken_link([replace(FULL, number=1).chained("x")]) == 1


entries = st.builds(
    Entry, st.sampled_from(["a", "b"]), st.sampled_from(Account), st.integers(-9, 9)
)


@given(st.lists(st.lists(entries, max_size=5), max_size=5))
def test_totals_are_the_sums_of_all_entries(told):
    postings = [replace(FULL, entries=tuple(each)) for each in told]
    sums = totals(postings)
    every = [entry for each in told for entry in each]
    assert set(sums) == {entry.unit for entry in every}
    for unit, accounts in sums.items():
        for account in Account:
            its = [e.amount for e in every if (e.unit, e.account) == (unit, account)]
            assert accounts.get(account, 0) == sum(its)


def test_balances_can_be_read_as_of_the_end_of_any_day():
    wallet, first = earned(EMPTY, 10)
    _, second = earned(wallet, 5, on=days(2))
    assert balances_as_of([first, second], days(-1)) == {}
    assert balances_as_of([first, second], TODAY) == {MILES: 10}
    assert balances_as_of([first, second], days(1)) == {MILES: 10}
    assert balances_as_of([first, second], days(2)) == {MILES: 15}


def test_a_unit_that_was_only_owed_is_0():
    only = replace(FULL, entries=(Entry(MILES, Account.HELD, 3), Entry(MILES, Account.ISSUED, -3)))
    assert balances_as_of([only], TODAY) == {MILES: 0}


def test_a_draft_says_nothing_yet():
    draft = draft_of(PostingKind.SPENT, order(reference="x"), MILES, 7)
    assert draft.amounts == {MILES: 7}
    assert draft_of(PostingKind.SPENT, order()).amounts == {}
    assert (draft.number, draft.previous, draft.hash) == (0, "", "")
    assert draft.owed == draft.counts == draft.active == draft.after == NOTHING == {}
    assert draft.entries == draft.lots == draft.parts == draft.why == ()


def test_references_are_ordered_by_caller_then_by_id():
    assert Reference("a", "2") < Reference("b", "1") < Reference("b", "2")
