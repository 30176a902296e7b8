"""Erasing and granting in DynamoDB itself: what the items hold, also when acts run together."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.adapters import dynamodb_members, keys
from chalicelib.adapters.dynamodb_grants import DynamoGrants
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.lockstep import Lockstep
from chalicelib.adapters.wire import to_wire
from chalicelib.domain.gifts import Grant
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Member,
    Suppression,
    SuppressionCause,
)
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


# Profiles of a release that kept one balance for both.


def test_a_profile_without_a_place_for_grants_is_given_one(table):
    members, grants = members_of(table), DynamoGrants(table)
    members.save(full_member(IDS[0]))
    table.client.update_item(
        TableName=table.name,
        Key=to_wire(keys.profile(IDS[0])),
        UpdateExpression="REMOVE granted",
    )
    assert members.load(IDS[0]).balance("miles") == 7
    gift = Grant(member_id=IDS[0], source="s", unit="miles", amount=500, granted_at=NOW)
    read = members.load(IDS[0])
    assert grants.grant(gift)
    assert not grants.grant(gift)
    assert members.load(IDS[0]).granted == {"miles": 500}
    assert members.load(IDS[0]).balance("miles") == 507
    assert not members.save(read), "a writer must notice"


def test_a_member_s_items_are_read_over_several_pages(table, monkeypatch):
    members, grants = members_of(table), DynamoGrants(table)
    members.save(full_member(IDS[0]))
    for number in range(5):
        source = f"s{number}"
        grants.grant(Grant(member_id=IDS[0], source=source, unit="m", amount=1, granted_at=NOW))
    query = table.client.query
    monkeypatch.setattr(table.client, "query", lambda **request: query(**request, Limit=2))
    assert [each.source for each in grants.of(IDS[0])] == [f"s{number}" for number in range(5)]
