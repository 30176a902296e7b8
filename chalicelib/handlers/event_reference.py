"""Writes the tables of docs/reference/events.md from the schema that they describe.

``python -m chalicelib.handlers.event_reference`` rewrites what stands between the page's marks;
a test fails while it is stale. A field or an event that nobody has described here is an error.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter

from chalicelib.domain.events import EventType
from chalicelib.domain.identity import AliasType
from chalicelib.domain.transaction import MOST_LINES
from chalicelib.handlers.event_schema import (
    EARLIEST,
    Airport,
    Card,
    CompletedData,
    Device,
    Email,
    JoinedData,
    Locale,
    MemberName,
    MergedData,
    Miles,
    Moment,
    Phone,
    ProfileData,
    Text,
    Vehicle,
)
from chalicelib.handlers.transaction_schema import (
    MOST_AMOUNT,
    MOST_DISTANCE,
    MOST_QUANTITY,
    Amount,
    BookingClass,
    Carrier,
    Currency,
    Day,
    Distance,
    LineData,
    Lines,
    Place,
    Quantity,
    ReferenceId,
    ReturnData,
    ReturnedLine,
    TransactionData,
    Word,
)

FILE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
_END = "<!-- end -->\n"

_EVENTS = {
    EventType.MEMBER_JOINED: "The member has joined, or has come back.",
    EventType.MEMBER_UPDATED: "Something is new about the member.",
    EventType.MEMBER_LEFT: "The member has left the programme; no mail goes out any more.",
    EventType.ACCOUNT_REGISTERED: "The member has registered a personal account.",
    EventType.PROFILE_COMPLETED: "The member has filled in the questionnaire.",
    EventType.CARD_ISSUED: "The member has got a co-branded bank card.",
    EventType.APP_INSTALLED: "The member has installed the app.",
    EventType.MAIL_CONSENTED: "The member wants mails.",
    EventType.MAIL_DECLINED: "The member wants no mails.",
    EventType.TRANSACTION_POSTED: "The member has bought or flown something.",
    EventType.TRANSACTION_RETURNED: "Something of a transaction came back, or was cancelled.",
    EventType.MEMBER_MERGED: "Two members are one person.",
    EventType.MEMBER_UNMERGED: "Two members who were merged are two after all.",
}
_FIELDS = {
    "member": "Whom the event is about.",
    "absorbed": "The other member, who is meant by the names of both from then on.",
    "channel": "How the member joined.",
    "locale": "The language of the mails. One that the programme lacks leads to the nearest.",
    "first_name": "As mails greet the member.",
    "last_name": "With the first name, whom mails are addressed to.",
    "name_on_card": "The name as embossed.",
    "card": "The card number, as printed.",
    "email": "Where mails go.",
    "phone": "With the country's code.",
    "device": "An app's own id of a device. A member may have several.",
    "vehicle": "A number plate or a VIN. A member may have several.",
    "verified": "The names in this event that you are sure of.",
    "home_airport": "It gives the time zone, too, unless one is told.",
    "time_zone": "The member's clock, by which quiet hours go.",
    "tier": "A tier that the programme declares.",
    "balances": "Whole balances, by units that the programme declares.",
    "transaction": "Your own reference of it: for ever, and of all your transactions.",
    "on": "The day on which it was made; without it, the timestamp's, by its own offset.",
    "lines": "What it was of.",
    "kind": "What it is: a word of yours that rules go by, like `flight` or `hotel_night`.",
    "quantity": "How many.",
    "amount": "What all of them cost, in the currency's smallest unit: 12.50 EUR are 1250.",
    "currency": "Of the amount: an ISO code, like `EUR`.",
    "distance": "Of one flight, in miles.",
    "booking_class": "Of a flight: one letter or two.",
    "carrier": "Who flew it: the airline's code.",
    "line": "Which line, counted from 0.",
    "left_at": "For a transfer of old members: this one left, then, and is never mailed.",
}


def blocks() -> dict[str, str]:
    """Return what stands between the marks of each name."""
    types = ((f"[`{type_}`](#{_anchor(type_)})", _EVENTS[type_]) for type_ in EventType)
    return {
        "types": _table(("type", "meaning"), types),
        "member": _table(("field", "type", "meaning"), _fields(MemberName)),
        "profile": _table(("field", "type", "required in", "meaning"), _profile()),
        "completed": _table(("field", "type", "meaning"), _fields(CompletedData)),
        "transaction": _table(("field", "type", "meaning"), _fields(TransactionData)),
        "line": _table(("field", "type", "meaning"), _fields(LineData)),
        "returned": _table(("field", "type", "meaning"), _fields(ReturnData)),
        "returned line": _table(("field", "type", "meaning"), _fields(ReturnedLine)),
        "merged": _table(("field", "type", "meaning"), _fields(MergedData)),
    }


def filled(page: str) -> str:
    """Return the page with every generated block as the code has it."""
    for name, block in blocks().items():
        before, mark, rest = page.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition(_END)
        if not end:
            raise LookupError(f"{FILE} has no place for the block {name}")
        page = before + mark + block + end + after
    return page


def _anchor(type_: EventType) -> str:
    profile = {EventType.MEMBER_JOINED, EventType.MEMBER_UPDATED}
    if type_ in profile:
        return "profile"
    return _ANCHORS.get(type_, "others")


_ANCHORS = {
    EventType.PROFILE_COMPLETED: "questionnaire",
    EventType.TRANSACTION_POSTED: "transactions",
    EventType.TRANSACTION_RETURNED: "returns",
    EventType.MEMBER_MERGED: "merges",
    EventType.MEMBER_UNMERGED: "merges",
}


def _profile() -> Iterator[tuple[str, ...]]:
    """Describe both events that tell of the member; the one has all fields of the other."""
    both: dict[str, type[BaseModel]] = {"member.joined": JoinedData, "member.updated": ProfileData}
    for name, kind, meaning in _fields(JoinedData):
        field = name.strip("`")
        having = {told: data for told, data in both.items() if field in data.model_fields}
        needing = [told for told, data in having.items() if data.model_fields[field].is_required()]
        only = "" if len(having) == len(both) else f" In {', '.join(having)} only."
        yield name, kind, ", ".join(needing), meaning + only


def _fields(section: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    hints = get_type_hints(section, include_extras=True)
    return ((f"`{name}`", _kind(hints[name]), _FIELDS[name]) for name in section.model_fields)


def _kind(hint: Any) -> str:  # noqa: ANN401 - annotations share no type
    """Return how a type is written, be it optional or not."""
    if NoneType in get_args(hint):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is Literal:
        return " or ".join(f"`{part}`" for part in get_args(hint))
    return next(text for known, text in _kinds() if hint == known)


def _kinds() -> Iterator[tuple[Any, str]]:
    """Yield every type of the schema's fields, in words; the limits are the schema's own."""
    profile = ProfileData.model_json_schema()["properties"]
    zone = get_args(get_type_hints(ProfileData, include_extras=True)["time_zone"])[0]
    text, email, miles = (TypeAdapter(hint).json_schema() for hint in (Text, Email, Miles))
    yield Text, f"text, up to {text['maxLength']} characters"
    yield Card, "1 to 32 letters, digits, spaces, hyphens"
    yield Email, f"e-mail address, up to {email['maxLength']} characters"
    yield Phone, "`+` and 5 to 15 digits"
    yield Device, "1 to 128 printable ASCII characters"
    yield Vehicle, "1 to 17 letters and digits; case, spaces and hyphens don't count"
    types = ", ".join(f"`{type_}`" for type_ in AliasType)
    yield get_type_hints(ProfileData, include_extras=True)["verified"], f"list of {types}"
    yield Airport, "IATA code of three letters"
    yield Locale, "BCP 47 tag, like `pt-BR`"
    yield zone, "IANA name, like `Europe/Moscow`"
    yield Moment, f"time, from {EARLIEST:%Y} on"
    yield MemberName, "object, see [the member](#the-member)"
    span = f"{miles['minimum']:,} to {miles['maximum']:,}"
    yield ReferenceId, "1 to 64 letters, digits, `-` and `_`"
    yield Day, "day, like `2027-03-01`"
    yield Word, "a small letter, then small letters, digits and `_`; 40 at most"
    yield Quantity, f"whole number from 1 to {MOST_QUANTITY:,}"
    yield Amount, f"whole number up to {MOST_AMOUNT:,}"
    yield Distance, f"whole number up to {MOST_DISTANCE:,}"
    yield Currency, "three capital letters"
    yield BookingClass, "one or two capital letters"
    yield Carrier, "two or three capital letters and digits"
    yield Place, f"whole number from 0 to {MOST_LINES - 1}"
    yield Lines, f"1 to {MOST_LINES} objects, see [lines](#lines)"
    yield list[ReturnedLine], f"up to {MOST_LINES} objects, see [returns](#returns)"
    yield dict[str, Miles], f"up to {profile['balances']['maxProperties']} whole numbers, {span}"


def _table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    FILE.write_text(filled(FILE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
