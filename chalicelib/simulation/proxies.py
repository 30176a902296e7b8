"""What stands between the functions and everything outside of them: every call may go wrong.

What the table's adapter asks for in one call is asked for in one call here, too: acts in
lockstep read together and write together, and a function may die when a part of it is done.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

from chalicelib.adapters.lockstep import ask
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import DEATHS, Fault, Strike
from chalicelib.simulation.record import Died, Faulted, Record
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.usecases.ports import Case, UnavailableError

READS = frozenset(
    {
        "members.member_of",
        "members.load",
        "members.is_erased",
        "members.tombstone",
        "memberships.load",
        "memberships.find",
        "memberships.posting",
        "members.merge_stone",
        "members.resolve",
        "enrolments.load_case",
        "enrolments.load",
        "events.find",
        "brakes.pauses",
        "sent_templates.find",
    }
)
WRITES = frozenset(
    {
        *("members.claim_alias", "members.note_alias", "members.suspect", "members.save"),
        *("memberships.remember", "enrolments.save", "events.receive"),
    }
)
PUTS = frozenset({"events.conclude", "sent_templates.keep"})
INSIDE = frozenset(
    {
        *(
            f"{queue}.{name}"
            for queue in ("event_queue", "send_queue")
            for name in ("read", "write")
        ),
        "metrics.count",
        "metrics.seconds",
    }
)
"""These never leave the process: to die here or at the next call is the same."""
OUTPUT = "metrics.flush"
"""Standard output does not fail and is not slow; a function may die there all the same."""

SLOWEST = timedelta(seconds=20)
_LONGEST: Mapping[str, timedelta] = {
    Fault.STUCK: timedelta(minutes=3),
    Fault.MEET: timedelta(seconds=1.5),
}
MEET_SHARE = 0.4

Question = tuple[str, Callable[..., Any], tuple[Any, ...]]
"""Which call, what answers it, and its arguments."""


class Gate:
    """Lets calls through, as the strikes say; counts them."""

    def __init__(
        self, scheduler: Scheduler, record: Record, strike: Strike, chance: Chance
    ) -> None:
        self.calls = 0
        self.sites: Counter[str] = Counter()
        self.calm = False
        self.meeting: set[str] = set()
        self._scheduler = scheduler
        self._record = record
        self._strike = strike
        self._chance = chance

    def plain(self, call: str, answer: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
        """Make one call for itself."""
        [answered] = self._all(((call, answer, arguments),))
        if isinstance(answered, Exception):
            raise answered
        return answered

    def reads(self, questions: Sequence[Question]) -> list[Any]:
        """Answer what acts in lockstep read at one time."""
        return self._all(questions)

    def writes(self, questions: Sequence[Question]) -> list[Any]:
        """Make the conditional writes that acts in lockstep make at one time."""
        return self._all(questions)

    def puts(self, questions: Sequence[Question]) -> list[Any]:
        """Make the writes without a condition that acts in lockstep make at one time."""
        return self._all(questions)

    def struck(self, call: str) -> str | None:
        """Say what strikes a call that somebody else makes; whoever asks, carries it out."""
        self._scheduler.still_alive()
        self.calls += 1
        where = self.where(call)
        self.sites[where] += 1
        if self.calm:
            return None
        fault = self._strike(self.calls, where)
        return fault or (self._meet() if self.meeting else None)

    def _meet(self) -> str | None:
        """Slow a function down that something else was made to happen beside."""
        current = self._scheduler.current
        meets = current is not None and current.name in self.meeting
        return Fault.MEET if meets and self._chance.happens(MEET_SHARE) else None

    def where(self, call: str) -> str:
        current = self._scheduler.current
        return f"{current.function if current else self._scheduler.actor}:{call}"

    def die(self, fault: str, call: str) -> NoReturn:
        """Kill the function that makes the call."""
        self.note(fault, call)
        current = self._scheduler.current
        function = current.function if current else self._scheduler.actor
        self._record.add(Died, function=function, where=f"{call} {fault}")
        self._scheduler.kill()

    def note(self, fault: str, call: str) -> None:
        self._record.add(Faulted, kind=str(fault), where=self.where(call))

    def wait(self, fault: str, call: str) -> None:
        """Let the call take its time."""
        self.note(fault, call)
        longest = _LONGEST.get(fault, SLOWEST)
        self._scheduler.wait(self._chance.span(timedelta(milliseconds=1), longest))

    def _all(self, questions: Sequence[Question]) -> list[Any]:
        call = questions[0][0]
        fault = self.struck(call)
        if fault is None:
            return [_answer(question) for question in questions]
        if call == OUTPUT and fault not in DEATHS:
            return [_answer(question) for question in questions]
        return self._struck(fault, call, questions)

    def _struck(self, fault: str, call: str, questions: Sequence[Question]) -> list[Any]:
        match fault:
            case Fault.DIE_BEFORE:
                self.die(fault, call)
            case Fault.DIE_AFTER:
                _answers(questions)
                self.die(fault, call)
            case Fault.DIE_MIDWAY:
                self._some(questions)
                self.die(fault, call)
            case Fault.REFUSE:
                self.note(fault, call)
                return [_refused(call)] * len(questions)
            case Fault.REFUSE_PART:
                return self._partly_refused(fault, call, questions)
            case Fault.LOSE_REPLY:
                self.note(fault, call)
                self._some(questions)
                return [UnavailableError(f"{call}: no answer came")] * len(questions)
            case Fault.TORN_READ:
                return self._torn(questions)
        if self._chance.happens(0.5):
            self.wait(fault, call)
            return _answers(questions)
        answers = _answers(questions)
        self.wait(fault, call)
        return answers

    def _torn(self, questions: Sequence[Question]) -> list[Any]:
        """Read twice, with time for others in between.

        Each enrolment is of the one moment or the other; the profile and the pauses are read
        after them, as the port promises.
        """
        before = _answers(questions)
        if not any(isinstance(answer, Case) for answer in before):
            return before
        self._scheduler.wait(self._chance.span(timedelta(milliseconds=1), SLOWEST))
        after = _answers(questions)
        if before != after:
            self.note(Fault.TORN_READ, questions[0][0])
        pairs = zip(before, after, strict=True)
        return [self._mixed(one, other) for one, other in pairs]

    def _mixed(self, one: Any, other: Any) -> Any:  # noqa: ANN401 - whatever was read
        if not (isinstance(one, Case) and isinstance(other, Case)):
            return other
        newer = self._chance.happens
        enrolments = {
            name: enrolment
            for name in sorted(other.enrolments)
            if (enrolment := (other if newer(0.5) else one).enrolments.get(name))
        }
        return Case(member=other.member, enrolments=enrolments, pauses=other.pauses)

    def _some(self, questions: Sequence[Question]) -> None:
        """Let a part of a batch have its effect; a call for itself has it."""
        for number, question in enumerate(questions):
            if len(questions) == 1 or self._chance.happens(0.5) or number == 0:
                _answer(question)

    def _partly_refused(self, fault: str, call: str, questions: Sequence[Question]) -> list[Any]:
        self.note(fault, call)
        alone = len(questions) == 1
        refused = [alone or self._chance.happens(0.5) for _ in questions]
        return [
            _refused(call) if no else _answer(question)
            for no, question in zip(refused, questions, strict=True)
        ]


class Proxy:
    """Any port: its methods go through the gate, alone or together as the adapters do it."""

    def __init__(self, name: str, port: object, gate: Gate) -> None:
        self._name = name
        self._port = port
        self._gate = gate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        found = getattr(self._port, name)
        call = f"{self._name}.{name}"
        if not callable(found) or call in INSIDE:
            return found
        made = self._call(call, found)
        setattr(self, name, made)
        return made

    def _call(self, call: str, answer: Callable[..., Any]) -> Callable[..., Any]:
        gate = self._gate
        kinds = ((READS, gate.reads), (WRITES, gate.writes), (PUTS, gate.puts))
        together = next((kind for names, kind in kinds if call in names), None)
        if together:
            return lambda *arguments, **named: ask(
                together, (call, partial(answer, **named), arguments)
            )
        if call.endswith(".every"):
            return lambda: self._pages(call, answer)
        return lambda *arguments, **named: gate.plain(call, partial(answer, **named), arguments)

    def _pages(self, call: str, answer: Callable[..., Any]) -> Iterator[Any]:
        """Read a long list in two calls: a function may die, or others write, between them."""
        everything = self._gate.plain(call, lambda: list(answer()), ())
        half = len(everything) // 2
        yield from everything[:half]
        if half:
            self._gate.plain(call, lambda: None, ())
        yield from everything[half:]


def _answers(questions: Sequence[Question]) -> list[Any]:
    return [_answer(question) for question in questions]


def _answer(question: Question) -> Any:  # noqa: ANN401 - whatever the port answers, or raises
    _, answer, arguments = question
    try:
        return answer(*arguments)
    except Exception as error:  # noqa: BLE001 - raised where the question was asked
        return error


def _refused(call: str) -> UnavailableError:
    return UnavailableError(f"{call}: the service asked to slow down")
