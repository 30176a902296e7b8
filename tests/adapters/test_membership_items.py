"""What wallets, postings and references look like in the table, and what older releases left."""

import doctest
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from strategies import memberships, postings, reference_records

from chalicelib.adapters import compact, keys, moments
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.items import ItemError, grant_item
from chalicelib.adapters.membership_items import membership_item, membership_of
from chalicelib.adapters.posting_items import posting_item, posting_of
from chalicelib.adapters.reference_items import reference_item, reference_of
from chalicelib.adapters.wire import from_wire, to_wire
from chalicelib.domain.gifts import GIFTS, Grant
from chalicelib.domain.ledger import LedgerRefusal, Posting, PostingKind, Reference, digest
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.usecases.membership_ports import Change, ReferenceRecord

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
GRANT = Grant(member_id=ANNA, source="welcome.1.reminder", unit="miles", amount=500, granted_at=NOW)
GIFT = ReferenceRecord(
    reference=Reference(GIFTS, f"{ANNA}.welcome.1.reminder"),
    member_id=ANNA,
    body_hash="",
    kept_at=NOW,
)
EMPTY = {"PK", "SK", "schema", "type", "version", "member_id"}


def read_again(item):
    return from_wire(to_wire(item))


@given(postings)
def test_a_posting_read_back_has_the_hash_that_was_chained(posting):
    read = posting_of(read_again(posting_item(posting)))
    assert read == posting
    assert digest(read) == posting.hash


@given(memberships)
def test_a_membership_comes_back_from_its_item(membership):
    assert membership_of(read_again(membership_item(membership, 16))) == membership


@given(reference_records)
def test_a_reference_comes_back_from_its_item(record):
    assert reference_of(read_again(reference_item(record))) == record


def test_what_a_membership_does_not_have_takes_no_bytes():
    assert membership_item(Membership(member_id=ANNA), 16).keys() == EMPTY


def test_what_a_posting_does_not_have_takes_no_bytes():
    bare = Posting(
        member_id=ANNA, number=1, kind=PostingKind.EXPIRED, at=NOW, on=NOW.date(), amounts={}
    )
    item = posting_item(bare)
    assert item.keys() == EMPTY - {"version"} | {"number", "kind", "at", "on"}
    assert posting_of(item) == bare


def test_of_a_line_only_what_is_told_is_kept():
    lines = (Line(kind="fuel", amount=4200, currency="EUR"), Line(kind="flight", quantity=0))
    bought = Transaction(partner="shop", reference="7", on=date(2026, 11, 21), lines=lines)
    record = replace(GIFT, reference=Reference("shop", "7"), transaction=bought, returned=(0, 1))
    item = reference_item(record)
    assert item["transaction"] == (
        '["shop","7","2026-11-21",[{"kind":"fuel","amount":4200,"currency":"EUR"},'
        '{"kind":"flight","quantity":0}]]'
    )
    assert item["returned"] == "[0,1]"
    assert reference_of(item) == record


def test_a_transaction_of_no_lines_is_one():
    bought = Transaction(partner="shop", reference="7", on=date(2026, 11, 21), lines=())
    record = replace(GIFT, reference=Reference("shop", "7"), transaction=bought)
    assert reference_of(reference_item(record)) == record


@pytest.mark.parametrize("of", [membership_of, posting_of, reference_of])
def test_an_item_of_another_type_is_refused(of):
    with pytest.raises(ItemError, match="deploy"):
        of({**keys.profile(ANNA), "type": "PROFILE", "schema": 1})


def test_a_gift_needs_to_say_whose_it_is():
    with pytest.raises(moments.KeyTextError, match="a dot"):
        keys.reference(Reference(GIFTS, "welcome"))


def test_a_caller_s_name_has_no_separator_in_it():
    with pytest.raises(moments.KeyTextError, match="part of a key"):
        keys.reference(Reference("sh#op", "7"))


def test_the_examples_in_the_docstrings_are_true():
    tested = doctest.testmod(compact)
    assert tested.attempted > 1
    assert tested.failed == 0


def test_text_of_any_script_is_kept_as_it_is():
    assert compact.json_text(["Мили"]) == '["Мили"]'
    assert compact.json_text([]) is None


@pytest.fixture
def granted(table):
    """A table in which an older release has met a promise."""
    member = Member(member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.UNSAID, NOW))
    assert DynamoMembers(table, lambda: b"s").save(member)
    table.put(grant_item(GRANT))
    return DynamoMemberships(table, 4)


def test_a_grant_of_an_older_release_is_a_gift_s_reference(granted):
    assert granted.find(GIFT.reference) == GIFT


def test_what_an_older_release_granted_is_never_given_again(granted):
    assert not granted.remember(replace(GIFT, refusal=LedgerRefusal.NOT_ENOUGH))
    assert not granted.store(Change(membership=Membership(member_id=ANNA), new=[GIFT]))
    assert list(granted.every()) == []


def test_an_older_release_does_not_grant_again_what_was_given_as_a_posting(table, granted):
    later = replace(GIFT, reference=Reference(GIFTS, f"{ANNA}.welcome.1.app"))
    assert granted.store(Change(membership=Membership(member_id=ANNA), new=[later]))
    assert not table.insert(grant_item(replace(GRANT, source="welcome.1.app")))
