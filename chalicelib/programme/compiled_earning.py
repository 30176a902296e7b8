"""The rules of earning in programme.json: from them and back, with nothing lost."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

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
from chalicelib.programme.compiled_condition import condition_data, condition_of

Data: TypeAlias = Mapping[str, Any]

_KINDS: Mapping[str, type[Basis]] = {
    "per_money": PerMoney,
    "per_mile": PerMile,
    "per_piece": PerPiece,
    "per_transaction": PerTransaction,
    "bonus": Bonus,
}


def earning_data(rules: EarningRules) -> Data:
    """Return the JSON from which ``earning_of`` makes equal rules."""
    return {
        "rules": [_rule_data(rule) for rule in rules.rules],
        "exclusions": [
            {"name": each.name, "scope": _scope_data(each.scope), "of": each.of}
            for each in rules.exclusions
        ],
    }


def earning_of(data: Data) -> EarningRules:
    return EarningRules(
        rules=tuple(_rule(rule) for rule in data["rules"]),
        exclusions=tuple(
            Exclusion(name=each["name"], scope=_scope(each["scope"]), of=tuple(each["of"]))
            for each in data["exclusions"]
        ),
    )


def _rule_data(rule: EarningRule) -> Data:
    kind = next(name for name, kind in _KINDS.items() if isinstance(rule.basis, kind))
    return {
        "name": rule.name,
        "basis": [kind, _fields(rule.basis)],
        "gives": rule.gives,
        "counts": rule.counts,
        "scope": _scope_data(rule.scope),
        "tiers": dict(rule.tiers),
        "caps": [[cap.most, cap.per.value] for cap in rule.caps],
        "rounding": rule.rounding.value,
    }


def _rule(data: Data) -> EarningRule:
    return EarningRule(
        name=data["name"],
        basis=_basis(*data["basis"]),
        gives=data["gives"],
        counts=data["counts"],
        scope=_scope(data["scope"]),
        tiers=data["tiers"],
        caps=tuple(Cap(most, CapPeriod(per)) for most, per in data["caps"]),
        rounding=Rounding(data["rounding"]),
    )


def _fields(basis: Basis) -> Data:
    values = {name: getattr(basis, name) for name in basis.__dataclass_fields__}
    return {n: dict(v) if isinstance(v, Mapping) else v for n, v in values.items()}


def _basis(kind: str, fields: Data) -> Basis:
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return _KINDS[kind](**{**fields, **lists})


def _scope_data(scope: Scope) -> Data:
    return {
        "partners": scope.partners,
        "kinds": scope.kinds,
        "carriers": scope.carriers,
        "classes": scope.classes,
        "since": scope.since.isoformat() if scope.since else None,
        "until": scope.until.isoformat() if scope.until else None,
        "when": condition_data(scope.when),
    }


def _scope(data: Data) -> Scope:
    return Scope(
        partners=tuple(data["partners"]),
        kinds=tuple(data["kinds"]),
        carriers=tuple(data["carriers"]),
        classes=tuple(data["classes"]),
        since=_day(data["since"]),
        until=_day(data["until"]),
        when=condition_of(data["when"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
