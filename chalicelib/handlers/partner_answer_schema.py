"""What partners can rely on in an answer: the shapes that the reference shows and tests hold.

No function imports this: answers are made of what was booked (partner_answers.py), and are not
looked over once more on their way out.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import Field, StrictInt

from chalicelib.domain.ledger import PostingKind
from chalicelib.handlers.event_schema import Strict

Amounts = dict[str, StrictInt]


class Why(Strict):
    """Which rule gave how much, and what there is to say about it."""

    rule: str
    unit: str = Field(description="Empty for what is of no unit, such as a rule that excludes.")
    amount: StrictInt
    note: str = Field(description="What was capped, excluded or left out; mostly empty.")
    line: StrictInt = Field(0, description="The line that it is about, from 0; left out for all.")


class PostingAnswer(Strict):
    """What was booked. `balances` are those after it."""

    reference: str
    kind: PostingKind
    on: date
    amounts: Amounts = Field(description="What it is about in each unit, never below 0.")
    balances: Amounts = Field(description="What there is to spend after it, by unit.")
    of: str = Field("", description="The reference that it reverses, captures or releases.")
    until: datetime | None = Field(None, description="When a reservation lapses.")
    why: list[Why]


class SimulatedAnswer(PostingAnswer):
    """What would be booked now."""

    simulated: Literal[True]


class ValidateAnswer(Strict):
    """Whether all names are one member's who has not left."""

    valid: bool


class LapseAnswer(Strict):
    """So much of a unit lapses after its last day, unless it is spent."""

    unit: str
    amount: StrictInt
    last_day: date


class BenefitAnswer(Strict):
    """A benefit that the member can use today."""

    benefit: str
    valid_through: date | None = Field(None, description="Its last day; left out for no end.")
    uses_left: StrictInt | None = Field(None, description="Left out for no bound.")


class UseAnswer(Strict):
    """A use that was made, or was before under this reference."""

    reference: str
    benefit: str
    used_on: date
    valid_through: date | None = Field(
        None, description="The last day of what was used; left out for no end."
    )


class ReturnAnswer(Strict):
    """A use that was taken back, now or before."""

    reference: str
    benefit: str
    given_back: Literal[True]


class StatementAnswer(Strict):
    """Balances of today, what lapses when, benefits, and your own postings, the newest first."""

    balances: Amounts
    lapses: list[LapseAnswer]
    benefits: list[BenefitAnswer]
    postings: list[PostingAnswer]


class FaultAnswer(Strict):
    """One field that is wrong."""

    pointer: str = Field(description="A JSON pointer (RFC 6901) into your body.")
    detail: str


class ProblemAnswer(Strict):
    """Why nothing was done, and how to mend it (RFC 9457)."""

    type: str = Field(description="`urn:milepost:problem:` and the problem's name.")
    title: str
    status: StrictInt
    detail: str
    errors: list[FaultAnswer] = Field(
        default_factory=list, description="The first 20 fields that are wrong; 422 only."
    )


ANSWERS: dict[str, type[Strict]] = {
    "validate": ValidateAnswer,
    "post": PostingAnswer,
    "simulate": SimulatedAnswer,
    "redeem": PostingAnswer,
    "reserve": PostingAnswer,
    "capture": PostingAnswer,
    "release": PostingAnswer,
    "reverse": PostingAnswer,
    "use-benefit": UseAnswer,
    "return-benefit": ReturnAnswer,
    "statement": StatementAnswer,
}
"""The shape of what each act is answered with."""
