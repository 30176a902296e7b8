"""What partners are answered: postings and balances as JSON, refusals as problem bodies.

A partner sees what it asked for itself, and balances; never a name, nor another partner's postings.
Everything stands in one order, so that the first answer can be given again to the byte.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalicelib.domain.benefit_grants import BenefitGrant, BenefitRefusal
from chalicelib.domain.ledger import LedgerRefusal, Posting, Reference
from chalicelib.handlers.problems import RequestError
from chalicelib.usecases.book import Answer
from chalicelib.usecases.statement import Statement

Told = dict[str, Any]

_REFUSALS = {
    LedgerRefusal.NOT_ENOUGH: "The member has less than that to spend.",
    LedgerRefusal.OVER_ORIGINAL: "All reversals together would be more than the original.",
    LedgerRefusal.NOT_REVERSIBLE: "Only what was earned, spent or captured can be taken back, and "
    "of a transaction only all of it: send transaction.returned for a part.",
    LedgerRefusal.HOLD_OVER: "The reservation was captured, released or has lapsed.",
    LedgerRefusal.OVER_HOLD: "The reservation is for less than that.",
    LedgerRefusal.TOO_MANY_HOLDS: "The member has as many reservations open as one may have.",
}
REFUSALS = (*_REFUSALS,)
"""What is kept under the reference, and told the same for ever."""
_BENEFIT_REFUSALS = {
    BenefitRefusal.NOT_GRANTED: "The member has no such benefit.",
    BenefitRefusal.REVOKED: "The member had this benefit and has lost it.",
    BenefitRefusal.EXPIRED: "The benefit's last day is over.",
    BenefitRefusal.USED_UP: "The benefit was used as often as it could be.",
    BenefitRefusal.GIVEN_BACK: "This use was taken back; another one needs another reference.",
    BenefitRefusal.NOT_USED: "There was no such use, or it is too long ago to be known.",
}
BENEFIT_REFUSALS = (*_BENEFIT_REFUSALS,)
"""Nothing is kept of these: a member who is granted the benefit later can use it then."""


def told(answer: Answer) -> Told:
    """Return what was booked; a refusal is raised, the same each time it is asked for."""
    if answer.record.refusal:
        raise refused(answer.record.refusal)
    if answer.posting is None:
        raise LookupError("a reference without its posting")
    return {"reference": answer.record.reference.id, **posting_told(answer.posting)}


def refused(refusal: LedgerRefusal) -> RequestError:
    """Return the problem; one who names what nobody knows may come again with the same body."""
    if refusal is LedgerRefusal.UNKNOWN_ORIGINAL:
        detail = "Nothing is booked under the reference that is named; nothing is kept of this."
        return RequestError(404, "unknown-original", "No such original", detail)
    detail = f"{_REFUSALS[refusal]} Nothing was booked; the same reference is answered the same."
    return RequestError(HTTPStatus.CONFLICT, problem_of(refusal), "The ledger refuses this", detail)


def benefit_refused(refusal: BenefitRefusal) -> RequestError:
    detail = f"{_BENEFIT_REFUSALS[refusal]} Nothing was changed."
    title = "The benefit is not to be used"
    return RequestError(HTTPStatus.CONFLICT, problem_of(refusal), title, detail)


def problem_of(refusal: LedgerRefusal | BenefitRefusal) -> str:
    return refusal.value.replace("_", "-")


def unknown_member() -> RequestError:
    detail = "Nobody is known by the names in /member; tell member.joined first, or check them."
    return RequestError(404, "unknown-member", "No such member", detail)


def posting_told(posting: Posting) -> Told:
    """Tell a posting to whoever asked for it.

    ``of`` is what it reverses, captures or releases, ``until`` the end of a reservation.
    """
    return {
        "kind": posting.kind.value,
        "on": posting.on.isoformat(),
        "amounts": _sorted(posting.amounts),
        "balances": _sorted(posting.after),
        **({"of": posting.reverses.id} if posting.reverses else {}),
        **({"until": posting.until.isoformat()} if posting.until else {}),
        "why": [
            {"rule": why.rule, "unit": why.unit, "amount": why.amount, "note": why.note}
            | ({} if why.line is None else {"line": why.line})
            for why in posting.why
        ],
    }


def use_told(reference: str, grant: BenefitGrant, use: str) -> Told:
    """Tell a use by what can't change after it: how many are left is in the statement."""
    return {
        "reference": reference,
        "benefit": grant.benefit,
        "used_on": grant.used[use].isoformat(),
        **_end(grant),
    }


def statement_told(statement: Statement, partner: str, most: int) -> Told:
    """Tell the newest postings that the partner asked for itself, the newest first."""
    own = [
        (each.reference.id, each)
        for each in statement.postings
        if each.reference and _is_of(partner, each.reference)
    ]
    return {
        "balances": _sorted(statement.balances),
        "lapses": [
            {"unit": each.unit, "amount": each.amount, "last_day": each.last_day.isoformat()}
            for each in statement.lapses
        ],
        "benefits": [
            {
                "benefit": grant.benefit,
                **_end(grant),
                **({} if grant.uses_left is None else {"uses_left": grant.uses_left}),
            }
            for grant in statement.benefits
        ],
        "postings": [
            {"reference": reference, **posting_told(posting)}
            for reference, posting in reversed(own[-most:])
        ],
    }


def _end(grant: BenefitGrant) -> Told:
    return {"valid_through": grant.valid_through.isoformat()} if grant.valid_through else {}


def _is_of(partner: str, reference: Reference) -> bool:
    """Leave out gifts, whose ids have a dot, too: a partner may be called as their caller is."""
    told_or_asked = "." not in reference.id or reference.id.startswith("return.")
    return reference.caller == partner and told_or_asked


def _sorted(amounts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(amounts.items()))
