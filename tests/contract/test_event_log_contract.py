"""The port ``EventLog``, on every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from strategies import event_records

from chalicelib.domain.events import EventOutcome
from chalicelib.usecases.ports import EventRecord, Receipt

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
RECORD = EventRecord(partner="shop", event_id="order#7", body_hash="a" * 64, received_at=NOW)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=event_records)
def test_whatever_is_received_or_concluded_is_found(new_stores, record):
    stores = new_stores()
    stores.clock.set(max(stores.clock.now(), record.received_at))
    record = replace(record, received_at=stores.clock.now())
    assert stores.events.receive(replace(record, outcome=None)) is Receipt.NEW
    stores.events.conclude(record)
    assert stores.events.find(record.partner, record.event_id) == record
    assert list(stores.events.every()) == [record]


def test_an_id_is_new_once_and_repeated_ever_after(stores):
    receipts = [stores.events.receive(RECORD) for _ in range(3)]
    assert receipts == [Receipt.NEW, Receipt.REPEATED, Receipt.REPEATED]


def test_another_body_under_the_same_id_is_a_conflict_and_changes_nothing(stores):
    stores.events.receive(RECORD)
    assert stores.events.receive(replace(RECORD, body_hash="b" * 64)) is Receipt.CONFLICT
    assert stores.events.find("shop", "order#7") == RECORD
    assert stores.events.receive(RECORD) is Receipt.REPEATED


def test_the_same_id_of_another_partner_is_another_event(stores):
    stores.events.receive(RECORD)
    assert stores.events.receive(replace(RECORD, partner="app")) is Receipt.NEW


def test_a_repetition_leaves_the_outcome_alone(stores):
    concluded = replace(RECORD, outcome=EventOutcome.APPLIED, member_id="a" * 26)
    stores.events.receive(RECORD)
    stores.events.conclude(concluded)
    assert stores.events.receive(RECORD) is Receipt.REPEATED
    assert stores.events.find("shop", "order#7") == concluded


def test_an_event_can_be_concluded_that_was_never_received(stores):
    stores.events.conclude(RECORD)
    assert stores.events.receive(RECORD) is Receipt.REPEATED


def test_an_event_that_never_came_is_not_found(stores):
    assert stores.events.find("shop", "order#8") is None


def test_an_id_is_kept_for_more_than_thirty_days(stores):
    stores.events.receive(RECORD)
    stores.clock.advance(timedelta(days=31))
    assert stores.events.find("shop", "order#7") == RECORD
    assert stores.events.receive(RECORD) is Receipt.REPEATED


def test_an_expired_record_counts_as_gone_before_it_is_deleted(stores):
    stores.events.receive(RECORD)
    stores.clock.advance(timedelta(days=90))
    assert stores.events.find("shop", "order#7") is None
    assert not list(stores.events.every())
    later = replace(RECORD, body_hash="b" * 64, received_at=stores.clock.now())
    assert stores.events.receive(later) is Receipt.NEW
