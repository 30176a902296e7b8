"""Take in what is heard about a mail: settle its step, and suppress where it must be.

Safe to repeat and in any order: only the first of each kind is kept. A hard bounce or a
complaint ends every journey before this returns.
"""

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.member import Member, SuppressionCause
from chalicelib.domain.outcome import hear
from chalicelib.mail.address import ascii_address
from chalicelib.mail.errors import AddressError
from chalicelib.usecases.change_enrolment import change_enrolment
from chalicelib.usecases.change_member import change_member
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.settle_member import settle_member

_CAUSES = {
    FeedbackKind.HARD_BOUNCED: SuppressionCause.HARD_BOUNCE,
    FeedbackKind.COMPLAINED: SuppressionCause.COMPLAINT,
}


def record_feedback(engine: Engine, feedback: Feedback, recipient: str = "") -> None:
    """Let the feedback have its effect, at most once; ``recipient``: whom the mail went to."""
    engine.metrics.count(f"feedback_{feedback.kind}")
    if cause := _CAUSES.get(feedback.kind):
        member_id = engine.members.resolve(feedback.key.member_id)
        _suppress(engine, member_id, cause, recipient)
    key, now = feedback.key, engine.clock.now()
    journey = engine.programme.journeys.get(key.journey)

    def heard(known: Enrolment) -> Enrolment:
        return hear(journey, known, feedback, now)

    change_enrolment(engine, key.member_id, key.journey, key.entry, heard)


def _suppress(engine: Engine, member_id: str, cause: SuppressionCause, recipient: str) -> None:
    now = engine.clock.now()

    def suppressed(member: Member) -> Member:
        former = cause is SuppressionCause.HARD_BOUNCE and _has_moved(member, recipient)
        return member if former else member.suppressed(cause, now)

    if change_member(engine, member_id, suppressed):
        settle_member(engine, member_id)


def _has_moved(member: Member, recipient: str) -> bool:
    """Tell whether the mail went to a former address: a bounce says nothing of the new one."""
    try:
        present = ascii_address(member.attribute("email"))
    except AddressError:
        return True
    return bool(recipient) and recipient.lower() != present.lower()
