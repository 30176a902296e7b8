"""The CSV file of an import, read as a stream, and the file of the rows that stayed out.

A file is read through once before anything is made of it: one that breaks off in the middle is
refused while nothing has happened yet, and the number of its rows is known by another way than
by counting what became of them.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from chalicelib.domain.problem import Problem
from chalicelib.world.import_errors import MemberFileError

MAX_LINE_BYTES = 1_000_000
REPORT_COLUMNS = ("line", "reason")
"""What a file of rejected rows has on top, at its end; ignored when it is imported again."""

MISSING = "#MISSING"
"""Stands where a rejected row had no field: left as it is, it keeps the row out again."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_LISTED = 40


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line it starts on, counted in the file's own lines, and its fields."""

    line: int
    fields: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """A file that can be read to its end. ``rejected_before``: it has the report's columns."""

    path: Path
    columns: tuple[str, ...]
    rows: int
    byte_order_mark: bool
    rejected_before: bool

    def records(self) -> Iterator[Record]:
        """Yield the rows; blank lines are none."""
        with self.path.open("rb") as file:
            records = _records(self.path, file)
            next(records)
            for record in records:
                cut = len(REPORT_COLUMNS) if self.rejected_before else 0
                yield Record(record.line, record.fields[: len(record.fields) - cut])


def survey(path: Path) -> MemberFile:
    """Read the whole file once; ``MemberFileError`` when a part of it can't be read."""
    try:
        with path.open("rb") as file:
            marked = file.read(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK
            file.seek(0)
            records = _records(path, file)
            header = _header(path, records)
            rows = sum(1 for _ in records)
    except OSError as error:
        what = f"the file can't be read: {error.strerror}"
        raise _refused(path, 1, what, "Give a CSV file") from error
    again = header[-len(REPORT_COLUMNS) :] == REPORT_COLUMNS
    return MemberFile(
        path=path,
        columns=header[: -len(REPORT_COLUMNS)] if again else header,
        rows=rows,
        byte_order_mark=marked,
        rejected_before=again,
    )


def require_columns(file: MemberFile, named: frozenset[str]) -> None:
    """See that the file has the columns that a map names."""
    if missing := sorted(named.difference(file.columns)):
        what = f"there is no column {_listed(missing)}, which the map names"
        cure = f"The columns there, as the first line has them: {_listed(file.columns)}"
        raise _refused(file.path, 1, what, cure)


class RejectsFile:
    """Takes the rows that stayed out: the file's own columns, the line and the reason.

    It comes to stand under its name only when the import has ended, so that the file that is
    being imported may have that name itself. A former file is kept, as ``….old``.
    """

    def __init__(self, path: Path, source: MemberFile) -> None:
        self.path = path
        self._part = path.with_name(f"{path.name}.part")
        self._width = len(source.columns)
        self._count = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        encoding = "utf-8-sig" if source.byte_order_mark else "utf-8"
        self._file = self._part.open("w", newline="", encoding=encoding)
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow([*source.columns, *REPORT_COLUMNS])

    def add(self, record: Record, reason: str) -> None:
        gap = [MISSING] * (self._width - len(record.fields))
        self._writer.writerow([*record.fields, *gap, record.line, reason])
        self._count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Put the file in its place; after an error, or without any row, there is none."""
        self._file.close()
        if kind is None and self.path.exists():
            self.path.replace(self.path.with_name(f"{self.path.name}.old"))
        if kind is None and self._count:
            self._part.replace(self.path)
        else:
            self._part.unlink()


def _header(path: Path, records: Iterator[Record]) -> tuple[str, ...]:
    first = next(records, None)
    if first is None:
        raise _refused(path, 1, "the file is empty", "Its first line names the columns")
    if twice := [name for name, times in Counter(first.fields).items() if times > 1]:
        what = f"more than one column is called {_listed(twice)}"
        raise _refused(path, first.line, what, "Give every column a name of its own")
    return tuple(first.fields)


def _records(path: Path, file: BinaryIO) -> Iterator[Record]:
    reader = csv.reader(_lines(path, file), strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield Record(line, fields)
            line = reader.line_num + 1
    except csv.Error as error:
        cure = "Save the file as plain CSV: commas, double quotes closed again, a line a row"
        raise _refused(path, line, f"the row can't be read: {error}", cure) from error


def _lines(path: Path, file: BinaryIO) -> Iterator[str]:
    for line, raw in enumerate(iter(partial(file.readline, MAX_LINE_BYTES), b""), start=1):
        if len(raw) == MAX_LINE_BYTES:
            what = f"the line has {MAX_LINE_BYTES} bytes or more"
            raise _refused(path, line, what, "Is this a CSV file with a row a member?")
        try:
            yield (raw.removeprefix(_BYTE_ORDER_MARK) if line == 1 else raw).decode()
        except UnicodeDecodeError as error:
            what = f"the line is not UTF-8 (byte {error.start + 1} of it)"
            raise _refused(path, line, what, "Save the file as CSV in UTF-8") from error


def _refused(path: Path, line: int, what: str, cure: str) -> MemberFileError:
    return MemberFileError(str(Problem(str(path), line, what, cure)))


def _listed(names: Sequence[str]) -> str:
    """Quote the names, so that a file can't steer a terminal."""
    shown = ", ".join(repr(name[:100]) for name in names[:_MAX_LISTED])
    more = len(names) - _MAX_LISTED
    return f"{shown} and {more} more" if more > 0 else shown
