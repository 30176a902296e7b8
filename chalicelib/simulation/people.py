"""Invented members and what their partners tell of them, each member's from a stream of its own.

Every name, address and card is unlike any other text of a run, so that a checker finds it
wherever it must not be.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.plan import START, Habits, Plan
from chalicelib.simulation.shopping import purchases
from chalicelib.simulation.told import Told

GOALS = ("account.registered", "profile.completed", "card.issued", "app.installed")
AIRPORTS = ("SVO", "LED", "OVB", "VVO", "LHR")
ZONES = ("Europe/London", "Asia/Tokyo", "America/New_York")
TIERS = ("basic", "silver", "gold")
STRANGERS = 50
"""Whose number is so much higher has nothing to do with the members of the plan."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with names of every kind."""

    number: int

    @property
    def names(self) -> dict[str, str]:
        number = self.number
        return {
            "card": f"77{number:02d}4410{number:04d}",
            "email": f"canary.{number}@reader{number}.example",
            "phone": f"+7999{number:03d}5501",
        }

    @property
    def facts(self) -> dict[str, str]:
        first, last = f"Zephyrine{self.number}", f"Quillfeather{self.number}"
        return {"first_name": first, "last_name": last, "name_on_card": f"{first} {last}".upper()}


def life(plan: Plan, number: int) -> list[Told]:
    """Return all that a partner tells of one member, in the order in which it happened."""
    chance, habits = Chance(plan.seed, f"life of {number}"), plan.habits
    person = Person(number)
    joined = START + _first_day(plan, chance)
    end = START + plan.days * DAY
    told = [_joined(person, joined, chance)]
    told += [
        _goal(person, type_, _moment(joined, end, habits, chance), chance)
        for type_ in GOALS
        if chance.happens(habits.goals)
    ]
    if chance.happens(habits.updates):
        told += _updates(person, joined, end, chance)
    told += _words(person, joined, end, chance, habits)
    told += _new_name(person, joined, end, Chance(plan.seed, f"new name of {number}"), habits)
    told = [_late(each, chance, habits) for each in told]
    name = {"card": person.names["card"]}
    buying = Chance(plan.seed, f"buys {number}")
    return told + purchases(number, name, (joined, end), buying, habits)


def _first_day(plan: Plan, chance: Chance) -> timedelta:
    if plan.habits.together:
        shared = Chance(plan.seed, "all join").random()
        return plan.days * 0.4 * DAY * shared + MINUTE * chance.random()
    return plan.days * 0.4 * DAY * chance.random()


def number_of(card: str) -> int | None:
    """Return whose card it is; None for one that is no person's of this plan."""
    return int(card[-4:]) if card.startswith("77") and card[-4:].isdecimal() else None


def come_back(number: int, at: datetime, chance: Chance) -> Told:
    """Return a new membership under old names: this person's, or another's with one of them."""
    told = _joined(Person(number), at, chance)
    if chance.happens(0.5):
        return told
    other = Person(number + STRANGERS)
    kept = chance.one_of(("email", "phone"))
    names = {**other.names, kept: Person(number).names[kept]}
    return Told(at, at, told.type, {**told.data, "member": names, **other.facts})


def _joined(person: Person, at: datetime, chance: Chance) -> Told:
    names = person.names
    named = {name: names[name] for name in names if name == "card" or chance.happens(0.8)}
    data: dict[str, Any] = {
        "member": named,
        "channel": "online" if chance.happens(0.25) else "offline",
        "locale": chance.one_of(("ru", "en", "de")),
        **person.facts,
    }
    if chance.happens(0.5):
        data["balances"] = {"redeemable": chance.below(2_000)}
    if chance.happens(0.3):
        data["time_zone"] = chance.one_of(ZONES)
    return Told(at, at, "member.joined", data)


def _moment(joined: datetime, end: datetime, habits: Habits, chance: Chance) -> datetime:
    """Return a time after joining, or a little before it."""
    if chance.happens(habits.early):
        return joined - HOUR * chance.random() ** 3
    return joined + (end - joined) * chance.random()


def _goal(person: Person, type_: str, at: datetime, chance: Chance) -> Told:
    data: dict[str, Any] = {"member": _name(person, chance)}
    if type_ == "profile.completed":
        data["home_airport"] = chance.one_of(AIRPORTS)
    return Told(at, at, type_, data)


def _name(person: Person, chance: Chance) -> dict[str, str]:
    """Name the member by the card, or by something weaker that is not always known."""
    kind = chance.one_of(("card", "card", "card", "email", "phone"))
    return {kind: person.names[kind]}


def _updates(person: Person, joined: datetime, end: datetime, chance: Chance) -> list[Told]:
    def update() -> Told:
        at = joined + (end - joined) * chance.random()
        changes: dict[str, Any] = {
            "tier": chance.one_of(TIERS),
            "balances": {"redeemable": chance.below(9_000), "qualifying": chance.below(900)},
        }
        if chance.happens(0.3):
            changes["email"] = f"moved.{chance.below(3)}.{person.names['email']}"
        if chance.happens(0.1):  # somebody else's: a household shares it
            changes["email"] = Person(person.number // 2).names["email"]
        if chance.happens(0.4):  # a step may wait for just this
            changes["channel"] = "online"
        if chance.happens(0.3):
            changes["home_airport"] = chance.one_of(AIRPORTS)
        kept = {name: changes[name] for name in changes if chance.happens(0.6)}
        return Told(at, at, "member.updated", {"member": _name(person, chance), **kept})

    return [update() for _ in range(1 + chance.below(3))]


def _new_name(
    person: Person, joined: datetime, end: datetime, chance: Chance, habits: Habits
) -> list[Told]:
    """Let some take another name, and some another language with it: old mails keep the old."""
    if not chance.happens(habits.updates):
        return []
    at = joined + (end - joined) * chance.random()
    name = f"Wilhelmina{person.number}"
    data: dict[str, Any] = {"first_name": name, "name_on_card": name.upper()}
    if chance.happens(0.5):
        data["locale"] = chance.one_of(("ru", "en"))
    return [Told(at, at, "member.updated", {"member": {"card": person.names["card"]}, **data})]


def _words(
    person: Person, joined: datetime, end: datetime, chance: Chance, habits: Habits
) -> list[Told]:
    """Return what the member says about mails and about being a member."""
    told = []
    shares = (
        ("mail.declined", habits.consents),
        ("mail.consented", habits.consents),
        ("member.left", habits.leaves),
    )
    for type_, share in shares:
        if chance.happens(share):
            at = _moment(joined, end, habits, chance)
            told.append(Told(at, at, type_, {"member": _name(person, chance)}))
            if type_ == "member.left" and chance.happens(0.3):
                told.append(_joined(person, at + DAY * 3 * chance.random(), chance))
    return told


def _late(told: Told, chance: Chance, habits: Habits) -> Told:
    """Let the partner tell it hours or days later, or by a clock that is hours ahead."""
    if chance.happens(habits.late):
        return Told(told.at, told.at + 2 * DAY * chance.random() ** 3, told.type, told.data)
    if chance.happens(habits.late / 4):
        return Told(told.at + 6 * HOUR * chance.random(), told.at, told.type, told.data)
    return told
