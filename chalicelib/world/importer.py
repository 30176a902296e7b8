"""Brings the members of a file into an engine, as a well-behaved partner would.

Signed batches through the front door, each under an id made of its content: who imports a file a
second time changes nothing. A row that the engine refuses is set aside and the rest of its batch
is sent again. Nothing gets lost: every row of the file is accepted or rejected in the end.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.pause import pause
from chalicelib.usecases.ports import Clock
from chalicelib.world.import_csv import (
    MemberFile,
    Record,
    RejectsFile,
    require_columns,
    survey,
)
from chalicelib.world.import_errors import ImportStoppedError, RowError
from chalicelib.world.import_events import MappedRow, RowMapper, canonical, content_id
from chalicelib.world.import_map import ImportMap
from chalicelib.world.import_targets import Destination, UnreachableError
from chalicelib.world.partner import sign

BATCH_ROWS = 200
BATCH_BYTES = 240 * 1024
RETRY_AFTER_SECONDS = (0.5, 1, 2, 4, 8)
FIRST_REJECTS = 20
_ENVELOPE_BYTES = 200
_STRIDE = 200
_MAX_DETAIL = 500
_ACCEPTED, _REFUSED = 202, 422
_TRY_AGAIN = (429, 500, 502, 503, 504)
_POINTER = re.compile(r"/data/events/(?P<index>[0-9]{1,4})(?P<rest>/.*)?")

Deliver = Callable[[Sequence[MappedRow]], Mapping[int, str]]
"""Sends rows; returns the reason for each that was refused, by its place. The rest is accepted."""


@dataclass(slots=True)
class Tally:
    """How far an import has come. ``empty`` counts empty fields by column."""

    total: int
    rows: int = 0
    accepted: int = 0
    left: int = 0
    rejected: int = 0
    empty: Counter[str] = field(default_factory=Counter)
    first_rejects: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "left": self.left,
            "rejected": self.rejected,
            "empty": dict(self.empty),
            "first_rejects": [
                {"line": line, "reason": reason} for line, reason in self.first_rejects
            ],
        }


Watch = Callable[[Tally], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What to import, how to read it, where rejected rows go."""

    file: Path
    mapping: ImportMap
    rejects: Path


def run_import(plan: ImportPlan, deliver: Deliver, watch: Watch) -> Tally:
    """Import the file; ``MemberImportError`` when it cannot begin or go on."""
    source = survey(plan.file)
    require_columns(source, plan.mapping.columns())
    tally = Tally(total=source.rows)
    watch(tally)
    with RejectsFile(plan.rejects, source) as rejects:
        run = _Run(source, RowMapper(plan.mapping, source.columns), rejects, tally, watch)
        for batch in batches(run.mapped_rows()):
            run.send(batch, deliver)
        run.check()
    watch(tally)
    return tally


def nothing_refused(_rows: Sequence[MappedRow]) -> Mapping[int, str]:
    """Deliver nothing: a dry run."""
    return {}


def batches(rows: Iterable[MappedRow]) -> Iterator[list[MappedRow]]:
    """Group rows, in their order, within the limits of a delivery."""
    batch: list[MappedRow] = []
    size = _ENVELOPE_BYTES
    for row in rows:
        if batch and (len(batch) == BATCH_ROWS or size + row.size + 1 > BATCH_BYTES):
            yield batch
            batch, size = [], _ENVELOPE_BYTES
        batch.append(row)
        size += row.size + 1
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Run:
    """One import under way."""

    source: MemberFile
    mapper: RowMapper
    rejects: RejectsFile
    tally: Tally
    watch: Watch

    def mapped_rows(self) -> Iterator[MappedRow]:
        """Yield what can be sent; the other rows are rejected on the way."""
        for record in self.source.records():
            self._count(record)
            try:
                mapped = self.mapper(record)
            except RowError as error:
                self._reject(record, str(error))
            else:
                yield mapped

    def send(self, batch: Sequence[MappedRow], deliver: Deliver) -> None:
        try:
            refused = deliver(batch)
        except ImportStoppedError as error:
            done = f"{self.tally.accepted} of {self.tally.total} rows are in"
            cure = "Import the same file again when that is mended: what is in stays as it is"
            raise ImportStoppedError(f"{error}\n{done}. {cure}") from error
        for place, row in enumerate(batch):
            if place in refused:
                self._reject(row.record, refused[place])
            else:
                self.tally.accepted += 1
                self.tally.left += row.left
        self.watch(self.tally)

    def check(self) -> None:
        """See that every row came to an end: the first reading counted them on its own."""
        tally = self.tally
        if not tally.accepted + tally.rejected == tally.rows == tally.total:
            raise ImportStoppedError(
                f"{self.source.path} had {tally.total} rows, and {tally.accepted} accepted and "
                f"{tally.rejected} rejected came of it: it was changed meanwhile. Import it again"
            )

    def _count(self, record: Record) -> None:
        self.tally.rows += 1
        if len(record.fields) == len(self.source.columns) and "" in record.fields:
            named = zip(self.source.columns, record.fields, strict=True)
            self.tally.empty.update(column for column, value in named if not value)
        if self.tally.rows % _STRIDE == 0:
            self.watch(self.tally)

    def _reject(self, record: Record, reason: str) -> None:
        self.rejects.add(record, reason)
        self.tally.rejected += 1
        if len(self.tally.first_rejects) < FIRST_REJECTS:
            self.tally.first_rejects.append((record.line, reason))


