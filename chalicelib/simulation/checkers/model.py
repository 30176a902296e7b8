"""A second model of members: fold the facts, and get what the engine has stored (S11).

The facts are what partners told and the engine says it has applied, what members answered, and
what the mail service published. They are folded in no order: where the order in which they were
applied may matter, the model says so and allows for each.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.domain.journey import Programme
from chalicelib.domain.member import ConsentStatus, Member, SuppressionCause
from chalicelib.simulation.checkers.history import History, member_of
from chalicelib.simulation.checkers.limits import SKEW
from chalicelib.simulation.checkers.merged import families
from chalicelib.simulation.checkers.told import Effect, Told, effects
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Answered, Heard

Found = Iterator[Violation]
OK = 200


@dataclass(slots=True, kw_only=True)
class Facts:
    """All that is known of one member: told, answered and heard."""

    told: list[Effect] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    """To a no by the member's own hand."""
    yeses: list[Answered] = field(default_factory=list)
    choices: list[Answered] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    def of_type(self, *types: str) -> list[Told]:
        return [effect.told for effect in self.told if effect.told.type in types]


def facts_by_member(history: History) -> dict[str, Facts]:
    return history.once(_facts_by_member)


def _facts_by_member(history: History) -> dict[str, Facts]:
    facts: dict[str, Facts] = defaultdict(Facts)
    for effect in effects(history):
        facts[effect.member_id].told.append(effect)
    for answer in history.answers:
        match answer.what, answer.chosen:
            case ("unsubscribe", _) | ("preferences", {"mails": "off"}):
                facts[answer.member_id].answers.append(answer)
            case "preferences", {"mails": "on"}:
                facts[answer.member_id].yeses.append(answer)
            case "preferences", _:
                facts[answer.member_id].choices.append(answer)
    for heard in (each for every in history.heard.values() for each in every):
        facts[heard.tags["member"]].heard.append(heard)
    return facts


def s11_facts_make_the_profiles(history: History, members: Sequence[Member]) -> Found:
    """S11: the fold of all facts is the stored profile, for every member who was not erased.

    Nor ever merged: of those S16 tells.

    Limits, each where the partner's order can't be known from its times: of two values told for
    one time either may stand; a bounce of an address that the member has moved away from, and
    perhaps back to, may or may not count.
    """
    facts, last, erased = facts_by_member(history), max_number(history), _erased_names(history)
    alone = [member for member in members if member.member_id not in families(history)]
    for member in alone:
        known = facts.get(member.member_id, Facts())
        for fault in (
            *_attributes(known, member),
            *_balances(known, member),
            *_consent(known, member),
            *_preferences(known, member, history.deployed[-1].programme),
            *_standing(known, member),
            *_suppression(known, member, erased),
            *_goals(known, member, history.deployed[-1].programme),
        ):
            yield Violation("S11", last, f"{member.member_id}: {fault}")


def max_number(history: History) -> int:
    return max((write.number for writes in history.writes.values() for write in writes), default=0)


def newest(values: Sequence[tuple[datetime, str]]) -> set[str]:
    """Return the value told for the newest time, or each of several told for it."""
    latest = max((at for at, _ in values), default=None)
    return {value for at, value in values if at == latest}


def form_of(answer: Answered) -> Mapping[str, Any]:
    """Return what the form said that was answered: ``topics``, ``days`` and ``language``."""
    return answer.chosen or {}


def _attributes(facts: Facts, member: Member) -> Iterator[str]:
    told: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for effect in facts.told:
        for name, value in _with_zone(effect.told.facts).items():
            told[name].append((effect.told.at, value))
    for name in sorted({*told, *member.attributes}):
        allowed = newest(told.get(name, []))
        if member.attributes.get(name) not in allowed:
            yield f"{name} is not what was told last"


def _with_zone(facts: Mapping[str, str]) -> Mapping[str, str]:
    """A home airport stands for its clock, unless the partner told one."""
    zone = AirportTimeZones().of_airport(facts.get("home_airport", ""))
    return {"time_zone": zone, **facts} if zone else facts


def _balances(facts: Facts, member: Member) -> Iterator[str]:
    told: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for effect in facts.told:
        for unit, amount in effect.told.balances.items():
            told[unit].append((effect.told.at, str(amount)))
    for unit in sorted({*told, *member.balances}):
        if str(member.balances.get(unit)) not in newest(told.get(unit, [])):
            yield f"the balance of {unit} is not what was told last"


def _consent(facts: Facts, member: Member) -> Iterator[str]:
    """The newest word stands; of two at one time the no. A member's own word is always newest."""
    words = [(told.at, "declined") for told in facts.of_type("mail.declined")]
    words += [(told.at, "given") for told in facts.of_type("mail.consented")]
    latest = newest(words)
    told = ConsentStatus("declined" if "declined" in latest else next(iter(latest), "unsaid"))
    stands = member.consent.status
    noes, yeses = ([at for at, word in words if word == each] for each in ("declined", "given"))
    no_is_newest = _newest_by_hand(facts.answers, facts.yeses, yeses)
    yes_is_newest = _newest_by_hand(facts.yeses, facts.answers, noes)
    if no_is_newest and stands is not ConsentStatus.DECLINED:
        yield f"consent is {stands} though the member unsubscribed"
    elif yes_is_newest and stands is not ConsentStatus.GIVEN:
        yield f"consent is {stands} though the member turned mails on"
    by_hand = {ConsentStatus.DECLINED: facts.answers, ConsentStatus.GIVEN: facts.yeses}
    if stands is not told and not by_hand.get(stands):
        yield f"consent is {stands}, told was {told}"


