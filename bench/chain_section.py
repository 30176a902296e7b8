"""What a member and a mail cost the engine in CPU, and the ratio to the same calls made bare.

Batches are as full as on a day of many mails, and, for the other end, each event and each mail
is alone. The minute's tick runs on a quiet day, too, so there it is no member's cost.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.chain import INTAKE, PHASES, TICK, Chain, Round, Way
from bench.figures import MS, Row, Section, Spread, spread

BATCH = 100
SINGLE = Way("single webhooks")
BATCHES = Way(f"webhooks of {BATCH} events", BATCH)
ALONE = Way("each alone, without ticks", alone=True)
WAYS = (SINGLE, BATCHES, ALONE)
FOR_ONE_ALONE = 25
"""A round of members who come alone is short: there is nothing to share."""

WARM_UP = 10
AIM_MS, EXPECTED_MS = 6.7, 12.0
RATIO_BUDGET = 1.3
PLAIN_CALL_MS = 1.2
"""What a plain call of boto3 cost where the others were measured: 1.1 to 1.3 ms."""
OTHERS = (
    Row("a journey engine on MySQL and Redis", "100 to 111", "open source, all its processes"),
    Row("a workflow library on Postgres", "46 to 49", "durable workflows"),
    Row("Step Functions with Lambda", "37", "on the emulator"),
    Row("a bare poller", "6.7", "no state, no events, no goals"),
)
"""CPU-ms a member for the same chain, measured earlier on a machine of this kind."""


def chain_section(chain: Chain, members: int, rounds: int) -> Section:
    """Run rounds of all ways in turns."""
    for way in (SINGLE, BATCHES):
        chain.run(WARM_UP, way)
    found: dict[Way, list[Round]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, done in found.items():
            done.append(chain.run(max(1, members // FOR_ONE_ALONE) if way.alone else members, way))
    content = {
        "members_a_round": members,
        "rounds": rounds,
        "ways": {way.name: content_of(way, done) for way, done in found.items()},
        "others_cpu_ms_a_member": {row.what: row.figure for row in OTHERS},
    }
    rows = [row for way, done in found.items() for row in _rows(way, done)]
    return Section("chain", "Three-step chain, CPU of the engine", [*rows, *OTHERS], content)


def _counted(way: Way, *, intake: bool = True) -> list[str]:
    left_out = {*(() if intake else (INTAKE,)), *((TICK,) if way.alone else ())}
    return [name for name in PHASES if name not in left_out]


def _rows(way: Way, rounds: Sequence[Round]) -> list[Row]:
    every = _sums(rounds, _counted(way))
    inner = _sums(rounds, _counted(way, intake=False))
    calls = sum(sum(_a_member(rounds, name).values()) for name in _counted(way))
    return [
        Row(
            f"ms a member, {way.name}",
            str(every["member"]),
            f"aim {AIM_MS}, expected {EXPECTED_MS}",
        ),
        Row(
            f"  where a plain call takes {PLAIN_CALL_MS} ms",
            str(every["comparable"]),
            f"here {_plain_ms(rounds)} ms; without the intake {inner['comparable']}",
        ),
        Row("  without the intake", str(inner["member"])),
        Row("  ms a mail", str(every["mail"]), f"without the intake {inner['mail']}"),
        Row("  ratio to bare boto3", str(every["ratio"]), f"budget {RATIO_BUDGET}"),
        Row("  ratio without the intake", str(inner["ratio"])),
        Row("  calls of AWS a member", f"{calls:.2f}", f"{every['call']} ms bare a call"),
        *(_phase_row(name, rounds) for name in PHASES),
    ]


def _phase_row(name: str, rounds: Sequence[Round]) -> Row:
    sums = _sums(rounds, (name,))
    calls = _a_member(rounds, name)
    told = ", ".join(f"{count:.2f} {operation}" for operation, count in calls.items())
    note = f"bare {sums['bare_member'].median:.2f}: {told}"
    return Row(f"    {name}", f"{sums['member'].median:.2f}", note)


def content_of(way: Way, rounds: Sequence[Round]) -> dict[str, Any]:
    return {
        "with_intake": _json(_sums(rounds, _counted(way))),
        "without_intake": _json(_sums(rounds, _counted(way, intake=False))),
        "calls_a_member": _calls(rounds, sum(r.members for r in rounds), _counted(way)),
        "calls_a_mail": _calls(rounds, sum(r.mails for r in rounds), _counted(way)),
        "plain_call_cpu_ms": _plain_ms(rounds).as_json(),
        "functions": {
            name: {**_json(_sums(rounds, (name,))), "calls_a_member": _a_member(rounds, name)}
            for name in PHASES
        },
    }


def _sums(rounds: Sequence[Round], phases: Sequence[str]) -> dict[str, Spread]:
    """Return CPU a member, a mail and a bare call in ms, and the ratio, over these functions."""

    def over(figure: Callable[[Round, float, float], float]) -> Spread:
        return spread(figure(r, *_seconds(r, phases)) for r in rounds)

    return {
        "member": over(lambda r, engine, _: engine * MS / r.members),
        "mail": over(lambda r, engine, _: engine * MS / r.mails),
        "bare_member": over(lambda r, _, bare: bare * MS / r.members),
        "call": over(lambda r, _, bare: bare * MS / _call_count(r, phases)),
        "ratio": over(lambda _, engine, bare: engine / bare),
        "comparable": over(
            lambda r, engine, _: engine / r.members / r.plain_call_s * PLAIN_CALL_MS
        ),
    }


def _plain_ms(rounds: Sequence[Round]) -> Spread:
    return spread(r.plain_call_s * MS for r in rounds)


def _seconds(done: Round, phases: Sequence[str]) -> tuple[float, float]:
    chosen = [done.phases[name] for name in phases]
    return sum(phase.engine_s for phase in chosen), sum(phase.bare_s for phase in chosen)


def _call_count(done: Round, phases: Sequence[str]) -> int:
    return sum(sum(done.phases[name].calls.values()) for name in phases)


def _json(sums: Mapping[str, Spread]) -> dict[str, Any]:
    names = {
        "member": "cpu_ms_a_member",
        "mail": "cpu_ms_a_mail",
        "bare_member": "bare_cpu_ms_a_member",
        "call": "bare_cpu_ms_a_call",
        "ratio": "ratio_to_bare",
        "comparable": f"cpu_ms_a_member_at_{PLAIN_CALL_MS}_ms_a_plain_call",
    }
    return {name: sums[key].as_json() for key, name in names.items()}


def _a_member(rounds: Sequence[Round], name: str) -> dict[str, float]:
    return _calls(rounds, sum(r.members for r in rounds), (name,))


def _calls(rounds: Sequence[Round], units: int, phases: Sequence[str]) -> dict[str, float]:
    calls: Counter[str] = Counter()
    for done in rounds:
        for name in phases:
            calls.update(done.phases[name].calls)
    return {operation: round(count / units, 4) for operation, count in sorted(calls.items())}
