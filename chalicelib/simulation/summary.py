"""What a campaign came to, in JSON for machines and in lines for people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
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
        "calls_by_place": dict(sorted(tally.sites.items())),
        "happened": dict(sorted(tally.seen.items())),
        "faults": {fault.value: tally.faults[fault] for fault in Fault},
        "crash_sites": _crash_sites(tally.happened),
        "coincidences": _coincidences(tally.happened),
        "absent": absent(tally),
        "broken": broken(tally),
        "failed_seeds": [failure.seed for failure in tally.failures],
    }


def together(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up what ``as_json`` said of runs that follow each other, as if they had been one.

    Raises ``ValueError`` for runs of another size, and for seeds left out or run twice.
    """
    parts = sorted(parts, key=lambda part: int(part["start"]))
    for part, follower in pairwise(parts):
        if any(part[size] != follower[size] for size in ("members", "days", "on")):
            raise ValueError(f"the runs from seed {follower['start']} on are of another size")
        if part["start"] + part["seeds"] != follower["start"]:
            raise ValueError(
                f"after the runs from seed {part['start']} on come those from "
                f"{part['start'] + part['seeds']} on, not from {follower['start']}"
            )
    counts = {name: _sums(part[name] for part in parts) for name in _COUNTS}
    happened = counts["coincidences"] | {
        f"{kind}: {name}": number
        for kind, of in (("crash", "crash_sites"), ("fault", "faults"))
        for name, number in counts[of].items()
    }
    whole = {name: sum(part[name] for part in parts) for name in _SUMS}
    sites = Counter(counts["calls_by_place"])
    tally = Tally(seeds=whole["seeds"], sites=sites, happened=Counter(happened))
    failed = [seed for part in parts for seed in part["failed_seeds"]]
    return {**parts[0], **whole, **counts, "absent": absent(tally), "failed_seeds": failed}


_SUMS = ("seeds", "seeds_asked_for", "seconds", "calls")
_COUNTS = ("calls_by_place", "happened", "faults", "crash_sites", "coincidences", "broken")


def _sums(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add up by name, in the order of the first that has them."""
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    return dict(whole)


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
