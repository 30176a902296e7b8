"""What one run is like, drawn from its seed: faults that are off, low or high, and habits.

No two faults are always on together, so that one can't hide another (swarm testing). A plan can
be made smaller, which is how a failure's shortest trace is found.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault

START = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
"""A Monday, ten in the morning where the programme is at home."""
MEMBERS, DAYS = 6, 30

_LOW_HIGH: Mapping[Fault, tuple[float, float]] = {
    Fault.DIE_BEFORE: (0.002, 0.02),
    Fault.DIE_AFTER: (0.002, 0.02),
    Fault.DIE_MIDWAY: (0.002, 0.02),
    Fault.REFUSE: (0.004, 0.05),
    Fault.REFUSE_PART: (0.004, 0.05),
    Fault.LOSE_REPLY: (0.004, 0.05),
    Fault.SLOW: (0.05, 0.3),
    Fault.STUCK: (0.001, 0.01),
    Fault.TORN_READ: (0.02, 0.2),
    Fault.MAIL_LOSE_REPLY: (0.02, 0.3),
    Fault.MAIL_FAIL: (0.02, 0.2),
    Fault.MAIL_THROTTLE: (0.02, 0.3),
    Fault.MAIL_REFUSE: (0.01, 0.1),
    Fault.ACCOUNT_REFUSE: (0.01, 0.2),
    Fault.FEEDBACK_LATE: (0.1, 0.5),
    Fault.FEEDBACK_TWICE: (0.1, 0.5),
    Fault.FEEDBACK_NEVER: (0.05, 0.5),
    Fault.FEEDBACK_AT_ONCE: (0.1, 0.5),
    Fault.DUPLICATE: (0.03, 0.3),
    Fault.DUPLICATE_AFTER_DELETION: (0.03, 0.3),
    Fault.REORDER: (0.1, 0.7),
    Fault.DELIVER_LATE: (0.02, 0.2),
    Fault.INDEX_LAG: (0.2, 0.9),
    Fault.CLOCK_SKEW: (0.1, 0.9),
    Fault.TICK_LOST: (0.02, 0.2),
    Fault.TICK_TWICE: (0.05, 0.3),
    Fault.TICK_LATE: (0.05, 0.5),
    Fault.AUDIT_LOST: (0.05, 0.3),
    Fault.AUDIT_TWICE: (0.1, 0.5),
    Fault.ANSWER_LOST: (0.02, 0.2),
}
_OFF_SHARE, _LOW_SHARE = 0.45, 0.35
EXPIRIES = ("never", "rolling", "month_end", "fixed_day", "inactivity")
"""Kinds of expiry: that of a year's end would do nothing in a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which programme runs, and what is done to it."""

    holdout: float = 0.5
    hours: bool = False
    """Steps wait for hours, not for days."""
    second_journey: bool = False
    retry_once: bool = False
    quiet_hours: bool = True
    caps: str = "shipped"
    consent_required: bool = False
    ramp: bool = False
    """The hold-out is lowered on the way."""
    step_removed: bool = False
    journey_removed: bool = False
    pauses: int = 0
    erasures: int = 0
    merges: int = 0
    """How many pairs of members turn out to be one person; some are two after all."""
    replays: int = 0
    breaker: bool = False
    """A journey pauses itself after very few complaints or bounces."""
    steps_per_message: int = 10
    topics: bool = True
    """Steps have topics that members may decline."""
    deliveries: bool = False
    """The mail service is asked to tell of sends and deliveries."""
    expiry: str = "never"
    """The kind of expiry of the miles to spend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What people and partners do: shares of those who do it, from 0 to 1."""

    goals: float = 0.4
    opens: float = 0.4
    bounces: float = 0.05
    complaints: float = 0.03
    unsubscribes: float = 0.08
    chooses: float = 0.0
    """What share of mails makes its reader choose preferences; some choose again and again."""
    updates: float = 0.4
    consents: float = 0.15
    leaves: float = 0.1
    batches: float = 0.2
    repeats: float = 0.1
    conflicts: float = 0.05
    late: float = 0.2
    early: float = 0.1
    """Something is told of a member before the member has joined."""
    hostile: float = 0.2
    together: bool = False
    """All members join within a minute."""
    coincidences: float = 0.3
    """Something else happens in the very seconds in which mails are sent."""
    buys: float = 0.0
    """Who buys something; returns, and what partners do to a wallet at once, come with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run: the same plan gives the same run."""

    seed: int
    members: int = MEMBERS
    days: int = DAYS
    rates: Mapping[Fault, float]
    options: Options
    habits: Habits
    mails_per_second: float = 14.0

    @classmethod
    def drawn(cls, seed: int, members: int = MEMBERS, days: int = DAYS) -> "Plan":
        chance, choosing = Chance(seed, "plan"), Chance(seed, "plan of preferences")
        buying = Chance(seed, "plan of the ledger")
        merges = Chance(seed, "plan of merges").one_of((0, 0, 0, 1, 2, 4))
        return cls(
            seed=seed,
            members=members,
            days=days,
            rates={fault: _level(fault, chance) for fault in _LOW_HIGH},
            options=replace(
                _options(chance),
                topics=choosing.happens(0.9),
                expiry=buying.one_of(EXPIRIES),
                merges=merges,
            ),
            habits=replace(
                _habits(chance),
                chooses=choosing.one_of((0.0, 0.1, 0.1, 0.3)),
                buys=buying.one_of((0.0, 0.0, 0.3, 0.8)),
            ),
            mails_per_second=chance.one_of((1.0, 2.0, 14.0)),
        )

    @classmethod
    def quiet(cls, seed: int, members: int = MEMBERS, days: int = DAYS) -> "Plan":
        """Return a plan without any fault, and with a programme as it is shipped."""
        habits = Habits(coincidences=0.0)
        return cls(
            seed=seed, members=members, days=days, rates={}, options=Options(), habits=habits
        )

    def without(self, faults: Collection[Fault]) -> "Plan":
        left = {fault: rate for fault, rate in self.rates.items() if fault not in faults}
        return replace(self, rates=left)


