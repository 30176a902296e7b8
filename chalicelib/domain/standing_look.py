"""The numbers that tell a member how things stand, worked out of wallet and tier.

Pure: the caller stores them on the profile in the write that changes what they come from, so that
a mail reads the profile alone.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from chalicelib.domain.journey import Programme
from chalicelib.domain.ledger_moves import Rules
from chalicelib.domain.ledger_schedule import schedule
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.domain.membership import Membership
from chalicelib.domain.tier_judge import TierStanding, needs
from chalicelib.domain.tier_rules import TierPlan


def standing_numbers(
    programme: Programme, membership: Membership, joined_on: date, today: date
) -> dict[str, int]:
    """Return what ``Member.standing`` is to be on this day; what is 0 is left out."""
    wallet, plan = membership.wallet, programme.tier_plan
    numbers = _of_units(wallet, programme.unit_rules, membership.warned)
    if plan and membership.standing:
        numbers |= _of_tier(plan, membership.standing, wallet.tallies, joined_on, today)
    return {name: number for name, number in numbers.items() if number}


def _of_units(wallet: Wallet, rules: Rules, warned: Mapping[str, date]) -> dict[str, int]:
    """Of each unit what lapses on the first day on which something does; and what is owed.

    ``soon`` is whether that day was told: who then does what keeps the unit is told no more of it.
    """
    numbers = {f"owed_{unit}": amount for unit, amount in wallet.owed.items()}
    for lapse in schedule(wallet, rules):
        day = lapse.last_day.toordinal()
        if numbers.setdefault(f"expires_{lapse.unit}", day) == day:
            expiring = f"expiring_{lapse.unit}"
            numbers[expiring] = numbers.get(expiring, 0) + lapse.amount
            told = warned.get(lapse.unit)
            numbers[f"soon_{lapse.unit}"] = int(told is not None and lapse.last_day <= told)
    return numbers


def _of_tier(
    plan: TierPlan,
    standing: TierStanding,
    tallies: Mapping[str, int],
    joined_on: date,
    today: date,
) -> dict[str, int]:
    missing = needs(plan, standing, tallies, joined_on, today)
    numbers = {
        "next_tier": plan.rank(missing.next_tier),
        "at_risk": int(bool(missing.to_keep)),
        **_least("reach", missing.to_reach),
        **_least("keep", missing.to_keep),
    }
    if held := standing.held_through:
        grace = timedelta(days=plan.rules_on(joined_on, held).grace_days)
        numbers["tier_through"] = held.toordinal()
        numbers["grace_until"] = (held + grace).toordinal()
    return numbers


def _least(name: str, alternatives: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return of each measure the least that any of the alternatives takes."""
    amounts: dict[str, int] = {}
    for measure, amount in (each for one in alternatives for each in one.items()):
        key = f"{name}_{measure}"
        amounts[key] = min(amount, amounts.get(key, amount))
    return amounts
