"""What a member does in the years to come: flights, shopping, spending, and what comes back.

Made up, from the member's tier and worth as the file tells them, and from a source of chance of
the member's own: what one does hangs on nobody else, and the same seed gives the same life. What
the engine makes of any of it is not known here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import TypeVar

from chalicelib.domain.transaction import Line, Return, Transaction
from chalicelib.rehearsal.newcomers import Newcomer, card_of
from chalicelib.rehearsal.plan import PARTNER, YearsPlan

FLIGHTS_A_YEAR = (5.0, 20.0, 40.0, 60.0)
"""By the tier's rank, how often somebody of average worth flies; the last is for all above."""
USUAL_WORTH = 8_000
"""What the file's balances of a member add up to on average; the square root of more flies more."""
LEAST_ZEST, MOST_ZEST = 0.4, 2.5
GROUNDED, GIVES_UP, SHOPS = 0.12, 0.10, 0.35
"""Shares of members: who never flies, who stops on some day, who shops with partners."""
PURCHASES_A_YEAR, AWARDS_A_YEAR = 12.0, 0.8
TOLD_TWICE, RETURNED, GIVEN_BACK = 0.02, 0.04, 0.10
"""Shares of transactions that a partner tells twice and that come back; of spends undone."""
ROUTES: Mapping[int, float] = {226: 4, 310: 4, 686: 3, 1_679: 2, 2_087: 2, 3_550: 1, 6_430: 0.3}
"""Miles of a flight, and how common they are."""
CLASSES: Mapping[str, float] = {"Y": 50, "M": 35, "C": 8, "J": 3, "X": 4}
LATE: Mapping[int, float] = {0: 85, 3: 10, 20: 3, 60: 2}
"""After how many days, at most, partners tell of something."""
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A partner tells a transaction; ``again``: and then once more, not knowing it was heard."""

    on: date
    transaction: Transaction
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """A partner tells that things of a transaction came back."""

    on: date
    returned: Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """The member spends a share, in per cent, of what there is to spend on that day.

    ``undone`` is when all of it is given back again, if it is.
    """

    on: date
    reference: str
    percent: int
    undone: date | None = None


Act = Told | CameBack | Award
_Name = TypeVar("_Name")


def life(plan: YearsPlan, newcomer: Newcomer) -> list[Act]:
    """Return all that the member does, by days; nothing of one who has left."""
    if newcomer.left_at:
        return []
    member = _Member(plan, newcomer)
    acts = [*member.trips(), *member.purchases(), *member.awards()]
    return sorted((act for act in acts if act.on <= plan.last), key=lambda act: act.on)


class _Member:
    def __init__(self, plan: YearsPlan, newcomer: Newcomer) -> None:
        self._plan = plan
        self._card = card_of(newcomer)
        self._chance = Random(f"{plan.seed}.{self._card}")
        self._numbers = count(1)
        self._flights = _flights_a_year(plan, newcomer) * self._chance.lognormvariate(0, 0.5)
        self._last_flight = self._end_of_flying()

    def trips(self) -> Iterator[Act]:
        """Fly there and back, in some years more than in others."""
        years = range(self._plan.first.year, self._plan.last.year + 1)
        zest = {year: self._chance.uniform(0.5, 1.5) for year in years}
        for day in self._days(self._flights / 2 * 1.5):
            if day > self._last_flight:
                return
            if self._chance.random() < zest[day.year] / 1.5:
                miles, booked = self._any_of(ROUTES), self._any_of(CLASSES)
                yield from self._told(
                    day, Line(kind="flight", quantity=2, distance=miles, booking_class=booked)
                )

    def purchases(self) -> Iterator[Act]:
        if self._chance.random() >= SHOPS:
            return
        for day in self._days(PURCHASES_A_YEAR):
            cents = self._chance.randint(1_000, 40_000)
            yield from self._told(day, Line(kind="purchase", amount=cents, currency="EUR"))

    def awards(self) -> Iterator[Act]:
        for day in self._days(AWARDS_A_YEAR):
            chance = self._chance
            undone = chance.random() < GIVEN_BACK
            later = day + timedelta(days=chance.randint(0, 40))
            yield Award(
                on=day,
                reference=self._reference("award"),
                percent=chance.randint(20, 110),  # some ask for more than they have
                undone=later if undone else None,
            )

    def _told(self, day: date, line: Line) -> Iterator[Act]:
        chance, on = self._chance, day + timedelta(days=self._delay())
        transaction = Transaction(
            partner=PARTNER, reference=self._reference("buy"), on=day, lines=(line,)
        )
        again = chance.random() < TOLD_TWICE
        yield Told(on=on, transaction=transaction, again=again)
        if chance.random() < RETURNED:
            lines = ((0, 1),) if line.quantity > 1 and chance.random() < 0.5 else ()  # noqa: PLR2004 - half
            returned = Return(partner=PARTNER, reference=transaction.reference, lines=lines)
            yield CameBack(on=on + timedelta(days=chance.randint(0, 40)), returned=returned)

    def _days(self, a_year: float) -> Iterator[date]:
        """Yield days without a pattern, so many a year on average."""
        after, span = 0.0, (self._plan.last - self._plan.first).days
        while (after := after + self._chance.expovariate(a_year / DAYS_A_YEAR)) < span + 1:
            yield self._plan.first + timedelta(days=int(after))

    def _end_of_flying(self) -> date:
        """Return the last day on which the member may fly: none, some day, or the last of all."""
        kind, days = self._chance.random(), (self._plan.last - self._plan.first).days
        if kind < GROUNDED:
            return self._plan.first - timedelta(days=1)
        after = timedelta(days=int(days * self._chance.random()))
        return self._plan.first + after if kind < GROUNDED + GIVES_UP else self._plan.last

    def _delay(self) -> int:
        return self._chance.randint(0, self._any_of(LATE))

    def _any_of(self, weights: Mapping[_Name, float]) -> _Name:
        return self._chance.choices([*weights], weights=[*weights.values()])[0]

    def _reference(self, kind: str) -> str:
        return f"{self._card}.{kind}.{next(self._numbers)}"


def _flights_a_year(plan: YearsPlan, newcomer: Newcomer) -> float:
    tiers, tier = plan.programme.tiers, str(newcomer.facts.get("tier", ""))
    rank = tiers.index(tier) if tier in tiers else 0
    worth = max(sum(newcomer.balances.values()), 0) or USUAL_WORTH
    zest: float = min(max((worth / USUAL_WORTH) ** 0.5, LEAST_ZEST), MOST_ZEST)
    return FLIGHTS_A_YEAR[min(rank, len(FLIGHTS_A_YEAR) - 1)] * zest
