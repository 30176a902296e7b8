"""What partners were told is true: every event of a webhook that was taken is accounted for (S7).

The engine's event log is read as it was stored, and held against what partners sent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from chalicelib.domain.events import EventOutcome
from chalicelib.domain.parking import QueueName
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.letters import events_in
from chalicelib.simulation.checkers.told import Told, told_in
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.final import FinalState
from chalicelib.usecases.ports import EventRecord

Found = Iterator[Violation]

_DONE = (
    *(EventOutcome.APPLIED, EventOutcome.STALE, EventOutcome.ERASED),
    EventOutcome.REFUSED,  # a merge that can't be made
)
_TAKEN = range(200, 300)


def s7_nothing_taken_is_lost(history: History, final: FinalState) -> Found:
    """S7: each event of a webhook answered with 2xx has an outcome, or is parked visibly.

    Visibly: it lies among the dead letters at the end, with a reason; a letter that was replayed
    has to be parked again. An event under an id that stands for another body is parked as a
    conflict.

    Limit: judged at the end of the run, when queues are empty; a record is forgotten after 90
    days, and the same id is then a new event.
    """
    records, parked = _last_records(history), _parked(final)
    for answer in history.answers:
        if answer.what == "webhook" and answer.status in _TAKEN:
            for told in told_in(history).get(answer.number, []):
                if fault := _missing(told, records.get(told.event_id, []), parked):
                    yield Violation("S7", answer.number, f"event {told.event_id}: {fault}")


def _last_records(history: History) -> Mapping[str, list[EventRecord]]:
    """Return what is kept of each id at the end; ids of two partners may be equal."""
    last = {write.key: write.after for write in history.writes["EVENT"]}
    by_id: dict[str, list[EventRecord]] = defaultdict(list)
    for record in last.values():
        if isinstance(record, EventRecord):
            by_id[record.event_id].append(record)
    return by_id


def _parked(final: FinalState) -> set[tuple[str, str]]:
    """Return the ids and hashes of the events that lie there with a reason."""
    letters = final.dead_letters.get(QueueName.EVENTS, ())
    events = (event for body, reason in letters if reason for event in events_in(body))
    return {(event.event_id, event.body_hash) for event in events}


def _missing(told: Told, records: list[EventRecord], parked: Collection[tuple[str, str]]) -> str:
    """Say what is missing of the event; "" when it is accounted for."""
    ours = [record for record in records if record.body_hash == told.body_hash]
    if any(record.outcome in _DONE for record in ours):
        return ""
    if (told.event_id, told.body_hash) in parked:
        return ""
    if ours and ours[0].outcome is None:
        return "it was never concluded"
    return "it is parked and no dead letter shows it" if ours else "nothing is known of it"


def s7_once(history: History) -> Found:
    """S7: an event that was concluded stays so: no invocation that began later concludes it again.

    Two invocations may have the same event in hand at one time; each of its effects is safe to
    repeat, and S6 and S11 hold them. A record of one body is overwritten by no other's.
    """
    done: dict[str, int] = {}
    for write in history.writes["EVENT"]:
        record, first = write.after, done.get(write.key)
        if _hash(write.before) not in {"", _hash(record)}:
            yield Violation("S7", write.number, f"event {write.key} has another body than before")
        if first is not None and history.began_at(write.by, write.number) > first:
            text = f"event {write.key} was concluded at {first}, and again"
            yield Violation("S7", write.number, text)
        if isinstance(record, EventRecord) and record.outcome in _DONE:
            done.setdefault(write.key, write.number)


def _hash(record: object) -> str:
    return record.body_hash if isinstance(record, EventRecord) else ""
