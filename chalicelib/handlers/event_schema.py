"""The HTTP schema of partner events: strict, every field described, every fault named.

A misspelt field is refused rather than dropped: a partner then hears of it at once, and no
fact is lost in silence.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    model_validator,
)

from chalicelib.domain.identity import AliasType, alias_of

ID_GRAMMAR = r"^[A-Za-z0-9_-]{1,64}$"
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Before any member was born: what is older is a placeholder, or has no name in UTC."""


def _one_line(value: object) -> object:
    """Fold white space and control characters: they come from copying, and break headers."""
    return (
        " ".join(re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", value).split())
        if isinstance(value, str)
        else value
    )


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such time zone; write an IANA name such as Europe/Moscow") from error
    return name


def _written_out(value: object) -> object:
    """Refuse bare numbers: nobody can tell seconds from milliseconds."""
    if isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value):
        return value
    raise ValueError("write a time as 2027-03-01T10:00:00+03:00")


def _since_earliest(at: datetime) -> datetime:
    if at < EARLIEST:
        raise ValueError(f"{EARLIEST:%Y} is the earliest year that is taken")
    return at


def _alias(type_: AliasType) -> AfterValidator:
    return AfterValidator(lambda raw: alias_of(type_, raw) and raw.strip())


Text = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=200)]
Card = Annotated[str, BeforeValidator(_one_line), _alias(AliasType.CARD)]
Email = Annotated[str, StringConstraints(max_length=320), _alias(AliasType.EMAIL)]
Phone = Annotated[str, StringConstraints(max_length=32), _alias(AliasType.PHONE)]
Device = Annotated[str, StringConstraints(max_length=128), _alias(AliasType.DEVICE)]
Vehicle = Annotated[str, BeforeValidator(_one_line), _alias(AliasType.VEHICLE)]
Airport = Annotated[
    str,
    BeforeValidator(lambda v: v.strip().upper() if isinstance(v, str) else v),
    StringConstraints(pattern=r"^[A-Z]{3}$"),
]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_since_earliest)]
Miles = Annotated[StrictInt, Field(ge=-(10**12), le=10**12)]


class Strict(BaseModel):
    """No field that is not declared."""

    model_config = ConfigDict(extra="forbid")


class MemberName(Strict):
    """Names the member by one alias or more; the strongest, which stands first here, decides."""

    card: Card | None = None
    email: Email | None = None
    phone: Phone | None = None
    device: Device | None = None
    vehicle: Vehicle | None = None

    @model_validator(mode="after")
    def _some_name(self) -> "MemberName":
        if not any(getattr(self, type_.value) for type_ in AliasType):
            raise ValueError("name the member by card, email, phone, device or vehicle")
        return self


class MemberData(Strict):
    """What every event says: whom it is about."""

    member: MemberName


class ProfileData(MemberData):
    """What a partner may tell of a member. What is left out stays as it is."""

    channel: Literal["online", "offline"] | None = None
    locale: Locale | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    name_on_card: Text | None = None
    card: Card | None = None
    email: Email | None = None
    phone: Phone | None = None
    device: Device | None = None
    vehicle: Vehicle | None = None
    verified: Annotated[list[AliasType], Field(max_length=len(AliasType))] = Field(
        default_factory=list
    )
    home_airport: Airport | None = None
    time_zone: Annotated[str, AfterValidator(_known_zone)] | None = None
    tier: Text | None = None
    balances: dict[str, Miles] = Field(default_factory=dict, max_length=16)

    @model_validator(mode="after")
    def _verified_names_are_told(self) -> "ProfileData":
        for type_ in self.verified:
            if not (getattr(self, type_.value) or getattr(self.member, type_.value)):
                raise ValueError(f"verified says {type_.value}, which this event does not tell")
        return self


class JoinedData(ProfileData):
    """A new member. ``left_at`` is for a transfer of old members: this one left, then."""

    channel: Literal["online", "offline"]
    left_at: Moment | None = None


class CompletedData(MemberData):
    """The questionnaire was filled in."""

    home_airport: Airport


class MergedData(MemberData):
    """Two members who are one person, or are two after all."""

    absorbed: MemberName


class Envelope(Strict):
    """What an event and a batch have in common."""

    timestamp: Moment


class JoinedEvent(Envelope):
    """``member.joined``."""

    type: Literal["member.joined"]
    data: JoinedData


class UpdatedEvent(Envelope):
    """``member.updated``."""

    type: Literal["member.updated"]
    data: ProfileData


class CompletedEvent(Envelope):
    """``profile.completed``."""

    type: Literal["profile.completed"]
    data: CompletedData


class MergedEvent(Envelope):
    """``member.merged`` and ``member.unmerged``."""

    type: Literal["member.merged", "member.unmerged"]
    data: MergedData


class PlainEvent(Envelope):
    """Events that say no more than whom they are about."""

    type: Literal[
        "account.registered",
        "card.issued",
        "app.installed",
        "member.left",
        "mail.consented",
        "mail.declined",
    ]
    data: MemberData


def facts_of(data: MemberData) -> dict[str, object]:
    """Return the attributes that an event sets, by their own names.

    The names of a new member are facts. Later the strongest name only says who is meant: it
    may be a former address, which must not become the member's again.
    """
    unlike = {"member", "absorbed", "balances", "left_at", "verified"}
    facts = data.model_dump(exclude=unlike, exclude_none=True)
    if not isinstance(data, ProfileData):
        return facts
    names = data.member.model_dump(exclude_none=True)
    if not isinstance(data, JoinedData):
        del names[next(type_.value for type_ in AliasType if type_.value in names)]
    return {**names, **facts}


def verified_of(data: MemberData) -> tuple[AliasType, ...]:
    return tuple(data.verified) if isinstance(data, ProfileData) else ()


def left_at_of(data: MemberData) -> datetime | None:
    return data.left_at if isinstance(data, JoinedData) else None
