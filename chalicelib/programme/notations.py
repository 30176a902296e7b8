"""How a marketer writes durations, clock times, shares and addresses, and what they become.

Each parser is total: it returns a value or raises ``NotationError`` with what is wrong and how
to mend it. Nothing here knows where the text stands; the loader adds file and line.
"""

import re
from collections.abc import Iterable
from datetime import time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from chalicelib.domain.events import EventType
from chalicelib.domain.identity import AliasError, AliasType, alias_of
from chalicelib.domain.news import Happening, NewsKind, happening
from chalicelib.domain.preferences import spacing_of

LONGEST_DURATION = timedelta(days=365)
_LONGEST_QUOTE = 80
_DURATION = re.compile(r"(?P<number>[0-9]{1,6}) *(?P<unit>[a-z]{1,7})")
_UNITS = {
    **dict.fromkeys(("seconds", "second", "s"), timedelta(seconds=1)),
    **dict.fromkeys(("minutes", "minute", "m"), timedelta(minutes=1)),
    **dict.fromkeys(("hours", "hour", "h"), timedelta(hours=1)),
    **dict.fromkeys(("days", "day", "d"), timedelta(days=1)),
    **dict.fromkeys(("weeks", "week", "w"), timedelta(weeks=1)),
}
_CLOCK = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_SHARE = re.compile(r"(?P<percent>[0-9]{1,3}(?:\.[0-9]{1,4})?) ?%")
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,}(?::[0-9]{1,5})?(?:[/?#][!-~]*)?")


class NotationError(ValueError):
    """A text that is not what its field takes; ``what`` and ``cure`` make a problem of it."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}. {cure}")
        self.what, self.cure = what, cure


def parse_duration(text: object) -> timedelta:
    """Read "4 days", "36 hours", "90 minutes", "30 seconds" or short "4d", "36h", "90m", "30s"."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    unit = _UNITS.get(match["unit"]) if match else None
    if match is None or unit is None:
        raise NotationError(
            f"{shown(text)} is no duration", f"Write a whole number and a unit, {_like(text)}"
        )
    duration = int(match["number"]) * unit
    if duration > LONGEST_DURATION:
        raise NotationError(
            f"{shown(text)} is too long", f"Stay within {LONGEST_DURATION.days} days"
        )
    return duration


def parse_spacing(text: object) -> timedelta:
    """Read "7 days" or "2 weeks": what members choose among is told in whole days."""
    spacing = spacing_of(text) if isinstance(text, str) else None
    if spacing is None:
        raise NotationError(
            f"{shown(text)} is no spacing",
            "Write whole days or weeks, like '7 days'; a year at most",
        )
    return spacing


def parse_days(text: object) -> int:
    """Read "60 days" or "8 weeks" as a number of days."""
    span = spacing_of(text) if isinstance(text, str) else None
    if span is None:
        raise NotationError(
            f"{shown(text)} is no number of days",
            "Write whole days or weeks, like '60 days'; a year at most",
        )
    return span.days


def _like(text: object) -> str:
    """Show the form with the writer's own number, where there is one."""
    number = re.search(r"[0-9]{1,3}", str(text))
    n = number[0] if number else "4"
    return f"like '{n} days', '{n} hours' or '{n} minutes'"


def parse_clock(text: object) -> time:
    """Read a time of day from "00:00" to "23:59"."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotationError(
            f"{shown(text)} is no time of day", "Write hours and minutes, like '21:00'"
        )
    return time(int(match["hour"]), int(match["minute"]))


def parse_share(text: object) -> float:
    """Read "50%" as 0.5; up to four decimals."""
    match = _SHARE.fullmatch(text) if isinstance(text, str) else None
    if match is None or float(match["percent"]) > 100:  # noqa: PLR2004 - a per cent is 1 of 100
        raise NotationError(
            f"{shown(text)} is no share", "Write per cent from 0% to 100%, like 50%"
        )
    return float(f"{match['percent']}e-2")  # exact to the last bit, as a share of numbers is


def parse_time_zone(text: object) -> str:
    """Read the IANA name of a time zone, as the zone database spells it."""
    try:
        return ZoneInfo(text if isinstance(text, str) else "").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        cure = "Write a name of the IANA database, like Europe/Moscow"
        known = did_you_mean(str(text), available_timezones())
        raise NotationError(f"there is no time zone {shown(text)}", known or cure) from None


def parse_address(text: object) -> str:
    """Read an e-mail address; it is kept in lower case."""
    try:
        return alias_of(AliasType.EMAIL, text if isinstance(text, str) else "").value
    except AliasError:
        raise NotationError(
            f"{shown(text)} is no e-mail address", "Write it like news@mail.example.com"
        ) from None


def parse_link(text: object) -> str:
    """Read an https address in ASCII."""
    if not isinstance(text, str) or not _HTTPS.fullmatch(text):
        raise NotationError(
            f"{shown(text)} is no https address", "Write it like https://example.com/app"
        )
    return text


def parse_switch(text: object) -> bool:
    """Read "true" and "false"."""
    if text not in ("true", "false"):
        raise NotationError(f"{shown(text)} is no switch", "Write true or false")
    return text == "true"


def shown(raw: object) -> str:
    """Quote what was written, shortened to what a reader needs to find it."""
    quoted = repr(raw)
    return quoted if len(quoted) <= _LONGEST_QUOTE else f"{quoted[:_LONGEST_QUOTE]}…"


def parse_happening(text: object) -> Happening:
    """Read the name of an event or of news."""
    known = [str(each) for each in (*EventType, *NewsKind)]
    if not isinstance(text, str) or text not in known:
        cure = did_you_mean(str(text), known) or f"Write one of: {', '.join(known)}"
        raise NotationError(f"{shown(text)} is no event and no news", cure)
    return happening(text)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean …?" for the nearest known name, "" when none is near."""
    near = get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {near[0]}?" if near else ""