class Courier:
    """Delivers batches to an engine, and again while that can help."""

    def __init__(
        self,
        destination: Destination,
        clock: Clock | None = None,
        wait: Callable[[float], None] = pause,
    ) -> None:
        self._destination = destination
        self._path = f"/v1/partners/{destination.partner}/events"
        self._clock = clock or SystemClock()
        self._wait = wait

    def __call__(self, rows: Sequence[MappedRow]) -> Mapping[int, str]:
        """Deliver, without the rows that are refused; ``ImportStoppedError`` if that can't be."""
        refused: dict[int, str] = {}
        while standing := [place for place in range(len(rows)) if place not in refused]:
            status, answer = self._post(batch_body([rows[place] for place in standing]))
            if status == _ACCEPTED:
                _check_number(answer, len(standing))
                break
            reasons = _refusals(answer, len(standing)) if status == _REFUSED else {}
            if not reasons:
                raise ImportStoppedError(_complaint(status, answer))
            refused |= {standing[index]: reason for index, reason in reasons.items()}
        return refused

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """Post under the id of the content; a try after a failure is signed anew."""
        for seconds in (*RETRY_AFTER_SECONDS, None):
            try:
                status, answer = self._destination.target.post(self._path, self._sign(body), body)
                trouble = _complaint(status, answer)
            except UnreachableError as error:
                status, answer, trouble = 503, b"", str(error)
            if status not in _TRY_AGAIN:
                return status, answer
            if seconds:
                self._wait(seconds)
        tries = len(RETRY_AFTER_SECONDS) + 1
        raise ImportStoppedError(f"{trouble} ({tries} tries)")

    def _sign(self, body: bytes) -> dict[str, str]:
        return sign(self._destination.secret, content_id(body), body, self._clock.now())


def batch_body(rows: Sequence[MappedRow]) -> bytes:
    """Write a batch; its time is its latest event's, so that the same rows are the same bytes."""
    return canonical(
        {
            "type": "batch",
            "timestamp": max(row.event["timestamp"] for row in rows),
            "data": {"events": [row.event for row in rows]},
        }
    )


def _check_number(answer: bytes, sent: int) -> None:
    taken = _said(answer, "accepted")
    if taken != sent:
        raise ImportStoppedError(f"The engine says that it took {taken} of {sent} events")


def _refusals(answer: bytes, count: int) -> dict[int, str]:
    """Return the reasons by the event's place; empty when no event is blamed."""
    reasons: dict[int, list[str]] = {}
    for pointer, detail in _faults(answer):
        found = _POINTER.fullmatch(pointer)
        if found and (index := int(found["index"])) < count:
            named = _printable(found["rest"] or "/").removeprefix("/data")
            said = f"the engine refused {named}: {_printable(detail)}"
            reasons.setdefault(index, []).append(said)
    return {index: "; ".join(told) for index, told in reasons.items()}


def _faults(answer: bytes) -> Iterator[tuple[str, str]]:
    errors = _said(answer, "errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            yield str(error.get("pointer")), str(error.get("detail"))


def _complaint(status: int, answer: bytes) -> str:
    detail = _said(answer, "detail") or _said(answer, "message") or "it gives no reason"
    return f"The engine answered {status}: {_printable(str(detail))}"


def _printable(text: str) -> str:
    """Cut a text from elsewhere so that it can neither flood nor steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text[:_MAX_DETAIL])


def _said(answer: bytes, key: str) -> object:
    """Return a value of an answer in JSON, None when it says nothing of it."""
    try:
        said = json.loads(answer)
    except ValueError:
        return None
    return said.get(key) if isinstance(said, dict) else None
