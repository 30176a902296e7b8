"""Safety of members: who must not get a mail gets none, however the world fails (S2 to S5).

Every rule is written here a second time, plainly, over what an observer saw. A claim that led
to a call is judged by what could be known to whoever made it; one that was taken back without
a call has done no harm.
"""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from chalicelib.domain.arms import Arm
from chalicelib.domain.journey import Programme
from chalicelib.domain.member import ConsentStatus, Member
from chalicelib.simulation.checkers.history import Claim, History, enrolment_key
from chalicelib.simulation.checkers.limits import SKEW
from chalicelib.simulation.checkers.told import Effect, effects
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Answered, Erased, Paused

Found = Iterator[Violation]
OK = 200


def s2_none_to_the_control_group(history: History) -> Found:
    """S2: no call, and so no mail, for the control group, or for anyone outside of a journey."""
    for calls in history.calls.values():
        for call in calls:
            enrolment = history.enrolment_at(enrolment_key(call), call.number)
            if enrolment is None or enrolment.arm is not Arm.TREATED:
                yield Violation("S2", call.number, f"a mail for {enrolment_key(call)}: held out")


def s3_none_after_no(history: History) -> Found:
    """S3: nothing is claimed and called after the member's unsubscribing was answered with 200.

    Be it by the mail's link or on the page of preferences. Nor after an event that declines mails
    was concluded. A claim from before may still be called: that mail is on its way.

    Limit: a consent that a partner dates later than the member's own word, by its own clock,
    counts as the newer word, even when it was written down earlier.
    """
    told = effects(history)
    for answer in history.answers:
        if says_no(answer) and answer.status == OK:
            since = answer.at - SKEW
            yield from _claimed_after_no(history, told, answer.member_id, answer.number, since)
    for effect in told:
        if effect.told.type == "mail.declined":
            since = effect.told.at + timedelta.resolution
            yield from _claimed_after_no(history, told, effect.member_id, effect.number, since)


def _claimed_after_no(
    history: History, told: list[Effect], member_id: str, number: int, since: datetime
) -> Found:
    """Look for claims after the no at ``number``, which a consent from ``since`` on undoes.

    A consent may have led to a claim only from where it was first written down.
    """
    consents = [each for each in told if _consents(each, member_id) and each.told.at >= since]
    consented = min((each.received for each in consents), default=math.inf)
    yeses = [each for each in history.answers if each.member_id == member_id and says_yes(each)]
    newer = [each for each in yeses if _said_at(told, each) >= since]
    again = min((each.at - SKEW for each in newer), default=None)
    for claim in history.called_claims():
        undone = claim.number > consented or (again is not None and claim.at >= again)
        if claim.key.member_id == member_id and claim.number > number and not undone:
            yield Violation("S3", claim.number, f"{claim} was claimed after the no at {number}")


def _said_at(told: list[Effect], answer: Answered) -> datetime:
    """Return from when on the member's own word counts: it is newer than all that was told before.

    Whatever a partner's clock says: what it dates an hour ahead has been said all the same.
    """
    known = [each.told.at for each in told if _consenting(each, answer)]
    return max([answer.at, *known])


def _consenting(effect: Effect, answer: Answered) -> bool:
    ours = effect.member_id == answer.member_id and effect.received < answer.number
    return ours and effect.told.type in CONSENTING


CONSENTING = ("member.joined", "mail.consented", "mail.declined")
"""Events that say, or leave unsaid, whether a member wants mails."""


def says_no(answer: Answered) -> bool:
    """Tell whether a member's own hand declined all mails."""
    return answer.what == "unsubscribe" or answer.chosen == {"mails": "off"}


def says_yes(answer: Answered) -> bool:
    """Tell whether a member's own hand turned mails on, whether or not an answer came."""
    return answer.chosen == {"mails": "on"}


