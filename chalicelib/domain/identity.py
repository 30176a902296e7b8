"""Who is meant: typed aliases of a member, in one normal form each.

The member's own id is opaque and never leaves the engine. Cards, addresses and phones
change, get shared and collide; they only lead to the id.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

MEMBER_ID = re.compile(r"[a-z2-7]{26}")


class AliasType(StrEnum):
    """How a member may be named, strongest first."""

    CARD = "card"
    EMAIL = "email"
    PHONE = "phone"
    DEVICE = "device"
    VEHICLE = "vehicle"


PROFILE_NAMES = (AliasType.CARD, AliasType.EMAIL, AliasType.PHONE)
"""Of these a member has one at a time, in the profile; of the others any number, as digests."""
_NEVER = datetime.min.replace(tzinfo=UTC)


class AliasError(ValueError):
    """A value that can't be an alias of its type."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of one member. Made by ``alias_of``, so that its value is normal."""

    type: AliasType
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasFact:
    """What is known of a member's name besides what the profile says of those in use.

    ``digest`` stands for the name, which nobody can read back; ``since`` is when it was first told
    (None: not known), ``until`` when it was given up, ``verified`` whether a partner has ever said
    that it is sure of it. ``version`` counts the stored writes.
    """

    member_id: str
    type: AliasType
    digest: str
    since: datetime | None = None
    until: datetime | None = None
    verified: bool = False
    version: int = 0

    def told(self, news: "AliasFact") -> "AliasFact":
        """Return what is known after more was told of the same name.

        The first word begins it; the last one says whether it is former, of two at one time the
        one that it is in use.
        """
        return replace(
            self,
            since=min(filter(None, (self.since, news.since)), default=None),
            until=max(self, news, key=AliasFact._weight).until,
            verified=self.verified or news.verified,
        )

    def _weight(self) -> tuple[datetime, bool]:
        return self.until or self.since or _NEVER, self.until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """That a member was told to have a name that is ``other``'s: the two may be one person."""

    member_id: str
    other: str
    type: AliasType
    since: datetime


def alias_of(type_: AliasType, raw: str) -> Alias:
    """Normalise: cards as they are printed and devices as they are, all others in any format."""
    value = _NORMALISERS[type_](raw.strip())
    return Alias(type_, value)


def strongest(aliases: Iterable[Alias]) -> Alias:
    """The alias that decides who is meant: an e-mail may be shared where a card is not."""
    return min(aliases, key=lambda alias: list(AliasType).index(alias.type))


def _card(raw: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z -]{0,31}", raw):
        raise AliasError("a card number is 1 to 32 letters, digits, spaces or hyphens")
    return raw


def _email(raw: str) -> str:
    local, at, name = raw.rpartition("@")
    domain = name.lower()  # before the check: there are letters whose lower case is none
    if not (at and re.fullmatch(r"[!-?A-~]{1,64}", local) and re.fullmatch(_DOMAIN, domain)):
        raise AliasError("an e-mail address is local@domain, the local part in ASCII")
    return f"{local.lower()}@{domain}"


def _phone(raw: str) -> str:
    if not re.fullmatch(r"\+?[0-9 ()./-]{5,32}", raw):
        raise AliasError("a phone number is + and digits, with the country's code")
    digits = re.sub(r"[^0-9]", "", raw)
    if not raw.startswith("+"):
        digits = digits.removeprefix("00")
    if digits.startswith("0"):
        raise AliasError("a phone number starts with the country's code, as in +7 or 007")
    if not 5 <= len(digits) <= 15:  # noqa: PLR2004 - E.164 allows 15 digits
        raise AliasError("a phone number has 5 to 15 digits")
    return f"+{digits}"


def _device(raw: str) -> str:
    if not re.fullmatch(r"[ -~]{1,128}", raw):
        raise AliasError("a device is 1 to 128 printable ASCII characters")
    return raw


def _vehicle(raw: str) -> str:
    value = re.sub(r"[ -]", "", raw).upper()
    if not re.fullmatch(r"[^\W_]{1,17}", value):
        raise AliasError("a vehicle is the 1 to 17 letters and digits of its plate or its VIN")
    return value


_DOMAIN = r"(?=.{3,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
_NORMALISERS = {
    AliasType.CARD: _card,
    AliasType.EMAIL: _email,
    AliasType.PHONE: _phone,
    AliasType.DEVICE: _device,
    AliasType.VEHICLE: _vehicle,
}
