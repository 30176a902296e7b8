"""Post what a transaction brings its member, and take back what came back of it.

A transaction is judged by the rules of its own day. A return judges what is left of it, by the same
rules and from the same standpoint, and takes back the difference to what is given still; nothing is
left of nothing. Both are known by the partner's reference for ever.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.domain.earning import Earned, Earner, Standpoint, earn, judge
from chalicelib.domain.journey import Programme
from chalicelib.domain.ledger import LedgerRefusal, Posting, Reasoned, Reference
from chalicelib.domain.ledger_booking import Earning, Reversal, reverse
from chalicelib.domain.ledger_booking import earn as give
from chalicelib.domain.ledger_expiry import ExpiryKind
from chalicelib.domain.member import Member
from chalicelib.domain.transaction import Return, Transaction
from chalicelib.usecases.book import Answer, Desk, Drafted, Request, book
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.membership_ports import ReferenceRecord


class UnknownTransactionError(Exception):
    """Something came back of a transaction that nobody has told yet: it may be on its way."""


def transaction_request(engine: Engine, member_id: str, transaction: Transaction) -> Request:
    """Return the request that books what the transaction brings.

    It is the same request whoever tells it: an event, another event, or a partner who waits.
    """
    programme = engine.programme

    def drafting(desk: Desk) -> Drafted:
        earner = _earner(programme, desk.member)
        earned = earn(programme.earning, transaction, earner, desk.wallet.tallies)
        posting = give(
            desk.wallet,
            programme.unit_rules,
            desk.order,
            _earning(programme, desk.member, transaction, earned),
        )
        return Drafted(posting=posting, transaction=transaction, judged_by=earned.by)

    return Request(
        member_id=member_id,
        reference=Reference(transaction.partner, transaction.reference),
        body_hash=transaction.digest(),
        drafting=drafting,
    )


def post_transaction(engine: Engine, member_id: str, transaction: Transaction) -> Answer:
    """Book what the transaction brings; raises ``UnbookedError``."""
    return book(engine, transaction_request(engine, member_id, transaction))


def return_of_transaction(
    engine: Engine, returned: Return, reference: Reference, body_hash: str
) -> Answer:
    """Take back what the return leaves no ground for, from whoever has it.

    ``reference`` is that of the return itself. Raises ``UnbookedError``, and
    ``UnknownTransactionError``: come again.
    """
    original = Reference(returned.partner, returned.reference)
    known = engine.memberships.find(original)
    if known is None or known.transaction is None:
        raise UnknownTransactionError

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        record = engine.memberships.find(original) or known
        return _return_drafted(engine, desk, record, returned)

    request = Request(
        member_id=known.member_id, reference=reference, body_hash=body_hash, drafting=drafting
    )
    return book(engine, request)


def _return_drafted(
    engine: Engine, desk: Desk, record: ReferenceRecord, returned: Return
) -> Drafted | LedgerRefusal:
    programme, transaction = engine.programme, record.transaction
    posting = engine.memberships.posting(record.member_id, record.number)
    if transaction is None or posting is None:
        return LedgerRefusal.UNKNOWN_ORIGINAL
    total = returned.added_to(transaction, record.returned)
    if total is None:
        return LedgerRefusal.OVER_ORIGINAL
    left = transaction.without(total)
    standing = judge(programme.earning, left, record.judged_by or Standpoint(tier=""))
    nothing_left = all(line.quantity == 0 for line in left.lines)
    kept = {} if nothing_left else standing.amounts
    kept_counts = {} if nothing_left else _counted_still(posting, standing)
    amounts = _taken_back(posting.amounts, record.reversed, kept)
    counts = _taken_back(posting.counts, record.uncounted, kept_counts)
    reversal = Reversal(
        original=posting,
        amounts=amounts,
        before=record.reversed,
        counts={name: -amount for name, amount in counts.items()},
        why=tuple(Reasoned("returned", unit, -amount) for unit, amount in amounts.items()),
    )
    draft = reverse(desk.wallet, programme.unit_rules, desk.order, reversal)
    if isinstance(draft, LedgerRefusal):
        return draft
    changed = replace(
        record,
        returned=total,
        reversed=_sum(record.reversed, amounts),
        uncounted=_sum(record.uncounted, counts),
    )
    return Drafted(posting=draft, known=(changed,))


def _counted(
    programme: Programme, member: Member, transaction: Transaction, earned: Earned
) -> dict[str, int]:
    """Return what the transaction adds to the tallies: of caps, and of what tiers go by."""
    plan = programme.tier_plan
    if plan is None:
        return dict(earned.tallies)
    joined_on = programme.calendar.day_of(member.joined_at)
    measured = {**earned.amounts, **earned.counts}
    return {**earned.tallies, **plan.tallied(joined_on, transaction.on, measured)}


def _counted_still(posting: Posting, left: Earned) -> dict[str, int]:
    """Return what is left of the posting's counts, under the names that they were counted by.

    The member's years may be others since: those of whom the member was merged into.
    """
    measured = {**left.amounts, **left.counts}
    return {
        name: left.tallies.get(name, measured.get(name.partition("@")[0], 0))
        for name in posting.counts
    }


def _earner(programme: Programme, member: Member) -> Earner:
    facts = programme.facts(member)
    return Earner(tier=str(facts["tier"]), facts=facts)


def _earning(
    programme: Programme, member: Member, transaction: Transaction, earned: Earned
) -> Earning:
    kinds = {line.kind for line in transaction.lines}
    active = tuple(
        unit
        for unit, rules in programme.unit_rules.items()
        if rules.expiry.kind is ExpiryKind.INACTIVITY and any(map(rules.expiry.is_kept_by, kinds))
    )
    return Earning(
        amounts=earned.amounts,
        earned_on=transaction.on,
        counts=_counted(programme, member, transaction, earned),
        active=active,
        why=earned.why,
    )


def _taken_back(
    given: Mapping[str, int], before: Mapping[str, int], kept: Mapping[str, int]
) -> dict[str, int]:
    """Return what is given still and has no ground any more; positive amounts alone."""
    over = {
        name: amount - before.get(name, 0) - kept.get(name, 0) for name, amount in given.items()
    }
    return {name: amount for name, amount in over.items() if amount > 0}


def _sum(some: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    total = Counter(some)
    total.update(others)
    return dict(total)
