"""How many postings a second one process makes, and what each asks of AWS.

The time is that of the use cases with their adapters in memory. Calls, units and actions are those
of the adapters of AWS, counted by the cost meter's twin of DynamoDB.
"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.figures import MS, Row, Section, Spread, spread
from bench.postings import MONTHS, Ledgers, WatchedTwin, in_memory, on_twin
from chalicelib.cost.meter import OUTSIDE, Meter
from chalicelib.cost.prices import Line

TWIN_SHARE = 5
"""On the twin there are so many times fewer members: counts need no crowd."""
SPENT_LOTS = 40


def postings_section(mails: Path, members: int, acts: int, rounds: int) -> Section:
    """Let members of five years go on; ``mails`` is a compiled folder."""
    rate = _rate(in_memory(mails), members, acts, rounds)
    ledgers, twin = on_twin(mails)
    ledgers.grow_up(max(2, members // TWIN_SHARE))
    counted = _counted(ledgers, twin, acts)
    spent = _spend_of_many_lots(ledgers, twin)
    content = {"postings_a_second": rate.as_json(), **counted, "spend_of_40_lots": spent}
    title = f"Postings of members with {MONTHS} months of lots"
    return Section("postings", title, _rows(rate, content), content)


def _rate(ledgers: Ledgers, members: int, acts: int, rounds: int) -> Spread:
    """Return how many transactions a second are posted."""
    ledgers.grow_up(members)
    rates = []
    for _ in range(rounds):
        who = ledgers.chance.choices([*ledgers.told], k=acts)
        begun = time.perf_counter()
        for member_id in who:
            ledgers.buy(member_id)
        rates.append(acts / (time.perf_counter() - begun))
    return spread(rates)


def _counted(ledgers: Ledgers, twin: WatchedTwin, acts: int) -> dict[str, Any]:
    """Count what all kinds of acts ask of AWS; one that was refused counts, too."""
    before, begun = twin.meter.snapshot(), len(twin.transactions)
    ledgers.live(acts)
    made = sorted(map(len, twin.transactions[begun:]))
    used = twin.meter.since(before)
    return {
        "calls_a_posting": {name: round(n / len(made), 2) for name, n in _calls(used).items()},
        "write_units_a_posting": round(used.amounts[OUTSIDE, Line.WRITES] / len(made), 2),
        "read_units_a_posting": round(used.amounts[OUTSIDE, Line.READS] / len(made), 2),
        "actions": {
            "p50": made[len(made) // 2],
            "p99": made[len(made) * 99 // 100],
            "most": made[-1],
        },
        "shared_items": twin.shared_items(),
        "items": len({item for items in twin.transactions for item in items}),
    }


def _spend_of_many_lots(ledgers: Ledgers, twin: WatchedTwin) -> dict[str, Any]:
    """Spend what is in so many lots at once; return how many transactions and actions it took."""
    member_id = next(iter(ledgers.told))
    account = ledgers.engine.memberships.load(member_id)
    if account is None:
        raise LookupError(member_id)
    lots = sorted(account.membership.wallet.lots["redeemable"].items(), key=str)[:SPENT_LOTS]
    before, begun = twin.meter.snapshot(), len(twin.transactions)
    posting = ledgers.spend(member_id, sum(amount for _, amount in lots)).posting
    return {
        "lots": len(posting.lots) if posting else 0,
        "transactions": len(twin.transactions) - begun,
        "actions": len(twin.transactions[-1]),
        "write_units": twin.meter.since(before).amounts[OUTSIDE, Line.WRITES],
    }


def _calls(used: Meter) -> Counter[str]:
    calls: Counter[str] = Counter()
    for (_, operation), times in used.calls.items():
        calls[operation.removeprefix("dynamodb.")] += times
    return calls


def _rows(rate: Spread, content: dict[str, Any]) -> list[Row]:
    calls, actions, spent = (
        content[name] for name in ("calls_a_posting", "actions", "spend_of_40_lots")
    )
    named = ", ".join(f"{name} {times:.2f}" for name, times in sorted(calls.items()))
    return [
        Row(
            "transactions a second, one process",
            f"{rate.median:.0f} ({rate.least:.0f} to {rate.greatest:.0f})",
            f"{MS / rate.median:.2f} ms each, adapters in memory",
        ),
        Row("AWS calls a posting", f"{sum(calls.values()):.2f}", named),
        Row(
            "write units a posting",
            f"{content['write_units_a_posting']:.2f}",
            f"and {content['read_units_a_posting']:.2f} read units",
        ),
        Row(
            "actions a transaction, the median",
            str(actions["p50"]),
            f"99 of 100 have at most {actions['p99']}, the largest {actions['most']}",
        ),
        Row(
            f"a spend over {spent['lots']} lots, transactions",
            str(spent["transactions"]),
            f"{spent['actions']} actions, {spent['write_units']:.0f} write units",
        ),
        Row(
            "items that postings of different members write",
            str(content["shared_items"]),
            f"of {content['items']:,} items",
        ),
    ]
