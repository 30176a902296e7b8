"""What the items of the one table look like: from values of the domain to items, and back.

docs/data-model.md is the reference. Times of an item's own are fixed-width text; times in
maps are microseconds since 1970, so that a whole enrolment fits into one write unit.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters import keys
from chalicelib.adapters.entry_items import before_map, before_of, millionths, share_of
from chalicelib.adapters.history_items import mails_map, mails_of, past_map, past_of
from chalicelib.adapters.moments import parse_time, time_text
from chalicelib.adapters.record_items import numbers, record_map, record_of, times_of
from chalicelib.adapters.wire import Item, Value
from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment, Exit
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.gifts import Grant
from chalicelib.domain.identity import Alias
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Member,
    Suppression,
    SuppressionCause,
)
from chalicelib.domain.preferences import DAY, Preferences
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.ports import EventRecord

SCHEMA = 1
EVENT_KEPT = timedelta(days=90)
"""Longer than any partner tries again, and than the 30 days that the port promises."""

MEMBER_OPTIONAL = (
    *("suppression", "suppressed_at", "left_at", "address_owner", "past", "absorbed", "standing"),
    *("declined_topics", "spacing_days", "language"),
)
ENROLMENT_OPTIONAL = (
    *("step", "due_at", "exit", "exited_at", "resumes_at", "GSI1PK", "GSI1SK"),
    *("news", "before"),
)
"""What such an item may have at one time and not at another."""


class ItemError(ValueError):
    """An item of another type or schema than this code reads."""


def member_item(member: Member) -> Item:
    """The only item with personal data. ``granted`` is there even when empty, to be added to."""
    suppression = member.suppression
    return new_item(
        keys.profile(member.member_id),
        type="PROFILE",
        version=member.version,
        member_id=member.member_id,
        joined_at=time_text(member.joined_at),
        consent=member.consent.status.value,
        consent_at=time_text(member.consent.at),
        suppression=suppression.cause.value if suppression else None,
        suppressed_at=time_text(suppression.at) if suppression else None,
        left_at=_text_or_none(member.left_at),
        address_owner=member.address_owner or None,
        declined_topics=" ".join(sorted(member.preferences.declined_topics)) or None,
        spacing_days=member.preferences.spacing // DAY if member.preferences.spacing else None,
        language=member.preferences.language or None,
        attributes=member.attributes,
        balances=member.balances,
        granted={**member.granted},
        standing={**member.standing} or None,
        goals=numbers(member.goals),
        set_at=numbers(member.set_at),
        past=past_map(member.past) or None,
        absorbed={name: mails_map(mails) for name, mails in member.absorbed.items()} or None,
    )


def member_of(item: Mapping[str, Any]) -> Member:
    check_type(item, "PROFILE")
    return Member(
        member_id=item["member_id"],
        joined_at=parse_time(item["joined_at"]),
        consent=Consent(ConsentStatus(item["consent"]), parse_time(item["consent_at"])),
        attributes=item["attributes"],
        balances=item["balances"],
        granted=item.get("granted", {}),
        standing=item.get("standing", {}),
        goals=times_of(item["goals"]),
        set_at=times_of(item["set_at"]),
        suppression=_suppression(item) if "suppression" in item else None,
        left_at=_time_or_none(item.get("left_at")),
        address_owner=item.get("address_owner", ""),
        preferences=_preferences(item),
        past=past_of(item.get("past", {})),
        absorbed={name: mails_of(mails) for name, mails in item.get("absorbed", {}).items()},
        version=item["version"],
    )


def enrolment_item(enrolment: Enrolment, due_shards: int) -> Item:
    """The item has the index's keys only while something is due: the index is sparse."""
    return new_item(
        enrolment_key(enrolment),
        type="ENROLMENT",
        version=enrolment.version,
        member_id=enrolment.member_id,
        journey=enrolment.journey,
        journey_version=enrolment.journey_version,
        entry=enrolment.entry,
        arm=enrolment.arm.value,
        entered_at=time_text(enrolment.entered_at),
        step=enrolment.step,
        ready_at=time_text(enrolment.ready_at),
        due_at=_text_or_none(enrolment.due_at),
        steps={name: record_map(record) for name, record in enrolment.steps.items()},
        goals=numbers(enrolment.goals),
        exit=enrolment.exit.reason.value if enrolment.exit else None,
        exited_at=time_text(enrolment.exit.at) if enrolment.exit else None,
        holdout=millionths(enrolment.holdout),
        news=enrolment.news or None,
        before=before_map(enrolment.before) if enrolment.before else None,
        replaced_at=_text_or_none(enrolment.replaced_at),
        resumes_at=_text_or_none(enrolment.resumes_at),
        **due_index(enrolment, due_shards),
    )


def enrolment_key(enrolment: Enrolment) -> keys.Key:
    """Return where the entry stands: in its journey's place, or among the former ones."""
    former = enrolment.entry if enrolment.replaced_at else 0
    return keys.enrolment(enrolment.member_id, enrolment.journey, former)


