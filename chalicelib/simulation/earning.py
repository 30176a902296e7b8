"""What transactions bring in the simulated programmes, and when it lapses.

Short terms and low caps, so that a month sees each of them; one rule takes another's place on a day
in the middle of the run.
"""

from collections.abc import Mapping
from datetime import date

from chalicelib.domain.earning_rules import (
    Cap,
    CapPeriod,
    EarningRule,
    EarningRules,
    PerPiece,
    Scope,
)
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.simulation.plan import Options

LAST_EARLY_DAY = date(2027, 3, 14)
FIXED_DAY = date(2027, 3, 20)
MOST_A_MONTH = 700
EARLY, LATE, HOTEL, QUALIFYING = 100, 150, 40, 10
WARN_DAYS = 3

_FLIGHTS = ("flight",)
_CAP = (Cap(MOST_A_MONTH, CapPeriod.MONTH),)
EARNING = EarningRules(
    rules=(
        EarningRule(
            name="early_flights",
            basis=PerPiece(each=EARLY),
            gives="redeemable",
            scope=Scope(kinds=_FLIGHTS, until=LAST_EARLY_DAY),
            caps=_CAP,
        ),
        EarningRule(
            name="flights",
            basis=PerPiece(each=LATE),
            gives="redeemable",
            scope=Scope(kinds=_FLIGHTS, since=date(2027, 3, 15)),
            caps=_CAP,
        ),
        EarningRule(
            name="hotels",
            basis=PerPiece(each=HOTEL),
            gives="redeemable",
            scope=Scope(kinds=("hotel_night",)),
        ),
        EarningRule(
            name="qualifying",
            basis=PerPiece(each=QUALIFYING),
            gives="qualifying",
            scope=Scope(kinds=_FLIGHTS),
        ),
    )
)


def unit_rules(options: Options) -> Mapping[str, UnitRules]:
    """Return when miles lapse in this run."""
    kind = ExpiryKind(options.expiry)
    months = 0 if kind is ExpiryKind.MONTH_END else 1
    expiry = Expiry(kind=kind, months=months, day=FIXED_DAY, warn_days=WARN_DAYS)
    qualifying = Expiry(kind=ExpiryKind.MONTH_END, months=0)
    return {"redeemable": UnitRules(expiry=expiry), "qualifying": UnitRules(expiry=qualifying)}
