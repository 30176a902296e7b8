"""How a member stands, as mails and conditions name it: ``standing.…``.

The profile keeps whole numbers by name, of which those that are 0 are left out; here is what each
name means. A name that a programme declares always has a value, so that no mail can stumble.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a number stands for, and so what a mail or a condition gets of it."""

    AMOUNT = "amount"
    """Itself; 0 when there is none."""
    DAY = "day"
    """A day, kept as ``date.toordinal``; "" when there is none."""
    SWITCH = "switch"
    """True or False."""
    TIER = "tier"
    """A tier by its name, kept as its place from the lowest, 0; "" when there is none."""


OF_THE_TIER: Mapping[str, Kind] = {
    "tier_through": Kind.DAY,
    "grace_until": Kind.DAY,
    "at_risk": Kind.SWITCH,
    "next_tier": Kind.TIER,
}
OF_A_MEASURE: Mapping[str, Kind] = {"reach": Kind.AMOUNT, "keep": Kind.AMOUNT}
OF_A_UNIT: Mapping[str, Kind] = {
    "expiring": Kind.AMOUNT,
    "expires": Kind.DAY,
    "soon": Kind.SWITCH,
    "owed": Kind.AMOUNT,
}


def kinds_of(units: Iterable[str], measures: Iterable[str]) -> dict[str, Kind]:
    """Return every name that a programme's mails and conditions may use, in a fixed order.

    >>> [str(name) for name in kinds_of(["miles"], ["flights"])][4:8]
    ['reach_flights', 'keep_flights', 'expiring_miles', 'expires_miles']
    """
    of_measures = {f"{name}_{m}": kind for m in measures for name, kind in OF_A_MEASURE.items()}
    of_units = {f"{name}_{unit}": kind for unit in units for name, kind in OF_A_UNIT.items()}
    return {**OF_THE_TIER, **of_measures, **of_units}


def kind_of(name: str) -> Kind | None:
    """Return what a name would be if it were declared; None for what no programme has."""
    before, _, of = name.partition("_")
    return OF_THE_TIER.get(name) or ({**OF_A_MEASURE, **OF_A_UNIT}.get(before) if of else None)


def number_of(kind: Kind, tiers: Sequence[str], text: str) -> int:
    """Return how the profile keeps what a person wrote; ``ValueError`` for what it can't be.

    >>> number_of(Kind.TIER, ["basic", "silver"], "silver"), number_of(Kind.SWITCH, [], "true")
    (1, 1)
    """
    match kind:
        case Kind.DAY:
            return date.fromisoformat(text).toordinal()
        case Kind.SWITCH:
            return ["false", "true"].index(text)
        case Kind.TIER:
            return list(tiers).index(text)
        case Kind.AMOUNT:
            return int(text)


def standing_facts(
    kinds: Mapping[str, Kind], tiers: tuple[str, ...], numbers: Mapping[str, int]
) -> dict[str, object]:
    """Return what mails and conditions get: each name with its value."""
    return {name: _value(kind, tiers, numbers.get(name, 0)) for name, kind in kinds.items()}


def _value(kind: Kind, tiers: tuple[str, ...], number: int) -> object:
    match kind:
        case Kind.DAY:
            return date.fromordinal(number) if number else ""
        case Kind.SWITCH:
            return bool(number)
        case Kind.TIER:
            return tiers[number] if 0 < number < len(tiers) else ""
        case Kind.AMOUNT:
            return number
