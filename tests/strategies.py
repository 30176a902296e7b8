"""Hypothesis strategies for the values of the domain: everything that may be stored or queued."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment, Exit, Shown, StepRecord, StepState
from chalicelib.domain.events import EventOutcome, EventType, PartnerEvent
from chalicelib.domain.feedback import FeedbackKind, StepKey
from chalicelib.domain.gifts import Grant
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.domain.member import (
    ATTRIBUTES,
    Consent,
    ConsentStatus,
    Member,
    Past,
    Suppression,
    SuppressionCause,
)
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.ports import EventBatch, EventRecord, SendBatch

# SQS refuses control characters; lone surrogates are no text anywhere.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=30)

names = st.from_regex(r"[a-z][a-z0-9_-]{0,15}", fullmatch=True)
member_ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
attempts = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=12, max_size=12)
counts = st.integers(0, 2**53)
times = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
goals = st.dictionaries(names, times, max_size=4)
partner_event_ids = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1)

aliases = st.builds(Alias, st.sampled_from(AliasType), TEXT.filter(bool))
consents = st.builds(Consent, st.sampled_from(ConsentStatus), times)
suppressions = st.builds(Suppression, st.sampled_from(SuppressionCause), times)
exits = st.builds(Exit, st.sampled_from(Reason), times)

versions = st.integers(1, 10**6)
pasts = st.builds(
    Past, st.sampled_from([*ATTRIBUTES, "goals.registered"]) | st.just(""), TEXT, versions
)

preferences = st.builds(
    Preferences,
    declined_topics=st.frozensets(names, max_size=3),
    spacing=st.none() | st.integers(1, 365).map(lambda days: timedelta(days=days)),
    language=st.sampled_from(["", "ru", "pt-BR"]),
)

members = st.builds(
    Member,
    member_id=member_ids,
    joined_at=times,
    consent=consents,
    attributes=st.dictionaries(st.sampled_from(ATTRIBUTES), TEXT),
    balances=st.dictionaries(names, st.integers(-(2**53), 2**53), max_size=3),
    granted=st.dictionaries(names, counts, max_size=2),
    address_owner=st.just("") | member_ids,
    goals=goals,
    set_at=st.dictionaries(st.sampled_from(ATTRIBUTES), times),
    suppression=st.none() | suppressions,
    left_at=st.none() | times,
    preferences=preferences,
    absorbed=st.dictionaries(
        member_ids,
        st.dictionaries(
            st.tuples(names, names), st.lists(times, min_size=1, max_size=2).map(tuple), max_size=2
        ),
        max_size=2,
    ),
    past=st.lists(pasts, max_size=4, unique_by=lambda past: (past.until, past.name)).map(
        lambda past: tuple(sorted(past, key=lambda each: (each.until, each.name)))
    ),
    version=st.just(0),
)

shown = st.builds(
    Shown,
    st.text("ABCabc012-_", min_size=8, max_size=8),
    versions,
    st.lists(st.integers(-(2**53), 2**53), max_size=4).map(tuple),
)
ses_message_ids = st.from_regex(
    r"[0-9a-f]{16}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{6}", fullmatch=True
)

step_records = st.builds(
    StepRecord,
    state=st.sampled_from(StepState),
    at=times,
    reason=st.none() | st.sampled_from(Reason),
    attempt=st.just("") | attempts,
    message_id=TEXT | ses_message_ids,
    former_attempt=st.just("") | attempts,
    former_at=st.none() | times,
    shown=st.none() | shown,
    former_shown=st.none() | shown,
    feedback=st.dictionaries(st.sampled_from(FeedbackKind), times, max_size=4),
)

enrolments = st.builds(
    Enrolment,
    member_id=member_ids,
    journey=names,
    journey_version=st.integers(1, 1000),
    entry=st.just(1),
    arm=st.sampled_from(Arm),
    entered_at=times,
    step=st.none() | names,
    ready_at=times,
    due_at=st.none() | times,
    steps=st.dictionaries(names, step_records, max_size=5),
    goals=goals,
    exit=st.none() | exits,
    holdout=st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000),
    resumes_at=st.none() | times,
    version=st.just(0),
)

step_keys = st.builds(
    StepKey, member_id=member_ids, journey=names, entry=st.integers(1, 9999), step=names
)

webhook_ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)

event_records = st.builds(
    EventRecord,
    partner=names,
    event_id=partner_event_ids,
    body_hash=st.text("0123456789abcdef", min_size=64, max_size=64),
    received_at=times,
    outcome=st.none() | st.sampled_from(EventOutcome),
    member_id=st.just("") | member_ids,
    event_ids=st.lists(webhook_ids, max_size=3).map(tuple),
)

grants = st.builds(
    Grant,
    member_id=member_ids,
    source=names,
    unit=names,
    amount=st.integers(1, 2**31),
    granted_at=times,
)

partner_events = st.builds(
    PartnerEvent,
    partner=names,
    event_id=partner_event_ids,
    type=st.sampled_from(EventType),
    occurred_at=times,
    aliases=st.lists(aliases, max_size=3).map(tuple),
    facts=st.dictionaries(st.sampled_from(ATTRIBUTES), TEXT),
    balances=st.dictionaries(names, counts, max_size=2),
    left_at=st.none() | times,
    body_hash=st.text("0123456789abcdef", max_size=64),
    webhook_id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
)

event_batches = st.builds(EventBatch, events=st.lists(partner_events, max_size=4).map(tuple))
send_batches = st.builds(SendBatch, steps=st.lists(step_keys, max_size=20).map(tuple))
