"""What stops an import, or keeps one row out of it.

A bad row is set aside with its reason and the import goes on; everything else ends it with a
message that says what, where and how to mend it.
"""

from collections.abc import Sequence

from chalicelib.domain.problem import Problem


class MemberImportError(Exception):
    """The import cannot begin, or cannot go on."""


class ImportMapError(MemberImportError):
    """A map that cannot be used, with everything that is wrong with it, by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


class MemberFileError(MemberImportError):
    """A file that cannot be read as a whole: nothing of it was sent."""


class ImportStoppedError(MemberImportError):
    """The engine cannot be reached or refuses more than single rows; a second run goes on."""


class RowError(Exception):
    """A row that cannot become an event; the message is the reason that its owner reads."""
