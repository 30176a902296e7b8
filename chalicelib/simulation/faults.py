"""The faults of AWS by name, and the seeded source that says which call meets which.

A source is any function of the call's number and place, so that a test can strike one call of
a run and no other.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum

from chalicelib.simulation.chance import Chance


class Fault(StrEnum):
    """What can go wrong. The first group strikes calls of functions, the others what it names."""

    DIE_BEFORE = "die_before"
    """The function is killed before the call."""
    DIE_AFTER = "die_after"
    """The function is killed after the call has had its effect."""
    DIE_MIDWAY = "die_midway"
    """The function is killed when a part of a batch has had its effect."""
    REFUSE = "refuse"
    """The service throttles or fails, and has done nothing."""
    REFUSE_PART = "refuse_part"
    """A part of a batch is throttled."""
    LOSE_REPLY = "lose_reply"
    """The service has done it, or a part of a batch, and its reply is lost."""
    SLOW = "slow"
    """The call takes up to some seconds, before its effect or after; others run meanwhile."""
    STUCK = "stuck"
    """The call takes up to minutes: the function's deadline may kill it."""

    MEET = "meet"
    """A sender's call takes a second or two, in which something else was made to happen."""
    TORN_READ = "torn_read"
    """Items that are read by one call are not of one moment: DynamoDB promises that of none."""

    MAIL_LOSE_REPLY = "mail_lose_reply"
    """The mail service takes the mail, and its answer is lost."""
    MAIL_FAIL = "mail_fail"
    """The mail service does not take the mail, and gives no answer that tells."""
    MAIL_THROTTLE = "mail_throttle"
    MAIL_REFUSE = "mail_refuse"
    ACCOUNT_REFUSE = "account_refuse"

    FEEDBACK_LATE = "feedback_late"
    """It comes hours or days after what it tells of."""
    FEEDBACK_TWICE = "feedback_twice"
    FEEDBACK_NEVER = "feedback_never"
    FEEDBACK_AT_ONCE = "feedback_at_once"
    """It may come before the sender has heard the mail service's answer."""

    DUPLICATE = "duplicate"
    """A queue delivers a message to two at a time."""
    DUPLICATE_AFTER_DELETION = "duplicate_after_deletion"
    """A queue delivers a message again that was deleted, up to days later."""
    REORDER = "reorder"
    """A queue hands out newer messages first, in batches of any size."""
    DELIVER_LATE = "deliver_late"
    """A queue hides a message for up to an hour."""

    INDEX_LAG = "index_lag"
    """The index of what is due is up to five seconds behind the table."""
    CLOCK_SKEW = "clock_skew"
    """A worker's clock is off."""

    TICK_LOST = "tick_lost"
    TICK_TWICE = "tick_twice"
    TICK_LATE = "tick_late"
    AUDIT_LOST = "audit_lost"
    AUDIT_TWICE = "audit_twice"

    ANSWER_LOST = "answer_lost"
    """A client of the API does not get the answer, and asks again."""


ON_CALLS = (
    Fault.DIE_BEFORE,
    Fault.DIE_AFTER,
    Fault.DIE_MIDWAY,
    Fault.REFUSE,
    Fault.REFUSE_PART,
    Fault.LOSE_REPLY,
    Fault.SLOW,
    Fault.STUCK,
    Fault.TORN_READ,
)
DEATHS = frozenset({Fault.DIE_BEFORE, Fault.DIE_AFTER, Fault.DIE_MIDWAY})

Rates = Mapping[Fault, float]
"""How often each fault strikes, from 0 to 1; what is not named never does."""

Strike = Callable[[int, str], str | None]
"""Says what strikes the call of this number, at ``function:port.method``; None: nothing does."""


MOST_SKEW = timedelta(seconds=2)
"""How far a worker's clock is off, at most."""


class DeathError(BaseException):
    """The function was killed. No ``except Exception`` may stop it."""


def seeded(rates: Rates, chance: Chance) -> Strike:
    """Return a source that draws once a call."""
    bounds: list[tuple[float, Fault]] = []
    total = 0.0
    for fault in ON_CALLS:
        total += rates.get(fault, 0.0)
        bounds.append((total, fault))
    draw = chance.random

    def strike(_number: int, _where: str) -> str | None:
        drawn = draw()
        if drawn >= total:
            return None
        return next(fault for bound, fault in bounds if drawn < bound)

    return strike


def nothing(_number: int, _where: str) -> None:
    """No call is struck."""
