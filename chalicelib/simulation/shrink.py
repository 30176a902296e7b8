"""From a run that broke a promise to the smallest one that still does, and its short trace.

A smaller plan is another run, so each step is tried: fewer days, fewer members, fewer faults.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from chalicelib.domain.identity import MEMBER_ID
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Logged
from chalicelib.simulation.run import Run
from chalicelib.simulation.trace import line, short_line

TRACE_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that a plan is drawn from; small enough to keep as a file."""

    seed: int
    members: int
    days: int
    without: tuple[str, ...] = ()
    on: str = "memory"

    def plan(self) -> Plan:
        faults = [Fault(name) for name in self.without]
        return Plan.drawn(self.seed, self.members, self.days).without(faults)

    def save(self, folder: Path, violations: Sequence[Violation]) -> Path:
        """Write the recipe down, for a test to replay for ever; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"seed-{self.seed}-{self.on}.json"
        told = {**asdict(self), "broke": sorted({each.invariant for each in violations})}
        file.write_text(json.dumps(told, indent=1) + "\n")
        return file

    @classmethod
    def load(cls, file: Path) -> "Recipe":
        told = json.loads(file.read_text())
        del told["broke"]
        return cls(**{**told, "without": tuple(told["without"])})


Runs = Callable[[Recipe], Run]


def shrink(recipe: Recipe, broke: str, run: Runs) -> Recipe:
    """Return the smallest recipe found whose run still breaks the promise ``broke``."""

    def still(smaller: Recipe) -> bool:
        return any(each.invariant == broke for each in run(smaller).violations)

    for smaller in _less_of_all(recipe):
        if still(smaller):
            recipe = smaller
            break
    for fault in (each for each, rate in recipe.plan().rates.items() if rate):
        smaller = replace(recipe, without=(*recipe.without, fault.value))
        if still(smaller):
            recipe = smaller
    return recipe


def short_trace(run: Run, violation: Violation) -> list[str]:
    """Return the lines about the member concerned, up to the violation, the last ones at most."""
    upto = run.record.seen[: violation.number + 1] if violation.number else run.record.seen
    member = _member_in(violation.text) or _member_in(line(upto[-1]) if upto else "")
    about = [
        seen
        for seen in upto
        if not isinstance(seen, Logged) and (not member or member in line(seen))
    ]
    return [short_line(seen) for seen in about[-TRACE_LINES:]]


def _less_of_all(recipe: Recipe) -> Iterator[Recipe]:
    """Yield smaller runs, the smallest first."""
    for members in sorted({1, 2, 3, recipe.members}):
        for days in sorted({max(1, recipe.days // part) for part in (4, 2, 1)}):
            if (members, days) != (recipe.members, recipe.days):
                yield replace(recipe, members=members, days=days)


def _member_in(text: str) -> str:
    found = re.search(rf"\b{MEMBER_ID.pattern}\b", text)
    return found[0] if found else ""
