"""What memberships cost: the sizes and write units that docs/data-model.md tells."""

from datetime import UTC, date, datetime, timedelta

import pytest
from contract.conftest import Stores

from chalicelib.adapters.membership_items import membership_item
from chalicelib.adapters.posting_items import posting_item
from chalicelib.adapters.reference_items import reference_item
from chalicelib.adapters.wire import to_wire
from chalicelib.cost.capacity import item_bytes
from chalicelib.cost.meter import OUTSIDE, Meter
from chalicelib.cost.prices import Line as Bill
from chalicelib.domain.ledger import (
    Account,
    Entry,
    LotChange,
    Posting,
    PostingKind,
    Reasoned,
    Reference,
)
from chalicelib.domain.ledger_lots import MOST_LOTS
from chalicelib.domain.ledger_wallet import MOST_HOLDS, Hold, Wallet
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.transaction import MOST_LINES, Line, Transaction
from chalicelib.usecases.membership_ports import Change, ReferenceRecord

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
HASH = "f" * 64
BOOKING = Reference("partner-air", "booking-2026-000123")
MONTHS = [date(2027, 1, 31) + timedelta(days=30 * number) for number in range(MOST_LOTS)]
MEMBER = Member(member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.GIVEN, NOW))


def a_membership(lots: int, tallies: int = 6, holds: int = 0) -> Membership:
    parts = {MONTHS[0]: 500, MONTHS[1]: 200}
    wallet = Wallet(
        lots={"miles": dict.fromkeys(MONTHS[:lots], 1234)},
        holds={Reference("shop", f"order-{n:09}"): Hold("miles", parts, NOW) for n in range(holds)},
        active_on={"miles": NOW.date()},
        tallies={f"cap.partner@2026-{n:02}-01": 1200 for n in range(tallies)},
        number=120,
        hash=HASH,
    )
    return Membership(member_id=ANNA, wallet=wallet, warned={"miles": MONTHS[0]}, due_at=NOW)


def a_posting(lines: int) -> Posting:
    """Miles and what qualifies, of a booking of so many flights."""
    return Posting(
        member_id=ANNA,
        number=1,
        kind=PostingKind.EARNED,
        at=NOW,
        on=NOW.date(),
        amounts={"miles": 1234},
        reference=BOOKING,
        entries=(Entry("miles", Account.AVAILABLE, 1234), Entry("miles", Account.ISSUED, -1234)),
        lots=(LotChange("miles", MONTHS[3], 1234),),
        parts=(LotChange("miles", MONTHS[3], 1234),),
        counts={"qualifying@2026-01-01": 900, "segments@2026-01-01": 2},
        active={"miles": NOW.date()},
        why=tuple(Reasoned("distance", "miles", 617, line) for line in range(lines)),
        after={"miles": 41234},
    ).chained(HASH)


def a_record(lines: int) -> ReferenceRecord:
    line = Line(
        kind="flight", amount=12000, currency="EUR", distance=617, booking_class="Y", carrier="PA"
    )
    booking = Transaction(
        partner=BOOKING.caller, reference=BOOKING.id, on=NOW.date(), lines=(line,) * lines
    )
    return ReferenceRecord(
        reference=BOOKING,
        member_id=ANNA,
        body_hash=HASH,
        kept_at=NOW,
        number=1,
        transaction=booking,
    )


def kilobytes(item) -> int:
    return -(-item_bytes(to_wire(item)) // 1024)


@pytest.mark.parametrize(
    ("lots", "tallies", "holds", "expected"),
    [(12, 6, 0, 1), (24, 6, 0, 1), (MOST_LOTS, 12, 0, 2), (MOST_LOTS, 40, MOST_HOLDS, 6)],
)
def test_a_wallet_of_two_years_of_months_fits_one_write_unit(lots, tallies, holds, expected):
    assert kilobytes(membership_item(a_membership(lots, tallies, holds), 16)) == expected


@pytest.mark.parametrize(("lines", "expected"), [(1, 1), (4, 1), (MOST_LINES, 3)])
def test_a_posting_of_a_few_lines_fits_one_write_unit(lines, expected):
    assert kilobytes(posting_item(a_posting(lines))) == expected


@pytest.mark.parametrize(("lines", "expected"), [(1, 1), (4, 1), (MOST_LINES, 6)])
def test_a_reference_of_a_few_lines_fits_one_write_unit(lines, expected):
    assert kilobytes(reference_item(a_record(lines))) == expected


def write_units(meter: Meter, stores: Stores, change: Change) -> float:
    before = meter.snapshot()
    assert stores.memberships.store(change)
    return meter.since(before).amounts[OUTSIDE, Bill.WRITES]


def test_a_posting_costs_eight_write_units_and_the_index_s(metered):
    """Two for each of four items; the index is paid once, when a key comes, changes or goes."""
    meter, stores = metered
    assert stores.members.save(MEMBER)
    read = stores.memberships.load(ANNA)
    change = Change(
        membership=a_membership(12), member=read.member, postings=[a_posting(2)], new=[a_record(2)]
    )
    assert write_units(meter, stores, change) == 8 + 1
    read = stores.memberships.load(ANNA)
    later = Change(membership=read.membership, member=read.member, known=[a_record(2)])
    assert write_units(meter, stores, later) == 6
