"""Erasing and granting in DynamoDB itself: what the items hold, also when acts run together."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.adapters import dynamodb_members
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.lockstep import Lockstep
from chalicelib.domain.ledger import Posting, PostingKind
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Member,
    Suppression,
    SuppressionCause,
)
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Change
from chalicelib.usecases.ports import UnavailableError

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
IDS = ["a" * 26, "b" * 26, "c" * 26]
STONE = {"PK", "SK", "type", "schema", "version", "member_id", "erased_at"}


def full_member(member_id):
    """A member with every attribute that a profile can have."""
    return Member(
        member_id=member_id,
        joined_at=NOW,
        consent=Consent(ConsentStatus.GIVEN, NOW),
        attributes={"email": f"{member_id}@example.com", "first_name": "Anna"},
        balances={"miles": 7},
        granted={"miles": 9},
        goals={"registered": NOW},
        set_at={"email": NOW},
        suppression=Suppression(SuppressionCause.ERASED, NOW),
        left_at=NOW,
        address_owner="d" * 26,
    )


def members_of(table):
    return DynamoMembers(table, lambda: b"alias secret")


def items(table):
    return table.client.scan(TableName=table.name)["Items"]


@pytest.mark.parametrize("count", [1, 3], ids=["alone", "together"])
def test_a_tombstone_holds_nothing_of_the_profile(table, count):
    members = members_of(table)
    for member_id in IDS[:count]:
        assert members.save(full_member(member_id))
    acts = [lambda member_id=member_id: members.erase(member_id, NOW) for member_id in IDS[:count]]
    assert Lockstep().run(acts) == [None] * count
    assert [set(item) for item in items(table)] == [STONE] * count
    assert "example.com" not in json.dumps(items(table))
    assert "Anna" not in json.dumps(items(table))


def test_a_profile_that_is_changed_meanwhile_is_erased_as_it_then_is(table, monkeypatch):
    members = members_of(table)
    members.save(full_member(IDS[0]))
    put = table.put_version

    def changed_first(*args):
        monkeypatch.undo()
        assert members.save(replace(members.load(IDS[0]), attributes={"first_name": "Ann"}))
        return put(*args)

    monkeypatch.setattr(table, "put_version", changed_first)
    assert members.erase(IDS[0], NOW)
    assert members.tombstone(IDS[0]).version == 3
    assert [set(item) for item in items(table)] == [STONE]


def test_a_profile_that_never_stands_still_is_tried_again_later(table, monkeypatch):
    members = members_of(table)
    members.save(full_member(IDS[0]))
    monkeypatch.setattr(table, "put_version", lambda *_: False)
    monkeypatch.setattr(dynamodb_members, "TRIES", 2)
    with pytest.raises(UnavailableError, match="busy"):
        members.erase(IDS[0], NOW)


def test_a_member_s_items_are_read_over_several_pages(table, monkeypatch):
    memberships = DynamoMemberships(table, 1)
    postings = [
        Posting(
            member_id=IDS[0], number=n, kind=PostingKind.EARNED, at=NOW, on=NOW.date(), amounts={}
        )
        for n in range(1, 6)
    ]
    stored = Change(membership=Membership(member_id=IDS[0]), postings=postings)
    assert memberships.store(stored)
    query = table.client.query
    monkeypatch.setattr(table.client, "query", lambda **request: query(**request, Limit=2))
    assert list(memberships.postings(IDS[0])) == postings
