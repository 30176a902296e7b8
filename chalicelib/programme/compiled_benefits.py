"""The benefits in a compiled programme: as JSON, and back, with nothing lost."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.benefits import Benefit, BenefitKind, Catalogue, Validity, ValidityKind
from chalicelib.programme.compiled_condition import condition_data, condition_of


def benefits_data(catalogue: Catalogue) -> list[Any]:
    """Return the JSON of the benefits; the tiers are the programme's."""
    return [_data(benefit) for benefit in catalogue.benefits.values()]


def benefits_of(tiers: Iterable[str], data: Iterable[Mapping[str, Any]]) -> Catalogue:
    benefits = [_benefit(each) for each in data]
    return Catalogue(tiers=tuple(tiers), benefits={each.name: each for each in benefits})


def _data(benefit: Benefit) -> dict[str, Any]:
    validity = benefit.validity
    return {
        "name": benefit.name,
        "title": benefit.title,
        "kind": benefit.kind.value,
        "tier": benefit.tier,
        "goal": benefit.goal,
        "on": _text(benefit.on),
        "when": condition_data(benefit.when),
        "validity": [validity.kind.value, validity.count, _text(validity.day)],
        "uses": benefit.uses,
        "stock": benefit.stock,
        "revoked_with_tier": benefit.revoked_with_tier,
        "announced": benefit.announced,
        "since": _text(benefit.since),
        "until": _text(benefit.until),
    }


def _benefit(data: Mapping[str, Any]) -> Benefit:
    days = {name: _day(data[name]) for name in ("on", "since", "until")}
    return Benefit(
        **{
            **data,
            **days,
            "kind": BenefitKind(data["kind"]),
            "when": condition_of(data["when"]),
            "validity": _validity(*data["validity"]),
        }
    )


def _validity(kind: str, count: int, day: str | None) -> Validity:
    return Validity(kind=ValidityKind(kind), count=count, day=_day(day))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
