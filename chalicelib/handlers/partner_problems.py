"""Every problem that a partner's act can meet, what is wrong then, and the cure.

No function imports this: it is what the reference says, and a test holds it against what is raised.
"""

from dataclasses import dataclass

from chalicelib.domain.benefit_grants import BenefitRefusal
from chalicelib.domain.ledger import LedgerRefusal
from chalicelib.handlers.partner_answers import BENEFIT_REFUSALS, REFUSALS, problem_of
from chalicelib.handlers.signed_request import MAX_BODY_BYTES

OF_A_BENEFIT = ("use-benefit", "return-benefit")
OF_A_MEMBER = (
    "post",
    "simulate",
    "redeem",
    "reserve",
    "capture",
    "release",
    "reverse",
    *OF_A_BENEFIT,
    "statement",
)
OF_AN_ORIGINAL = ("capture", "release", "reverse")
BOOKING = ("post", "redeem", "reserve", *OF_AN_ORIGINAL)


@dataclass(frozen=True, slots=True)
class Problem:
    """``acts`` are those that can meet it; empty: all of them."""

    status: int
    name: str
    wrong: str
    cure: str
    acts: tuple[str, ...] = ()

    def can_meet(self, act: str) -> bool:
        return self.name != "unknown-act" and (not self.acts or act in self.acts)


_OF_THE_LEDGER = {
    LedgerRefusal.NOT_ENOUGH: (
        "The member has less than that to spend.",
        "Tell the member; `statement` says how much there is.",
        ("redeem", "reserve"),
    ),
    LedgerRefusal.OVER_ORIGINAL: (
        "All reversals together would be more than the original.",
        "Ask for what is left, or for no `amount`.",
        ("reverse",),
    ),
    LedgerRefusal.NOT_REVERSIBLE: (
        "It was not earned, spent or captured; or it was earned, and only a part is meant.",
        "Take back a transaction as a whole, or tell `transaction.returned`.",
        ("reverse",),
    ),
    LedgerRefusal.HOLD_OVER: (
        "The reservation was captured or released, or has lapsed.",
        "Reserve or redeem under a new reference.",
        ("capture", "release"),
    ),
    LedgerRefusal.OVER_HOLD: (
        "The reservation is for less than that.",
        "Capture it, and redeem the rest under a reference of its own.",
        ("capture",),
    ),
    LedgerRefusal.TOO_MANY_HOLDS: (
        "The member has as many open reservations as one may have.",
        "Capture or release others first.",
        ("reserve",),
    ),
}
_OF_BENEFITS = {
    BenefitRefusal.NOT_GRANTED: (
        "The member has no such benefit.",
        "Check its name; `statement` says which there are.",
        OF_A_BENEFIT,
    ),
    BenefitRefusal.REVOKED: (
        "The member had the benefit and has lost it, mostly with the tier.",
        "Tell the member.",
        ("use-benefit",),
    ),
    BenefitRefusal.EXPIRED: (
        "The benefit's last day is over.",
        "Tell the member.",
        ("use-benefit",),
    ),
    BenefitRefusal.USED_UP: (
        "The benefit was used as often as it could be.",
        "Tell the member; a use that was not needed can be taken back by whoever made it.",
        ("use-benefit",),
    ),
    BenefitRefusal.GIVEN_BACK: (
        "The use of this reference was taken back.",
        "Use it again under a new reference.",
        ("use-benefit",),
    ),
    BenefitRefusal.NOT_USED: (
        "There was no use under this reference, or it is too long ago to be known.",
        "Check the reference, the member and the benefit.",
        ("return-benefit",),
    ),
}
PROBLEMS: tuple[Problem, ...] = (
    Problem(
        400,
        "malformed-signature",
        "A header is missing or wrong, or the body is not UTF-8.",
        "Send the three headers in their grammar.",
    ),
    Problem(400, "not-json", "The body is no JSON object.", "Send an object."),
    Problem(
        401,
        "not-authentic",
        "No signature is right, or its time is too far off.",
        "Sign the bytes you send, with the current secret and a clock that is right.",
    ),
    Problem(404, "unknown-act", "There is no such act.", "Check the path."),
    Problem(404, "unknown-partner", "No partner of this name has a secret.", "Check the path."),
    Problem(
        404,
        "unknown-member",
        "Nobody is known by the names, or the member was erased.",
        "Tell `member.joined` first, or ask the member again.",
        OF_A_MEMBER,
    ),
    Problem(
        404,
        "unknown-original",
        "Nothing is booked under the reference that is named. Nothing is kept of this.",
        "Check it; if it may be on its way, ask again with the same body.",
        OF_AN_ORIGINAL,
    ),
    Problem(
        409,
        "reference-taken",
        "The reference was used for another request.",
        "Give a new request a new reference; ask again for an old one with its old body.",
        BOOKING,
    ),
    *(Problem(409, problem_of(refusal), *_OF_THE_LEDGER[refusal]) for refusal in REFUSALS),
    *(Problem(409, problem_of(refusal), *_OF_BENEFITS[refusal]) for refusal in BENEFIT_REFUSALS),
    Problem(413, "too-large", f"The body is over {MAX_BODY_BYTES // 1024} KiB.", "Send less."),
    Problem(
        422,
        "invalid-request",
        "A field is wrong, lies in the future, or names a unit that the programme lacks.",
        "Mend the fields in `errors`.",
    ),
    Problem(
        503,
        "unavailable",
        "The engine can't say if it was booked.",
        "Ask again with the same body after the seconds in `Retry-After`.",
    ),
)
