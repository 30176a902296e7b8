"""The pace of sending: when mails may begin, so that no second ever has more than the quota.

Mails begin in short windows that stay closed for a while after. How the windows lie is all
there is to it: whoever sends at most ``mails`` in each keeps the quota in every second,
wherever that second begins.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

OPEN = timedelta(milliseconds=180)
"""How long a window is open."""
MOST_BEGUN = 20
"""As many calls as one sender begins while a window is open: six at a time, of some 50 ms."""
SLACK = timedelta(milliseconds=20)
"""By how much the clocks of two senders may differ."""
MOST_WINDOWS = 6
"""In a second: with more, a window would not be over when the next one opens."""
LARGE = 25
"""As many mails as act together. A window for fewer makes senders wait for several of them."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """``mails`` in each window, and a window ``every`` so often at the most.

    ``span`` is the time over which the quota is kept: a second, or longer when the quota is
    less than one mail a second.
    """

    mails: int
    every: timedelta
    span: timedelta

    @property
    def per_second(self) -> float:
        """Return how many mails a second there can be in the long run."""
        return self.mails / self.every.total_seconds()


@dataclass(frozen=True, slots=True)
class Window:
    """The newest window that anybody was given: when it opens, how many mails it has by now.

    ``mails`` and ``every`` are those of the pace that it was made by.
    """

    opens: datetime
    taken: int
    mails: int
    every: timedelta


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to begin so many calls from ``opens`` until before ``closes``."""

    mails: int
    opens: datetime
    closes: datetime


def pace_of(per_second: float) -> Pace | None:
    """Return the fastest pace for a quota; None when it allows nothing.

    A second meets the open parts of at most ``n`` windows if they open ``1 / n`` of a second
    and of a window's open time apart. ``n`` is as large as leaves a window large enough, and
    loses least of the quota.
    """
    if per_second <= 0:
        return None
    if per_second < 1:
        span = timedelta(microseconds=math.ceil(1_000_000 / per_second))
        return Pace(mails=1, every=span + OPEN + SLACK, span=span)
    quota = math.floor(per_second)
    most = max(1, min(MOST_WINDOWS, quota // LARGE))
    windows = max(range((most + 1) // 2, most + 1), key=lambda n: (quota // n * n, n))
    whole = (_SECOND + OPEN + SLACK) // timedelta(microseconds=1)
    every = timedelta(microseconds=math.ceil(whole / windows))
    return Pace(mails=quota // windows, every=every, span=_SECOND)


def next_window(pace: Pace, last: Window | None, wanted: int, now: datetime) -> Window:
    """Return the window that the next ``wanted`` mails, or some of them, begin in.

    It is the last one with more mails in it while that has room and has not been open for
    long, else a new one as early as may be.
    """
    if last is not None and _joinable(pace, last, now):
        more = min(wanted, pace.mails - last.taken)
        return Window(last.opens, last.taken + more, last.mails, last.every)
    earliest = now if last is None else max(now, last.opens + _apart(pace, last))
    return Window(earliest, min(wanted, pace.mails), pace.mails, pace.every)


def permit(before: Window | None, after: Window) -> Permit:
    """Return what was gained by storing ``after`` over ``before``."""
    same = before is not None and before.opens == after.opens
    gained = after.taken - before.taken if same and before else after.taken
    return Permit(gained, after.opens, after.opens + OPEN)


def _joinable(pace: Pace, last: Window, now: datetime) -> bool:
    """Half-way through a window it is too late: the answer must come while it is open."""
    ours = (last.mails, last.every) == (pace.mails, pace.every)
    return ours and last.taken < pace.mails and now < last.opens + OPEN / 2


def _apart(pace: Pace, last: Window) -> timedelta:
    """Return how far the next window is from the last one.

    After a window of another pace no span of either may meet both.
    """
    if (last.mails, last.every) == (pace.mails, pace.every):
        return pace.every
    return max(last.every, pace.span + OPEN + SLACK)
