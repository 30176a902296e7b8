"""What a transaction brings its member: rules as data, judged by the transaction's own day.

Pure and total, in whole numbers: the same transaction, rules and standpoint bring the same for
ever. Every amount says which rule gave it for which line; so does everything that gave nothing.
Judging what a return leaves by the same standpoint never brings more of anything: each rule
rounds, caps and is multiplied so that less of a line is never worth more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.domain.earning_caps import Parts, Place, Room, fitting, keys_of, room_of
from chalicelib.domain.earning_claims import Base, Lines, claim, least_counts, percentage
from chalicelib.domain.earning_rules import Bonus, EarningRule, EarningRules, Exclusion, PerMile
from chalicelib.domain.ledger import NOTHING, Reasoned
from chalicelib.domain.transaction import Line, Transaction

NO_RULE = "nothing: no rule is about this line"
RETURNED = "nothing: the line was returned"
EXCLUDED = "excluded"
CLASS_EARNS_NOTHING = "nothing: the booking class earns nothing"
TOO_LITTLE = "nothing: too little for a whole one"
LEAST = "the least for a flight"
TIER_BONUS = "tier bonus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earner:
    """Who earns: the tier on the day of the transaction, and what conditions may ask about."""

    tier: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """What a transaction was judged by besides the rules, to be kept beside it.

    A return is judged by the same: ``met`` are the rules whose condition held, ``tallies`` what
    was counted until then in the caps of the rules that were in force.
    """

    tier: str
    met: frozenset[str] = frozenset()
    tallies: Mapping[str, int] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a transaction brings, positive amounts alone.

    ``amounts`` by unit, ``counts`` by what is counted, both exactly the sums of ``why`` by its
    units; ``tallies`` is what caps count on, ``cut`` what they cut off each rule.
    """

    amounts: Mapping[str, int]
    counts: Mapping[str, int]
    tallies: Mapping[str, int]
    cut: Mapping[str, int]
    why: tuple[Reasoned, ...]
    by: Standpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grant:
    """What one rule claimed for each place, and what its caps granted."""

    rule: EarningRule
    lines: Lines
    claimed: Parts
    granted: Parts
    tier_claimed: Parts
    tier_granted: Parts
    room: Room | None

    @property
    def base(self) -> Base:
        return Base(rule=self.rule, lines=self.lines, granted=_total(self.granted))

    @property
    def amount(self) -> int:
        return _total(self.granted) + _total(self.tier_granted)

    @property
    def cut(self) -> int:
        return _total(self.claimed) + _total(self.tier_claimed) - self.amount


def earn(
    rules: EarningRules, transaction: Transaction, earner: Earner, tallies: Mapping[str, int]
) -> Earned:
    """Judge a new transaction; ``tallies`` are the member's, before it."""
    return judge(rules, transaction, standpoint_of(rules, transaction, earner, tallies))


def standpoint_of(
    rules: EarningRules, transaction: Transaction, earner: Earner, tallies: Mapping[str, int]
) -> Standpoint:
    """Ask the conditions, with the tier of the transaction's day, and keep what caps look at."""
    facts = {**earner.facts, "tier": earner.tier}
    every: tuple[EarningRule | Exclusion, ...] = (*rules.rules, *rules.exclusions)
    covering = [each for each in every if each.scope.covers(transaction)]
    met = frozenset(each.name for each in covering if each.scope.when and each.scope.when(facts))
    in_force = [rule for rule in rules.rules if _in_force(rule, transaction, met)]
    keys = {key for rule in in_force for key in keys_of(rule, transaction.on)}
    kept = {key: tallies[key] for key in sorted(keys) if tallies.get(key)}
    return Standpoint(tier=earner.tier, met=met, tallies=kept)


def judge(rules: EarningRules, transaction: Transaction, by: Standpoint) -> Earned:
    """Judge a transaction, or what a return has left of it, by the standpoint it was judged by."""
    in_force = [rule for rule in rules.rules if _in_force(rule, transaction, by.met)]
    barring = [each for each in rules.exclusions if _in_force(each, transaction, by.met)]
    grants: dict[str, _Grant] = {}
    for rule in sorted(in_force, key=lambda rule: isinstance(rule.basis, Bonus)):
        lines = {
            place: line
            for place, line in enumerate(transaction.lines)
            if rule.scope.takes(line) and not _barred(rule, line, barring)
        }
        grants[rule.name] = _grant(rule, lines, grants, transaction, by)
    excluded = _exclusions(transaction, in_force, barring)
    return _earned([*grants.values()], excluded, transaction, by)


