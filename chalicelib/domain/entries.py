"""Journeys that take a member in again: when another entry may begin, and what it knows.

An entry takes the former one's place, which is kept beside it. What is asked of a member with each
decision must still come from the one item: so an entry has with it what was mailed of late, by
which news, and how the member came into the journey first.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.enrolment import Before, Enrolment, StepState

MAILED_FOR = timedelta(days=366)
"""Longer than the span of any cap, and than any spacing that a member can choose."""
MOST_MAILED = 100
"""As many mails as the largest cap; the latest are kept."""
NEWS_FOR = timedelta(days=31)
"""Longer than news wait to be told once more."""
MOST_NEWS = 32
"""As many as a member can have to be told at one time; the latest are kept."""


def is_entered_by(enrolment: Enrolment, news: str) -> bool:
    """Tell whether these news were an entry before: what is told twice is entered once."""
    return news == enrolment.news or bool(enrolment.before and news in enrolment.before.news)


def may_be_followed(enrolment: Enrolment) -> bool:
    """Tell whether another entry may begin: this one is over, and of no mail is it unknown.

    An attempt whose outcome is open would be settled in an entry that nobody reads any more.
    """
    open_ = (each.state.open or each.state is StepState.RETRY for each in enrolment.steps.values())
    return enrolment.exit is not None and not any(open_)


def following(former: Enrolment, fresh: Enrolment) -> Enrolment:
    """Return the fresh entry as it takes the former one's place."""
    return replace(
        fresh,
        entry=former.entry + 1,
        goals=former.goals,
        before=_known_before(former, fresh.entered_at),
        version=former.version,
    )


def _known_before(former: Enrolment, now: datetime) -> Before:
    news = dict(former.before.news) if former.before else {}
    if former.news:
        news[former.news] = former.entered_at
    late = [(name, at) for name, at in news.items() if at > now - NEWS_FOR]
    mailed = sorted(at for at in former.mailed_at() if at > now - MAILED_FOR)
    return Before(
        first=former.assignment, mailed=tuple(mailed[-MOST_MAILED:]), news=dict(late[-MOST_NEWS:])
    )
