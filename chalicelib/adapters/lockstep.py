"""Runs acts in lockstep: what they ask of AWS at the same stage goes out as one call.

Each act is a greenlet, so there is one thread and no lock, and the same acts always take turns
in the same way. An act that asks for something is parked; when all acts are parked or done, each
kind of question is answered for all who asked it, and they go on.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet

from chalicelib.usecases.together import Act, failure_of

Q = TypeVar("Q")
A = TypeVar("A")
Answers = Sequence[A | Exception]
"""One for each question, in their order; an exception is raised where the question was asked."""


class Lockstep:
    """The port ``Together``."""

    def run(self, acts: Sequence[Act]) -> list[Exception | None]:
        runners = [_Runner(act) for act in acts]
        parked = [(runner, runner.switch()) for runner in runners]
        while parked := [(runner, asked) for runner, asked in parked if not runner.dead]:
            parked = [(runner, runner.switch(answer)) for runner, answer in _answered(parked)]
        return [runner.failure for runner in runners]


def ask(answer_all: Callable[[Sequence[Q]], Answers[A]], question: Q) -> A:
    """Have the question answered together with those of other acts, or at once outside of one."""
    runner = getcurrent()
    if isinstance(runner, _Runner):
        answer = cast("A | Exception", runner.hub.switch(_Asked(answer_all, question)))
    else:
        [answer] = answer_all([question])
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass(frozen=True, slots=True)
class _Asked:
    answer_all: Callable[[Sequence[Any]], Answers[Any]]
    question: object


class _Runner(greenlet):
    """One act, and whom it gives way to when it asks."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.act = act
        self.hub = getcurrent()
        self.failure: Exception | None = None

    def run(self) -> None:
        self.failure = failure_of(self.act)


def _answered(parked: Sequence[tuple[_Runner, _Asked]]) -> list[tuple[_Runner, Any]]:
    """Answer every question, kind by kind; whoever asked first goes on first."""
    kinds: defaultdict[Any, list[tuple[_Runner, _Asked]]] = defaultdict(list)
    for runner, asked in parked:
        kinds[asked.answer_all].append((runner, asked))
    answers: list[tuple[_Runner, Any]] = []
    for answer_all, askers in kinds.items():
        given = _given(answer_all, [asked.question for _, asked in askers])
        answers += zip((runner for runner, _ in askers), given, strict=True)
    return answers


def _given(answer_all: Callable[[Sequence[Any]], Answers[Any]], questions: list[Any]) -> list[Any]:
    """Ask once for all; what fails as a whole fails for each."""
    try:
        return list(answer_all(questions))
    except Exception as error:  # noqa: BLE001 - raised where each question was asked
        return [error] * len(questions)
