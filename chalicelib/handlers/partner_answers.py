"""What partners are answered: postings and balances as JSON, refusals as problem bodies.

A partner sees what it asked for itself, and balances; never a name, nor another partner's postings.
"""

from http import HTTPStatus
from typing import Any

from chalicelib.domain.ledger import LedgerRefusal, Posting
from chalicelib.handlers.problems import RequestError
from chalicelib.usecases.book import Answer

_REFUSALS = {
    LedgerRefusal.NOT_ENOUGH: "The member has less than that to spend.",
    LedgerRefusal.OVER_ORIGINAL: "All reversals together would be more than the original.",
    LedgerRefusal.NOT_REVERSIBLE: "Only what was earned, spent or captured can be taken back, and "
    "of a transaction only all of it: send transaction.returned for a part.",
    LedgerRefusal.UNKNOWN_ORIGINAL: "Nothing was booked under the reference that is named.",
    LedgerRefusal.HOLD_OVER: "The reservation was captured, released or has lapsed.",
    LedgerRefusal.OVER_HOLD: "The reservation is for less than that.",
    LedgerRefusal.TOO_MANY_HOLDS: "The member has as many reservations open as one may have.",
}


def told(answer: Answer) -> dict[str, Any]:
    """Return what was booked; a refusal is raised, the same each time it is asked for."""
    if answer.record.refusal:
        raise refused(answer.record.refusal)
    if answer.posting is None:
        raise LookupError("a reference without its posting")
    return {"reference": answer.record.reference.id, **posting_told(answer.posting)}


def refused(refusal: LedgerRefusal) -> RequestError:
    name = refusal.value.replace("_", "-")
    detail = f"{_REFUSALS[refusal]} Nothing was booked; the same reference is answered the same."
    return RequestError(HTTPStatus.CONFLICT, name, "The ledger refuses this", detail)


def posting_told(posting: Posting) -> dict[str, Any]:
    """Tell a posting to whoever asked for it."""
    return {
        "kind": posting.kind.value,
        "on": posting.on.isoformat(),
        "amounts": dict(posting.amounts),
        "balances": dict(posting.after),
        "why": [
            {"rule": why.rule, "unit": why.unit, "amount": why.amount, "note": why.note}
            | ({} if why.line is None else {"line": why.line})
            for why in posting.why
        ],
    }
