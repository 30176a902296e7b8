import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from strategies import enrolments, event_records, grants, members, step_records

from chalicelib.adapters import items
from chalicelib.adapters.record_items import record_map, record_of
from chalicelib.adapters.wire import from_wire, to_wire
from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment, Exit, Shown, StepRecord, StepState
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.domain.reasons import Reason

NOW = datetime(2026, 11, 21, 20, 30, 1, 123456, tzinfo=UTC)
WRITE_UNIT_BYTES = 1024
STEPS = ("welcome", "reminder", "collect", "questionnaire", "app")
MESSAGE_ID = "0100018f6a4c1e2b-1c9a52a7-6f0b-4c1e-9a77-0b7a5c3d2e1f-000000"
SHOWN = Shown("aB3_-9xZ", 17, (124_215, 45_000, 500))
GOALS = ("account_registered", "profile_completed", "app_installed")


def size_bytes(value) -> int:
    """What DynamoDB counts: UTF-8 text, two digits a byte and one more, 3 a map and 1 an entry."""
    match value:
        case str():
            return len(value.encode())
        case int():
            return (len(str(value).rstrip("0")) + 1) // 2 + 1
        case _:
            return 3 + sum(1 + len(name) + size_bytes(each) for name, each in value.items())


def item_bytes(item) -> int:
    return sum(len(name) + size_bytes(value) for name, value in item.items())


def an_enrolment(done: int, **changes) -> Enrolment:
    """A member of the reference chain with so many steps done; every second mail was opened."""
    record = StepRecord(
        state=StepState.SENT, at=NOW, attempt="a" * 12, message_id=MESSAGE_ID, shown=SHOWN
    )
    opened = dict.fromkeys((FeedbackKind.OPENED, FeedbackKind.OPENED_BY_PERSON), NOW)
    enrolment = Enrolment(
        member_id="a" * 26,
        journey="welcome",
        journey_version=12,
        entry=1,
        arm=Arm.TREATED,
        entered_at=NOW,
        step=dict(enumerate(STEPS)).get(done),
        ready_at=NOW,
        due_at=NOW,
        steps={
            step: replace(record, feedback=opened if number % 2 else {})
            for number, step in enumerate(STEPS[:done])
        },
        goals=dict.fromkeys(GOALS[: done // 2], NOW),
        holdout=0.123456,
        version=25,
    )
    return replace(enrolment, **changes)


@pytest.mark.parametrize("done", range(5))
def test_an_enrolment_is_one_write_unit_while_a_step_is_due(done):
    assert item_bytes(items.enrolment_item(an_enrolment(done), 16)) <= WRITE_UNIT_BYTES


def test_an_enrolment_is_one_write_unit_when_all_five_steps_are_done():
    done = an_enrolment(5, due_at=None, exit=Exit(Reason.COMPLETED, NOW))
    assert item_bytes(items.enrolment_item(done, 16)) <= WRITE_UNIT_BYTES


@settings(max_examples=25)
@given(members, enrolments, event_records, grants)
def test_every_item_says_what_it_is_and_survives_the_wire(member, enrolment, record, grant):
    alias = items.alias_item(Alias(AliasType.EMAIL, "anna@example.com"), b"s", member.member_id)
    for item in (
        items.member_item(member),
        items.enrolment_item(enrolment, 16),
        items.event_item(record),
        items.grant_item(grant),
        alias,
    ):
        assert item["schema"] == 1
        assert item["type"] in ("PROFILE", "ENROLMENT", "EVENT", "GRANT", "ALIAS")
        assert from_wire(to_wire(item)) == item


def test_every_fact_in_a_key_is_an_attribute_too():
    item = items.enrolment_item(an_enrolment(1), 16)
    key_text = f"{item['PK']} {item['SK']} {item['GSI1SK']}"
    for name in ("member_id", "journey", "due_at", "step"):
        assert item[name] in key_text


def test_an_enrolment_stored_before_its_hold_out_was_kept_is_read_without_one():
    item = items.enrolment_item(an_enrolment(1), 16)
    del item["holdout"]
    old = items.enrolment_of(item)
    assert old == an_enrolment(1, holdout=None)
    assert items.enrolment_item(old, 16) == item


@given(step_records)
def test_a_record_comes_back_as_it_was_whatever_its_message_id_looks_like(record):
    assert record_of(record_map(record)) == record


def test_an_id_of_sess_takes_little_more_than_half_its_length():
    assert (
        len(record_map(StepRecord(state=StepState.SENT, at=NOW, message_id=MESSAGE_ID))["i"]) == 36
    )


@pytest.mark.parametrize("other", ["", "m1", "0" * 60, MESSAGE_ID.upper(), MESSAGE_ID + "0"])
def test_an_id_of_any_other_shape_is_stored_as_it_is(other):
    fields = record_map(StepRecord(state=StepState.SENT, at=NOW, message_id=other))
    assert "i" not in fields
    assert fields.get("m", "") == other


def test_only_what_is_due_is_in_the_index():
    assert "GSI1PK" in items.enrolment_item(an_enrolment(1), 16)
    waiting = items.enrolment_item(an_enrolment(1, due_at=None), 16)
    assert not {"GSI1PK", "GSI1SK", "due_at"} & waiting.keys()


def test_an_alias_is_not_stored_in_clear():
    item = items.alias_item(Alias(AliasType.EMAIL, "anna@example.com"), b"secret", "a" * 26)
    assert "anna" not in json.dumps(item)


@pytest.mark.parametrize("change", [{"schema": 2}, {"type": "ENROLMENT"}, {"type": ""}])
def test_an_item_of_another_kind_is_refused(change):
    item = {"PK": "MEMBER#a", "SK": "PROFILE", "type": "PROFILE", "schema": 1, **change}
    with pytest.raises(items.ItemError, match="deploy"):
        items.member_of(item)


def test_a_type_of_dynamodb_that_is_not_ours_is_refused():
    with pytest.raises(ValueError, match="S, N and M only"):
        from_wire({"flag": {"BOOL": True}})


@given(members, members)
def test_a_profile_loses_no_attribute_but_those_said_to_be_optional(one, other):
    """A statement takes away what is named: an attribute that is forgotten there would stay."""
    gone = items.member_item(one).keys() - items.member_item(other).keys()
    assert gone <= set(items.MEMBER_OPTIONAL)


@given(enrolments, enrolments)
def test_an_enrolment_loses_no_attribute_but_those_said_to_be_optional(one, other):
    gone = items.enrolment_item(one, 16).keys() - items.enrolment_item(other, 16).keys()
    assert gone <= set(items.ENROLMENT_OPTIONAL)
