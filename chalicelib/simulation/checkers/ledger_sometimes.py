"""What must have happened to wallets at least once over many runs, or the runs prove nothing."""

from collections.abc import Iterator

from chalicelib.domain.ledger import LedgerRefusal, Posting, PostingKind
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.record import DeadLettered
from chalicelib.usecases.membership_ports import ReferenceRecord

NEVER_POSTED = (PostingKind.ADJUSTED,)
"""Nobody sets anything right by hand in a run."""
NEVER_REFUSED = (
    LedgerRefusal.NOT_REVERSIBLE,
    LedgerRefusal.UNKNOWN_ORIGINAL,
    LedgerRefusal.TOO_MANY_HOLDS,
)
"""No partner of a run asks for this under a reference of its own."""

_OWED, _PAID = "something was owed", "what was owed was paid"
_AGAIN, _OTHER = "a request was answered again", "a reference was used for another request"
_EARLY = "a return was told before its transaction"
_PARKED = {
    "unknown_transaction": "a return was parked: its transaction is unknown",
    "refused": "a return was parked: it is of more than there was",
}

ON_WALLETS = (
    *(f"posted: {kind}" for kind in PostingKind if kind not in NEVER_POSTED),
    *(f"refused: {each}" for each in LedgerRefusal if each not in NEVER_REFUSED),
    *(_OWED, _PAID, _AGAIN, _OTHER, _EARLY),
    *_PARKED.values(),
)


def on_wallets(history: History) -> Iterator[str]:
    """Yield what happened, by names of ``ON_WALLETS``."""
    for write in history.writes["POSTING"]:
        if isinstance(write.after, Posting):
            yield f"posted: {write.after.kind}"
            amounts = write.after.owed.values()
            yield from (_OWED if amount > 0 else _PAID for amount in amounts if amount)
    for write in history.writes["REFERENCE"]:
        if isinstance(write.after, ReferenceRecord) and write.after.refusal:
            yield f"refused: {write.after.refusal}"
    for letter in history.of_kind(DeadLettered):
        if letter.reason in _PARKED:
            yield _PARKED[letter.reason]
    yield from _answers(history)
    yield from _early(history)


def _answers(history: History) -> Iterator[str]:
    bodies: dict[str, str] = {}
    for answer in history.answers:
        if answer.what == "ledger" and answer.page:
            if answer.webhook_id in bodies:
                yield _AGAIN
            bodies[answer.webhook_id] = str(answer.body)
        elif answer.what == "ledger" and bodies.get(answer.webhook_id) not in {
            None,
            str(answer.body),
        }:
            yield _OTHER


def _early(history: History) -> Iterator[str]:
    """A return was written down before its transaction was, and was booked all the same."""
    waiting: dict[str, int] = {}
    for answer in history.answers:
        told = answer.body or {}
        data = told.get("data")
        if not isinstance(data, dict) or "transaction" not in data:
            continue
        if told.get("type") == "transaction.returned":
            waiting.setdefault(str(data["transaction"]), answer.number)
        elif str(data["transaction"]) in waiting:
            yield _EARLY
