"""What the operator does with a command that fails, and which letters it drops."""

from dataclasses import replace

import pytest

from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.domain.parking import QueueName
from chalicelib.simulation.operator import MINUTE
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.record import Crashed
from chalicelib.simulation.run import Simulation
from chalicelib.usecases.ports import UnavailableError


@pytest.fixture
def simulation():
    return Simulation(Plan.drawn(1), lambda _number, _where: None)


class Brakes:
    """Brakes that can be let go when these errors have been met."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.tries = 0

    def resume(self, _journey):
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)


def resumed(simulation, *errors):
    """Let the operator resume; return how often it tried, and what is told of it."""
    brakes = Brakes(*errors)
    simulation.cloud.engine = replace(simulation.cloud.engine, brakes=brakes)
    simulation.operator.resume_all(Pauses(everything=Pause(START, "enough")))
    simulation.scheduler.run_until(START + MINUTE * 10)
    return brakes.tries, [(seen.function, seen.error) for seen in simulation.record.of(Crashed)]


def test_a_command_that_met_a_fault_is_run_again(simulation):
    assert resumed(simulation, UnavailableError("down"), UnavailableError("down")) == (3, [])


def test_a_command_that_met_a_mistake_is_told_and_not_run_again(simulation):
    assert resumed(simulation, KeyError("name")) == (1, [("operator", "KeyError")])


def test_only_what_a_queue_has_given_up_is_dropped(simulation):
    queue = simulation.queues[QueueName.SENDS]
    queue.bury("of the engine's", {"reason": "failed"})
    queue.bury("given up", {})
    simulation.operator.settle_letters()
    simulation.scheduler.run_until(START + MINUTE)
    assert queue.dead_letters() == [("of the engine's", "failed")]
