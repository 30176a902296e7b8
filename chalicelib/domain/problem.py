"""What is wrong with something a person wrote, said so that they can mend it.

A problem is a value, not an error: a check collects all of them before it speaks.
"""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a programme's files: where it is, what it is, how to cure it.

    `rule` is the name of the lint rule that found it, a ``LintRule``; "" where no lint looked.
    """

    file: str
    line: int
    what: str
    cure: str
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}. {self.cure}"

    def found_by(self, rule: str) -> Self:
        """Return the same problem under a rule's name, unless a rule has found it already."""
        return self if self.rule else replace(self, rule=rule)
