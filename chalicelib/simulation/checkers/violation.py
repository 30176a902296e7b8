"""A broken promise: what was promised, where in the record it broke, and how.

A violation is a value, so that a run can be searched for all of them before it speaks.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """``invariant`` is the promise's name, e.g. S3; ``number`` the place in the record.

    ``text`` names things by opaque ids only, so that it may be shown to anybody.
    """

    invariant: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} at {self.number}: {self.text}"
