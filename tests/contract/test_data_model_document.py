"""docs/data-model.md says what the adapters do, and the adapters do what it says."""

import inspect
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.adapters import items
from chalicelib.adapters.brake_items import pauses_item
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_mail_counts import DynamoMailCounts
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget
from chalicelib.adapters.dynamodb_stock import SHARDS, DynamoStock
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.adapters.identity_items import fact_item, suspect_item
from chalicelib.adapters.items import enrolment_of
from chalicelib.adapters.membership_items import membership_item
from chalicelib.adapters.merge_items import stone_item
from chalicelib.adapters.posting_items import posting_item
from chalicelib.adapters.record_items import record_map
from chalicelib.adapters.reference_items import reference_item
from chalicelib.adapters.sending_items import COUNT_KEPT, count_item, window_item
from chalicelib.adapters.stock_items import claim_item, stock_item
from chalicelib.adapters.template_items import template_item
from chalicelib.adapters.tombstone_items import tombstone_item
from chalicelib.domain.arms import Arm
from chalicelib.domain.benefit_grants import BenefitGrant
from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.domain.breaker import DAYS_KEPT, DayCount
from chalicelib.domain.enrolment import (
    Assignment,
    Before,
    Enrolment,
    Exit,
    Shown,
    StepRecord,
    StepState,
)
from chalicelib.domain.entries import MOST_MAILED, MOST_NEWS, NEWS_FOR
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.gifts import GIFTS, Grant
from chalicelib.domain.identity import Alias, AliasFact, AliasType, Suspect
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
    Consent,
    ConsentStatus,
    Member,
    Past,
    Suppression,
    SuppressionCause,
    Tombstone,
)
from chalicelib.domain.membership import Membership
from chalicelib.domain.merging import MergeStone
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.pace import next_window, pace_of
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.profile_history import MOST_PAST
from chalicelib.domain.reasons import Reason
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.usecases.membership_ports import ReferenceRecord
from chalicelib.usecases.ports import EventRecord
from chalicelib.usecases.template_ports import SentTemplate

DOCUMENT = (Path(__file__).parents[2] / "docs" / "data-model.md").read_text()
PORTS = (
    DynamoMembers,
    DynamoEnrolments,
    DynamoEventLog,
    DynamoMemberships,
    DynamoBrakes,
    DynamoMailCounts,
    DynamoSendBudget,
    DynamoSentTemplates,
    DynamoMemberships,
    DynamoStock,
)
NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
TODAY = NOW.date()
ORDER, REFUND = Reference("shop", "7"), Reference("shop", "8")
LOT = LotChange("miles", TODAY, 5)
ONE = {"miles": 1}
RECORD = StepRecord(
    state=StepState.SENT,
    at=NOW,
    reason=Reason.REFUSED,
    attempt="a",
    message_id="m",
    former_attempt="b",
    former_at=NOW,
    shown=Shown("aB3_-9xZ", 17, (24215, 0, 500)),
    former_shown=Shown("aB3_-9xZ", 16, (24215, 0)),
    feedback={FeedbackKind.OPENED: NOW},
)

