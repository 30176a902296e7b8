"""What must happen once the faults have stopped: nothing is forgotten, nothing is lost (L1 to L4).

Judged at the end of a run that was calm for some days and has come to rest.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from chalicelib.domain.enrolment import Enrolment, StepState
from chalicelib.domain.gifts import Grant
from chalicelib.domain.journey import Journey, Programme, Step
from chalicelib.domain.member import ATTRIBUTES, ConsentStatus, Member
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.history import OPEN, History
from chalicelib.simulation.checkers.letters import untrue_reasons
from chalicelib.simulation.checkers.limits import AUDITED, TICKED
from chalicelib.simulation.checkers.merged import families
from chalicelib.simulation.checkers.model import OK, Facts, facts_by_member
from chalicelib.simulation.checkers.safety import may_be_mailed
from chalicelib.simulation.checkers.told import effects
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.final import FinalState

Found = Iterator[Violation]

_LETTER_REASONS = ("unknown_member", "conflict", "unknown_transaction", "refused")
"""What poison is: nobody of that name, an id or a reference that stands for another body, a return
of what nobody told of, or of more than there was.

Nothing is unreadable: only the engine and the mail service write into the queues."""


def l1_nothing_due_is_forgotten(history: History, final: FinalState) -> Found:
    """L1: at the end every step is dealt with, or the member waits for what has not come yet.

    A live journey may stand only before a step whose condition does not hold, or whose time has
    not come, or that is paused; and who must not be mailed has no live journey.

    Limit: an unsubscribing that died half-way, was not answered with 200 and never came again
    may leave a journey asleep. Nothing is due for it, and the profile forbids every mail.
    """
    facts = facts_by_member(history)
    if not final.quiet:
        yield Violation("L1", 0, "the run never came to rest")
    members = {member.member_id: member for member in final.members}
    for enrolment in final.enrolments:
        member = members.get(enrolment.member_id)
        if not enrolment.exit and not final.pauses.holding(enrolment.journey):
            fault = _forgotten(final, enrolment, member)
            half_way = enrolment.due_at is None and _half_unsubscribed(facts, member)
            if fault and not half_way:
                yield Violation("L1", 0, f"{enrolment.journey} of {enrolment.member_id}: {fault}")


def _forgotten(final: FinalState, enrolment: Enrolment, member: Member | None) -> str:
    """Say why it is wrong that this live enrolment stands where it does; "" when it is not."""
    journey = final.programme.journeys.get(enrolment.journey)
    if journey is None:
        return ""  # of a journey that is gone: nobody looks at it, and nobody is mailed
    if member is None or not may_be_mailed([final.programme], member):
        return "the member must not be mailed, and the journey goes on"
    if enrolment.due_at is None:
        return _asleep(final.programme, journey, enrolment, member)
    late = final.now - enrolment.due_at > TICKED
    return f"{enrolment.step} was due at {enrolment.due_at}" if late else ""


def _half_unsubscribed(facts: Mapping[str, Facts], member: Member | None) -> bool:
    """Tell whether the member's no is in the profile, and nobody was told that it is."""
    if member is None or member.consent.status is not ConsentStatus.DECLINED:
        return False
    known = facts.get(member.member_id, Facts())
    answered = any(answer.status == OK for answer in known.answers)
    return bool(known.answers) and not answered and not known.of_type("mail.declined")


def _asleep(programme: Programme, journey: Journey, enrolment: Enrolment, member: Member) -> str:
    """Nothing wakes this enrolment but an event: its step must be waiting for one.

    An open claim may stand: L4 is about it. What is to be tried again may wait for its event
    again, if what it had waited for has changed meanwhile. Any other record has to move on.
    """
    step = journey.step(enrolment.step or "")
    if step is None:
        return "it stands before no step, and has not ended"
    record = enrolment.steps.get(step.name)
    if record and record.state in OPEN:
        return ""
    may_wait = record is None or record.state is StepState.RETRY
    if may_wait and _waits(step, facts_of(programme, member)):
        return ""
    return f"{step.name} {f'is {record.state} and ' if record else ''}sleeps for ever"


def _waits(step: Step, facts: Mapping[str, object]) -> bool:
    return step.wait_for is not None and not step.wait_for(facts)


def facts_of(programme: Programme, member: Member) -> dict[str, object]:
    """Return what a condition may name, put together here a second time."""
    units, told, granted = programme.units, member.balances, member.granted
    return {
        **{name: member.attributes.get(name, "") for name in ATTRIBUTES},
        "tier": member.attributes.get("tier") or programme.tiers[0],
        "locale": _language(programme, member),
        "goals": {name: name in member.goals for name in programme.goals},
        "balances": {unit: told.get(unit, 0) + granted.get(unit, 0) for unit in units},
    }


def _language(programme: Programme, member: Member) -> str:
    chosen = member.preferences.language
    if chosen in programme.locales:
        return chosen
    return member.attributes.get("locale") or programme.locales[0]


def l2_only_poison_is_left(history: History, final: FinalState) -> Found:
    """L2: the queues are empty, and what lies among the dead letters is poison, with its reason.

    A reason is true: nobody was known by the strongest name when the work on it began; two
    bodies were told under the id.

    Limit: an event about a member who joined after it was parked stays there for a person to
    replay; it is parked visibly, which is what S7 promises.
    """
    for queue, bodies in final.queues.items():
        if bodies:
            yield Violation("L2", 0, f"{len(bodies)} messages wait in {queue}")
    for queue, letters in final.dead_letters.items():
        for _, reason in letters:
            if reason not in _LETTER_REASONS:
                yield Violation("L2", 0, f"a dead letter of {queue}: reason '{reason}'")
    yield from untrue_reasons(history)


