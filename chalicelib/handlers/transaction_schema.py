"""The HTTP schema of what members buy and fly, and give back: money and miles in whole numbers."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StringConstraints

from chalicelib.domain.transaction import MOST_LINES, Line, Return, Transaction
from chalicelib.handlers.event_schema import (
    EARLIEST,
    ID_GRAMMAR,
    Envelope,
    MemberData,
    Strict,
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST_AMOUNT = 10**11
MOST_QUANTITY = 10_000
MOST_DISTANCE = 25_000
"""Further than half around the Earth nobody flies in one flight."""


def _day(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("write a day as 2027-03-01")


def _since_earliest(on: date) -> date:
    if on < EARLIEST.date():
        raise ValueError(f"{EARLIEST:%Y} is the earliest year that is taken")
    return on


ReferenceId = Annotated[str, StringConstraints(pattern=ID_GRAMMAR)]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_since_earliest)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Quantity = Annotated[StrictInt, Field(ge=1, le=MOST_QUANTITY)]
Amount = Annotated[StrictInt, Field(ge=0, le=MOST_AMOUNT)]
Distance = Annotated[StrictInt, Field(ge=0, le=MOST_DISTANCE)]
Place = Annotated[StrictInt, Field(ge=0, lt=MOST_LINES)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
BookingClass = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}$")]
Carrier = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]


class LineData(Strict):
    """One thing that was bought, or one flight."""

    kind: Word
    quantity: Quantity = 1
    amount: Amount = 0
    currency: Currency = ""
    distance: Distance = 0
    booking_class: BookingClass = ""
    carrier: Carrier = ""

    def line(self) -> Line:
        return Line(**self.model_dump())


Lines = Annotated[list[LineData], Field(min_length=1, max_length=MOST_LINES)]


class TransactionData(MemberData):
    """A transaction, under the partner's own reference; ``on`` is its day, else the timestamp's."""

    transaction: ReferenceId
    on: Day | None = None
    lines: Lines


class ReturnedLine(Strict):
    """How many of a line came back; lines are counted from 0."""

    line: Place
    quantity: Quantity = 1


class ReturnData(MemberData):
    """What came back of a transaction; without ``lines`` all that is left of it."""

    transaction: ReferenceId
    lines: list[ReturnedLine] = Field(default_factory=list, max_length=MOST_LINES)


class TransactionEvent(Envelope):
    """``transaction.posted``."""

    type: Literal["transaction.posted"]
    data: TransactionData


class ReturnEvent(Envelope):
    """``transaction.returned``."""

    type: Literal["transaction.returned"]
    data: ReturnData


def transaction_of(partner: str, data: MemberData, at: datetime) -> Transaction | None:
    """Return the transaction that an event tells; None for any other event.

    Without a day of its own it was made on the timestamp's, by the clock of that very timestamp.
    """
    if not isinstance(data, TransactionData):
        return None
    lines = tuple(line.line() for line in data.lines)
    on = data.on or at.date()
    return Transaction(partner=partner, reference=data.transaction, on=on, lines=lines)


def return_of(partner: str, data: MemberData) -> Return | None:
    """Return what an event says came back; None for any other event."""
    if not isinstance(data, ReturnData):
        return None
    lines = tuple((each.line, each.quantity) for each in data.lines)
    return Return(partner=partner, reference=data.transaction, lines=lines)


def days_of(data: MemberData) -> Iterator[tuple[str, date]]:
    """Yield every day that an event tells, with its place."""
    if isinstance(data, TransactionData) and data.on:
        yield "data/on", data.on
