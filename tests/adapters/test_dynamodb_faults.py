"""What the DynamoDB adapters say when DynamoDB fails, is slow, or answers in parts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from botocore.exceptions import (
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from chalicelib.adapters import keys
from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_batches import ROUNDS
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import Pause
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.domain.ledger import LedgerRefusal, Posting, PostingKind, Reference
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Change, ReferenceRecord
from chalicelib.usecases.ports import EventRecord, UnavailableError

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
MEMBER = Member(member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.UNSAID, NOW))
ENROLMENT = Enrolment(
    member_id=ANNA,
    journey="welcome",
    journey_version=1,
    entry=1,
    arm=Arm.TREATED,
    entered_at=NOW,
    step="greeting",
    ready_at=NOW,
    due_at=NOW,
)
PAUSE = Pause(NOW, "a wrong link")
RECORD = EventRecord(partner="shop", event_id="1", body_hash="a", received_at=NOW)
ORDER = Reference("shop", "1")
REFUSED = ReferenceRecord(
    reference=ORDER,
    member_id=ANNA,
    body_hash="a",
    kept_at=NOW,
    refusal=LedgerRefusal.NOT_ENOUGH,
)
CHANGE = Change(membership=Membership(member_id=ANNA))
CARD = Alias(AliasType.CARD, "1234567")

CALLS = {
    "member_of": ("GetItem", lambda table: DynamoMembers(table, lambda: b"s").member_of(CARD)),
    "claim_alias": (
        "PutItem",
        lambda table: DynamoMembers(table, lambda: b"s").claim_alias(CARD, ANNA),
    ),
    "save member": ("PutItem", lambda table: DynamoMembers(table, lambda: b"s").save(MEMBER)),
    "erase": ("GetItem", lambda table: DynamoMembers(table, lambda: b"s").erase(ANNA, NOW)),
    "every": ("Scan", lambda table: list(DynamoMembers(table, lambda: b"s").every())),
    "load_case": (
        "BatchGetItem",
        lambda table: DynamoEnrolments(table, 1).load_case(ANNA, ["welcome"]),
    ),
    "save enrolment": ("PutItem", lambda table: DynamoEnrolments(table, 1).save(ENROLMENT)),
    "due": ("Query", lambda table: DynamoEnrolments(table, 1).due(0, NOW, 1)),
    "pauses": ("GetItem", lambda table: DynamoBrakes(table).pauses()),
    "pause": ("PutItem", lambda table: DynamoBrakes(table).pause("welcome", PAUSE)),
    "receive": (
        "PutItem",
        lambda table: DynamoEventLog(table, VirtualClock(NOW)).receive(RECORD),
    ),
    "conclude": (
        "PutItem",
        lambda table: DynamoEventLog(table, VirtualClock(NOW)).conclude(RECORD),
    ),
    "enrolments of": ("Query", lambda table: DynamoEnrolments(table, 1).of(ANNA)),
    "load account": ("BatchGetItem", lambda table: DynamoMemberships(table, 1).load(ANNA)),
    "store change": ("TransactWriteItems", lambda table: DynamoMemberships(table, 1).store(CHANGE)),
    "find": ("GetItem", lambda table: DynamoMemberships(table, 1).find(ORDER)),
    "remember": ("PutItem", lambda table: DynamoMemberships(table, 1).remember(REFUSED)),
    "postings": ("Query", lambda table: list(DynamoMemberships(table, 1).postings(ANNA))),
    "due memberships": ("Query", lambda table: DynamoMemberships(table, 1).due(0, NOW, 1)),
}


def refusal(code: str, status: int = 400, **more) -> dict:
    return {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}


FAULTS = {
    "throttled": refusal("ThrottlingException"),
    "over capacity": refusal("ProvisionedThroughputExceededException"),
    "in a transaction": refusal("TransactionConflictException"),
    "internal error": refusal("InternalServerError", 500),
    "unavailable": refusal("ServiceUnavailable", 503),
    "connection dropped": ConnectionClosedError(endpoint_url="x"),
    "timeout": ReadTimeoutError(endpoint_url="x"),
    "cut off": IncompleteReadError(actual_bytes=1, expected_bytes=2),
    "another checksum": ChecksumError(
        checksum_type="crc32", expected_checksum="1", actual_checksum="2"
    ),
    "unreadable": ResponseParserError("no JSON"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_passes_is_unavailable_after_one_attempt(shared_table, failing, call, fault):
    operation, do = CALLS[call]
    with failing(shared_table.client, operation, FAULTS[fault]) as calls:
        with pytest.raises(UnavailableError):
            do(shared_table)
        assert calls == [operation]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_a_fault_of_ours_is_seen_as_it_is(shared_table, failing, call, code):
    operation, do = CALLS[call]
    with (
        failing(shared_table.client, operation, refusal(code)),
        pytest.raises(ClientError, match=code),
    ):
        do(shared_table)


def test_a_call_is_made_once_when_the_connection_drops(table):
    attempts = []

    def drop(**_):
        attempts.append(1)
        raise ConnectionClosedError(endpoint_url="x")

    table.client.meta.events.register_first("before-send.dynamodb", drop)
    with pytest.raises(UnavailableError):
        DynamoMembers(table, lambda: b"s").save(MEMBER)
    assert len(attempts) == 1


def _drop(**_):
    raise ConnectionClosedError(endpoint_url="x")


def cancelled_by(*codes: str) -> dict:
    reasons = [{"Code": code} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


@pytest.mark.parametrize(
    "codes",
    [
        ("ConditionalCheckFailed", "None"),
        ("None", "ConditionalCheckFailed"),
        ("None", "TransactionConflict"),
        ("ThrottlingError", "ConditionalCheckFailed"),
    ],
)
def test_a_change_that_met_another_writer_is_told_to_be_overtaken(shared_table, failing, codes):
    with failing(shared_table.client, "TransactWriteItems", cancelled_by(*codes)) as calls:
        assert not DynamoMemberships(shared_table, 1).store(CHANGE)
        assert calls == ["TransactWriteItems"]


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_change_that_was_throttled_is_unavailable(shared_table, failing, code):
    with (
        failing(shared_table.client, "TransactWriteItems", cancelled_by("None", code)),
        pytest.raises(UnavailableError, match=code),
    ):
        DynamoMemberships(shared_table, 1).store(CHANGE)


@pytest.mark.parametrize("codes", [("ValidationError",), ("None", "ItemCollectionSizeLimit"), ()])
def test_a_change_that_can_never_be_stored_is_seen_as_it_is(shared_table, failing, codes):
    with (
        failing(shared_table.client, "TransactWriteItems", cancelled_by(*codes)),
        pytest.raises(ClientError),
    ):
        DynamoMemberships(shared_table, 1).store(CHANGE)


def test_a_change_is_stored_when_only_the_reply_was_lost(table):
    memberships = DynamoMemberships(table, 1)
    new = Change(membership=CHANGE.membership, new=[replace(REFUSED, refusal=None, number=1)])
    table.client.meta.events.register("after-call.dynamodb.TransactWriteItems", _drop)
    with pytest.raises(UnavailableError):
        memberships.store(new)
    table.client.meta.events.unregister("after-call.dynamodb.TransactWriteItems", _drop)
    assert not memberships.store(new)
    assert memberships.find(ORDER) == new.new[0]


def test_memberships_read_in_pages_are_all_there_once_and_in_their_order(table):
    memberships = DynamoMemberships(table, 1)
    names = [f"member{number}" for number in range(7)]
    for number, name in enumerate(names):
        due_at = NOW - timedelta(minutes=number)
        postings = [_posting(name, each) for each in range(1, 6)]
        membership = Membership(member_id=name, due_at=due_at)
        assert memberships.store(Change(membership=membership, postings=postings))
    _page_by(table, 2)
    assert memberships.due(0, NOW, 5) == names[:1:-1]
    assert memberships.due(0, NOW, 100) == names[::-1]
    assert [each.number for each in memberships.postings("member3")] == [1, 2, 3, 4, 5]
    assert sorted(each.member_id for each in memberships.every()) == names
    assert len(list(memberships.every_posting())) == 35


def test_memberships_and_postings_are_scanned_in_segments_once(table):
    memberships = DynamoMemberships(table, 1)
    names = [f"member{number}" for number in range(20)]
    for name in names:
        change = Change(membership=Membership(member_id=name), postings=[_posting(name, 1)])
        assert memberships.store(change)
    for read in (memberships.every, memberships.every_posting):
        found = [each.member_id for segment in range(4) for each in read(segment, 4)]
        assert sorted(found) == sorted(names)


def _posting(member_id: str, number: int) -> Posting:
    return Posting(
        member_id=member_id,
        number=number,
        kind=PostingKind.EARNED,
        at=NOW,
        on=NOW.date(),
        amounts={"miles": 5},
    )


def test_what_a_change_writes_is_one_call_with_nothing_that_only_checks(table):
    requests = []
    table.client.meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems",
        lambda params, **_: requests.append(params["TransactItems"]),
    )
    DynamoMembers(table, lambda: b"s").save(MEMBER)
    change = Change(
        membership=CHANGE.membership,
        member=replace(MEMBER, version=1),
        postings=[_posting(ANNA, 1), _posting(ANNA, 2)],
        new=[replace(REFUSED, refusal=None, number=1)],
    )
    assert DynamoMemberships(table, 1).store(change)
    assert [[*act] for act in requests[0]] == [["Put"]] * 5
    assert len(requests) == 1


def test_what_a_batch_left_unread_is_read_in_the_next_round(table):
    DynamoMembers(table, lambda: b"s").save(MEMBER)
    DynamoEnrolments(table, 1).save(ENROLMENT)
    DynamoBrakes(table).pause("welcome", PAUSE)
    rounds = _answer_one_key_a_round(table)
    case = DynamoEnrolments(table, 1).load_case(ANNA, ["welcome"])
    assert set(case.enrolments) == {"welcome"}
    assert case.pauses.holding("welcome") == PAUSE
    assert len(rounds) == 2  # the profile, then the pauses


def test_a_batch_that_is_never_read_to_its_end_is_unavailable(table):
    rounds = _answer_one_key_a_round(table)
    with pytest.raises(UnavailableError, match="unread"):
        table.get_many([keys.enrolment(ANNA, f"journey-{n}") for n in range(9)])
    assert len(rounds) == ROUNDS


def _answer_one_key_a_round(table: Table) -> list[int]:
    """Let DynamoDB answer the first key alone and give the others back, as it may."""
    kept_back: list[list] = []
    rounds: list[int] = []

    def before(params, **_):
        rounds.append(1)
        keys = params["RequestItems"][table.name]["Keys"]
        kept_back.append(keys[1:])
        request = {**params["RequestItems"][table.name], "Keys": keys[:1]}
        return {**params, "RequestItems": {table.name: request}}

    def after(parsed, **_):
        if rest := kept_back.pop():
            parsed["UnprocessedKeys"] = {table.name: {"Keys": rest, "ConsistentRead": True}}

    table.client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", before)
    table.client.meta.events.register("after-call.dynamodb.BatchGetItem", after)
    return rounds


def test_two_journeys_that_are_paused_at_one_time_are_both_paused(table):
    brakes = DynamoBrakes(table)
    brakes.pause("welcome", PAUSE)
    overtaken = iter([True])

    def overtake(**_):
        if next(overtaken, False):
            DynamoBrakes(table).pause("birthday", PAUSE)

    table.client.meta.events.register("before-call.dynamodb.PutItem", overtake)
    assert brakes.pause("news", PAUSE)
    assert set(brakes.pauses().journeys) == {"welcome", "birthday", "news"}


def test_pauses_that_are_always_busy_are_unavailable(table):
    brakes, others, overtaking = DynamoBrakes(table), count(), []

    def overtake(**_):
        if not overtaking:  # nobody overtakes the one who overtakes
            overtaking.append(1)
            brakes.pause(f"journey-{next(others)}", PAUSE)
            overtaking.clear()

    table.client.meta.events.register("before-call.dynamodb.PutItem", overtake)
    with pytest.raises(UnavailableError, match="busy"):
        brakes.pause("welcome", PAUSE)


def test_enrolments_in_many_journeys_are_read_page_by_page(table):
    DynamoMembers(table, lambda: b"s").save(MEMBER)
    enrolments = DynamoEnrolments(table, 1)
    journeys = [f"journey-{n}" for n in range(5)]
    for journey in journeys:
        enrolments.save(replace(ENROLMENT, journey=journey))
    pages = []

    def one_a_page(params, **_):
        pages.append(1)
        return {**params, "Limit": 1}

    table.client.meta.events.register("provide-client-params.dynamodb.Query", one_a_page)
    assert set(enrolments.load_case(ANNA, journeys[1:]).enrolments) == set(journeys[1:])
    assert len(pages) >= len(journeys)


def test_a_read_in_pages_has_everything_once_and_no_more_than_the_limit(table):
    enrolments = DynamoEnrolments(table, 1)
    for number in range(7):
        due_at = NOW - timedelta(minutes=number)
        enrolments.save(replace(ENROLMENT, journey=f"j{number}", due_at=due_at))
    _page_by(table, 2)
    assert len(list(enrolments.every())) == 7
    assert [due.key.journey for due in enrolments.due(0, NOW, 5)] == ["j6", "j5", "j4", "j3", "j2"]
    assert len(enrolments.due(0, NOW, 100)) == 7


def _page_by(table: Table, size: int) -> None:
    def limit(params, **_):
        return {**params, "Limit": min(size, params.get("Limit", size))}

    for operation in ("Query", "Scan"):
        table.client.meta.events.register(f"provide-client-params.dynamodb.{operation}", limit)


def test_a_scan_in_segments_reads_everything_once(table):
    members = DynamoMembers(table, lambda: b"s")
    for number in range(20):
        members.save(replace(MEMBER, member_id=f"member{number}"))
    found = [m.member_id for segment in range(4) for m in members.every(segment, 4)]
    assert sorted(found) == sorted(f"member{number}" for number in range(20))


def test_the_claim_is_applied_when_only_the_reply_was_lost(table):
    enrolments = DynamoEnrolments(table, 1)
    table.client.meta.events.register("after-call.dynamodb.PutItem", _drop)
    with pytest.raises(UnavailableError):
        enrolments.save(ENROLMENT)
    table.client.meta.events.unregister("after-call.dynamodb.PutItem", _drop)
    assert not enrolments.save(ENROLMENT)


def test_the_calls_of_one_step_are_three_reads_and_two_writes(table):
    """The budget: claim and record, each a write unit for the item and one for the index."""
    members, enrolments = DynamoMembers(table, lambda: b"s"), DynamoEnrolments(table, 1)
    members.save(MEMBER)
    enrolments.save(ENROLMENT)
    calls = []
    table.client.meta.events.register(
        "before-call.dynamodb", lambda model, **_: calls.append(model.name)
    )
    known = enrolments.load_case(ANNA, ["welcome"]).enrolments["welcome"]
    claimed = known.claimed("attempt", NOW)
    assert enrolments.save(claimed)
    DynamoBrakes(table).pauses()
    assert enrolments.save(replace(claimed, version=claimed.version + 1, due_at=NOW))
    assert calls == ["GetItem", "BatchGetItem", "PutItem", "GetItem", "PutItem"]


def test_the_table_forgets_what_has_expired(shared_table):
    described = shared_table.client.describe_time_to_live(TableName=shared_table.name)
    assert described["TimeToLiveDescription"]["AttributeName"] == "expires_at"


def test_an_index_of_keys_alone_costs_nothing_when_other_attributes_change(shared_table):
    [index] = shared_table.client.describe_table(TableName=shared_table.name)["Table"][
        "GlobalSecondaryIndexes"
    ]
    assert index["Projection"]["ProjectionType"] == "KEYS_ONLY"
