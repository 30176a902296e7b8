"""What invented members buy and bring back, as their partners tell it: late, twice, in any order.

A reference may stand for one transaction only; now and then a partner has it wrong, tells of more
that came back than was bought, or tells the return first.
"""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.plan import Habits
from chalicelib.simulation.told import Told

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATEST_CLAIM = 28
"""Days: so that what is told today may lapse within the run."""
KINDS = ("flight", "flight", "hotel_night")


def purchases(
    number: int,
    name: dict[str, str],
    span: tuple[datetime, datetime],
    chance: Chance,
    habits: Habits,
) -> list[Told]:
    """Return all transactions and returns of one member from joining to the end of the run."""
    if not chance.happens(habits.buys):
        return []
    told = []
    for each in range(1 + chance.below(4)):
        told += _purchase(f"buy-{number}-{each}", name, span, chance)
    return told


def _purchase(
    reference: str, name: dict[str, str], span: tuple[datetime, datetime], chance: Chance
) -> list[Told]:
    joined, end = span
    at = joined + (end - joined) * chance.random()
    lines = [
        {"kind": chance.one_of(KINDS), "quantity": 1 + chance.below(3)}
        for _ in range(1 + chance.below(3))
    ]
    data: dict[str, Any] = {"member": name, "transaction": reference, "lines": lines}
    if chance.happens(0.7):
        data["on"] = (at - DAY * chance.below(LATEST_CLAIM)).date().isoformat()
    told = [Told(at, at, "transaction.posted", data)]
    if chance.happens(0.2):  # the same once more, under an event of its own
        told.append(Told(at, at + 5 * DAY * chance.random(), "transaction.posted", data))
    if chance.happens(0.15):  # the reference stands for another transaction
        other = {**data, "lines": [{"kind": "flight", "quantity": 7}]}
        later = at + 3 * DAY * (chance.random() - 0.3)
        told.append(Told(at, later, "transaction.posted", other))
    while chance.happens(0.45):
        told.append(_return(data, at, end, chance))
    return told


def _return(data: dict[str, Any], at: datetime, end: datetime, chance: Chance) -> Told:
    """Return that some of it came back, or all; a few hours too early, or weeks later."""
    back: dict[str, Any] = {"member": data["member"], "transaction": data["transaction"]}
    if chance.happens(0.7):
        line = chance.below(len(data["lines"]))
        more = 3 if chance.happens(0.1) else 0  # than was bought
        quantity = 1 + more + chance.below(data["lines"][line]["quantity"])
        back["lines"] = [{"line": line, "quantity": quantity}]
    early = chance.happens(0.15)
    told_at = at - HOUR * chance.random() if early else at + (end - at) * chance.random()
    return Told(max(at, told_at), told_at, "transaction.returned", back)
