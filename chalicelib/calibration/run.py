"""One run: the engine in memory from the first member's joining to the last window's end.

Every hour the tick queues what is due and the senders send it; every day the audit runs as it
does at night and its report is looked at. Nothing here decides what is sent or what is shown.
"""

from dataclasses import replace
from datetime import timedelta

from chalicelib.calibration.crowd import Crowd
from chalicelib.calibration.looks import Looks, RunTold
from chalicelib.calibration.plan import RunPlan, loaded
from chalicelib.domain.journey import Programme
from chalicelib.usecases.audit import audit
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.send_step import send_step
from chalicelib.world.agenda import Agenda
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import Substrate

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "whsec_bm8gd2ViaG9vayBpcyBzaWduZWQgaW4gaGVyZQ=="  # noqa: S105 - opens nothing
MESSAGES = 100
"""More messages than one tick ever puts into the queue."""


def run(plan: RunPlan) -> RunTold:
    """Run the plan and return what the report of its first journey said."""
    world = WorldPlan(
        folder=plan.folder,
        start=plan.start,
        seed=plan.seed,
        secret=SECRET,
        mails_kept=0,
        loaded=loaded(plan.folder),
    )
    with substrate("memory", world) as ground:
        return _Run(plan, ground).looked_at_daily()


class _Run:
    def __init__(self, plan: RunPlan, ground: Substrate) -> None:
        self._plan = plan
        self._ground = ground
        self._agenda = Agenda()
        if plan.ramp:
            self._agenda.add(plan.middle, self._deploy_ramp, "")
        self._crowd = Crowd(plan, ground.engine, self._agenda)
        self._looks = Looks()
        self._mails = 0
        ground.mailer.on_mail = self._on_mail

    @property
    def _engine(self) -> Engine:
        return self._crowd.engine

    def looked_at_daily(self) -> RunTold:
        for hour in range(1, 24 * self._plan.days + 1):
            self._advance(hour)
            if hour % 24 == 0:
                self._look()
        return self._looks.told(self._plan.seed, self._mails)

    def _advance(self, hour: int) -> None:
        """Let everything happen at its time, up to this hour, and then the tick."""
        until, clock = self._plan.start + HOUR * hour, self._ground.clock
        while (at := self._agenda.next_at()) and at <= until:
            clock.set(at)
            self._agenda.run_until(at)
        clock.set(until)
        if queue_due(self._engine):
            self._send()

    def _send(self) -> None:
        for message in self._ground.sends.receive(MESSAGES):
            for key in self._engine.send_queue.read(message.body).steps:
                send_step(self._engine, key)
            self._ground.sends.delete(message.receipt)

    def _on_mail(self, received: ReceivedMail) -> None:
        self._mails += 1
        self._crowd.on_mail(received)

    def _look(self) -> None:
        journey = next(iter(self._engine.programme.journeys))
        report = audit(self._engine).reports[journey]
        ours = (e for e in self._engine.enrolments.every() if e.journey == journey)
        self._looks.look(report, ours)

    def _deploy_ramp(self) -> None:
        """Change the share as a deployment does: for everybody who has not entered yet."""
        ramp = self._plan.ramp
        if ramp:
            programme = _with_holdout(self._engine.programme, ramp.holdout)
            self._crowd.engine = replace(self._engine, programme=programme)


def _with_holdout(programme: Programme, share: float) -> Programme:
    journeys = {name: replace(each, holdout=share) for name, each in programme.journeys.items()}
    return replace(programme, journeys=journeys)
