"""What a function costs in CPU before its first answer, against Chalice and one boto3 client."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.chain import Chain
from bench.cold_start import BASELINE, Start, function_code, start
from bench.engine import environment
from bench.figures import MS, Row, Section, spread
from bench.first_events import first_events
from bench.places import Place
from bench.stub_process import Stub

RATIO_BUDGET = 1.3
Pair = tuple[Start, Start]
"""A function's start, and a baseline's right before it."""


def cold_start_section(
    chain: Chain, stub: Stub, programme: Path, code: Sequence[Place], rounds: int
) -> Section:
    """Measure every place of the code, each function and its baseline in turns."""
    settings = environment(stub, programme)
    found = {place.name: _functions(place, settings, chain, stub, rounds) for place in code}
    rows = [row for name, starts in found.items() for row in _rows(name, starts)]
    content = {name: _content(starts) for name, starts in found.items()}
    return Section("cold_start", "Cold start, CPU", rows, content)


def _functions(
    place: Place, settings: Mapping[str, str], chain: Chain, stub: Stub, rounds: int
) -> dict[str, list[Pair]]:
    start(place, settings, BASELINE)  # files are read into the machine's memory once
    found: dict[str, list[Pair]] = {}
    for first in first_events(chain, stub):
        code = function_code(first.module, first.attribute, chain.now())
        for _ in range(rounds):
            stub.load()
            pair = start(place, settings, code, first.event), start(place, settings, BASELINE)
            found.setdefault(first.function, []).append(pair)
    return found


def _rows(place: str, functions: Mapping[str, Sequence[Pair]]) -> list[Row]:
    baselines = [baseline for pairs in functions.values() for _, baseline in pairs]
    ready = spread(each.ready_s * MS for each in baselines)
    answered = spread(each.answered_s * MS for each in baselines)
    head = Row(
        f"from the {place}: chalice and one boto3 client",
        f"{ready.median:.0f} ms",
        f"with one plain call {answered.median:.0f} ms; ratios below are to these",
    )
    return [head, *(_row(name, pairs) for name, pairs in functions.items())]


def _row(name: str, pairs: Sequence[Pair]) -> Row:
    ready, answered = _ratios(pairs)
    spent = spread(each.ready_s * MS for each, _ in pairs)
    until = spread(each.answered_s * MS for each, _ in pairs)
    note = f"{spent.median:.0f} ms; with its first event {until.median:.0f} ms, ratio {answered}"
    return Row(f"  {name}, ratio", str(ready), note)


def _ratios(pairs: Sequence[Pair]) -> tuple[Any, Any]:
    ready = spread(each.ready_s / baseline.ready_s for each, baseline in pairs)
    return ready, spread(each.answered_s / baseline.answered_s for each, baseline in pairs)


def _content(functions: Mapping[str, Sequence[Pair]]) -> dict[str, Any]:
    return {name: _figures(pairs) for name, pairs in functions.items()}


def _figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    ready, answered = _ratios(pairs)
    return {
        "ready_ms": spread(each.ready_s * MS for each, _ in pairs).as_json(),
        "answered_ms": spread(each.answered_s * MS for each, _ in pairs).as_json(),
        "baseline_ready_ms": spread(each.ready_s * MS for _, each in pairs).as_json(),
        "baseline_answered_ms": spread(each.answered_s * MS for _, each in pairs).as_json(),
        "ratio_ready": ready.as_json(),
        "ratio_answered": answered.as_json(),
    }