FULL_ITEMS = {
    "PROFILE": items.member_item(
        Member(
            member_id=ANNA,
            joined_at=NOW,
            consent=Consent(ConsentStatus.GIVEN, NOW),
            suppression=Suppression(SuppressionCause.COMPLAINT, NOW),
            left_at=NOW,
            address_owner=ANNA,
            standing={"at_risk": 1},
            past=(Past("first_name", "Ann", 3),),
            absorbed={"b" * 26: {("welcome", "reminder"): (NOW,)}},
            preferences=Preferences(
                declined_topics=frozenset({"miles"}), spacing=timedelta(days=7), language="en"
            ),
        )
    ),
    "TOMBSTONE": tombstone_item(
        Tombstone(member_id=ANNA, erased_at=NOW, version=2, absorbed=("b" * 26,), into="c" * 26)
    ),
    "MERGED": stone_item(
        MergeStone(
            profile=Member(
                member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.GIVEN, NOW)
            ),
            survivor=Member(
                member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.GIVEN, NOW)
            ),
            merged_at=NOW,
            version=2,
        )
    ),
    "ENROLMENT": items.enrolment_item(
        Enrolment(
            member_id=ANNA,
            journey="welcome",
            journey_version=1,
            entry=1,
            arm=Arm.TREATED,
            entered_at=NOW,
            step="greeting",
            ready_at=NOW,
            due_at=NOW,
            steps={"greeting": RECORD},
            exit=Exit(Reason.COMPLETED, NOW),
            holdout=0.5,
            news="2027-03-01 gold",
            before=Before(
                first=Assignment(at=NOW, arm=Arm.TREATED, holdout=0.5), mailed=(), news={}
            ),
            resumes_at=NOW,
        ),
        16,
    ),
    "GRANT": items.grant_item(
        Grant(member_id=ANNA, source="s", unit="miles", amount=1, granted_at=NOW)
    ),
    "MEMBERSHIP": membership_item(
        Membership(
            member_id=ANNA,
            wallet=Wallet(
                lots={"miles": {TODAY: 5}},
                holds={ORDER: Hold("miles", {TODAY: 5}, NOW)},
                owed=ONE,
                active_on={"miles": TODAY},
                tallies=ONE,
                number=1,
                hash="h",
            ),
            benefits={
                "bag@2026-01-01": BenefitGrant(
                    benefit="bag", key="bag@2026-01-01", promise="bag@2026-01-01", granted_on=TODAY
                )
            },
            news=(News(kind=NewsKind.TIER_REACHED, on=TODAY, detail="gold"),),
            warned={"miles": TODAY},
            due_at=NOW,
            version=1,
        ),
        16,
    ),
    "POSTING": posting_item(
        Posting(
            member_id=ANNA,
            number=1,
            kind=PostingKind.EARNED,
            at=NOW,
            on=TODAY,
            amounts=ONE,
            reference=ORDER,
            reverses=REFUND,
            entries=(Entry("miles", Account.AVAILABLE, 5),),
            lots=(LOT,),
            parts=(LOT,),
            owed=ONE,
            counts=ONE,
            until=NOW,
            active={"miles": TODAY},
            why=(Reasoned("base", "miles", 5),),
            after=ONE,
            previous="h",
            hash="h",
        )
    ),
    "REFERENCE": reference_item(
        ReferenceRecord(
            reference=ORDER,
            member_id=ANNA,
            body_hash="h",
            kept_at=NOW,
            number=1,
            refusal=LedgerRefusal.NOT_ENOUGH,
            reversed=ONE,
            transaction=Transaction(
                partner="shop", reference="7", on=TODAY, lines=(Line(kind="fuel"),)
            ),
            returned=(1,),
        )
    ),
    "ALIAS": items.alias_item(Alias(AliasType.CARD, "1"), b"secret", ANNA),
    "MEMBER_ALIAS": fact_item(
        AliasFact(
            member_id=ANNA,
            type=AliasType.EMAIL,
            digest="d",
            since=NOW,
            until=NOW,
            verified=True,
            version=1,
        )
    ),
    "SUSPECT": suspect_item(
        Suspect(member_id=ANNA, other="b" * 26, type=AliasType.EMAIL, since=NOW)
    ),
    "PAUSES": pauses_item(Pauses(everything=Pause(NOW, "w"), journeys={"a": Pause(NOW, "w")}), 1),
    "TEMPLATE": template_item(
        SentTemplate(digest="aB3_-9xZ", content={"name": "welcome", "language": "en"})
    ),
    "STOCK": stock_item("voucher", 3, 7),
    "STOCK_CLAIM": claim_item("voucher", "voucher@app_installed", ANNA, 3),
    "COUNT": count_item("welcome", 1, DayCount(day=NOW.date(), mails=3)),
    "BUDGET": window_item(next_window(pace_of(14), None, 10, NOW)),
    "EVENT": items.event_item(
        EventRecord(
            partner="shop",
            event_id="1",
            body_hash="h",
            received_at=NOW,
            outcome=EventOutcome.APPLIED,
            member_id=ANNA,
            event_ids=("1", "2"),
        )
    ),
}

ONLY_OF_FORMER_ENTRIES = {"replaced_at"}


def numbered(text: str) -> list[str]:
    return re.findall(r"^\| (AP\d+) \|", text, re.MULTILINE)


def methods() -> dict[str, str]:
    """The access pattern that each method of an adapter says it implements."""
    return {
        f"{port.__name__}.{name}": (re.match(r"AP\d+", method.__doc__ or "") or [""])[0]
        for port in PORTS
        for name, method in inspect.getmembers(port, inspect.isfunction)
        if not name.startswith("_")
    }


def documented_attributes(type_: str) -> set[str]:
    section = DOCUMENT.split(f"### Attributes of `{type_}`")[1].split("\n#")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_access_patterns_are_numbered_without_a_gap():
    assert numbered(DOCUMENT) == [f"AP{number}" for number in range(1, len(methods()) + 1)]


