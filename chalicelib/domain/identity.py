"""Who is meant: typed aliases of a member, in one normal form each.

The member's own id is opaque and never leaves the engine. Cards, addresses and phones
change, get shared and collide; they only lead to the id.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MEMBER_ID = re.compile(r"[a-z2-7]{26}")


class AliasType(StrEnum):
    """How a member may be named, strongest first."""

    CARD = "card"
    EMAIL = "email"
    PHONE = "phone"


class AliasError(ValueError):
    """A value that can't be an alias of its type."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of one member. Made by ``alias_of``, so that its value is normal."""

    type: AliasType
    value: str


def alias_of(type_: AliasType, raw: str) -> Alias:
    """Normalise: e-mail and phone case- and format-insensitive, cards as they are printed."""
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


_DOMAIN = r"(?=.{3,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
_NORMALISERS = {AliasType.CARD: _card, AliasType.EMAIL: _email, AliasType.PHONE: _phone}
