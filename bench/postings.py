"""Members with five years behind them, and what they go on to do: earn, spend, reserve, give back.

The use cases are the engine's own. Below them are the adapters in memory, or those of AWS on the
cost meter's twin of DynamoDB, which counts. Nothing is timed here.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, cast

from bench.engine import SECRET
from bench.programme import SHIPPED
from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.cost.dynamodb_twin import DynamoDbTwin
from chalicelib.cost.meter import Meter
from chalicelib.domain.ledger import Reference
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules, plus_months
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.transaction import Line, Return, Transaction
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme
from chalicelib.usecases.book import Answer, book
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.partner_acts import (
    Asked,
    capture_reserved,
    reserve_request,
    reverse_booked,
    spend_request,
)
from chalicelib.usecases.post_transaction import post_transaction, return_of_transaction
from chalicelib.world.substrates import WorldPlan, substrate

BEGIN = datetime(2027, 3, 1, 9, tzinfo=UTC)
YEARS = 5
MONTHS = 12 * YEARS
SPAN = timedelta(days=60)
"""How long the acts that are measured go on: lots and reservations lapse meanwhile."""
PARTNER, UNIT = "shop", "redeemable"
HOLD = timedelta(minutes=15)
SHARDS = 16
MIX = {"buy": 70, "spend": 12, "reserve": 8, "give_back": 6, "reverse": 4}
"""Of a hundred acts; half of what is reserved is captured, the rest lapses."""


@dataclass(slots=True)
class Ledgers:
    """Members and what they do, drawn from a seed; ``told`` has the transactions of each."""

    engine: Engine
    clock: VirtualClock
    chance: Random = field(default_factory=lambda: Random(2027))  # noqa: S311 - repeatable
    told: dict[str, list[str]] = field(default_factory=dict)
    spent: dict[str, list[str]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def grow_up(self, members: int) -> None:
        """Let so many members come, and collect something in each month of five years."""
        for number in range(members):
            member_id = f"{number:026}"
            consent = Consent(ConsentStatus.GIVEN, BEGIN)
            self.engine.members.save(Member(member_id=member_id, joined_at=BEGIN, consent=consent))
            self.told[member_id], self.spent[member_id] = [], []
        for month in range(MONTHS):
            self.clock.set(datetime.combine(plus_months(BEGIN.date(), month), BEGIN.timetz()))
            for member_id in self.told:
                self.buy(member_id)

    def live(self, acts: int) -> None:
        """Do so much, each by somebody else."""
        names = self.chance.choices([*MIX], [*MIX.values()], k=acts)
        for name in names:
            self.clock.advance(SPAN / acts)
            getattr(self, name)(self.chance.choice([*self.told]))

    def buy(self, member_id: str) -> Answer:
        reference = self._reference("t")
        self.told[member_id].append(reference.id)
        pieces = self.chance.choice((1, 1, 2, 4))
        bought = Transaction(
            partner=PARTNER,
            reference=reference.id,
            on=self.clock.now().date(),
            lines=(_flight(self.chance), *[_purchase(self.chance)] * (pieces - 1)),
        )
        return post_transaction(self.engine, member_id, bought)

    def spend(self, member_id: str, amount: int = 700) -> Answer:
        asked = self.asked("s")
        self.spent[member_id].append(asked.reference.id)
        return book(self.engine, spend_request(self.engine, member_id, asked, UNIT, amount))

    def reserve(self, member_id: str) -> None:
        asked = self.asked("h")
        book(self.engine, reserve_request(self.engine, member_id, asked, (UNIT, 300), HOLD))
        if self.chance.choice((True, False)):
            capture_reserved(self.engine, self.asked("c"), asked.reference)

    def give_back(self, member_id: str) -> Answer:
        """Return the first line of what was bought last."""
        returned = Return(partner=PARTNER, reference=self.told[member_id][-1], lines=((0, 1),))
        return return_of_transaction(self.engine, returned, self._reference("b"), "")

    def reverse(self, member_id: str) -> None:
        with suppress(IndexError):  # nothing was spent yet
            original = Reference(PARTNER, self.spent[member_id].pop())
            reverse_booked(self.engine, self.asked("r"), original)

    def _reference(self, kind: str) -> Reference:
        return Reference(PARTNER, f"{kind}-{next(self._numbers)}")

    def asked(self, kind: str) -> Asked:
        return Asked(reference=self._reference(kind), body_hash="")


class WatchedTwin(DynamoDbTwin):
    """The twin of DynamoDB, which also keeps the keys that each transaction wrote to."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(meter)
        self.transactions: list[list[str]] = []

    def transact_write_items(self, *, TransactItems: Sequence[Any]) -> dict[str, Any]:  # noqa: N803
        answer = super().transact_write_items(TransactItems=TransactItems)
        items = [next(iter(each.values()))["Item"] for each in TransactItems]
        self.transactions.append([f"{item['PK']['S']} {item['SK']['S']}" for item in items])
        return answer

    def shared_items(self) -> int:
        """Count the items that transactions of different members wrote to."""
        writers: dict[str, set[str]] = {}
        for items in self.transactions:
            for item in items:
                writers.setdefault(item, set()).add(_member_of(items))
        return sum(len(members) > 1 for members in writers.values())


def in_memory(mails: Path) -> Ledgers:
    """Return ledgers on the adapters in memory."""
    plan = WorldPlan(folder=SHIPPED, start=BEGIN, secret=SECRET, loaded=_loaded(mails))
    with substrate("memory", plan) as ground:
        return Ledgers(ground.engine, ground.clock)


def on_twin(mails: Path) -> tuple[Ledgers, WatchedTwin]:
    """Return ledgers on the adapters of AWS, and the table that they write to."""
    ledgers, twin = in_memory(mails), WatchedTwin(Meter())
    table = Table(cast("Any", twin), "milepost-bench")
    engine = replace(
        ledgers.engine,
        members=DynamoMembers(table, lambda: b"a key that protects nothing"),
        memberships=DynamoMemberships(table, SHARDS),
        enrolments=DynamoEnrolments(table, SHARDS),
    )
    return replace(ledgers, engine=engine), twin


def _loaded(mails: Path) -> tuple[Any, MailTemplates]:
    """Return the shipped programme with a lot for each month of five years."""
    programme = load_programme(SHIPPED)
    monthly = UnitRules(expiry=Expiry(kind=ExpiryKind.MONTH_END, months=MONTHS))
    return replace(programme, unit_rules={UNIT: monthly}), MailTemplates.load(mails)


def _member_of(items: Sequence[str]) -> str:
    [member] = {item.split()[0] for item in items if item.endswith(" MEMBERSHIP")}
    return member


def _flight(chance: Random) -> Line:
    distance = chance.randrange(300, 5_000)
    return Line(kind="flight", distance=distance, booking_class=chance.choice("YYMJ"), carrier="VX")


def _purchase(chance: Random) -> Line:
    return Line(kind="purchase", amount=chance.randrange(500, 30_000), currency="EUR")
