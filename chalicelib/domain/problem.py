"""What is wrong with something a person wrote, said so that they can mend it.

A problem is a value, not an error: a check collects all of them before it speaks.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a programme's files: where it is, what it is, how to cure it."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}. {self.cure}"
