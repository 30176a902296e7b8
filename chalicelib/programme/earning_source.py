"""The rules of earning as they were written, said in the engine's terms."""

from collections.abc import Mapping

from chalicelib.domain.earning_rules import (
    Basis,
    Bonus,
    Cap,
    CapPeriod,
    EarningRule,
    EarningRules,
    Exclusion,
    PerMile,
    PerMoney,
    PerPiece,
    PerTransaction,
    Rounding,
    Scope,
)
from chalicelib.programme.earning_notations import Price
from chalicelib.programme.earning_sections import EarningSection


def build_earning(sections: Mapping[str, EarningSection]) -> EarningRules:
    """Make the rules of sections that have been checked."""
    return EarningRules(
        rules=tuple(_rule(name, each) for name, each in sections.items() if not each.excludes),
        exclusions=tuple(
            Exclusion(name=name, scope=_scope(each), of=tuple(each.of))
            for name, each in sections.items()
            if each.excludes
        ),
    )


def _rule(name: str, section: EarningSection) -> EarningRule:
    return EarningRule(
        name=name,
        basis=_basis(section),
        gives=section.gives or "",
        counts=section.counts or "",
        scope=_scope(section),
        tiers=section.tiers,
        caps=tuple(Cap(cap.most, CapPeriod(cap.per)) for cap in section.caps),
        rounding=Rounding(section.rounding),
    )


def _basis(section: EarningSection) -> Basis:
    if section.per_mile is not None:
        return PerMile(rate=section.per_mile, by_class=section.by_class, least=section.least)
    if section.bonus is not None:
        return Bonus(rate=section.bonus, of=tuple(section.of))
    each = section.each or 0
    match section.per:
        case Price(amount=amount, currency=currency):
            return PerMoney(each=each, amount=amount, currency=currency)
        case "transaction":
            return PerTransaction(each=each)
        case _:
            return PerPiece(each=each)


def _scope(section: EarningSection) -> Scope:
    return Scope(
        partners=tuple(section.partners),
        kinds=tuple(section.kinds),
        carriers=tuple(section.carriers),
        classes=tuple(section.classes),
        since=section.since,
        until=section.until,
        when=section.when,
    )
