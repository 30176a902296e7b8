"""Hypothesis strategies for the values of the domain: everything that may be stored or queued."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.benefit_grants import BenefitGrant, RevokeReason
from chalicelib.domain.earning import Standpoint
from chalicelib.domain.enrolment import (
    Assignment,
    Before,
    Enrolment,
    Exit,
    Shown,
    StepRecord,
    StepState,
)
from chalicelib.domain.events import EventOutcome, EventType, PartnerEvent
from chalicelib.domain.feedback import FeedbackKind, StepKey
from chalicelib.domain.gifts import Grant
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.domain.ledger import (
    Account,
    Entry,
    LedgerRefusal,
    LotChange,
    Posting,
    PostingKind,
    Reasoned,
    Reference,
)
from chalicelib.domain.ledger_wallet import Hold, Wallet
from chalicelib.domain.member import (
    ATTRIBUTES,
    Consent,
    ConsentStatus,
    Member,
    Past,
    Suppression,
    SuppressionCause,
)
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reasons import Reason
from chalicelib.domain.tier_judge import Floor, TierStanding, Told
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.usecases.membership_ports import ReferenceRecord
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
    standing=st.dictionaries(names, st.integers(1, 10**9), max_size=3),
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

shares = st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)

befores = st.builds(
    Before,
    first=st.builds(Assignment, at=times, arm=st.sampled_from(Arm), holdout=st.none() | shares),
    mailed=st.lists(times, max_size=4).map(tuple),
    news=st.dictionaries(st.text(min_size=1, max_size=20), times, max_size=3),
)

enrolments = st.builds(
    Enrolment,
    member_id=member_ids,
    journey=names,
    journey_version=st.integers(1, 1000),
    entry=st.integers(1, 9999),
    arm=st.sampled_from(Arm),
    entered_at=times,
    step=st.none() | names,
    ready_at=times,
    due_at=st.none() | times,
    steps=st.dictionaries(names, step_records, max_size=5),
    goals=goals,
    exit=st.none() | exits,
    holdout=shares,
    news=st.just("") | st.dates().map(lambda day: f"{day.isoformat()} gold"),
    before=st.none() | befores,
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

days = st.dates(datetime(1970, 1, 1).date(), datetime(2999, 1, 1).date())  # noqa: DTZ001
last_days = st.none() | days
amounts = st.integers(-(2**53), 2**53)
sums = st.dictionaries(names, amounts, max_size=3)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
references = st.builds(Reference, names, TEXT.filter(bool))
lot_changes = st.builds(LotChange, names, last_days, amounts)
lots = st.dictionaries(last_days, amounts, max_size=3)


def tuples_of(each: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(each, max_size=3).map(tuple)


postings = st.builds(
    Posting,
    member_id=member_ids,
    number=st.integers(1, 10**8 - 1),
    kind=st.sampled_from(PostingKind),
    at=times,
    on=days,
    amounts=sums,
    reference=st.none() | references,
    reverses=st.none() | references,
    entries=tuples_of(st.builds(Entry, names, st.sampled_from(Account), amounts)),
    lots=tuples_of(lot_changes),
    parts=tuples_of(lot_changes),
    owed=sums,
    counts=sums,
    until=st.none() | times,
    active=st.dictionaries(names, days, max_size=3),
    why=tuples_of(st.builds(Reasoned, names, names, amounts, st.none() | st.integers(0, 49), TEXT)),
    after=sums,
).flatmap(lambda posting: (st.just("") | hashes).map(posting.chained))

wallets = st.builds(
    Wallet,
    lots=st.dictionaries(names, lots, max_size=3),
    holds=st.dictionaries(references, st.builds(Hold, names, lots, times), max_size=3),
    owed=sums,
    active_on=st.dictionaries(names, days, max_size=3),
    tallies=sums,
    number=counts,
    hash=st.just("") | hashes,
)

standings = st.builds(
    TierStanding,
    tier=st.just("") | names,
    held_through=st.none() | days,
    floor=st.none() | st.builds(Floor, names, days, TEXT),
    told=st.none() | st.builds(Told, names, days),
    warned_for=st.none() | days,
)

benefit_grants = st.builds(
    BenefitGrant,
    benefit=names,
    key=TEXT,
    promise=TEXT,
    granted_on=days,
    valid_through=st.none() | days,
    uses=st.none() | counts,
    used=st.dictionaries(TEXT, days, max_size=3),
    given_back=tuples_of(TEXT),
    revoked_on=st.none() | days,
    reason=st.none() | st.sampled_from(RevokeReason),
)

memberships = st.builds(
    Membership,
    member_id=member_ids,
    wallet=wallets,
    standing=st.none() | standings,
    benefits=st.lists(benefit_grants, max_size=3).map(lambda all_: {g.key: g for g in all_}),
    news=tuples_of(st.builds(News, kind=st.sampled_from(NewsKind), on=days, detail=TEXT)),
    warned=st.dictionaries(names, days, max_size=3),
    due_at=st.none() | times,
    version=st.just(0),
)

lines = st.builds(
    Line,
    kind=names,
    quantity=counts,
    amount=amounts,
    currency=TEXT,
    distance=counts,
    booking_class=TEXT,
    carrier=TEXT,
)

reference_records = st.builds(
    ReferenceRecord,
    reference=references,
    member_id=member_ids,
    body_hash=st.just("") | hashes,
    kept_at=times,
    number=counts,
    refusal=st.none() | st.sampled_from(LedgerRefusal),
    reversed=sums,
    transaction=st.none()
    | st.builds(Transaction, partner=names, reference=TEXT, on=days, lines=tuples_of(lines)),
    uncounted=sums,
    judged_by=st.none()
    | st.builds(Standpoint, tier=names, met=st.frozensets(names, max_size=3), tallies=sums),
    returned=tuples_of(counts),
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
