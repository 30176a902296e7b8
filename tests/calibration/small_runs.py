"""Small runs of the calibration: the same engine, fewer members."""

from pathlib import Path

from chalicelib.calibration.plan import Effect, RunPlan

FOLDER = Path(__file__).parents[2] / "templates" / "airline-bonus"


def small(members=60, **changes):
    """A plan of one run, small enough for a test."""
    facts = {"folder": FOLDER, "effect": Effect.NONE, "seed": 1, "joining_days": 10, **changes}
    return RunPlan(members=members, **facts)
