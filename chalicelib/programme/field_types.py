"""The types of single values in programme.yaml: how each is written, and what it becomes.

The schema's classes are made of these. Every type that a marketer has to know how to write
carries a ``Notation``, from which the reference tells it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from chalicelib.domain.events import EventType
from chalicelib.domain.news import Happening, NewsKind
from chalicelib.programme.compiled_condition import CompiledCondition, ConditionError
from chalicelib.programme.conditions import compile_condition
from chalicelib.programme.earning_notations import (
    Price,
    parse_booking_class,
    parse_carrier,
    parse_day,
    parse_partner,
    parse_per,
    parse_percentage,
)
from chalicelib.programme.notations import (
    NotationError,
    parse_address,
    parse_clock,
    parse_days,
    parse_duration,
    parse_happening,
    parse_link,
    parse_share,
    parse_spacing,
    parse_switch,
    parse_time_zone,
    shown,
)

FAULT = "fault"
"""The pydantic error type of a fault that brings its own ``what`` and ``cure``."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How the reference names a type, how it is written, and an example of it."""

    name: str
    written: str
    example: str


def read_by(parse: Callable[[object], object]) -> BeforeValidator:
    """Make a validator that hands on what the parser says is wrong and how to mend it."""

    def validate(raw: object) -> object:
        try:
            return parse(raw)
        except (NotationError, ConditionError) as error:
            told = {"what": error.what, "cure": error.cure}
            raise PydanticCustomError(FAULT, "{what}. {cure}", told) from error

    return BeforeValidator(validate)


def _parse_condition(raw: object) -> CompiledCondition:
    if not isinstance(raw, str):
        raise NotationError(f"{shown(raw)} is no condition", "Write an expression, in quotes")
    return compile_condition(raw)


# Names are also tags of mails, keys of the store and words of conditions.
Name = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"),
    Notation("name", "a small letter, then small letters, digits and `_`; 40 at most", "silver"),
]
Label = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$"),
    Notation("label", "a name that may have `-` as well", "airline-bonus"),
]
Text = Annotated[
    str,
    Field(min_length=1, max_length=500),
    Notation("text", "1 to 500 characters", "Miles to spend"),
]
ShortText = Annotated[
    str,
    Field(min_length=1, max_length=100),
    Notation("short text", "1 to 100 characters", "Vesper"),
]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"),
    Notation("language", "a BCP 47 tag: language, script, country", "pt-BR"),
]
Duration = Annotated[
    timedelta,
    read_by(parse_duration),
    Notation(
        "duration",
        "a whole number and seconds, minutes, hours, days or weeks, or s, m, h, d, w; "
        "365 days at most; mails go out once a minute",
        "4 days",
    ),
]
Spacing = Annotated[
    timedelta,
    read_by(parse_spacing),
    Notation("spacing", "a whole number and days or weeks, or d, w; 365 days at most", "7 days"),
]
Days = Annotated[
    int,
    read_by(parse_days),
    Notation("days", "a whole number and days or weeks, or d, w; 365 days at most", "60 days"),
]
Clock = Annotated[
    time, read_by(parse_clock), Notation("time of day", "from `00:00` to `23:59`", "21:00")
]
Share = Annotated[
    float,
    read_by(parse_share),
    Notation("share", "per cent, with four decimals at most", "50%"),
]
TimeZone = Annotated[
    str,
    read_by(parse_time_zone),
    Notation("time zone", "a name of the IANA database", "Europe/Moscow"),
]
Address = Annotated[
    str,
    read_by(parse_address),
    Notation("e-mail address", "the part before the @ in ASCII", "news@mail.example.com"),
]
Link = Annotated[
    str,
    read_by(parse_link),
    Notation("link", "an https address in ASCII", "https://example.com/app"),
]
Switch = Annotated[bool, read_by(parse_switch), Notation("switch", "`true` or `false`", "false")]
Condition = Annotated[
    CompiledCondition,
    read_by(_parse_condition),
    Notation("condition", "an [expression](#conditions) over facts", "channel == 'offline'"),
]
Event = Annotated[
    EventType,
    Field(strict=False),
    Notation("event type", "one of [these](#event-types)", EventType.ACCOUNT_REGISTERED.value),
]
HappeningName = Annotated[
    Happening,
    read_by(parse_happening),
    Notation(
        "event or news item",
        "one of [these](#event-types), or of the [news](#news)",
        NewsKind.TIER_REACHED.value,
    ),
]
Percentage = Annotated[
    int,
    read_by(parse_percentage),
    Notation("percentage", "per cent up to `1000%`, with two decimals at most", "150%"),
]
Per = Annotated[
    Price | str,
    read_by(parse_per),
    Notation(
        "price or word",
        "an amount with its currency by ISO 4217, as in `100.00 EUR`; or `piece`: each piece of "
        "a line; or `transaction`: each transaction, once",
        "100.00 EUR",
    ),
]
Day = Annotated[date, read_by(parse_day), Notation("day", "year-month-day", "2027-03-01")]
Partner = Annotated[
    str,
    read_by(parse_partner),
    Notation("partner", "the name that its events come under", "shop"),
]
Carrier = Annotated[
    str,
    read_by(parse_carrier),
    Notation("carrier", "an airline's code of two or three capitals and digits", "SU"),
]
BookingClass = Annotated[
    str,
    read_by(parse_booking_class),
    Notation("booking class", "one or two capitals", "Y"),
]
