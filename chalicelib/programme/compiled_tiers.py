"""The rules of tiers in a compiled programme: as JSON, and back."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.tier_rules import PeriodKind, RuleSet, TierPlan


def tiers_data(plan: TierPlan | None) -> list[Any]:
    """Return the JSON of the rule sets; the tiers themselves are the programme's."""
    return [_data(rules) for rules in plan.rule_sets] if plan else []


def tiers_of(tiers: Iterable[str], data: Iterable[Mapping[str, Any]]) -> TierPlan | None:
    rule_sets = tuple(_rules(each) for each in data)
    return TierPlan(tiers=tuple(tiers), rule_sets=rule_sets) if rule_sets else None


def _data(rules: RuleSet) -> dict[str, Any]:
    return {
        "since": rules.since.isoformat(),
        "period": rules.period.value,
        "thresholds": rules.thresholds,
        "grace_days": rules.grace_days,
        "warn_days": rules.warn_days,
    }


def _rules(data: Mapping[str, Any]) -> RuleSet:
    return RuleSet(
        since=date.fromisoformat(data["since"]),
        period=PeriodKind(data["period"]),
        thresholds={tier: tuple(any_of) for tier, any_of in data["thresholds"].items()},
        grace_days=data["grace_days"],
        warn_days=data["warn_days"],
    )