def l3_every_event_had_its_effect(history: History, final: FinalState) -> Found:
    """L3: what was told had its effect: journeys began and ended, what was promised is granted.

    That profiles hold every fact is S11's part, that every event has an outcome S7's.

    Limits: who must have entered is judged for members of whom nothing was ever told or heard
    that forbids mails, nor of whom they were ever merged with; for the others it depends on the
    order in which it was told. What ends a journey is judged for members who were never merged.
    """
    for event in final.events:
        if event.outcome is None and not event.event_id.startswith("batch."):
            yield Violation("L3", 0, f"event {event.event_id} was never concluded")
    yield from _entered(history, final)
    yield from _ended(history)
    yield from _granted(final)


def _entered(history: History, final: FinalState) -> Found:
    facts = facts_by_member(history)
    entered = {(each.member_id, each.journey) for each in final.enrolments}
    always, heads = _always_deployed(history), families(history)
    refused = {heads.get(each, each) for each, known in facts.items() if _forbids(known)}
    for member in final.members:
        known = facts.get(member.member_id, Facts())
        forbidden = member.suppression or heads.get(member.member_id, member.member_id) in refused
        if forbidden or not _was_mailable_from_the_first(known, final):
            continue
        for journey in always:
            if (member.member_id, journey.name) not in entered:
                yield Violation("L3", 0, f"{member.member_id} never entered {journey.name}")


def _ended(history: History) -> Found:
    """Look at journeys that were under way when an event came in by which they end."""
    ends, merged = _ends_by_events(history), families(history)
    for effect in effects(history):
        member_id = effect.member_id
        for journey in ends.get(effect.told.type, ()) if member_id not in merged else ():
            key = (member_id, journey, 1)  # no partner's event opens a journey a second time
            known = history.enrolment_at(key, effect.number)
            if known and not known.exit and history.enrolment_at(key, effect.received):
                what = f"{journey} of {member_id} goes on after {effect.told.type}"
                yield Violation("L3", effect.number, what)


def _ends_by_events(history: History) -> dict[str, list[str]]:
    """Return the journeys, by event, that it ends in every programme."""
    [first, *others] = [seen.programme.journeys for seen in history.deployed]
    ends: dict[str, list[str]] = defaultdict(list)
    for name, journey in first.items():
        alike = all(name in each and each[name].exits == journey.exits for each in others)
        if journey.exits and alike and journey.exits.when is None:
            for happened in journey.exits.on:
                ends[happened.value].append(name)
    return ends


def _always_deployed(history: History) -> list[Journey]:
    """Return the journeys for everybody that every programme had."""
    [first, *others] = [seen.programme for seen in history.deployed]
    return [
        journey
        for journey in first.journeys.values()
        if journey.entry_event == "member.joined"
        and journey.entry_when is None
        and all(journey.name in each.journeys for each in others)
    ]


def _forbids(facts: Facts) -> bool:
    """Return whether mails to the member were ever forbidden, or of no use."""
    return bool(
        facts.of_type("mail.declined", "member.left")
        or facts.answers
        or any(heard.kind in ("hard_bounced", "complained") for heard in facts.heard)
    )


def _was_mailable_from_the_first(facts: Facts, final: FinalState) -> bool:
    joined = facts.of_type("member.joined")
    return (
        not final.programme.consent_required
        and any(told.facts.get("email") for told in joined)
        and not any(told.left_at for told in joined)
    )


def _granted(final: FinalState) -> Found:
    """What a mail promised before its goal was reached is granted, if there is whom to give it."""
    kept = {_promise(grant) for grant in final.grants}
    members = {member.member_id: member for member in final.members}
    for enrolment in final.enrolments:
        journey = final.programme.journeys.get(enrolment.journey)
        member = members.get(enrolment.member_id)
        for step in journey.steps if journey and member else ():
            source = f"{enrolment.journey}.{enrolment.entry}.{step.name}"
            if _is_owed(enrolment, step) and (enrolment.member_id, source) not in kept:
                yield Violation("L3", 0, f"{source} of {enrolment.member_id} was never granted")


def _promise(grant: Grant) -> tuple[str, str]:
    return grant.member_id, grant.source


def _is_owed(enrolment: Enrolment, step: Step) -> bool:
    record = enrolment.steps.get(step.name)
    reached_at = enrolment.goals.get(step.gift.goal) if step.gift else None
    if record is None or reached_at is None or record.state != "sent":
        return False
    return (record.former_at or record.at) <= reached_at


def l4_no_claim_stays_open(final: FinalState) -> Found:
    """L4: no step's outcome stays open: feedback has settled it, or the audit.

    One that is to be tried once more is due again, which is L1's part, unless its journey ended; a
    merge keeps it, for parting lets the journey go on.
    """
    for enrolment in final.enrolments:
        over = enrolment.exit and enrolment.exit.reason is not Reason.MERGED
        not_settled = (*OPEN, StepState.RETRY) if over else OPEN
        for step, record in enrolment.steps.items():
            if record.state in not_settled and final.now - record.at > AUDITED:
                text = f"{enrolment.journey}/{step} of {enrolment.member_id} is {record.state}"
                yield Violation("L4", 0, text)