def due_index(enrolment: Enrolment, due_shards: int) -> dict[str, str]:
    """Return the keys in the due index: none when nothing is due."""
    if enrolment.due_at is None:
        return {}
    key = enrolment.key(enrolment.step or "")
    return {
        "GSI1PK": keys.due_shard(keys.shard_of(enrolment.member_id, due_shards)),
        "GSI1SK": keys.due_step(enrolment.due_at, key),
    }


def enrolment_of(item: Mapping[str, Any]) -> Enrolment:
    check_type(item, "ENROLMENT")
    return Enrolment(
        member_id=item["member_id"],
        journey=item["journey"],
        journey_version=item["journey_version"],
        entry=item["entry"],
        arm=Arm(item["arm"]),
        entered_at=parse_time(item["entered_at"]),
        step=item.get("step"),
        ready_at=parse_time(item["ready_at"]),
        due_at=_time_or_none(item.get("due_at")),
        steps={name: record_of(record) for name, record in item["steps"].items()},
        goals=times_of(item["goals"]),
        exit=_exit(item) if "exit" in item else None,
        holdout=share_of(item.get("holdout")),
        news=item.get("news", ""),
        before=before_of(item["before"]) if "before" in item else None,
        replaced_at=_time_or_none(item.get("replaced_at")),
        resumes_at=_time_or_none(item.get("resumes_at")),
        version=item["version"],
    )


def alias_item(alias: Alias, secret: bytes, member_id: str) -> Item:
    return new_item(
        keys.alias(alias, secret),
        type="ALIAS",
        alias_type=alias.type.value,
        alias_digest=keys.alias_digest(alias, secret),
        member_id=member_id,
    )


def event_item(record: EventRecord) -> Item:
    return new_item(
        keys.event(record.partner, record.event_id),
        type="EVENT",
        partner=record.partner,
        event_id=record.event_id,
        body_hash=record.body_hash,
        received_at=time_text(record.received_at),
        outcome=record.outcome.value if record.outcome else None,
        member_id=record.member_id or None,
        event_ids=" ".join(record.event_ids) or None,
        expires_at=expires_at(record),
    )


def expires_at(record: EventRecord) -> int:
    """Return when the record may be forgotten, in whole seconds since 1970."""
    return int((record.received_at + EVENT_KEPT).timestamp())


def event_of(item: Mapping[str, Any]) -> EventRecord:
    check_type(item, "EVENT")
    return EventRecord(
        partner=item["partner"],
        event_id=item["event_id"],
        body_hash=item["body_hash"],
        received_at=parse_time(item["received_at"]),
        outcome=EventOutcome(item["outcome"]) if "outcome" in item else None,
        member_id=item.get("member_id", ""),
        event_ids=tuple(item.get("event_ids", "").split()),
    )


def grant_item(grant: Grant) -> Item:
    return new_item(
        keys.grant(grant.member_id, grant.source),
        type="GRANT",
        member_id=grant.member_id,
        source=grant.source,
        unit=grant.unit,
        amount=grant.amount,
        granted_at=time_text(grant.granted_at),
    )


def grant_of(item: Mapping[str, Any]) -> Grant:
    check_type(item, "GRANT")
    return Grant(
        member_id=item["member_id"],
        source=item["source"],
        unit=item["unit"],
        amount=item["amount"],
        granted_at=parse_time(item["granted_at"]),
    )


def new_item(key: keys.Key, **attributes: "Value | None") -> Item:
    """Leave out what is None: an attribute that is not there costs nothing."""
    known = {name: value for name, value in attributes.items() if value is not None}
    return {**key, "schema": SCHEMA, **known}


def check_type(item: Mapping[str, Any], type_: str) -> None:
    """Refuse an item of another type or schema with ``ItemError``."""
    if item.get("type") != type_ or item.get("schema") != SCHEMA:
        raise ItemError(
            f"The item {item.get('PK')} {item.get('SK')} is {item.get('type')} of schema "
            f"{item.get('schema')}, not {type_} of schema {SCHEMA}; deploy the code that wrote it"
        )


def _suppression(item: Mapping[str, Any]) -> Suppression:
    return Suppression(SuppressionCause(item["suppression"]), parse_time(item["suppressed_at"]))


def _preferences(item: Mapping[str, Any]) -> Preferences:
    return Preferences(
        declined_topics=frozenset(item.get("declined_topics", "").split()),
        spacing=item["spacing_days"] * DAY if "spacing_days" in item else None,
        language=item.get("language", ""),
    )


def _exit(item: Mapping[str, Any]) -> Exit:
    return Exit(Reason(item["exit"]), parse_time(item["exited_at"]))


def _text_or_none(at: datetime | None) -> str | None:
    return time_text(at) if at else None


def _time_or_none(text: str | None) -> datetime | None:
    return parse_time(text) if text else None
