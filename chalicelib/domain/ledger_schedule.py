"""What lapses when, if the member does nothing: the whole schedule of a wallet, not the next day.

Also the days on which something has to be looked at: a warning, a lot that is over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.ledger_booking import last_day
from chalicelib.domain.ledger_expiry import DAY
from chalicelib.domain.ledger_lots import in_order
from chalicelib.domain.ledger_moves import Rules, expiry_of
from chalicelib.domain.ledger_wallet import Wallet


@dataclass(frozen=True, slots=True, order=True)
class Lapse:
    """So much of a unit can be spent up to and including the last day."""

    last_day: date
    unit: str
    amount: int


def schedule(wallet: Wallet, rules: Rules) -> list[Lapse]:
    """Return all that will lapse, the soonest first; what has no end is not in it."""
    return sorted(lapse for unit in wallet.lots for lapse in _of_unit(wallet, rules, unit))


def to_warn_of(wallet: Wallet, rules: Rules, warned: Mapping[str, date], on: date) -> list[Lapse]:
    """Return what lapses so soon that the member is to be told, and was not told yet.

    ``warned`` is, by unit, the latest last day that was told already.
    """
    return [lapse for lapse in schedule(wallet, rules) if _is_news(lapse, rules, warned, on)]


def next_look(wallet: Wallet, rules: Rules, warned: Mapping[str, date]) -> date | None:
    """Return the first day on which there is something to warn of, or something is over."""
    days = [day for lapse in schedule(wallet, rules) for day in _looks(lapse, rules, warned)]
    return min(days, default=None)


def next_hold_end(wallet: Wallet) -> datetime | None:
    return min((hold.until for hold in wallet.holds.values()), default=None)


def _of_unit(wallet: Wallet, rules: Rules, unit: str) -> Iterator[Lapse]:
    end = last_day(wallet, rules, unit)
    for day, amount in in_order(wallet.lots[unit]):
        ends = [each for each in (day, end) if each]
        if ends and amount > 0:
            yield Lapse(min(ends), unit, amount)


def _is_news(lapse: Lapse, rules: Rules, warned: Mapping[str, date], on: date) -> bool:
    warn_on = _untold(lapse, rules, warned)
    return warn_on is not None and warn_on <= on <= lapse.last_day


def _looks(lapse: Lapse, rules: Rules, warned: Mapping[str, date]) -> Iterator[date]:
    yield lapse.last_day + DAY
    if warn_on := _untold(lapse, rules, warned):
        yield warn_on


def _untold(lapse: Lapse, rules: Rules, warned: Mapping[str, date]) -> date | None:
    """Return the day from which on the member is to be warned; None: never, or it was done."""
    days, told = expiry_of(rules, lapse.unit).warn_days, warned.get(lapse.unit)
    if not days or (told and told >= lapse.last_day):
        return None
    return lapse.last_day - timedelta(days=days)
