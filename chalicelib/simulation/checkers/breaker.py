"""The breaker: a journey that too many complain about, or whose mails bounce, pauses itself (S5).

The shares are computed here a second time, from the counts as they were stored.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from chalicelib.domain.breaker import Breaker, DayCount
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Paused, Resumed, Stored

Found = Iterator[Violation]
Days = Mapping[str, DayCount]


def s5_breaker_trips(history: History) -> Found:
    """S5: when a complaint or a bounce was counted and the counts are over a bound, it is paused.

    Asked of the last such count of each journey and each time that it was resumed: from then on
    the journey is paused, or the counts were under the bounds after all at some later moment.

    Limit: mails may be counted too few and complaints too many, so that it trips too early; and
    whoever dies before counting counts when the feedback comes again.
    """
    for (journey, series), writes in _by_series(history).items():
        tripping = _tripping_since(history, journey, writes)
        if tripping is not None and not _paused_after(history, journey, tripping):
            text = f"{journey} is over its breaker's bounds, series {series}, and was never paused"
            yield Violation("S5", tripping, text)


def _by_series(history: History) -> Mapping[tuple[str, str], list[Stored]]:
    found: dict[tuple[str, str], list[Stored]] = defaultdict(list)
    for write in history.writes["COUNT"]:
        journey, series, _ = write.key.split("#")
        found[journey, series].append(write)
    return found


def _tripping_since(history: History, journey: str, writes: list[Stored]) -> int | None:
    """Return the place of the last bad count, if the counts are over a bound ever since."""
    days: dict[str, DayCount] = {}
    since: int | None = None
    for write in writes:
        if not isinstance(write.after, DayCount):
            continue
        is_bad = _bad(write.after) > _bad(write.before)
        days[write.key] = write.after
        over = _is_over(_breaker(history, journey, write.number), days)
        if is_bad:
            since = write.number if over else None
        elif not over:
            since = None
    return since


def _bad(count: object) -> int:
    return count.complaints + count.bounces if isinstance(count, DayCount) else 0


def _breaker(history: History, journey: str, number: int) -> Breaker | None:
    [*_, programme] = history.programmes(number, number)
    declared = programme.journeys.get(journey)
    return declared.breaker if declared else None


def _is_over(breaker: Breaker | None, days: Days) -> bool:
    """Add up the newest days until they hold enough mails, and compare."""
    if breaker is None:
        return False
    mails = complaints = bounces = 0
    for day in sorted(days.values(), key=lambda each: each.day, reverse=True):
        mails += day.mails
        complaints += day.complaints
        bounces += day.bounces
        if mails >= breaker.mails:
            return complaints >= breaker.complaints * mails or bounces >= breaker.bounces * mails
    return False


def _paused_after(history: History, journey: str, number: int) -> bool:
    """Tell whether the journey was paused at this place, or at any later one."""
    paused = False
    for brake in history.brakes:
        if brake.journey == journey:
            if brake.number > number and (paused or isinstance(brake, Paused)):
                return True
            paused = not isinstance(brake, Resumed)
    return paused