def s3_none_of_a_declined_topic(history: History) -> Found:
    """S3: nothing is claimed and called of a topic after a choice without it was answered with 200.

    A claim from before may still be called. What the member chooses later, answered or not, may
    let the topic's mails go on.
    """
    choices = [each for each in history.answers if "topics" in (each.chosen or {})]
    for claim in history.called_claims():
        own = [each for each in choices if each.member_id == claim.key.member_id]
        topics = {step.topic for step in history.steps_of(claim)} if own else {None}
        if len(topics) == 1 and (topic := topics.pop()) and _declined(own, topic, claim):
            yield Violation("S3", claim.number, f"{claim}: the topic {topic} was declined before")


def _declined(choices: list[Answered], topic: str, claim: Claim) -> bool:
    """Tell whether the choice stands without the topic, and no later one may have brought it."""
    surely = [each for each in choices if each.status == OK and each.number < claim.number]
    latest = max((each.at for each in surely if not _wants(each, topic)), default=None)
    return latest is not None and not any(
        _wants(each, topic) and latest - SKEW <= each.at <= claim.at + SKEW for each in choices
    )


def _wants(choice: Answered, topic: str) -> bool:
    wanted = (choice.chosen or {}).get("topics")
    return isinstance(wanted, list) and topic in wanted


def _consents(effect: Effect, member_id: str) -> bool:
    return effect.member_id == member_id and effect.told.type == "mail.consented"


def s4_none_to_the_suppressed(history: History) -> Found:
    """S4: nothing is claimed and called for a member who is suppressed, erased or has left.

    The profile must have allowed mails at some moment at which the claimer may have read it:
    after its start, and after the enrolment's version that it replaced was stored. So once
    whoever forbade mails has settled the enrolment, no claim is good. An erased member is never
    claimed after the operator was told, nor anybody at an address that led to the erased one.
    """
    for claim in history.called_claims():
        programmes = history.programmes_of(claim)
        if not any(may_be_mailed(programmes, state) for state in history.profiles_of(claim)):
            yield Violation("S4", claim.number, f"{claim}: the profile forbids mails")
    yield from _claimed_after_erasing(history)


def _claimed_after_erasing(history: History) -> Found:
    """Neither for the erased member, nor to an address that leads to the erased member.

    Where the store keeps names as digests, the second is not seen here; S11 holds it there.
    """
    for erased in history.of_kind(Erased):
        addresses = _addresses_of(history, erased)
        for claim in history.called_claims():
            recipient = history.calls[claim.attempt][0].mail.recipient.lower()
            concerned = claim.key.member_id == erased.member_id or recipient in addresses
            if concerned and claim.number > erased.number:
                yield Violation("S4", claim.number, f"{claim} was claimed after the erasing")


def _addresses_of(history: History, erased: Erased) -> set[str]:
    """Return the addresses that led to the member when the operator was told."""
    return {
        write.key.removeprefix("email#")
        for write in history.writes["ALIAS"]
        if write.after == erased.member_id
        and write.number < erased.number
        and write.key.startswith("email#")
    }


def may_be_mailed(programmes: list[Programme], member: Member | None) -> bool:
    """Tell whether the profile allows mails, under one of these programmes at least."""
    if member is None or member.left_at or member.suppression or not member.attributes.get("email"):
        return False
    if all(programme.consent_required for programme in programmes):
        return member.consent.status is ConsentStatus.GIVEN
    return member.consent.status is not ConsentStatus.DECLINED


def s5_none_of_the_paused(history: History) -> Found:
    """S5: nothing of a paused journey that was claimed after the pause was stored is called.

    And no step is claimed and called that no programme had which the claimer may have started
    with.
    """
    for claim in history.called_claims():
        if _paused_at(history, claim):
            yield Violation("S5", claim.number, f"{claim} was claimed in a pause and called")
        if not history.steps_of(claim):
            yield Violation("S5", claim.number, f"{claim}: no programme has the step")


def _paused_at(history: History, claim: Claim) -> bool:
    paused: set[str | None] = set()
    for brake in history.brakes:
        if brake.number > claim.number:
            break
        change: Callable[[str | None], None] = (
            paused.add if isinstance(brake, Paused) else paused.discard
        )
        change(brake.journey)
    return None in paused or claim.key.journey in paused
