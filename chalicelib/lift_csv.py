"""Counts of arms and goals from a CSV file: a row a person, goal columns of 0 and 1.

The file is read as a stream: memory grows with the number of arms and goals, never with the
rows. Nothing is guessed: what does not fit is refused with its line, since a row read wrongly
would move a verdict and nobody would see it.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from chalicelib.domain.lift import ArmCount
from chalicelib.domain.problem import Problem

MAX_ARMS = 20
MAX_GOALS = 10
MAX_NAME_LENGTH = 100
MAX_LINE_BYTES = 1_000_000
_MAX_LISTED = 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LiftCsvError(ValueError):
    """A file whose people cannot be counted; its message says where, why and how to mend it."""


class _RefusedError(Exception):
    """The same, where the line is known and the file's name is not."""

    def __init__(self, line: int, what: str, cure: str) -> None:
        super().__init__(line, what, cure)
        self.line, self.what, self.cure = line, what, cure


@dataclass(frozen=True, slots=True)
class LiftColumns:
    """Where the arm and the goals stand, and which value of the arm is the control's."""

    arm: str
    control: str
    goals: tuple[str, ...]


def count_arms(path: Path, columns: LiftColumns) -> dict[str, dict[str, ArmCount]]:
    """Count the people of each arm who reached each goal: arm -> goal -> count, arms sorted.

    The control is there, and at least one other arm. Blank lines are no people.
    """
    try:
        with path.open("rb") as file:
            people = _tally(_records(file), columns)
        _check_arms({arm for arm, *_ in people}, columns)
    except _RefusedError as refused:
        problem = Problem(str(path), refused.line, refused.what, refused.cure)
        raise LiftCsvError(str(problem)) from refused
    return _counts(people, columns.goals)


def _counts(
    people: Counter[tuple[str, ...]], goals: tuple[str, ...]
) -> dict[str, dict[str, ArmCount]]:
    assigned: Counter[str] = Counter()
    converted: Counter[tuple[str, str]] = Counter()
    for (arm, *reached), number in people.items():
        assigned[arm] += number
        for goal, flag in zip(goals, reached, strict=True):
            converted[arm, goal] += number * (flag == "1")
    return {
        arm: {goal: ArmCount(converted[arm, goal], assigned[arm]) for goal in goals}
        for arm in sorted(assigned)
    }


def _tally(
    records: Iterator[tuple[int, list[str]]], columns: LiftColumns
) -> Counter[tuple[str, ...]]:
    """Count the people who share an arm and goals; only the first of each kind needs a check."""
    header = _header(records, columns)
    pick = itemgetter(*map(header.index, (columns.arm, *columns.goals)))
    width = len(header)
    people: Counter[tuple[str, ...]] = Counter()
    arms: set[str] = set()
    for line, row in records:
        if len(row) != width:
            what = f"the row has {_fields(len(row))}, the header {width}"
            cure = "Give every row one field a column; text with a comma goes in double quotes"
            raise _RefusedError(line, what, cure)
        kind = pick(row)
        if kind not in people:
            arms.add(kind[0])
            _check_kind(line, kind, columns)
            _check_number(line, arms, columns)
        people[kind] += 1
    return people


def _fields(number: int) -> str:
    return "1 field" if number == 1 else f"{number} fields"


def _check_kind(line: int, kind: tuple[str, ...], columns: LiftColumns) -> None:
    arm, *flags = kind
    if not arm or arm != arm.strip() or not arm.isprintable() or len(arm) > MAX_NAME_LENGTH:
        what = f"the arm, in the column {_quoted(columns.arm)}, is {_quoted(arm)}"
        cure = f"Name it in 1 to {MAX_NAME_LENGTH} printable characters, no spaces around them"
        raise _RefusedError(line, what, cure)
    for goal, flag in zip(columns.goals, flags, strict=True):
        if flag not in {"0", "1"}:
            what = f"the goal {_quoted(goal)} is {_quoted(flag)}"
            raise _RefusedError(line, what, "Write 1 when the person reached it, else 0")


def _check_number(line: int, arms: set[str], columns: LiftColumns) -> None:
    if len(arms) > MAX_ARMS:
        what = f"the column {_quoted(columns.arm)} holds more than {MAX_ARMS} arms"
        raise _RefusedError(line, what, "Name the column of the arms with --arm")


def _check_arms(arms: set[str], columns: LiftColumns) -> None:
    column = _quoted(columns.arm)
    if columns.control not in arms:
        what = f"no row has {_quoted(columns.control)} in the column {column}"
        raise _RefusedError(1, what, f"The arms there: {_listed(sorted(arms))}")
    if len(arms) == 1:
        what = f"every row has {_quoted(columns.control)} in the column {column}"
        raise _RefusedError(1, what, "A comparison needs a treated arm too")


def _header(records: Iterator[tuple[int, list[str]]], columns: LiftColumns) -> list[str]:
    line, header = next(records, (1, []))
    if not header:
        raise _RefusedError(line, "the file is empty", "Its first line names the columns")
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        what = f"more than one column is called {_listed(twice)}"
        raise _RefusedError(line, what, "Give every column a name of its own")
    if missing := [name for name in (columns.arm, *columns.goals) if name not in header]:
        what = f"there is no column {_listed(missing)}"
        cure = f"The columns there, as commas divide them: {_listed(header)}"
        raise _RefusedError(line, what, cure)
    return header


def _records(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Records that hold anything, each with the number of the line it starts on."""
    reader = csv.reader(_lines(file), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        cure = "Save the file as plain CSV: commas, double quotes, a line a row"
        raise _RefusedError(line, f"the row cannot be read: {error}", cure) from error


def _lines(file: BinaryIO) -> Iterator[str]:
    """Decode line by line, so that a byte that is not UTF-8 can be told with its line."""
    for line, raw in enumerate(iter(partial(file.readline, MAX_LINE_BYTES), b""), start=1):
        if len(raw) == MAX_LINE_BYTES:
            what = f"the line has {MAX_LINE_BYTES} bytes or more"
            raise _RefusedError(line, what, "Is this a CSV file with a row a person?")
        try:
            yield (raw.removeprefix(_BYTE_ORDER_MARK) if line == 1 else raw).decode()
        except UnicodeDecodeError as error:
            what = f"the line is not UTF-8 (byte {error.start + 1} of it)"
            raise _RefusedError(line, what, "Save the file as CSV in UTF-8") from error


def _listed(names: list[str]) -> str:
    shown = ", ".join(map(_quoted, names[:_MAX_LISTED])) or "none"
    return f"{shown} and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else shown


def _quoted(text: str) -> str:
    """Show a text from the file so that it can neither flood nor steer a terminal."""
    return repr(text if len(text) <= MAX_NAME_LENGTH else text[:MAX_NAME_LENGTH] + "…")
