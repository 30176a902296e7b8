"""How a marketer writes what earning rules are made of: percentages, prices, days and codes.

Each parser is total, as those of ``notations`` are, and makes whole numbers alone: a percentage is
in hundredths of a per cent, money in the currency's smallest unit.
"""

import re
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.currency import DECIMALS
from chalicelib.programme.notations import NotationError, did_you_mean, shown

MOST_PER_CENT = 1000
YEARS = range(1900, 3000)
WORDS = ("piece", "transaction")
_PERCENTAGE = re.compile(r"(?P<whole>[0-9]{1,4})(?:\.(?P<part>[0-9]{1,2}))? ?%")
_PRICE = re.compile(r"(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,4}))? (?P<currency>[A-Z]{3})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CARRIER = re.compile(r"[A-Z0-9]{2,3}")
_BOOKING_CLASS = re.compile(r"[A-Z]{1,2}")
_PARTNER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIKE_PRICE = "Write an amount and a currency, like 100.00 EUR"


class FarDayError(NotationError):
    """A day, but one to which nothing can be added any more, or which nobody can mean."""


@dataclass(frozen=True, slots=True)
class Price:
    """Money, in the smallest unit of its currency."""

    amount: int
    currency: str


def parse_percentage(text: object) -> int:
    """Read "150%" as 15000; up to two decimals."""
    match = _PERCENTAGE.fullmatch(text) if isinstance(text, str) else None
    if match is None or (hundredths := _smallest(match, 2)) > MOST_PER_CENT * 100:
        cure = f"Write per cent from 0% to {MOST_PER_CENT}%, like 50%"
        raise NotationError(f"{shown(text)} is no percentage", cure)
    return hundredths


def parse_price(text: object) -> Price:
    """Read "100.00 EUR" and "100 JPY"; the currency is ISO's, and so are its decimals."""
    match = _PRICE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotationError(f"{shown(text)} is no price", _LIKE_PRICE)
    currency = match["currency"]
    if currency not in DECIMALS:
        cure = did_you_mean(currency, DECIMALS) or "Write a code of ISO 4217, like EUR"
        raise NotationError(f"there is no currency {shown(currency)}", cure)
    if len(match["part"] or "") > DECIMALS[currency]:
        cure = f"Write {DECIMALS[currency]} at most"
        raise NotationError(f"{shown(text)} has more decimals than {currency} has", cure)
    amount = _smallest(match, DECIMALS[currency])
    if amount == 0:
        raise NotationError(f"{shown(text)} is no money", _LIKE_PRICE)
    return Price(amount, currency)


def parse_per(text: object) -> Price | str:
    """Read what an amount is given for: a price, or one of ``WORDS``."""
    if text in WORDS:
        return str(text)
    try:
        return parse_price(text)
    except NotationError as error:
        cure = f"{error.cure}, or {' or '.join(WORDS)}" if error.cure == _LIKE_PRICE else error.cure
        raise NotationError(error.what, cure) from error


def parse_day(text: object) -> date:
    """Read "2027-03-01"."""
    try:
        day = date.fromisoformat(text) if isinstance(text, str) and _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day and day.year not in YEARS:
        cure = f"Write a year from {YEARS[0]} to {YEARS[-1]}"
        raise FarDayError(f"{shown(text)} is too far off", cure)
    if day:
        return day
    raise NotationError(f"{shown(text)} is no day", "Write year, month and day, like 2027-03-01")


def parse_carrier(text: object) -> str:
    """Read the code of an airline; one of digits alone has to be in quotes."""
    return _code(text, _CARRIER, "carrier", "Write its code in capitals, like SU")


def parse_booking_class(text: object) -> str:
    return _code(text, _BOOKING_CLASS, "booking class", "Write its letter in capitals, like Y")


def parse_partner(text: object) -> str:
    cure = "Write the name that its events come under: letters, digits, _ and -; 64 at most"
    return _code(text, _PARTNER, "partner", cure)


def _code(text: object, pattern: re.Pattern[str], kind: str, cure: str) -> str:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise NotationError(f"{shown(text)} is no {kind}", cure)
    return text


def _smallest(match: re.Match[str], decimals: int) -> int:
    """Return the number in its smallest unit: its digits, with all of its decimals."""
    return int(match["whole"] + (match["part"] or "").ljust(decimals, "0"))
