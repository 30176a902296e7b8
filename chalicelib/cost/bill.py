"""From what a sample cost to the bill of a cohort: every line, with its amount and its price.

The chain is what members and mails cause. What stands is asked for every month, whatever is
sent: the ticks, the pollers, the nightly look at every item, metrics and alarms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.cost.capacity import EVENTUALLY, PAGE_BYTES, READ_UNIT_BYTES
from chalicelib.cost.deployment import (
    ALARMS,
    AUDIT,
    DASHBOARDS,
    MEMORY_MB,
    SOURCES,
    TICK,
    TRACED_SHARE,
)
from chalicelib.cost.meter import Meter
from chalicelib.cost.prices import Line, Plan, Price, Prices
from chalicelib.cost.sample import ROUNDS, Sample
from chalicelib.cost.traffic import Traffic, idle_receives
from chalicelib.cost.waits import SCAN, duration

DAYS_A_MONTH = 30
TICKS_A_MONTH = DAYS_A_MONTH * 24 * 60
AUDITS_A_MONTH = DAYS_A_MONTH


class Part(StrEnum):
    """Why something is on the bill."""

    CHAIN = "chain"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the bill. ``measured`` amounts have processor time in them, so they vary."""

    part: Part
    line: Line
    price: Price
    amount: float

    @property
    def usd(self) -> float:
        return self.price.of(self.amount)

    @property
    def measured(self) -> bool:
        return self.line is Line.COMPUTE


@dataclass(frozen=True, slots=True)
class Bill:
    """What a cohort costs; ``by_function`` has the dollars of the chain's functions."""

    members: int
    mails: float
    rows: tuple[Row, ...]

    def usd(self, part: Part) -> float:
        return sum(row.usd for row in self.rows if row.part is part)

    @property
    def mail_usd(self) -> float:
        """Return what SES alone asks."""
        return sum(row.usd for row in self.rows if row.line in {Line.MAILS, Line.MAILS_ESSENTIALS})

    @property
    def times_ses(self) -> float:
        return self.usd(Part.CHAIN) / self.mail_usd

    @property
    def times_ses_with_standing(self) -> float:
        return sum(row.usd for row in self.rows) / self.mail_usd


def bill(sample: Sample, prices: Prices, plan: Plan = Plan.NONE) -> Bill:
    """Return the bill of all members whom the sample stands for, for one month."""
    rows = [
        *_rows(Part.CHAIN, chain_amounts(sample, plan), prices),
        *_rows(Part.STANDING, standing_amounts(sample), prices),
    ]
    scale = sample.plan.members / sample.plan.sample
    return Bill(sample.plan.members, sample.mails * scale, tuple(rows))


def _rows(part: Part, amounts: Mapping[Line, float], prices: Prices) -> Iterator[Row]:
    for line in Line:
        if amounts.get(line):
            yield Row(part, line, prices.by_line[line], amounts[line])


def chain_amounts(sample: Sample, plan: Plan = Plan.NONE) -> dict[Line, float]:
    """Return what the members' own acts cause, for all of them."""
    scale = sample.plan.members / sample.plan.sample
    functions = function_amounts(sample)
    amounts: dict[Line, float] = {
        line: sum(each.get(line, 0) for each in functions.values())
        for line in Line
        if line not in {Line.MAILS, Line.MAILS_ESSENTIALS}
    }
    amounts[plan.mails] = sample.mails * scale
    amounts[Line.STORAGE] = sample.stored_gb * scale
    return amounts


def function_amounts(sample: Sample) -> dict[str, dict[Line, float]]:
    """Return what each function causes, what is asked of its queue included, for all members."""
    scale = sample.plan.members / sample.plan.sample
    names = {function for function, _ in sample.chain.amounts}
    found = {}
    for name in names:
        amounts = amounts_of(_without_idle(sample, name), name, scale)
        if source := SOURCES.get(name):
            queue = Traffic(source, sample.chain.messages[name] * scale, sample.plan.days)
            asked = queue.receives + queue.deletes - idle_receives(source, sample.plan.days)
            amounts[Line.QUEUES] = amounts.get(Line.QUEUES, 0) + asked
        amounts[Line.TRACES] = amounts.get(Line.INVOCATIONS, 0) * TRACED_SHARE.get(name, 0)
        found[name] = amounts
    return found


def standing_amounts(sample: Sample) -> dict[Line, float]:
    """Return what a month asks for whatever is sent, with all members in the table."""
    members = sample.plan.members / sample.plan.sample
    parts = (
        amounts_of(sample.ticks, TICK, TICKS_A_MONTH / ROUNDS),
        amounts_of(sample.audits, AUDIT, AUDITS_A_MONTH / ROUNDS),
        amounts_of(_by_the_page(sample.audit), AUDIT, AUDITS_A_MONTH * members),
    )
    amounts = {line: sum(part.get(line, 0) for part in parts) for line in Line}
    traced = TICKS_A_MONTH * TRACED_SHARE[TICK] + AUDITS_A_MONTH * TRACED_SHARE[AUDIT]
    return {
        **amounts,
        Line.QUEUES: amounts[Line.QUEUES] + _idle_polls(),
        Line.BACKUP: sample.stored_gb * members,
        Line.METRICS: len(sample.metrics),
        Line.ALARMS: ALARMS,
        Line.DASHBOARDS: DASHBOARDS,
        Line.TRACES: traced,
    }


def idle_usd(sample: Sample, prices: Prices) -> float:
    """Return what a month of ticks and polls costs in which nothing is ever due or queued."""
    amounts = amounts_of(sample.ticks, TICK, TICKS_A_MONTH / ROUNDS)
    amounts[Line.QUEUES] = _idle_polls()
    return sum(prices.of(line, amount) for line, amount in amounts.items())


def audit_seconds(sample: Sample) -> float:
    """Return how long one audit of all members runs; Lambda ends it after 900."""
    ran = duration(_by_the_page(sample.audit), AUDIT, 0, MEMORY_MB[AUDIT])
    return ran.billed_seconds * sample.plan.members / sample.plan.sample


def _idle_polls() -> float:
    return sum(idle_receives(source, DAYS_A_MONTH) for source in SOURCES.values())


def _by_the_page(audit: Meter) -> Meter:
    """Return the audit of a sample with the part of a page that it read, not a whole page."""
    read_bytes = audit.amounts[AUDIT, Line.READS] / EVENTUALLY * READ_UNIT_BYTES
    pages = audit.snapshot()
    pages.calls[AUDIT, SCAN] = read_bytes / PAGE_BYTES  # type: ignore[assignment]
    return pages


def _without_idle(sample: Sample, function: str) -> Meter:
    """Return what the function did beyond what its ticks would have cost with nothing due."""
    if function != TICK:
        return sample.chain
    ticks = sample.chain.amounts[TICK, Line.INVOCATIONS]
    return sample.chain.less(sample.ticks, ticks / ROUNDS)


def amounts_of(meter: Meter, function: str, scale: float) -> dict[Line, float]:
    """Return what the function caused, so many times over, its running time included."""
    amounts = {line: n * scale for (name, line), n in meter.amounts.items() if name == function}
    invocations = meter.amounts[function, Line.INVOCATIONS]
    if function in MEMORY_MB:
        ran = duration(meter, function, invocations, MEMORY_MB[function])
        amounts[Line.COMPUTE] = ran.gb_seconds * scale
    return amounts
