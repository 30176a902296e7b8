"""What a campaign came to, in JSON for machines and in lines for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.simulation.campaign import Tally, Wanted
from chalicelib.simulation.checkers.sometimes import missing
from chalicelib.simulation.faults import Fault

SEEDS_FOR_ALL = 1_000
"""From so many seeds on, everything that may happen must have happened at least once."""


def absent(tally: Tally) -> list[str]:
    """Return what should have happened in so many runs and never did: they prove less then."""
    return missing(tally.happened, tally.sites) if tally.seeds >= SEEDS_FOR_ALL else []


def broken(tally: Tally) -> dict[str, int]:
    """Count by invariant the runs that broke it."""
    names = [{each.invariant for each in failure.violations} for failure in tally.failures]
    return {name: sum(name in each for each in names) for name in sorted(set().union(*names))}


def as_json(wanted: Wanted, tally: Tally, seconds: float) -> dict[str, Any]:
    """Return everything that was counted."""
    return {
        "seeds": tally.seeds,
        "seeds_asked_for": wanted.seeds,
        "start": wanted.start,
        "members": wanted.members,
        "days": wanted.days,
        "on": wanted.on,
        "seconds": round(seconds),
        "calls": tally.calls,
        "happened": dict(sorted(tally.seen.items())),
        "faults": {fault.value: tally.faults[fault] for fault in Fault},
        "crash_sites": _crash_sites(tally.happened),
        "coincidences": _coincidences(tally.happened),
        "absent": absent(tally),
        "broken": broken(tally),
        "failed_seeds": [failure.seed for failure in tally.failures],
    }


def lines(wanted: Wanted, tally: Tally, seconds: float) -> Iterator[str]:
    """Yield the summary for a person."""
    told = as_json(wanted, tally, seconds)
    yield (
        f"{tally.seeds:,} runs of {wanted.members} members and {wanted.days} days on "
        f"{wanted.on}, {tally.calls:,} port calls, {seconds:.0f} s"
    )
    yield from _section("What happened", told["happened"])
    yield from _section("Faults", told["faults"])
    yield from _section("Crashes by place", told["crash_sites"])
    yield from _section("Reasons and coincidences", told["coincidences"])
    for name in told["absent"]:
        yield f"never happened: {name}"
    if tally.seeds < wanted.seeds:
        yield f"ended early: {tally.seeds:,} of {wanted.seeds:,} runs"
    if not tally.failures:
        yield "Every promise was kept in every run."
    for name, number in told["broken"].items():
        yield f"BROKEN: {name} in {number} runs"
    if tally.failures:
        yield f"failed seeds: {', '.join(map(str, told['failed_seeds']))}"


def _section(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield ""
    yield title
    width = max((len(name) for name in counts), default=0)
    for name, number in counts.items():
        yield f"  {name:{width}}  {number:>12,}"


def _crash_sites(happened: Mapping[str, int]) -> dict[str, int]:
    prefix = "crash: "
    return {
        name.removeprefix(prefix): number
        for name, number in sorted(happened.items())
        if name.startswith(prefix)
    }


def _coincidences(happened: Mapping[str, int]) -> dict[str, int]:
    others = ("crash: ", "fault: ")
    return {
        name: number for name, number in sorted(happened.items()) if not name.startswith(others)
    }
