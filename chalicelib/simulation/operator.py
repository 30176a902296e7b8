"""The operator: pauses and resumes, deploys, erases a member, and replays dead letters.

Each act is a command of its own that may fail half-way; the operator then runs it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.domain.journey import Programme
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.log_tap import EXPECTED
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.programmes import deployments, in_other_words
from chalicelib.simulation.record import Crashed, Erased, Stored
from chalicelib.simulation.scheduler import Ended
from chalicelib.usecases.current_templates import keep_templates
from chalicelib.usecases.dead_letters import GIVEN_UP, Wanted, drop_letters, replay_letters
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.parking_ports import DeadLetters

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
EVERYTHING_SHARE = 0.3
OTHER_WORDS_SHARE = 0.4
"""How often the mails themselves are changed on the way."""
FORGOTTEN_SHARE = 0.15
"""How often a pause is never ended."""

Command = Callable[[Engine], object]


@dataclass(slots=True)
class Operator:
    """Works by the plan; ``with_programme`` makes an engine that runs another programme."""

    cloud: Cloud
    plan: Plan
    chance: Chance
    with_programme: Callable[[Programme], Engine]
    coincidences: Coincidences
    letters: DeadLetters
    words: Chance = field(init=False)
    deploying: bool = False

    def __post_init__(self) -> None:
        self.words = Chance(self.plan.seed, "words")

    def begin(self) -> None:
        """Expect everything that this operator will do before faults stop."""
        options = self.plan.options
        for programme in deployments(self.cloud.programme, options):
            self._at(
                self._some_time(), partial(self._deploy, partial(self.with_programme, programme))
            )
        if self.words.happens(OTHER_WORDS_SHARE):
            at = START + DAY * self.plan.days * self.words.between(0.05, 0.9)
            self._at(at, partial(self._deploy, self._in_other_words))
        for _ in range(options.pauses):
            self._expect_pause()
        for _ in range(options.erasures):
            self.coincidences.at(self._some_time(), self._erase_somebody, "operator")
        for _ in range(options.replays):
            reason = self.chance.one_of((GIVEN_UP, ParkReason.UNKNOWN_MEMBER.value))
            replay = partial(self._replay, QueueName.EVENTS, reason)
            self._at(self._some_time(), partial(self._do, replay))

    def _in_other_words(self) -> Engine:
        """Return what runs now, with mails that say something else."""
        running = self.cloud.engine
        return replace(running, mails=in_other_words(running.mails))

    def _deploy(self, new: Callable[[], Engine]) -> None:
        """Deploy, then keep what was deployed; before that is done nothing else is deployed."""
        if self.deploying:
            self._at(self.cloud.scheduler.now + MINUTE, partial(self._deploy, new))
            return
        engine = new()
        self.cloud.deploy(engine)
        self.deploying = True
        kept, current = engine.sent_templates, engine.current_templates
        self._do(lambda _: keep_templates(kept, current), self._deployed)

    def _deployed(self) -> None:
        self.deploying = False

    def settle_letters(self) -> None:
        """Put back what SQS has set aside without a reason; drop what a tick finds again."""
        for queue in QueueName:
            if queue is QueueName.SENDS:
                self._do(partial(self._drop, queue))
            else:
                self._do(partial(self._replay, queue, GIVEN_UP))

    def _replay(self, queue: QueueName, reason: str, _: Engine) -> int:
        return replay_letters(self.letters, queue.value, Wanted(reason=reason), _nobody_is_told)

    def _drop(self, queue: QueueName, _: Engine) -> int:
        """Drop what the queue has given up; a letter with a reason stays, to be looked into."""
        given_up = Wanted(reason=GIVEN_UP, alone=True)
        return drop_letters(self.letters, queue.value, given_up, _nobody_is_told)

    def resume_all(self, pauses: Pauses) -> None:
        """End every pause there is."""
        for journey in (*([None] if pauses.everything else []), *pauses.journeys):
            self._at(self.cloud.scheduler.now, partial(self._resume, journey))

    def _expect_pause(self) -> None:
        began, chance = self._some_time(), self.chance
        every = chance.happens(EVERYTHING_SHARE)
        journey = None if every else chance.one_of(list(self.cloud.programme.journeys))
        self.coincidences.at(began, lambda: self._pause(journey), "operator")
        if not chance.happens(FORGOTTEN_SHARE):
            ended = began + chance.span(MINUTE, DAY * self.plan.days / 3)
            self._at(ended, lambda: self._resume(journey))

    def _pause(self, journey: str | None) -> None:
        def pause(engine: Engine) -> bool:
            return engine.brakes.pause(journey, Pause(engine.clock.now(), "the operator says so"))

        self._do(pause)

    def _resume(self, journey: str | None) -> None:
        self._do(lambda engine: engine.brakes.resume(journey))

    def _erase_somebody(self) -> None:
        profiles = [seen for seen in self.cloud.record.of(Stored) if seen.what == "PROFILE"]
        if profiles:
            self._erase(self.chance.one_of(profiles).key)

    def _erase(self, member_id: str) -> None:
        self._do(
            lambda engine: erase_member(engine, member_id),
            lambda: self.cloud.record.add(Erased, member_id=member_id),
        )

    def does(self, command: Command) -> None:
        """Run a command until it has come to its end."""
        self._do(command)

    def _do(self, command: Command, done: Callable[[], object] = lambda: None) -> None:
        def ended(how: Ended) -> None:
            self.cloud.scheduler.actor = "operator"
            error = type(how.error).__name__ if how.error else ""
            if error and error not in EXPECTED:  # a mistake, which no second try mends
                self.cloud.record.add(Crashed, function="operator", error=error)
            elif how.died or how.error:
                self._at(self.cloud.scheduler.now + MINUTE, lambda: self._do(command, done))
            else:
                done()

        self.cloud.run("operator", lambda _, engine: command(engine), ended)

    def _at(self, at: datetime, act: Callable[[], object]) -> None:
        self.cloud.scheduler.at(at, act, "operator")

    def _some_time(self) -> datetime:
        return START + DAY * self.plan.days * self.chance.between(0.05, 0.9)


def _nobody_is_told(_: int) -> None:
    """No person watches how far a replay is."""
