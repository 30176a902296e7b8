"""Bring a member's enrolments in line with what is known of the member now.

Run after every change of the profile: it enters journeys, counts goals, skips what is no
longer needed and ends what must not go on. News let a member in again, into a journey whose
former entry is over; what they can't open is counted. A live enrolment is stored even when it stays
as it is: a sender that decided by the older profile then fails at its claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.arms import Arm, assign
from chalicelib.domain.decision import settle, why_not_mailable
from chalicelib.domain.enrolment import Enrolment, enrol
from chalicelib.domain.entries import following, is_entered_by, may_be_followed
from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Journey
from chalicelib.domain.member import Member
from chalicelib.domain.news import Happening, News
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.ports import Case, UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened to a member: journeys begin by it, and end by it, that name it.

    The same news open nothing a second time. Who could not be mailed when joining, and now can
    again (``mended``), enters as if joining just now.
    """

    happened: EventType | News | None = None
    mended: bool = False

    @property
    def kind(self) -> Happening | None:
        return self.happened.kind if isinstance(self.happened, News) else self.happened

    @property
    def news(self) -> str:
        """Return the name of the news, "" for what is none."""
        return self.happened.name if isinstance(self.happened, News) else ""

    def opens(self, journey: Journey) -> bool:
        joins_late = self.mended and journey.entry_event is EventType.MEMBER_JOINED
        return joins_late or self.kind is journey.entry_event


NOTHING_NEW = Cause()


def settle_member(
    engine: Engine,
    member_id: str,
    cause: Cause = NOTHING_NEW,
    goals: Mapping[str, datetime] | None = None,
    newcomer: Member | None = None,
) -> Case | None:
    """Settle every journey for the member; return the case as stored, None for no member.

    Of a ``newcomer``, who was stored just now, all is known: the first try reads nothing.
    """
    case = Case(member=newcomer, enrolments={}) if newcomer else None
    for _ in range(MAX_TRIES):
        case = case or engine.enrolments.load_case(member_id, engine.programme.journeys)
        if case is None:
            return None
        settled = _settle_all(engine, case, cause, goals or {})
        if settled is not None:
            return Case(member=case.member, enrolments=settled)
        case = None
    raise UnavailableError("the member's enrolments were busy; the event is tried again")


def _settle_all(
    engine: Engine, case: Case, cause: Cause, goals: Mapping[str, datetime]
) -> dict[str, Enrolment] | None:
    """Store every journey's new state; None when one of them was changed meanwhile."""
    stored = {}
    for journey in engine.programme.journeys.values():
        known = case.enrolments.get(journey.name)
        enrolment = _begun_or_ended(engine, journey, case.member, known, cause)
        if enrolment is None:
            continue
        now = engine.clock.now()
        enrolment = enrolment.reached(_counting(journey, enrolment, case.member, goals))
        known_mails = case.mailed_at()
        enrolment, _ = settle(
            engine.programme, enrolment, case.member, now, known_mails, case.pauses
        )
        touch = enrolment != known or not enrolment.exit
        if touch and not store_enrolment(engine, known, enrolment):
            return None
        stored[journey.name] = enrolment
    return stored


def _counting(
    journey: Journey, enrolment: Enrolment, member: Member, goals: Mapping[str, datetime]
) -> dict[str, datetime]:
    """Return the goals that count for the journey: not what was first reached before it began."""
    return {
        name: at
        for name, at in goals.items()
        if name in journey.goals and member.goals.get(name, at) >= enrolment.assignment.at
    }


def _begun_or_ended(
    engine: Engine,
    journey: Journey,
    member: Member,
    known: Enrolment | None,
    cause: Cause,
) -> Enrolment | None:
    """Return the enrolment after what happened: a new one, the known one, or None for none."""
    if known and _ends(engine, journey, member, cause):
        known = known.ended(Reason.EXIT_EVENT, engine.clock.now())
    if known and (not cause.news or is_entered_by(known, cause.news)):
        return known
    fresh = _entry(engine, journey, member, cause)
    if known is None or fresh is None:
        return fresh or known
    if may_be_followed(known):
        return following(known, fresh)
    engine.metrics.count("news_not_entered")
    return known


def _entry(engine: Engine, journey: Journey, member: Member, cause: Cause) -> Enrolment | None:
    """Return a new enrolment when this lets the member in, else None."""
    if not cause.opens(journey) or why_not_mailable(engine.programme, member):
        return None
    if journey.entry_when and not journey.entry_when(engine.programme.facts(member)):
        return None
    arm: Arm = assign(journey.salt, member.member_id, journey.holdout)
    return enrol(journey, member.member_id, arm, engine.clock.now(), cause.news)


def _ends(engine: Engine, journey: Journey, member: Member, cause: Cause) -> bool:
    exits = journey.exits
    if exits is None or cause.kind not in exits.on:
        return False
    return exits.when is None or exits.when(engine.programme.facts(member))