def _level(fault: Fault, chance: Chance) -> float:
    low, high = _LOW_HIGH[fault]
    drawn = chance.random()
    if drawn < _OFF_SHARE:
        return 0.0
    return low if drawn < _OFF_SHARE + _LOW_SHARE else high


def _options(chance: Chance) -> Options:
    return Options(
        holdout=chance.one_of((0.5, 0.0, 0.2)),
        hours=chance.happens(0.4),
        second_journey=chance.happens(0.4),
        retry_once=chance.happens(0.4),
        quiet_hours=chance.happens(0.7),
        caps=chance.one_of(("shipped", "tight", "none")),
        consent_required=chance.happens(0.1),
        ramp=chance.happens(0.3),
        step_removed=chance.happens(0.2),
        journey_removed=chance.happens(0.1),
        pauses=chance.one_of((0, 0, 1, 3)),
        erasures=chance.one_of((0, 0, 1, 2)),
        replays=chance.one_of((0, 1, 3)),
        breaker=chance.happens(0.3),
        steps_per_message=chance.one_of((1, 2, 10)),
        deliveries=chance.happens(0.3),
    )


def _habits(chance: Chance) -> Habits:
    often = chance.one_of((0.5, 1.0, 2.0))
    usual = Habits()
    return replace(
        usual,
        goals=chance.one_of((0.1, 0.4, 0.8)),
        bounces=chance.one_of((0.0, usual.bounces, 0.2)),
        complaints=chance.one_of((0.0, usual.complaints, 0.1)),
        unsubscribes=min(1.0, usual.unsubscribes * often),
        updates=chance.one_of((0.0, usual.updates, 0.8)),
        consents=chance.one_of((0.0, usual.consents, 0.4)),
        late=chance.one_of((0.0, usual.late, 0.6)),
        early=chance.one_of((0.0, usual.early, 0.3)),
        hostile=chance.one_of((0.0, 0.0, usual.hostile)),
        together=chance.happens(0.3),
        coincidences=chance.one_of((0.0, usual.coincidences, 0.9, 0.9)),
    )
