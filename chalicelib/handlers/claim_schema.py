"""A transaction as a person tells it in a file, read as strictly as a partner's own.

Nothing is booked here.
"""

from pydantic import TypeAdapter

from chalicelib.domain.transaction import Transaction
from chalicelib.handlers.event_schema import Strict
from chalicelib.handlers.problems import RequestError
from chalicelib.handlers.signed_request import checked, parsed_json
from chalicelib.handlers.transaction_schema import Day, Lines, ReferenceId


class ClaimData(Strict):
    """The transaction under its partner's own reference, with its day."""

    transaction: ReferenceId
    on: Day
    lines: Lines


class ClaimError(ValueError):
    """What is wrong with a claim, and where in it."""


_ADAPTER = TypeAdapter(ClaimData)


def claimed_transaction(partner: str, body: bytes) -> Transaction:
    """Return the transaction that the JSON text tells; raises ``ClaimError``."""
    try:
        told: ClaimData = checked(_ADAPTER, parsed_json(body), "claim")
    except RequestError as error:
        raise ClaimError(f"{error.title}. {error.detail}") from error
    lines = tuple(line.line() for line in told.lines)
    return Transaction(partner=partner, reference=told.transaction, on=told.on, lines=lines)
