"""A world's clock stops where something of a member falls due by itself."""

from datetime import timedelta

import pytest
from functional.worlds import play


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_what_falls_due_is_done_at_its_time_though_nobody_looks(kind):
    with play(kind) as stage:
        stage.join()
        lines = [{"kind": "flight", "distance": 5_000, "booking_class": "Y"}]
        stage.tell("transaction.posted", transaction="t-1", lines=lines)
        due_at = membership(stage).due_at
        stage.world.advance_to(due_at - timedelta(minutes=1))
        before = membership(stage)
        stage.world.advance_to(due_at + timedelta(minutes=2))
        assert membership(stage).version > before.version
        assert membership(stage).due_at > due_at


def membership(stage):
    return stage.engine.memberships.load(stage.id_of()).membership