def _newest_by_hand(
    own: list[Answered], contrary: list[Answered], told_contrary: list[datetime]
) -> bool:
    """Tell whether a member's own word was answered with 200, and none to the contrary is newer.

    A partner's may be: one that is dated later than the member's, by its own clock, stands.
    """
    latest = max([*told_contrary, *(each.at + SKEW for each in contrary)], default=None)
    surely = [each for each in own if each.status == OK]
    return any(latest is None or latest < each.at - SKEW for each in surely)


def _preferences(facts: Facts, member: Member, programme: Programme) -> Iterator[str]:
    """What was chosen last stands, as a whole; of two that overlap in time either may.

    A language stands only where it was chosen in place of another: else the partner's does.
    """
    surely = [each.at for each in facts.choices if each.status == OK]
    latest = max(surely, default=None)
    allowed = [form_of(a) for a in facts.choices if latest is None or a.at >= latest - SKEW]
    kept = member.preferences
    wanted = set(programme.topics) - kept.declined_topics
    stands = wanted, str(kept.spacing.days) if kept.spacing else ""
    unchosen = latest is None and not kept.declined_topics and not kept.spacing
    if not unchosen and stands not in [(set(form["topics"]), form["days"]) for form in allowed]:
        yield f"preferences are {stands}, which is not what was chosen last"
    if kept.language not in {"", *(form_of(each)["language"] for each in facts.choices)}:
        yield f"the language is {kept.language}, which nobody chose"


def _standing(facts: Facts, member: Member) -> Iterator[str]:
    """The newest word on membership stands; of two at one time the one that mails less."""
    words = [(told.at, "left") for told in facts.of_type("member.left")]
    words += [
        (told.left_at, "left") if told.left_at else (told.at, "joined")
        for told in facts.of_type("member.joined")
    ]
    latest = newest(words)
    if not latest:
        yield "nobody told that they joined"
    elif bool(member.left_at) != ("left" in latest):
        yield f"left at {member.left_at}, the newest word is {sorted(latest)}"
    joined = {told.at for told in facts.of_type("member.joined")}
    if member.joined_at not in joined:
        yield f"joined at {member.joined_at}, which nobody told"


def _erased_names(history: History) -> set[str]:
    """Return the addresses that may lead to members who were erased: those they ever had.

    Names are read off the store where it keeps them as they are; some stores keep digests.
    """
    erased = {member_of(write) for write in history.writes["TOMBSTONE"]}
    names = [write.key for write in history.writes["ALIAS"] if write.after in erased]
    had = [
        effect.told.facts["email"]
        for effect in effects(history)
        if effect.member_id in erased and "email" in effect.told.facts
    ]
    return {name.removeprefix("email#").lower() for name in (*names, *had)}


def _suppression(facts: Facts, member: Member, erased: set[str]) -> Iterator[str]:
    kinds = {heard.kind for heard in facts.heard}
    stands = member.suppression.cause if member.suppression else None
    if "complained" in kinds:
        if stands not in (SuppressionCause.COMPLAINT, SuppressionCause.ERASED):
            yield f"suppression is {stands} though the member complained"
        return
    if stands is SuppressionCause.COMPLAINT:
        yield "suppressed for a complaint that nobody made"
    address = member.attributes.get("email", "").lower()
    bounced = {heard.recipient.lower() for heard in facts.heard if heard.kind == "hard_bounced"}
    if stands is SuppressionCause.ERASED and address not in erased:
        yield "suppressed for the address of an erased member, which it is not"
    if stands is SuppressionCause.HARD_BOUNCE and address not in bounced:
        yield "suppressed for a bounce of another address"
    if stands is None and address in bounced and not _has_moved(facts):
        yield "the address bounced, and is not suppressed"


def _has_moved(facts: Facts) -> bool:
    told = {effect.told.facts["email"].lower() for effect in facts.told if _tells_address(effect)}
    return len(told) > 1


def _tells_address(effect: Effect) -> bool:
    return "email" in effect.told.facts


def _goals(facts: Facts, member: Member, programme: Programme) -> Iterator[str]:
    """A goal is reached once its event had its effect, at the first one's time or before."""
    for goal in programme.goals.values():
        proofs = [effect for effect in facts.told if effect.told.type == goal.event]
        reached_at = member.goals.get(goal.name)
        if bool(proofs) != bool(reached_at):
            yield f"goal {goal.name} is reached at {reached_at}, with {len(proofs)} proofs"
        elif reached_at and reached_at > min(effect.at for effect in proofs) + SKEW:
            yield f"goal {goal.name} was reached before {reached_at}"