def _in_force(rule: EarningRule | Exclusion, transaction: Transaction, met: frozenset[str]) -> bool:
    return rule.scope.covers(transaction) and (rule.scope.when is None or rule.name in met)


def _barred(rule: EarningRule, line: Line, barring: Iterable[Exclusion]) -> bool:
    return any(each.bars(rule.name) and each.scope.takes(line) for each in barring)


def _grant(
    rule: EarningRule,
    lines: Lines,
    earlier: Mapping[str, _Grant],
    transaction: Transaction,
    by: Standpoint,
) -> _Grant:
    """Let caps cut tier bonuses first, so that what a bonus is of is whole as long as can be."""
    claimed = claim(rule, lines, {name: each.base for name, each in earlier.items()})
    tier_claimed = percentage(claimed, rule.tiers.get(by.tier, 0), rule.rounding)
    room = room_of(rule, transaction.on, by.tallies)
    most = room.amount if room else _total(claimed) + _total(tier_claimed)
    granted = fitting(claimed, most)
    return _Grant(
        rule=rule,
        lines=lines,
        claimed=claimed,
        granted=granted,
        tier_claimed=tier_claimed,
        tier_granted=fitting(tier_claimed, most - _total(granted)),
        room=room,
    )


def _exclusions(
    transaction: Transaction, in_force: Iterable[EarningRule], barring: Iterable[Exclusion]
) -> list[Reasoned]:
    """Say which exclusion kept a line from a rule that is about it."""
    rules = [rule for rule in in_force if not isinstance(rule.basis, Bonus)]
    return [
        Reasoned(each.name, "", 0, place, EXCLUDED)
        for place, line in enumerate(transaction.lines)
        for each in barring
        if each.scope.takes(line)
        and any(each.bars(rule.name) and rule.scope.takes(line) for rule in rules)
    ]


def _earned(
    grants: list[_Grant], excluded: list[Reasoned], transaction: Transaction, by: Standpoint
) -> Earned:
    amounts: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    tallies: Counter[str] = Counter()
    for grant in grants:
        (amounts if grant.rule.gives else counts)[grant.rule.unit] += grant.amount
        for key in keys_of(grant.rule, transaction.on):
            tallies[key] += grant.amount
    reasons = [
        *excluded,
        *(each for grant in grants for each in _reasons(grant, transaction, by.tier)),
    ]
    return Earned(
        amounts=dict(+amounts),
        counts=dict(+counts),
        tallies=dict(+tallies),
        cut={grant.rule.name: grant.cut for grant in grants if grant.cut},
        why=(*reasons, *_nothing(transaction, grants, reasons)),
        by=by,
    )


def _reasons(grant: _Grant, transaction: Transaction, tier: str) -> Iterator[Reasoned]:
    """Say what a rule gave for each place, the tier bonus apart, and what a cap cut off."""
    rule = grant.rule
    for place, claimed in grant.claimed.items():
        granted = grant.granted[place]
        notes = [_remark(rule, place, claimed, transaction), _cut(grant.room, claimed - granted)]
        yield Reasoned(rule.name, rule.unit, granted, place, _joined(notes))
    for place, claimed in grant.tier_claimed.items():
        granted = grant.tier_granted[place]
        if claimed:
            notes = [f"{TIER_BONUS} of {tier}", _cut(grant.room, claimed - granted)]
            yield Reasoned(rule.name, rule.unit, granted, place, _joined(notes))


def _remark(rule: EarningRule, place: Place, claimed: int, transaction: Transaction) -> str:
    if isinstance(rule.basis, PerMile) and place is not None:
        line = transaction.lines[place]
        if not rule.basis.rate_of(line):
            return CLASS_EARNS_NOTHING
        if least_counts(line, rule.basis, rule.rounding):
            return LEAST
    return "" if claimed else TOO_LITTLE


def _cut(room: Room | None, amount: int) -> str:
    return f"{amount} cut off by the cap of {room.cap}" if room and amount else ""


def _joined(notes: Iterable[str]) -> str:
    return "; ".join(filter(None, notes))


def _nothing(
    transaction: Transaction, grants: Iterable[_Grant], reasons: Iterable[Reasoned]
) -> Iterator[Reasoned]:
    """Say of lines of which nothing was said yet that they bring nothing, and why."""
    told = {each.line for each in reasons}
    whole = [grant.rule for grant in grants if None in grant.claimed]
    for place, line in enumerate(transaction.lines):
        if place not in told and not any(rule.scope.takes(line) for rule in whole):
            note = NO_RULE if line.quantity > 0 else RETURNED
            yield Reasoned("", "", 0, place, note)


def _total(parts: Parts) -> int:
    return sum(parts.values())
