"""The days that people write in commands: as in programme.yaml, and nothing else."""

from datetime import date

from chalicelib.operations.aws_faults import OperationError
from chalicelib.programme.earning_notations import parse_day
from chalicelib.programme.notations import NotationError


def day_of(text: str) -> date:
    """Read "2027-12-31"; raises ``OperationError``."""
    try:
        return parse_day(text)
    except NotationError as error:
        raise OperationError(str(error)) from None
