"""The HTTP schema of what partners ask for at once and get an answer to: strict, whole numbers."""

from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from chalicelib.domain.transaction import MOST_LINES
from chalicelib.handlers.event_schema import Card, MemberName, Strict, Text
from chalicelib.handlers.transaction_schema import Day, LineData, ReferenceId

MOST_POSTED = 10**9
LONGEST_HOLD_MINUTES = 7 * 24 * 60
DEFAULT_HOLD_MINUTES = 15
MOST_STATED = 200

Unit = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
BenefitName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Amount = Annotated[StrictInt, Field(ge=1, le=MOST_POSTED)]


class CardHolder(MemberName):
    """Names the member by the card: an address alone can be guessed, and would tell who joined."""

    card: Card


class ValidateBody(Strict):
    """Whether all of these names are one member's."""

    member: CardHolder
    last_name: Annotated[Text, Field(min_length=1)] | None = None


class ReferencedBody(Strict):
    """What is asked for under a reference of the partner's: one answer for ever."""

    reference: ReferenceId


class TransactionBody(ReferencedBody):
    """A transaction that earns; ``on`` is its day."""

    member: CardHolder
    on: Day
    lines: Annotated[list[LineData], Field(min_length=1, max_length=MOST_LINES)]


class RedeemBody(ReferencedBody):
    """A spend."""

    member: CardHolder
    unit: Unit
    amount: Amount


class ReserveBody(RedeemBody):
    """A reservation, which lapses when it is not captured in time."""

    minutes: Annotated[StrictInt, Field(ge=1, le=LONGEST_HOLD_MINUTES)] = DEFAULT_HOLD_MINUTES


class ReleaseBody(ReferencedBody):
    """The end of a reservation, named by the reference that it was made under."""

    reservation: ReferenceId


class CaptureBody(ReleaseBody):
    """A reservation that is spent: all of it, or a part, and the rest goes back."""

    amount: Amount | None = None


class ReverseBody(ReferencedBody):
    """What is taken back of something booked: all that is left of it, or a part."""

    original: ReferenceId
    amount: Amount | None = None


class UseBenefitBody(ReferencedBody):
    """One use of a benefit that the member has."""

    member: CardHolder
    benefit: BenefitName


class ReturnBenefitBody(UseBenefitBody):
    """A use that is taken back, named by the reference that it was made under."""


class StatementBody(Strict):
    """Whose balances, and the newest of this partner's own postings."""

    member: CardHolder
    most: Annotated[StrictInt, Field(ge=1, le=MOST_STATED)] = 50