def test_every_method_implements_one_documented_access_pattern_and_every_pattern_has_one():
    assert sorted(methods().values()) == sorted(numbered(DOCUMENT))


@pytest.mark.parametrize("type_", FULL_ITEMS)
def test_every_attribute_is_documented_and_every_documented_one_is_stored(type_):
    everywhere = {"PK", "SK", "type", "schema"}
    documented = documented_attributes(type_) - ONLY_OF_FORMER_ENTRIES
    assert FULL_ITEMS[type_].keys() - everywhere == documented


def test_a_former_entry_is_kept_as_documented():
    former = replace(enrolment_of(FULL_ITEMS["ENROLMENT"]), entry=7, replaced_at=NOW)
    item = items.enrolment_item(former, 16)
    assert item.keys() - FULL_ITEMS["ENROLMENT"].keys() == ONLY_OF_FORMER_ENTRIES
    assert documented_attributes("ENROLMENT") >= ONLY_OF_FORMER_ENTRIES
    [template] = re.findall(r"`(FORMER#<journey>#[^`]*)`", DOCUMENT)
    assert as_stored(template, item) == item["SK"]


def test_how_long_former_mails_and_news_are_known_is_documented():
    assert f"of a year ({MOST_MAILED} at most)" in DOCUMENT
    assert f"news of the last {NEWS_FOR.days} days" in DOCUMENT
    assert f"each with its time ({MOST_NEWS} at most)" in DOCUMENT


@pytest.mark.parametrize("type_", FULL_ITEMS)
def test_every_key_is_spelled_as_documented(type_):
    row = re.search(rf"^\| `{type_}` \| `(.*?)` \| `(.*?)` \|", DOCUMENT, re.MULTILINE)
    item = FULL_ITEMS[type_]
    assert [as_stored(template, item) for template in row.groups()] == [item["PK"], item["SK"]]


@pytest.mark.parametrize("key", ["GSI1PK", "GSI1SK"])
@pytest.mark.parametrize(("type_", "place"), [("ENROLMENT", 0), ("MEMBERSHIP", 1)])
def test_the_due_index_is_spelled_as_documented(type_, place, key):
    template = re.findall(rf"^\| `{key}` \| `(.*?)`", DOCUMENT, re.MULTILINE)[place]
    item = {**FULL_ITEMS[type_], "shard": 0}
    item["shard"] = int(item["GSI1PK"].partition("#")[2])
    assert as_stored(template, item) == item[key]


def test_a_gift_s_reference_stands_where_its_grant_did():
    gift = Reference(GIFTS, f"{ANNA}.s")
    item = reference_item(
        ReferenceRecord(reference=gift, member_id=ANNA, body_hash="", kept_at=NOW)
    )
    grant = FULL_ITEMS["GRANT"]
    assert (item["PK"], item["SK"]) == (grant["PK"], grant["SK"])
    assert f"caller is `{GIFTS}`" in DOCUMENT


def as_stored(template: str, item) -> str:
    """Fill in a documented key, e.g. ``ENROLMENT#<journey>#<entry, 4 digits>``."""

    def fill(match: re.Match) -> str:
        name, digits = match[1], match[2]
        return f"{item[name]:0{digits}d}" if digits else str(item[name])

    return re.sub(r"<(\w+)(?:, (\d) digits)?>", fill, template)


def test_a_step_record_s_letters_are_documented():
    of_ses = "0100018f6a4c1e2b-1c9a52a7-6f0b-4c1e-9a77-0b7a5c3d2e1f-000000"
    letters = record_map(RECORD) | record_map(replace(RECORD, message_id=of_ses))
    sentence = DOCUMENT.split("names of one letter")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w)`", sentence)) == letters.keys()


def test_what_a_mail_showed_looks_as_documented():
    assert f"`{record_map(RECORD)['w']}`" in DOCUMENT
    assert f"at most {MOST_PAST}, only once" in DOCUMENT


def test_the_kept_time_and_the_schema_are_documented():
    assert f"{items.EVENT_KEPT.days} days later" in DOCUMENT
    assert f"{COUNT_KEPT.days} days after the day" in DOCUMENT
    assert f"{DAYS_KEPT} days at the most" in DOCUMENT
    assert f"`schema` ({items.SCHEMA})" in DOCUMENT
    assert f"{SHARDS} counters" in DOCUMENT
