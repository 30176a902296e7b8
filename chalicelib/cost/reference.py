"""The designs that the bill is compared with, and the comparison on their own basis."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.cost.bill import Bill, Part
from chalicelib.cost.prices import FILE


@dataclass(frozen=True, slots=True)
class Design:
    """One way to do the same work, and what it was said to cost."""

    title: str
    usd: float


@dataclass(frozen=True, slots=True)
class Reference:
    """Designs for so many members and mails, the first of which is the mail service alone."""

    members: int
    mails_per_member: int
    basis: str
    designs: tuple[Design, ...]

    def times_ses(self, usd: float) -> float:
        return usd / self.designs[0].usd

    def with_ours(self, bills: Mapping[str, Bill]) -> list[tuple[Design, float]]:
        """Return all designs and ours by title, each with how many times SES alone it costs."""
        mails = self.members * self.mails_per_member
        ours = [
            Design(title, bill.usd(Part.CHAIN) / bill.mails * mails)
            for title, bill in bills.items()
        ]
        every = sorted((*self.designs, *ours), key=lambda design: design.usd)
        return [(design, self.times_ses(design.usd)) for design in every]


def load_reference(file: Path = FILE) -> Reference:
    told = json.loads(file.read_text(encoding="utf-8"))["reference"]
    return Reference(
        members=told["members"],
        mails_per_member=told["mails_per_member"],
        basis=told["basis"],
        designs=tuple(Design(each["title"], each["usd"]) for each in told["designs"]),
    )
