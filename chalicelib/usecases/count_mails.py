"""What the breaker looks at: count what was sent, and what was complained about or bounced.

Mails may be counted too few, complaints and bounces too many; so the breaker trips too early
at the worst, never too late.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.domain.brakes import Pause
from chalicelib.domain.breaker import DayCount, tripped
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.journey import Journey
from chalicelib.domain.outcome import hear
from chalicelib.usecases.engine import Engine


def count_mails(engine: Engine, mails: Mapping[str, int]) -> None:
    """Add the mails that an invocation has sent, by journey; never call it twice for them."""
    if not mails:
        return
    series = engine.brakes.pauses().series
    today = engine.clock.now().date()
    for journey, number in mails.items():
        count = DayCount(day=today, mails=number)
        engine.mail_counts.add(journey, series.get(journey, 0), count)


def trip_breaker(engine: Engine, feedback: Feedback) -> str | None:
    """Count a complaint or a hard bounce, and pause the journey when there are too many.

    Called before the feedback is kept: whoever dies in between counts it once more. Returns why
    the journey was paused by this very feedback; None when it was not.
    """
    journey = engine.programme.journeys.get(feedback.key.journey)
    if journey is None or not (counted := _counted(engine, journey, feedback)):
        return None
    pauses = engine.brakes.pauses()
    series = pauses.series.get(journey.name, 0)
    engine.mail_counts.add(journey.name, series, counted)
    if journey.name in pauses.journeys:
        return None
    why = tripped(journey.breaker, engine.mail_counts.of(journey.name, series))
    if why is None:
        return None
    engine.metrics.count("breaker_tripped")  # before the pause, whose answer may get lost
    return why if engine.brakes.pause(journey.name, Pause(engine.clock.now(), why)) else None


def _counted(engine: Engine, journey: Journey, feedback: Feedback) -> DayCount | None:
    """Return what the feedback adds: nothing unless it is the first of its kind for its mail."""
    count = DayCount(day=engine.clock.now().date())
    match feedback.kind:
        case FeedbackKind.COMPLAINED:
            count = replace(count, complaints=1)
        case FeedbackKind.HARD_BOUNCED:
            count = replace(count, bounces=1)
        case _:
            return None
    known = engine.enrolments.load(feedback.key.member_id, journey.name, feedback.key.entry)
    if known is None or _is_kept(known, feedback):
        return None
    heard = hear(journey, known, feedback, engine.clock.now())
    return count if _is_kept(heard, feedback) else None


def _is_kept(enrolment: Enrolment, feedback: Feedback) -> bool:
    record = enrolment.steps.get(feedback.key.step)
    return record is not None and feedback.kind in record.feedback
