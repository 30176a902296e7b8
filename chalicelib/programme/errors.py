"""What stops a programme from being used."""

from collections.abc import Sequence

from chalicelib.domain.problem import Problem


class ProgrammeError(Exception):
    """A programme that can't be used, with everything that is wrong with it, by line.

    No retry helps: a person has to mend the files that the problems name.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))
